use super::support::{at, facts, issues, message, profile, reading, update};

fn request(zac: &str) -> (Option<crate::facts::Request>, Vec<(String, String)>) {
    let text = update(&[zac]);
    (facts(&text).requests.into_iter().next(), issues(&text))
}

#[test]
fn every_action_and_track_is_read() {
    for action in ["CHECK", "ALIGN", "REPORT", "APPROVE", "CANCEL", "align"] {
        for track in ["eCKM", "CKM", "MSK", "BH", ""] {
            let (found, issues) = request(&format!("ZAC|1|{action}|{track}"));
            let found = found.unwrap();
            assert_eq!((found.action, found.track.as_str()), (action.to_uppercase(), track));
            assert_eq!((found.path.as_str(), issues.len()), ("ZAC[1]", 0));
        }
    }
    assert_eq!(request("ZAC|1|ALIGN|eckm").0.unwrap().track, "eCKM");
}

#[test]
fn every_field_is_read() {
    let found = request("ZAC|1|ALIGN|MSK||Y|n|20260801|ENR-5").0.unwrap();
    assert_eq!((found.provider_referral, found.switch_consent), (Some(true), Some(false)));
    assert_eq!((found.effective.as_deref(), found.reference.as_str()), (Some("2026-08-01"), "ENR-5"));
    for reason in ["loss-of-contact", "no-longer-clinically-eligible", "geographic-relocated", "patient-initiated"] {
        assert_eq!(request(&format!("ZAC|1|UNALIGN|MSK|{reason}")).0.unwrap().reason, reason);
    }
}

#[test]
fn a_request_to_report_names_the_type() {
    for kind in ["baseline", "quarterly", "end-of-period", ""] {
        assert_eq!(request(&format!("ZAC|1|REPORT|CKM|{kind}")).0.unwrap().reason, kind);
    }
}

#[test]
fn a_request_with_anything_wrong_in_it_is_not_followed() {
    for (zac, code, path) in [
        ("ZAC|1", "zac-action", "ZAC[1]-2"),
        ("ZAC|1|ENROLL|CKM", "zac-action", "ZAC[1]-2"),
        ("ZAC|1|ALIGN|XYZ", "zac-track", "ZAC[1]-3"),
        ("ZAC|1|UNALIGN|CKM", "zac-reason", "ZAC[1]-4"),
        ("ZAC|1|UNALIGN|CKM|moved", "zac-reason", "ZAC[1]-4"),
        ("ZAC|1|ALIGN|CKM|moved", "zac-reason", "ZAC[1]-4"),
        ("ZAC|1|ALIGN|CKM|baseline", "zac-reason", "ZAC[1]-4"),
        ("ZAC|1|REPORT|CKM|yearly", "zac-reason", "ZAC[1]-4"),
        ("ZAC|1|REPORT|CKM|patient-initiated", "zac-reason", "ZAC[1]-4"),
        ("ZAC|1|ALIGN|CKM||maybe", "zac-flag", "ZAC[1]-5"),
        ("ZAC|1|ALIGN|CKM||Y|1", "zac-flag", "ZAC[1]-6"),
        ("ZAC|1|ALIGN|CKM||Y|Y|soon", "zac-date", "ZAC[1]-7"),
    ] {
        let (found, issues) = request(zac);
        assert_eq!(found, None, "{zac}");
        assert_eq!(issues, [at(code, path)], "{zac}");
        // The host goes by this: it has the whole feed wait for a person.
        assert!(reading(&profile(), &update(&[zac])).issues.iter().all(access_contract::Issue::refuses_feed), "{zac}");
    }
}

#[test]
fn several_requests_are_read_in_order_up_to_the_limit() {
    let found = facts(&update(&["ZAC|1|CHECK|BH", "ZAC|2|ALIGN|XYZ", "ZAC|3|ALIGN|MSK"])).requests;
    assert_eq!(found.iter().map(|request| request.path.as_str()).collect::<Vec<_>>(), ["ZAC[1]", "ZAC[3]"]);
    let text = update(&["ZAC|1|CHECK|BH"; 40]);
    assert_eq!((facts(&text).requests.len(), issues(&text)), (32, vec![at("limit-rows", "ZAC[33]")]));
}

fn referral(text: &str) -> Option<(bool, String)> {
    facts(text).referral.map(|referral| (referral.value, referral.from.path))
}

#[test]
fn only_explicit_statements_are_a_referral() {
    let pid = "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH";
    let refer = |segments: &[&str]| message("A08", segments).replace("ADT^A08", "REF^I12");
    for (text, expected) in [
        (refer(&[pid]), Some((true, "MSH-9"))),
        (refer(&["RF1|A^Accepted", pid]), Some((true, "RF1-1"))),
        (refer(&["RF1|", pid]), Some((true, "RF1-1"))),
        (refer(&["RF1|R", pid]), None),
        (refer(&["RF1|E", pid]), None),
        (refer(&["PRD|RT", "PRD|RP^Referring", pid]), Some((true, "PRD[2]-1.1"))),
        (message("A08", &[pid, "RF1|P"]), Some((true, "RF1-1"))),
        (message("A08", &[pid, "PRD|PP~rp"]), Some((true, "PRD[1]-1[2].1"))),
        (message("A08", &[pid, "PRD|PP"]), None),
        (message("A08", &[pid, "PV1|1|O||||||1790001234^Brandt"]), None),
        (message("A08", &[pid, "ZAC|1|ALIGN|CKM||N"]), None),
        (message("A11", &[pid, "RF1|P"]), None),
    ] {
        assert_eq!(referral(&text), expected.map(|(value, path)| (value, path.to_owned())));
    }
    for status in ["R", "rejected", "^Rejected", "E", "EXPIRED"] {
        let text = refer(&[&format!("RF1|{status}"), pid]);
        assert_eq!(referral(&text), None, "{status}");
        assert_eq!(issues(&text)[0].0, "referral-not-valid", "{status}");
    }
    for (fields, path) in [("X", "RF1-1"), ("DENIED", "RF1-1"), ("A|||||||someday", "RF1-8")] {
        let text = refer(&[&format!("RF1|{fields}"), pid]);
        assert_eq!((referral(&text), issues(&text)), (None, vec![at("referral-doubtful", path)]), "{fields}");
        assert!(facts(&text).records.referral_elsewhere, "the event alone is no referral: {fields}");
    }
    for status in ["Accepted", "PENDING", "A|||||||20261231", "A|||||||99991231"] {
        assert!(referral(&refer(&[&format!("RF1|{status}"), pid])).is_some(), "{status}");
    }
}
