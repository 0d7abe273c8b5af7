//! Reports of the service itself: results come in over MLLP, the report goes out by itself, and what happens to it afterwards is told.

use bridge_types::{Clock, SystemClock};
use kit::{Program, Stage, fixture, until};
use serde_json::Value;
use std::time::Duration;

const CKM: &str = "zac-align-ckm.hl7";
/// Its `MSH-10`.
const CONTROL: &str = "LKS000118";
const MBI: &str = "2FH7GT4MN61";

/// `OBX-3`, value and unit of everything that a baseline of CKM needs. No value stands anywhere else.
const ROWS: [[&str; 3]; 9] = [
    ["8480-6^SBP", "137", "mm[Hg]"],
    ["8462-4^DBP", "83", "mm[Hg]"],
    ["29463-7^Weight", "92.53", "kg"],
    ["39156-5^BMI", "30.27", "kg/m2"],
    ["8280-0^Waist", "104.7", "cm"],
    ["4548-4^HbA1c", "7.43", "%"],
    ["13457-7^LDL", "118.9", "mg/dL"],
    ["98979-8^eGFR", "71.3", "mL/min/{1.73_m2}"],
    ["14959-1^uACR", "18.61", "mg/g"],
];

/// A time as HL7 v2 writes it.
fn stamp(ago: Duration) -> String {
    stamp_of(SystemClock.now().as_millis() - i64::try_from(ago.as_millis()).unwrap())
}

/// A moment, in milliseconds since 1970, as MSH-7 has it.
fn stamp_of(at: i64) -> String {
    let text = bridge_types::Timestamp::from_millis(at).rfc3339();
    let digits: String = text.chars().filter(char::is_ascii_digit).take(14).collect();
    format!("{digits}+0000")
}

/// A result message with these rows, each with its status, observed at that time.
fn results(control: &str, observed: &str, rows: &[([&str; 3], &str)]) -> Vec<u8> {
    let now = stamp(Duration::ZERO);
    let mut text = format!(
        "MSH|^~\\&|EPIC|LAKESHORE|B|C|{now}||ORU^R01|{control}|P|2.5.1\r\
         PID|1||400112^^^LAKESHORE^MR||Halvorsen^Ruth||19470912|F\rOBR|1||ORD1|RES^Results^L|||{observed}"
    );
    for (number, ([code, value, unit], status)) in (1..).zip(rows) {
        text += &format!("\rOBX|{number}|NM|{code}^LN||{value}|{unit}^^UCUM|||||{status}|||{observed}");
    }
    text.into_bytes()
}

fn finals() -> Vec<([&'static str; 3], &'static str)> {
    ROWS.iter().map(|row| (*row, "F")).collect()
}

/// A patient aligned in CKM; gives when, so that results are not older.
async fn aligned(scenario: &str) -> (Stage, Program, String) {
    let mut stage = Stage::set(scenario).await;
    stage.vary("TIMES__RETRY_BASE", "2s");
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    stage.engine.notice(CONTROL, "aligned").await;
    (stage, program, stamp(Duration::ZERO))
}

/// Waits for a notice with a code, whichever feed it is about.
async fn told(stage: &Stage, code: &str) -> String {
    let found = || stage.engine.heard().into_iter().find(|heard| heard.code == code).map(|heard| heard.message);
    until(&format!("notice {code}"), found).await
}

/// Nothing that people read holds a value of a result.
fn silent(text: &str) {
    for [_, value, _] in ROWS.iter().filter(|[_, value, _]| value.contains('.')) {
        assert!(!text.contains(value), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_goes_out_when_it_is_complete_and_what_changes_afterwards_is_told() {
    let (stage, program, observed) = aligned("").await;
    // What is there and what is missing, before anything goes out.
    let all = finals();
    let (some, rest) = all.split_at(5);
    assert_eq!(program.send(&results("R1", &observed, some)).await, "AA");
    let ask = ["report", MBI, "--dry-run", "--track", "CKM", "--type", "baseline"];
    let dry = stage.run(&ask);
    assert_eq!(dry.code, Some(1), "{}", dry.out);
    for part in ["missing: Lipids, HbA1c, eGFR, uACR", "report-needs-missing", "LOINC 4548-4"] {
        assert!(dry.out.contains(part), "{part} in {}", dry.out);
    }
    let lines: Vec<Vec<&str>> = dry.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(lines.iter().any(|line| line[0] == "Weight" && line[2..] == ["1"]), "{}", dry.out);
    assert!(!lines.iter().any(|line| line[0] == "HbA1c"), "{}", dry.out);
    let quarterly = stage.run(&["report", MBI, "--track", "CKM", "--type", "quarterly"]);
    assert!(
        quarterly.err.contains("no quarterly report of CKM is open now; the baseline report is"),
        "{}",
        quarterly.err
    );
    silent(&dry.out);
    let chart = stage.run(&["charts", "show", MBI]).out;
    let weight = chart.lines().find(|line| line.starts_with("weight")).unwrap_or_default();
    assert_eq!(weight.split_whitespace().nth(1), Some("1"), "{chart}");
    let chart: Value = serde_json::from_str(&stage.run(&["charts", "show", "LAKESHORE|400112", "--json"]).out).unwrap();
    assert_eq!((&chart["entries"]["weight"]["times"], &chart["entries"]["HbA1c"]), (&1.into(), &Value::Null));
    // What cannot be made is not asked for.
    let asked = stage.run(&["report", MBI, "--track", "CKM"]);
    assert!(asked.code == Some(1) && asked.err.contains("was not asked for"), "{}{}", asked.out, asked.err);
    assert!(stage.submissions().iter().all(|one| one["operation"] != "report-data"));
    let calendar = stage.run(&["calendar", MBI, "--json"]);
    let baseline: Value = calendar
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .find(|date: &Value| date["kind"] == "baseline")
        .unwrap();
    assert_eq!((&baseline["state"], &baseline["missing"][0]), (&"open".into(), &"Lipids".into()));
    assert_eq!(stage.posts("report-data", "CKM"), 0);
    let shown = stage.run(&["calendar", MBI, "--track", "CKM"]).out;
    assert!(shown.lines().next().unwrap().ends_with("CHART"), "{shown}");
    assert!(
        shown.contains("\n            missing: Lipids, HbA1c") && shown.contains("\n            next: get"),
        "{shown}"
    );

    assert_eq!(program.send(&results("R2", &observed, rest)).await, "AA");
    told(&stage, "success").await;
    assert_eq!(stage.posts("report-data", "CKM"), 1);
    let sent = stage.submission("report-data", "CKM", "done").await;
    let id = sent["id"].as_str().unwrap();
    let payload = stage.run(&["submissions", "show", id, "--payload"]).out;
    assert!(payload.contains("7.43") && payload.contains("104.7"));
    let story = stage.run(&["submissions", "show", id]);
    assert_eq!(story.code, Some(0), "{}", story.err);
    silent(&story.out);
    let again = stage.run(&["submissions", "show", sent["cms_submission"].as_str().unwrap()]);
    assert_eq!(again.out, story.out, "{}", again.err);
    // What it carries, from which messages.
    let dry = stage.run(&ask);
    for part in ["complete; it would carry", "HbA1c-1", "R1", "R2"] {
        assert!(dry.out.contains(part), "{part} in {}{}", dry.out, dry.err);
    }
    silent(&dry.out);
    // Whatever is about the patient is found by the number, and by the message that asked for it.
    let listed = |command: &[&str]| {
        let listed = stage.run(&[command, &["--json"]].concat());
        assert_eq!(listed.code, Some(0), "{}", listed.err);
        listed.out.lines().count()
    };
    assert_eq!(listed(&["submissions", "list", "--person", MBI]), stage.submissions().len());
    assert!(listed(&["submissions", "list", "--control-id", CONTROL]) > 0);
    assert_eq!(listed(&["submissions", "list", "--control-id", "none"]), 0);
    assert_eq!(listed(&["charts", "list", "--person", MBI]), 1);
    assert_eq!(listed(&["notices", "list", "--person", MBI]), listed(&["notices", "list"]));
    assert!(listed(&["notices", "list", "--person", MBI, "--state", "delivered"]) > 0);
    let nobody = stage.run(&["notices", "list", "--person", "1EG4TE5MK73"]);
    assert!(nobody.code == Some(1) && nobody.err.contains("nobody is known by that id"), "{}", nobody.err);
    assert!(!nobody.err.contains("1EG4"), "{}", nobody.err);

    // The laboratory corrects one result and deletes another: the report is out, so people are told, once each.
    let corrected = ["4548-4^HbA1c", "8.11", "%"];
    assert_eq!(program.send(&results("R3", &observed, &[(corrected, "C")])).await, "AA");
    let notice = stage.engine.notice("R3", "reported-value-changed").await.message;
    assert!(notice.contains("HbA1c") && !notice.contains("8.11") && !notice.contains("7.43"), "{notice}");
    assert_eq!(program.send(&results("R4", &observed, &[(ROWS[8], "D")])).await, "AA");
    stage.engine.notice("R4", "reported-value-changed").await;
    assert_eq!(stage.posts("report-data", "CKM"), 1, "what CMS has accepted is not sent again by itself");
    // Not the times of its lines, which have digits of every kind.
    let log = program.log();
    log.lines().for_each(|line| silent(line.split_once(' ').map_or(line, |(_, said)| said)));
}

/// The present stood in the Bundle, so that every attempt was another document.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_is_composed_again_from_the_same_ledger_has_the_same_bytes() {
    let fault = "[[fault]]\non = 'submit'\noperation = 'report-data'\ntimes = 1\nstatus = 503\nretry_after = 2\n";
    let (stage, program, observed) = aligned(fault).await;
    assert_eq!(program.send(&results("R1", &observed, &finals())).await, "AA");
    stage.submission("report-data", "CKM", "waiting").await;
    // Another process composes it the second time.
    program.kill();
    let _program = stage.start().await;
    told(&stage, "success").await;
    let ledger = rusqlite::Connection::open(stage.folder().join("access-bridge.sqlite")).unwrap();
    let mut attempts = ledger
        .prepare(
            "SELECT payloads.body FROM payloads JOIN submissions ON submissions.id = payloads.submission
             WHERE submissions.operation = 'report-data' ORDER BY attempt",
        )
        .unwrap();
    let payloads: Vec<String> = attempts.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(payloads.len(), 2);
    assert!(payloads[0] == payloads[1], "{}\n{}", payloads[0], payloads[1]);
}

/// What surely did not arrive went out a second time as it was, with a value that had been corrected since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correction_that_comes_before_the_report_is_sent_is_in_it() {
    let fault = "[[fault]]\non = 'submit'\noperation = 'report-data'\ntimes = 1\nstatus = 503\nretry_after = 5\n";
    let (stage, program, observed) = aligned(fault).await;
    assert_eq!(program.send(&results("R1", &observed, &finals())).await, "AA");
    stage.submission("report-data", "CKM", "waiting").await;
    assert_eq!(program.send(&results("R2", &observed, &[(["4548-4^HbA1c", "8.1163", "%"], "C")])).await, "AA");
    told(&stage, "success").await;
    let sent = stage.submission("report-data", "CKM", "done").await;
    let payload = stage.run(&["submissions", "show", sent["id"].as_str().unwrap(), "--payload"]).out;
    assert!(payload.contains("8.1163") && !payload.contains("7.43"), "{payload}");
    assert!(!program.log().contains("8.1163"));
}

/// A report that waited for approval was sent as of the day it was proposed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_waits_for_approval_carries_what_comes_meanwhile() {
    let mut stage = Stage::set("").await;
    let profile = kit::offline(&["config", "profile"]).out;
    std::fs::write(stage.folder().join("site.toml"), format!("{profile}\n[reports]\nmode = \"hold\"\n")).unwrap();
    stage.vary("PROFILE", "site.toml");
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    stage.engine.notice(CONTROL, "aligned").await;
    let observed = stamp(Duration::ZERO);
    assert_eq!(program.send(&results("R1", &observed, &finals())).await, "AA");
    let held = stage.submission("report-data", "CKM", "held").await["id"].as_str().unwrap().to_owned();
    // HL7 v2 times here have seconds.
    let later = until("a second has passed", || Some(stamp(Duration::ZERO)).filter(|now| *now > observed)).await;
    assert_eq!(program.send(&results("R2", &later, &[(["4548-4^HbA1c", "8.11", "%"], "F")])).await, "AA");
    for payload in [stage.run(&["submissions", "show", &held, "--payload"]).out, {
        assert_eq!(stage.run(&["submissions", "approve", &held]).code, Some(0));
        told(&stage, "success").await;
        stage.run(&["submissions", "show", &held, "--payload"]).out
    }] {
        assert!(payload.contains("8.11") && !payload.contains("7.43"), "{payload}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_about_somebody_whom_cms_has_unaligned_ends_the_alignment_here() {
    let (stage, program, observed) = aligned("").await;
    // CMS waits 60 days for a baseline; its mails are not read here.
    stage.cms().advance_days(62);
    assert_eq!(stage.cms().aligned_to(MBI, "CKM"), None);
    assert_eq!(program.send(&results("R1", &observed, &finals())).await, "AA");
    let notice = told(&stage, "patient-not-aligned").await;
    assert!(notice.contains("unalignment notice"), "what to do: {notice}");
    let calendar = stage.run(&["calendar", MBI, "--all", "--json"]);
    assert_eq!((calendar.code, calendar.out.as_str()), (Some(0), ""), "nothing is due any more");
    let more = stage.run(&["report", MBI, "--dry-run", "--track", "CKM"]);
    assert_eq!(more.code, Some(1));
    assert!(more.err.contains("no report of CKM is due: nobody is aligned"), "{}", more.err);
    // Nor is a report asked for by the feed taken up.
    let mut asked = results("R2", &observed, &finals()[5..6]);
    asked.extend_from_slice(b"\rZAC|1|REPORT|CKM");
    let text = String::from_utf8(asked).unwrap().replace("ORU^R01", "ADT^A08");
    assert_eq!(program.send(text.as_bytes()).await, "AE");
    assert_eq!(stage.quarantine()[0]["code"], "report-not-open");
}

/// A result that came before its code had a row did not count for good, and its message was known when it was sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_that_came_before_their_code_had_a_row_are_taken_up_from_the_kept_feeds() {
    let mut stage = Stage::set("").await;
    let site = stage.folder().join("site.toml");
    std::fs::write(&site, access_mappings::example_site().text).unwrap();
    stage.vary("PROFILE", "site.toml");
    stage.vary("TIMES__PROFILE", "50ms");
    stage.vary("TIMES__RETRY_BASE", "2s");
    let program = stage.start().await;
    assert_eq!(program.send(&fixture(CKM)).await, "CA");
    stage.engine.notice(CONTROL, "aligned").await;
    let observed = stamp(Duration::ZERO);
    let corrected: Vec<_> = ROWS.iter().map(|row| (*row, "C")).collect();
    let local = String::from_utf8(results("R1", &observed, &corrected)).unwrap();
    let local = local.replace("4548-4^HbA1c^LN", "A1C^Hemoglobin A1c^L");
    assert!(local.contains("|A1C^"));
    // A value under the local code, which the other message corrects: what goes out must be the last word.
    let early = String::from_utf8(results("R0", &observed, &[(["4548-4^HbA1c", "9.91", "%"], "F")])).unwrap();
    let early = early.replace("4548-4^HbA1c^LN", "A1C^Hemoglobin A1c^L");
    // One without a time of its own counts as of when it came.
    let sent_at = early.split('|').nth(6).unwrap();
    let untimed = early.replacen(sent_at, "", 1).replace("|R0|", "|R00|").replace("9.91", "5.55");
    let early = early.replacen(sent_at, &stamp(Duration::from_secs(5)), 1);
    for feed in [&early, &untimed, &local] {
        assert_eq!(program.send(feed.as_bytes()).await, "AA");
    }
    let lacks = || stage.run(&["report", MBI, "--dry-run", "--track", "CKM"]).out.contains("missing: HbA1c");
    assert!(lacks());
    let row = "\n[[\"+senders\"]]\napplication = \"EPIC\"\nfacility = \"LAKESHORE\"\ncodes.observations = [{ code = \"A1C\", loinc = \"4548-4\" }]\n";
    std::fs::write(&site, access_mappings::example_site().text + row).unwrap();
    let known = || stage.run(&["unmapped"]).out.contains("every code").then_some(());
    until("the code has a row", known).await;
    // Sent again it is no news.
    assert_eq!(program.send(local.as_bytes()).await, "AA");
    assert!(lacks());
    let others = stage.run(&["unmapped", "--take-up", "--sender", "EPIC,WEST"]);
    assert_eq!((others.code, others.out.as_str()), (Some(0), "nothing to take up; 0 feeds read\n"));
    let taken = stage.run(&["unmapped", "--take-up", "--since", "2h"]);
    assert_eq!(
        (taken.code, taken.out.as_str()),
        (Some(0), "1 result or questionnaire taken up, of 1 person; 4 feeds read\n")
    );
    told(&stage, "success").await;
    let sent = stage.submissions().into_iter().find(|one| one["operation"] == "report-data").unwrap();
    let payload = stage.run(&["submissions", "show", sent["id"].as_str().unwrap(), "--payload"]).out;
    assert!(payload.contains("7.43") && !payload.contains("9.91") && !payload.contains("5.55"), "{payload}");
    assert_eq!((stage.posts("report-data", "CKM"), stage.posts("align", "CKM")), (1, 1));
    // However often it is run, the last word stays, and nobody is told of a change.
    let again = || stage.run(&["unmapped", "--take-up", "--json"]).out;
    let nothing = |feeds: usize| {
        format!(
            "{{\"charts\":0,\"failed\":0,\"feeds\":{feeds},\"left_alone\":[],\"pruned\":0,\"results\":0,\"without_chart\":0}}\n"
        )
    };
    assert_eq!(again(), nothing(4));
    let words: Vec<String> = stage.engine.heard().into_iter().map(|heard| heard.code).collect();
    assert!(words.iter().all(|code| ["aligned", "success"].contains(&code.as_str())), "{words:?}");
    // A correction that came under a code without a row of a value that CMS has is told when it is taken up.
    let correction = String::from_utf8(results("R3", &observed, &[(["4548-4^HbA1c", "7.11", "%"], "C")])).unwrap();
    let correction = correction.replace("4548-4^HbA1c^LN", "GHB^Glycated hemoglobin^L");
    assert_eq!(program.send(correction.as_bytes()).await, "AA");
    let row = row.replace("}]", "}, { code = \"GHB\", loinc = \"4548-4\" }]");
    std::fs::write(&site, access_mappings::example_site().text + &row).unwrap();
    until("the other code has a row", known).await;
    assert!(stage.run(&["unmapped", "--take-up"]).out.starts_with("1 result or questionnaire taken up"));
    told(&stage, "reported-value-changed").await;
    assert_eq!(again(), nothing(5));
    // A unit without a row was stored as it came, and is no result that counts.
    let unit = String::from_utf8(results("R4", &observed, &[(["4548-4^HbA1c", "7.01", "PCTX"], "F")])).unwrap();
    assert_eq!(program.send(unit.replace("ORD1", "ORD2").replace("PCTX^^UCUM", "PCTX").as_bytes()).await, "AA");
    assert!(stage.run(&["unmapped"]).out.contains("PCTX"));
    let row = row.replace("codes.observations", "codes.units.PCTX = \"%\"\ncodes.observations");
    std::fs::write(&site, access_mappings::example_site().text + &row).unwrap();
    until("the unit has a row", known).await;
    assert!(stage.run(&["unmapped", "--take-up"]).out.starts_with("1 result or questionnaire taken up"));
    assert_eq!(again(), nothing(6));
    let unknown = stage.run(&["unmapped", "--take-up", "--except", "nothing"]);
    assert!(unknown.code == Some(2) && unknown.err.contains("--except"), "{}", unknown.err);
    assert_eq!((stage.posts("report-data", "CKM"), stage.posts("align", "CKM")), (1, 1));
}

/// A number that was mistyped for a while ended the alignment for good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alignment_that_a_wrong_number_hid_is_taken_up_again_and_reported() {
    let (stage, program, observed) = aligned("").await;
    let stated = |control: &str, at: &str, number: &str, ask: &str| {
        let text = String::from_utf8(fixture(CKM)).unwrap();
        let text = text.replace("20260728080000-0500", at).replace(CONTROL, control);
        let text = text.replace("2FH7-GT4-MN61", number).replace(MBI, number);
        text.replace("ZAC|1|ALIGN|CKM||Y|||ENR-5002", ask).into_bytes()
    };
    assert_eq!(program.send(&stated("N1", &stamp(Duration::ZERO), "2FH7GT4MN71", "")).await, "CA");
    assert_eq!(program.send(&results("R1", &observed, &finals())).await, "AA");
    told(&stage, "patient-not-aligned").await;
    // The sender's clock is ahead of ours, so that its correction is dated after what CMS accepts now.
    let ahead = stamp_of(SystemClock.now().as_millis() + 30_000);
    assert_eq!(program.send(&stated("N2", &ahead, MBI, "ZAC|1|ALIGN|CKM||Y|||ENR-5003")).await, "CA");
    let notice = told(&stage, "not-aligned-already-aligned").await;
    assert!(notice.contains("is in force here again"), "{notice}");
    assert!(notice.contains("ENR-5003"), "the reference of the request: {notice}");
    told(&stage, "success").await;
    assert_eq!((stage.posts("report-data", "CKM"), stage.posts("align", "CKM")), (2, 2));
    let calendar = stage.run(&["calendar", MBI, "--all", "--json"]).out;
    let dates = calendar.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let baseline = dates.into_iter().find(|date| date["kind"] == "baseline").unwrap();
    assert_eq!(baseline["state"], "done");
}
