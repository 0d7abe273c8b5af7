//! Sections of senders, local codes, rules: what they resolve to, and every mistake with its place.

use super::{SITE, report, shown};
use crate::{Condition, MAX_CONDITIONS, Profile, RuleAction};

fn resolved(text: &str) -> Profile {
    let report = report(&format!("{SITE}{text}"));
    let shown = shown(&report.findings);
    report.profile.unwrap_or_else(|| panic!("{shown:#?}"))
}

/// The one finding about a text that is laid over the small site; its lines begin at 9.
fn found(text: &str) -> String {
    let findings = shown(&report(&format!("{SITE}{text}")).findings);
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings[0].strip_prefix("site.toml:").unwrap_or(&findings[0]).to_owned()
}

#[test]
fn a_section_overrides_row_by_row_and_for_its_sender_only() {
    let profile = resolved(
        r#"[[senders]]
application = "LAB"
facility = "EAST"
strict = true
mbi_paths = ["ZIN-4.1"]
plans = [{ plan = "1", class = "original-medicare" }]
codes.observations = [{ code = "GLU", loinc = "1558-6" }]
codes.units = { "K/uL" = "/uL" }
[codes]
observations = [{ code = "GLU", loinc = "2345-7" }, { code = "A1C", loinc = "4548-4" }]
[coverage]
plans = [{ plan = "1", class = "other" }, { plan = "2", class = "drug" }]
"#,
    );
    let (own, other) = (profile.for_sender("LAB", "EAST"), profile.for_sender("LAB", "WEST"));
    let loinc = |code| [own, other].map(|rules| rules.loinc(code, "", "").map(|row| row.loinc.as_str()));
    assert_eq!(loinc("GLU"), [Some("1558-6"), Some("2345-7")]);
    assert_eq!(loinc("A1C"), [Some("4548-4"), Some("4548-4")]);
    assert_eq!([own, other].map(|rules| rules.unit("k/ul")), [Some("/uL"), Some("10*3/uL")]);
    assert_eq!([own, other].map(|rules| rules.unit("mmHg")), [Some("mm[Hg]"); 2]);
    let class = |plan| [own, other].map(|rules| rules.plan(plan, "").map(|row| format!("{:?}", row.class)));
    assert_eq!(class("1"), [Some("OriginalMedicare".to_owned()), Some("Other".to_owned())]);
    assert_eq!(class("2"), [Some("Drug".to_owned()), Some("Drug".to_owned())]);
    assert_eq!([own, other].map(|rules| (rules.is_strict(), rules.mbi_paths().len())), [(true, 1), (false, 0)]);
}

#[test]
fn a_local_unit_of_a_row_means_the_unit_however_it_is_spelt() {
    let profile = resolved(
        "[codes]\nobservations = [{ code = \"CR\", unit = \"umol/L\", loinc = \"14682-9\" }, { code = \"CR\", loinc = \"2160-0\" }]\n",
    );
    let rules = profile.for_sender("", "");
    let loinc = |unit| rules.loinc("CR", "L", unit).map(|row| row.loinc.as_str());
    assert_eq!((loinc("µmol/l"), loinc("mg/dL"), loinc("")), (Some("14682-9"), Some("2160-0"), Some("2160-0")));
}

#[test]
fn what_has_a_table_of_its_own_is_taken_there() {
    let profile = resolved(
        r#"[[senders]]
facility = "EAST"
charset = "iso-8859-2"
zone = "America/Denver"
race = { W = "2106-3" }
sex = { 1 = "male" }
[[times.senders]]
facility = "EAST"
zone = "MST7"
"#,
    );
    assert_eq!(profile.charset_of("ADT", "EAST"), Some("iso-8859-2"));
    assert_eq!(profile.times.zone_of("ADT", "EAST"), Some("MST7MDT,M3.2.0,M11.1.0"));
    let codes = profile.patient.codes_of("ADT", "EAST").unwrap();
    assert_eq!((codes.race.get("W"), codes.sex.get("1")), (Some("2106-3"), Some("male")));
    assert!(profile.patient.codes_of("ADT", "WEST").is_none());
    assert_eq!(
        found("[[senders]]\nfacility = \"E\"\ncharset = \"utf8\"\n"),
        "12:11: `utf8` is not a character set\n  hint: did you mean `utf-8`?"
    );
    assert!(found("[[senders]]\nfacility = \"E\"\nzone = \"CST\"\n").starts_with("12:8: `CST` is not a time zone"));
    let near = found("[[senders]]\nfacility = \"E\"\nzone = \"America/Chicgo\"\n");
    assert!(near.contains("did you mean `America/Chicago`?"), "{near}");
}

#[test]
fn rules_of_the_site_lie_below_those_of_a_sender() {
    let profile = resolved(
        r#"[rules.enrol]
when = { equals = { path = "ZCN-3", value = "Y" } }
do = "enroll"
[[senders]]
facility = "EAST"
[senders.rules]
confidential.on = true
enrol = { when = { present = "ZCN-4" }, track = "CKM" }
"#,
    );
    let names = |facility| profile.for_sender("", facility).rules().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!((names("WEST"), names("EAST")), (vec!["enrol"], vec!["confidential", "enrol"]));
    let section = profile.for_sender("", "EAST").section().unwrap();
    let (own, site) = (&section.rules["enrol"], &profile.rules["enrol"]);
    assert_eq!((own.action, own.track.as_str(), site.track.as_str()), (RuleAction::Enroll, "CKM", ""));
    // The condition is replaced as a whole, not mixed with the one below.
    assert_eq!(own.when, Condition::Present("ZCN-4".parse().unwrap()));
    assert!(matches!(site.when, Condition::Equals { .. }));
}

#[test]
fn every_mistake_in_a_section_or_table_has_its_place_and_a_hint() {
    for (text, wanted) in [
        (
            "[[senders]]\nstrict = true\n",
            "10:1: a sender needs `application` (MSH-3.1), `facility` (MSH-4.1) or both\n  hint: what is so for every sender stands in the other tables",
        ),
        (
            "[[senders]]\nfacility = \"A\"\n[[senders]]\nfacility = \"A\"\n",
            "12:1: another section has the same sender\n  hint: put both into one",
        ),
        (
            "[[senders]]\nfacility = \"A\"\n[[senders]]\napplication = \"B\"\n",
            "10:1: warning: a feed can fit this section and one that names an application only, which then counts\n  hint: name `application` and `facility` in one of them",
        ),
        (
            "[[senders]]\nfacility = \"A\"\nmbi_paths = [\"ZIN.4\"]\n",
            "12:14: `ZIN.4` is not a path\n  hint: a path such as ZIN-4.1: a dash must stand between segment and field",
        ),
        (
            "[[senders]]\nfacility = \"A\"\nmbi_paths = [\"IN6-4\"]\n",
            "12:14: warning: patient messages have no segment `IN6`\n  hint: did you mean `IN1`?",
        ),
        (
            "[[senders]]\nfacility = \"A\"\nplan = []\n",
            "12:1: unknown key `plan` in `senders`\n  hint: did you mean `plans`?",
        ),
        (
            "[[senders]]\nfacility = \"A\"\nplans = [{ class = \"other\" }]\n",
            "12:10: a plan needs `plan` (IN1-2.1), `company` (IN1-3.1) or both",
        ),
        (
            "[coverage]\nplans = [{ plan = \"1\", class = \"other\" }, { plan = \"1\", class = \"drug\" }]\n",
            "11:43: another row names the same plan and company",
        ),
        (
            "[codes]\nobservations = [{ code = \"A\", loinc = \"4548-5\" }]\n",
            "11:39: `4548-5` is not a LOINC code\n  hint: a digit is wrong: the check digit of 4548 is 4",
        ),
        (
            "[codes]\nobservations = [{ code = \"A\", loinc = \"A1C\" }]\n",
            "11:39: `A1C` is not a LOINC code\n  hint: digits, a dash and a check digit, for example 4548-4",
        ),
        (
            "[codes]\nobservations = [{ code = \"A\", loinc = \"\" }]\n",
            "11:39: the LOINC code is missing\n  hint: look the code up at loinc.org, or take the row out until it is known",
        ),
        (
            "[codes]\nobservations = [{ code = \"A\" }]\n",
            "11:17: `codes.observations.loinc` is missing\n  hint: an entry that no layer below has must be complete",
        ),
        (
            "[codes]\nobservations = [{ code = \"A\", loinc = \"4548-4\" }, { code = \"A\", loinc = \"2345-7\" }]\n",
            "11:60: another row has the same code, system and unit",
        ),
        (
            "[codes.units]\nX = \"mg dl\"\n",
            "11:5: `mg dl` is not a UCUM code\n  hint: case-sensitive and without blanks, for example mg/dL, mm[Hg], 10*3/uL",
        ),
        (
            "[codes.units]\nX = \"mm[Hg\"\n",
            "11:5: `mm[Hg` is not a UCUM code\n  hint: case-sensitive and without blanks, for example mg/dL, mm[Hg], 10*3/uL",
        ),
        ("[codes.units]\n\" x\" = \"mg\"\n", "11:1: a unit is a text without outer blanks"),
    ] {
        assert_eq!(found(text), wanted);
    }
}

#[test]
fn every_mistake_in_a_rule_has_its_place_and_a_hint() {
    let rule = |when: &str, rest: &str| format!("[rules.r]\nwhen = {when}\ndo = \"enroll\"\n{rest}");
    let deep = format!("{}{{ present = \"PV1-1\" }}{}", "{ not = ".repeat(8), " }".repeat(8));
    let many = format!("{{ any = [{}] }}", "{ present = \"PV1-1\" }, ".repeat(MAX_CONDITIONS));
    for (text, wanted) in [
        (
            rule("{ present = \"PVI-16\" }", ""),
            "11:20: warning: patient messages have no segment `PVI`\n  hint: did you mean `PV1`?",
        ),
        (rule("{ presnt = \"PV1-16\" }", ""), "11:10: `presnt` is no condition\n  hint: did you mean `present`?"),
        (
            rule("{ present = \"PV1.16\" }", ""),
            "11:20: `PV1.16` is not a path\n  hint: a path such as ZIN-4.1: a dash must stand between segment and field",
        ),
        (
            rule("{ equals = { path = \"PV1-16\" } }", ""),
            "11:19: `equals` has a path and a value\n  hint: write { path = \"PV1-16\", value = \"…\" }",
        ),
        (
            rule("{ equals = { path = \"PV1-16\", value = \"Y\", case = \"n\" } }", ""),
            "11:19: `equals` has a path and a value\n  hint: write { path = \"PV1-16\", value = \"…\" }",
        ),
        (rule("{ one_of = { path = \"PV1-16\", values = [] } }", ""), "11:47: `values` is a list of texts"),
        (rule("{ all = [] }", ""), "11:16: `all` is a list of conditions"),
        (
            rule("{ present = \"PV1-16\", not = { present = \"PV1-1\" } }", ""),
            "11:8: `rules.r.when` is a table with one condition\n  hint: one of present, equals, one_of, matches_table, all, any, not; combine several with all or any",
        ),
        (rule(&deep, ""), "11:72: conditions are nested deeper than 8"),
        (
            rule(&many, ""),
            "11:1466: more than 64 conditions in one rule\n  hint: put values into a list of [tables], or make two rules of it",
        ),
        (
            rule("{ matches_table = { path = \"PV1-3\", table = \"clinic\" } }", "[tables]\nclinics = [\"A\"]\n"),
            "11:52: there is no list `clinic` in [tables]\n  hint: did you mean `clinics`?",
        ),
        (rule("{ present = \"PV1-16\" }", "track = \"BH\"\n"), "13:9: no participant offers track `BH`"),
        (
            rule("{ present = \"ZCN-1\" }", "switch_consent = true\n"),
            "13:18: warning: rule `r` attests that the person agreed to switch\n  hint: the condition must be on a field that says so of this person",
        ),
        (
            "[rules.r]\nwhen = { present = \"ZCN-1\" }\ndo = \"referral\"\ntrack = \"CKM\"\n".to_owned(),
            "13:9: warning: rule `r` does not look at `track`",
        ),
        (
            "[rules.r]\nwhen = { present = \"ZCN-1\" }\ndo = \"align\"\n".to_owned(),
            "12:6: `align` is not a value of `rules.r.do`\n  hint: known here: enroll, referral, check, do-not-submit",
        ),
        ("[rules.r]\nwhen = \"always\"\ndo = \"check\"\n".to_owned(), "11:8: `rules.r.when` is a table, not a text"),
    ] {
        assert_eq!(found(&text), wanted);
    }
}

#[test]
fn rules_and_sections_are_limited_in_number() {
    let rules: String =
        (0..64).map(|n| format!("[rules.r{n}]\nwhen = {{ present = \"PV1-1\" }}\ndo = \"check\"\n")).collect();
    assert!(found(&rules).contains("more than 64 rules for one sender"));
    let senders: String = (0..257).map(|n| format!("[[senders]]\nfacility = \"F{n}\"\n")).collect();
    assert!(found(&senders).contains("more than 256 sections of senders"));
}

#[test]
fn tables_and_lists_of_values_are_limited() {
    let rows: String = (0..10_001).map(|n| format!("\"u{n}\" = \"mg\"\n")).collect();
    assert!(found(&format!("[codes.units]\n{rows}")).contains("more than 10000 rows"));
    let values: String = (0..1_001).map(|n| format!("\"{n}\", ")).collect();
    let rule =
        format!("[rules.r]\nwhen = {{ one_of = {{ path = \"PV1-2\", values = [{values}] }} }}\ndo = \"check\"\n");
    assert!(found(&rule).contains("more than 1000 values"));
}

#[test]
fn a_file_is_limited_in_length() {
    let findings = shown(&report(&format!("{SITE}#{}", "x".repeat(1 << 20))).findings);
    assert!(findings[0].contains("is longer than 1048576 bytes"), "{findings:?}");
}

#[test]
fn nobody_is_left_out_unless_a_site_says_so() {
    let profile = resolved("");
    assert!(!profile.rules["confidential"].on && profile.for_sender("A", "B").rules().next().is_none());
    assert!(resolved("[rules.confidential]\non = true\n").for_sender("A", "B").rules().next().is_some());
}

#[test]
fn the_shipped_units_read_what_feeds_write() {
    let profile = resolved("");
    let rules = profile.for_sender("", "");
    for (text, ucum) in [
        ("mmHg", "mm[Hg]"),
        ("mm(hg)", "mm[Hg]"),
        ("MG/DL", "mg/dL"),
        ("mg/100ml", "mg/dL"),
        ("beats/min", "/min"),
        ("/MIN", "/min"),
        ("gm/dl", "g/dL"),
        ("g%", "g/dL"),
        ("LB", "[lb_av]"),
        ("oz", "[oz_av]"),
        ("\"", "[in_i]"),
        ("IN", "[in_i]"),
        ("ft", "[ft_i]"),
        ("umol/l", "umol/L"),
        ("µmol/L", "umol/L"),
        ("μmol/L", "umol/L"),
        ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
        ("ml/min/1.73 m^2", "mL/min/{1.73_m2}"),
        ("mL/min/1.73sqm", "mL/min/{1.73_m2}"),
        ("KG/M2", "kg/m2"),
        ("mg/g{creat}", "mg/g"),
        ("mcg/mg", "mg/g"),
        ("degF", "[degF]"),
        ("°F", "[degF]"),
        ("°C", "Cel"),
        ("K/uL", "10*3/uL"),
        ("x10E3/uL", "10*3/uL"),
        ("10^3/uL", "10*3/uL"),
        ("x10(9)/L", "10*9/L"),
        ("pct", "%"),
        ("IU/L", "[IU]/L"),
        ("U/l", "U/L"),
        ("SCORE", "{score}"),
        ("mEq/l", "meq/L"),
        ("mM", "mmol/L"),
    ] {
        assert_eq!(rules.unit(text), Some(ucum), "{text}");
    }
    for (_, code) in profile.codes.units.rows() {
        assert_eq!(rules.unit(code), Some(code));
    }
}
