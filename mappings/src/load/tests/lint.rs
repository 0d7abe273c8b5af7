//! The linter: each mistake with its line, column and hint.

use super::{SITE, report, shown, site};
use crate::{Severity, Sources, example_site, lint, load};

/// What to replace in the small site, by what; the text to add at the end; and the one finding that must follow.
struct Case {
    replace: (&'static str, &'static str),
    add: &'static str,
    shown: &'static str,
}

const fn replaced(from: &'static str, to: &'static str, shown: &'static str) -> Case {
    Case { replace: (from, to), add: "", shown }
}

const fn added(add: &'static str, shown: &'static str) -> Case {
    Case { replace: ("", ""), add, shown }
}

const CASES: &[Case] = &[
    // keys and shapes
    replaced("name = \"site\"", "nmae = \"site\"", "site.toml:1:1: unknown key `nmae`\n  hint: did you mean `name`?"),
    added("[mbi]\ncarrier = []\n", "site.toml:11:1: unknown key `carrier` in `mbi`\n  hint: did you mean `carriers`?"),
    added(
        "guide = \"0.9.12\"\n",
        "site.toml:10:1: unknown key `guide` in `participants`\n  hint: `guide` belongs at the top of the file, before the first table",
    ),
    added(
        "[identity]\naccept_secondary = true\n",
        "site.toml:11:1: unknown key `accept_secondary` in `identity`\n  hint: `accept_secondary` belongs in [coverage]",
    ),
    // the person
    added(
        "[patient]\nsend = [\"religion\"]\n",
        "site.toml:11:9: `religion` is not a value of `patient.send`\n  hint: known here: race, ethnicity, birth-sex, telecom, address, language, deceased, name-use, birth-time",
    ),
    added(
        "[patient.race]\nW = \"2106-4\"\n",
        "site.toml:11:5: `2106-4` is no code of race\n  hint: a code of the CDC race and ethnicity system, UNK or ASKU",
    ),
    added(
        "[[patient.\"+senders\"]]\nrace = { w = \"2106-3\" }\n",
        "site.toml:11:10: code `w` never matches: feeds are compared in upper case without outer blanks\n  hint: write `W`",
    ),
    added(
        "[patient]\nbirth_sex_fields = [\"PID-8\"]\n",
        "site.toml:11:21: the sex at birth is never taken from PID-8\n  hint: PID-8 is the administrative sex; take a field of the sender's own",
    ),
    added(
        "[times]\nzone = \"Eastern\"\n",
        "site.toml:11:8: `Eastern` is not a time zone\n  hint: a name from times.zones, or a rule such as EST5EDT,M3.2.0,M11.1.0",
    ),
    added(
        "[notices]\ncolour = 1\n",
        "site.toml:11:1: unknown key `colour` in `notices`\n  hint: known here: include_mbi, hl7_version",
    ),
    added(
        "[mbi]\nlocal_types = \"MBI\"\n",
        "site.toml:11:15: `mbi.local_types` is a list, not a text\n  hint: put it in brackets: [\"…\"]",
    ),
    added(
        "[mbi]\n\"+positions\" = \"warn\"\n",
        "site.toml:11:1: `mbi.positions` is not a list, so nothing can be added to it\n  hint: write `positions = …` to replace it",
    ),
    added(
        "[events]\n\"+ADT^A08\" = { screens = true }\n",
        "site.toml:11:1: `events` is a table: its keys are added without a plus sign\n  hint: write `ADT^A08`",
    ),
    added(
        "[triggers.screen]\nfresh_days = 400\n",
        "site.toml:11:14: `triggers.screen.fresh_days` is a whole number from 0 to 365",
    ),
    added(
        "[triggers.screen]\nfresh_days = 1.5\n",
        "site.toml:11:14: `triggers.screen.fresh_days` is a whole number, not a fraction, a date or a number too large",
    ),
    added(
        "[triggers.enroll]\nmode = \"automatic\"\n",
        "site.toml:11:8: `automatic` is not a value of `triggers.enroll.mode`\n  hint: known here: auto, hold, off",
    ),
    added(
        "[identity.sex]\n9 = \"femal\"\n",
        "site.toml:11:5: `femal` is not a value of `identity.sex.9`\n  hint: did you mean `female`?",
    ),
    added(
        "[coverage.codes]\nZZ = \"medicare\"\n",
        "site.toml:11:6: `medicare` is not a value of `coverage.codes.ZZ`\n  hint: did you mean `original-medicare`?",
    ),
    added(
        "[coverage.codes]\nZZ = \"original\"\n",
        "site.toml:11:6: `original` is not a value of `coverage.codes.ZZ`\n  hint: known here: original-medicare, medicare-advantage, supplement, drug, medicaid, other",
    ),
    replaced(
        "guide = \"0.9.12\"\n",
        "guide = \"0.9.12\"\nguide = \"0.9.12\"\n",
        "site.toml:4:1: not TOML: duplicate key",
    ),
    // layers and guide
    replaced("[\"base\"]", "[\"bsae\"]", "site.toml:2:12: there is no layer `bsae`\n  hint: did you mean `base`?"),
    replaced("[\"base\"]", "[\"../base\"]", "site.toml:2:12: there is no layer `../base`\n  hint: known here: base"),
    replaced("0.9.12", "0.9.0", "site.toml:3:9: there is no guide `0.9.0`\n  hint: known here: 0.9.12"),
    replaced(
        "guide = \"0.9.12\"\n",
        "",
        "site.toml:1:1: `guide` is missing\n  hint: guide = \"0.9.12\" is the version of the ACCESS guide",
    ),
    replaced(
        "payer = \"00831\"\n",
        "",
        "site.toml:5:1: `participants.payer` is missing\n  hint: an entry that no layer below has must be complete",
    ),
    added(
        "[events]\n\"BAR^P99\" = { screens = true }\n",
        "site.toml:11:13: `events.BAR^P99.effect` is missing\n  hint: an entry that no layer below has must be complete",
    ),
    // participants
    replaced(
        "ACCES00001",
        "ACCESS0001",
        "site.toml:6:6: participant id `ACCESS0001` is not ACCES and five digits\n  hint: this is the form of guide 0.9.0 (ACCESS and four digits); the id has five digits and one S now, ask for yours",
    ),
    replaced(
        "ACCES00001",
        "ACCESS00001",
        "site.toml:6:6: participant id `ACCESS00001` is not ACCES and five digits\n  hint: it is spelt with one S at the end: ACCES, then five digits",
    ),
    replaced(
        "ACCES00001",
        "acces00001",
        "site.toml:6:6: participant id `acces00001` is not ACCES and five digits\n  hint: it is in the ACCESS registration, for example ACCES12345",
    ),
    replaced(
        "00831",
        "831",
        "site.toml:7:9: the payer id is five letters or digits\n  hint: it is in the ACCESS registration, not the payer id of a clearinghouse",
    ),
    replaced("[\"CKM\"]", "[\"ckm\"]", "site.toml:8:11: guide 0.9.12 has no track `ckm`\n  hint: did you mean `CKM`?"),
    replaced("[\"CKM\"]", "[]", "site.toml:8:10: the participant offers no track"),
    added("states = [\"IL\", \"wi\"]\n", "site.toml:10:17: `wi` is not a state\n  hint: write `WI`"),
    added("states = [\"Wisconson\"]\n", "site.toml:10:11: `Wisconson` is not a state\n  hint: did you mean `WI`?"),
    added("senders = [{}]\n", "site.toml:10:12: a sender needs `application` (MSH-3.1), `facility` (MSH-4.1) or both"),
    added(
        "[[participants]]\nid = \"ACCES00002\"\npayer = \"00831\"\ntracks = [\"BH\"]\nreport = \"off\"\n",
        "site.toml:10:1: two participants have no senders, so every feed would belong to both\n  hint: give at least one of them `senders`",
    ),
    added(
        "senders = [{ facility = \"A\" }]\n[[participants]]\nid = \"ACCES00002\"\npayer = \"00831\"\ntracks = [\"BH\"]\nsenders = [{ facility = \"A\" }]\nreport = \"off\"\n",
        "site.toml:15:12: another participant has the same sender",
    ),
    added(
        "senders = [{ facility = \"A\" }]\n[[participants]]\nid = \"ACCES00001\"\npayer = \"00831\"\ntracks = [\"BH\"]\nreport = \"off\"\n",
        "site.toml:12:6: participant ACCES00001 is there twice\n  hint: put its senders into one entry",
    ),
    // the rest
    added(
        "[events]\n\"XYZ^*\" = { effect = \"snapshot\" }\n",
        "site.toml:11:22: `XYZ^*` would give an effect to events nobody has looked at\n  hint: list the events that matter one by one; ignore the others",
    ),
    added(
        "[events]\n\"A08\" = { effect = \"snapshot\" }\n",
        "site.toml:11:1: `A08` is not an event\n  hint: type, ^ and event, for example \"ADT^A01\", or \"ORM^*\" for all of a type",
    ),
    added(
        "[mbi]\n\"+carriers\" = [\"ZIN.4\"]\n",
        "site.toml:11:16: `ZIN.4` is neither a carrier nor a path\n  hint: a path such as ZIN-4.1: a dash must stand between segment and field",
    ),
    added(
        "[mbi]\ncarriers = [\"in2-medicar\"]\n",
        "site.toml:11:13: `in2-medicar` is neither a carrier nor a path\n  hint: did you mean `in2-medicare`?",
    ),
    added("[mbi]\ncarriers = []\n", "site.toml:11:12: without a carrier no MBI is ever found"),
    added(
        "[identity.states]\nOhio = \"OH\"\n",
        "site.toml:11:1: state name `Ohio` never matches: feeds are compared in upper case without outer blanks\n  hint: write `OHIO`",
    ),
    added(
        "[identity.states]\nOHIOO = \"OHI\"\n",
        "site.toml:11:9: `OHI` is not a state\n  hint: two letters, for example IL",
    ),
    added(
        "[identity]\ndeath_dispositions = [\"7\"]\n",
        "site.toml:11:23: disposition `7` is not two digits\n  hint: with its leading zero, for example \"07\"",
    ),
    added(
        "[coverage]\n\"+medicare_words\" = [\"Medicare B\"]\n",
        "site.toml:11:22: word `Medicare B` never matches: feeds are compared in upper case without outer blanks\n  hint: write `MEDICARE B`",
    ),
    added(
        "[[coverage.plans]]\nclass = \"other\"\n",
        "site.toml:10:1: a plan needs `plan` (IN1-2.1), `company` (IN1-3.1) or both",
    ),
    added("[diagnoses]\n\"+icd10cm\" = [\"I9\"]\n", "site.toml:11:15: `I9` cannot mean ICD-10-CM and ICD-9"),
    replaced(
        "name = \"site\"\n",
        "name = \"site\"\ncharsets = [{ facility = \"LAB\", charset = \"iso-8859-22\" }]\n",
        "site.toml:2:43: `iso-8859-22` is not a character set\n  hint: did you mean `iso-8859-2`?",
    ),
    replaced(
        "name = \"site\"\n",
        "name = \"site\"\ndefault_charset = \"cp1252\"\n",
        "site.toml:2:19: `cp1252` is not a character set\n  hint: a WHATWG label, for example windows-1252 or utf-8",
    ),
    replaced(
        "name = \"site\"\n",
        "name = \"site\"\ndefault_charset = \"utf8\"\n",
        "site.toml:2:19: `utf8` is not a character set\n  hint: did you mean `utf-8`?",
    ),
    replaced("name = \"site\"\n", "schema = 2\nname = \"site\"\n", "site.toml:1:10: this version reads schema 1"),
];

const WARNINGS: &[Case] = &[
    added(
        "[mbi]\nallow_placeholders = true\n",
        "site.toml:11:22: warning: sample numbers are submitted like real ones\n  hint: for the sandbox and tests only",
    ),
    added(
        "[triggers.exclude]\nmode = \"auto\"\n",
        "site.toml:11:8: warning: trigger `exclude` ends an alignment without asking anybody\n  hint: \"hold\" lets a person approve it",
    ),
    added(
        "[triggers.progress]\nmode = \"auto\"\n",
        "site.toml:11:8: warning: trigger `progress` ends an alignment and begins another without asking anybody\n  hint: \"hold\" lets a person approve it",
    ),
    added(
        "[triggers.leave]\nfresh_days = 3\n",
        "site.toml:11:1: warning: trigger `leave` does not look at `fresh_days`\n  hint: it belongs in [triggers.screen]",
    ),
    added(
        "[triggers.screen]\nfresh_days = 0\n",
        "site.toml:11:14: warning: eligibility is asked again with every feed\n  hint: `fresh_days = 30` keeps an answer for 30 days",
    ),
    added(
        "[events]\n\"ADT^A11\" = { screens = true }\n",
        "site.toml:11:25: warning: `ADT^A11` screens, but brings no snapshot to look at",
    ),
    added("[notices]\ninclude_mbi = true\n", "site.toml:11:15: warning: notices carry the MBI to every route"),
    added("states = [\"IL\", \"IL\"]\n", "site.toml:10:17: warning: state IL is there twice"),
    added(
        "senders = [{ facility = \"A\" }]\n[[participants]]\nid = \"ACCES00002\"\npayer = \"00831\"\ntracks = [\"BH\"]\nsenders = [{ application = \"X\" }]\nreport = \"off\"\n",
        "site.toml:15:12: warning: a feed can fit this sender and one of an earlier participant, which then gets it\n  hint: name `application` and `facility` in both",
    ),
    replaced(
        "name = \"site\"\n",
        "name = \"site\"\ntraining = \"submit\"\n",
        "site.toml:2:12: warning: training messages (MSH-11 T and D) are submitted\n  hint: for test systems only",
    ),
];

fn text_of(case: &Case) -> String {
    let (from, to) = case.replace;
    assert!(SITE.contains(from), "{from}");
    let text = if from.is_empty() { SITE.to_owned() } else { SITE.replacen(from, to, 1) };
    text + case.add
}

#[test]
fn every_mistake_is_told_once_with_its_place_and_a_hint() {
    for case in CASES {
        let report = report(&text_of(case));
        assert_eq!(shown(&report.findings), [case.shown]);
        assert!(report.profile.is_none(), "{}", case.shown);
        assert!(load(&Sources::embedded(), &site(&text_of(case))).is_err(), "{}", case.shown);
    }
}

#[test]
fn a_doubtful_setting_is_warned_of_and_works() {
    for case in WARNINGS {
        let report = report(&text_of(case));
        assert_eq!(shown(&report.findings), [case.shown]);
        assert_eq!(report.findings[0].severity, Severity::Warning);
        assert!(report.profile.is_some(), "{}", case.shown);
    }
}

#[test]
fn several_mistakes_are_told_together_in_the_order_of_the_file() {
    let text = SITE.replace("ACCES00001", "ACCES1").replace("[\"CKM\"]", "[\"KCM\"]").replace("00831", "1");
    let places: Vec<(usize, usize)> =
        report(&text).findings.iter().map(|finding| (finding.line, finding.column)).collect();
    assert_eq!(places, [(6, 6), (7, 9), (8, 11)]);
}

#[test]
fn a_site_without_layers_is_told_about_the_base() {
    let text = SITE.replace("extends = [\"base\"]\n", "");
    let findings = report(&text).findings;
    assert!(findings.iter().all(|finding| finding.hint.as_deref() == Some("extends = [\"base\"] brings the defaults")));
    assert_eq!(findings.len(), 9, "{:#?}", shown(&findings));
}

#[test]
fn the_early_and_the_full_cardio_track_go_together() {
    let report = report(&SITE.replace("[\"CKM\"]", "[\"eCKM\", \"CKM\"]"));
    assert_eq!(shown(&report.findings), Vec::<String>::new());
}

#[test]
fn the_example_has_only_the_warning_about_sample_numbers() {
    let report = lint(&Sources::embedded(), &example_site());
    let messages: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages, ["sample numbers are submitted like real ones"]);
}

#[test]
fn columns_count_letters_and_findings_are_limited() {
    let findings = report(&SITE.replace("name = \"site\"", "name = \"Ünïted\" ; x")).findings;
    assert_eq!((findings[0].line, findings[0].column), (1, 17));
    let many: String = (0..500).map(|number| format!("key{number} = 1\n")).collect();
    assert_eq!(report(&(many + SITE)).findings.len(), 200);
}

#[test]
fn a_file_cut_anywhere_gives_a_profile_or_an_error() {
    let whole = example_site().text;
    for end in (0..whole.len()).step_by(41).filter(|end| whole.is_char_boundary(*end)) {
        let report = report(&whole[..end]);
        assert_eq!(report.profile.is_none(), report.findings.iter().any(crate::Finding::is_error), "cut at {end}");
    }
}

/// Every report failed on its day for want of an author.
#[test]
fn a_participant_that_sends_reports_needs_a_name_and_an_author() {
    let whole = "name = \"Clinic\"\nauthor = { npi = \"1234567893\", family = \"Roe\" }\n";
    for (with, wanted) in [
        ("", Some("site.toml:5:1: warning: without `name` and `author` no report of this participant can be sent")),
        (
            "name = \"Clinic\"\n",
            Some("site.toml:5:1: warning: without `author` no report of this participant can be sent"),
        ),
        ("[reports]\nmode = \"off\"\n", None),
        (whole, None),
    ] {
        let found = report(&SITE.replace("report = \"off\"\n", with));
        let lines: Vec<String> = shown(&found.findings);
        assert_eq!(lines.first().map(|line| line.lines().next().unwrap()), wanted, "{with}");
        assert!(lines.len() <= 1 && found.profile.is_some(), "{lines:?}");
    }
}

/// An unknown zone silently meant UTC.
#[test]
fn zone_reminders_and_rows_of_reports_are_looked_at() {
    for (reports, wanted) in [
        (
            "[reports]\nzone = \"America/Chicgo\"\n",
            "site.toml:11:8: `America/Chicgo` is not a time zone\n  hint: did you mean `America/Chicago`?",
        ),
        (
            "[reports]\nzone = \"Eastern\"\n",
            "site.toml:11:8: `Eastern` is not a time zone\n  hint: a name from times.zones, or a rule such as EST5EDT,M3.2.0,M11.1.0",
        ),
        (
            "[reports]\nzone = \"\"\n",
            "site.toml:11:8: the days of the calendar need a zone\n  hint: name the zone of the site, or \"UTC\"",
        ),
        ("[reports]\nremind = [14, 7, 14]\n", "site.toml:11:18: warning: the reminder of 14 days is there twice"),
        (
            "[reports]\nneeds = [{ tracks = [\"CKM\"], kinds = [\"baseline\", \"quarterly\"], any = [\"weight\"] }]\n",
            "site.toml:11:9: warning: no row names CKM end-of-period, so such a report is never sent\n  hint: add a row, or write \"+needs\" to add to the rows of base",
        ),
    ] {
        let found = report(&format!("{SITE}{reports}"));
        assert_eq!(shown(&found.findings), [wanted]);
        assert_eq!(found.profile.is_none(), found.findings[0].is_error(), "{reports}");
    }
    for right in ["zone = \"UTC\"", "zone = \"America/Denver\"", "zone = \"MST7\"", "remind = []"] {
        assert_eq!(shown(&report(&format!("{SITE}[reports]\n{right}\n")).findings), Vec::<String>::new(), "{right}");
    }
}

#[test]
fn readings_and_ranges_of_reports_are_looked_at() {
    let site = |reports: &str| format!("{SITE}{reports}");
    for (reports, message) in [
        ("[reports.readings]\nweigth = 1", "guide 0.9.12 has no measure `weigth`"),
        ("[reports.readings]\nweight = 0", "a measure is reported by at least one reading"),
        ("[reports.ranges]\nsystol = { low = \"1\", high = \"2\", beyond = \"warn\" }", "`systol` is no measure"),
        ("[reports.ranges]\n\"8867-4\" = { low = \"1\", high = \"2\", beyond = \"warn\" }", "`8867-4` is no measure"),
        ("[reports.ranges]\nweight = { low = \"1,5\", high = \"2\", beyond = \"warn\" }", "`1,5` is not a decimal"),
        ("[reports.ranges]\nweight = { low = \"1e3\", high = \"2\", beyond = \"warn\" }", "`1e3` is not a decimal"),
        ("[reports.ranges]\nweight = { low = \"2\", high = \"2\", beyond = \"warn\" }", "is not below the greatest"),
    ] {
        let found = shown(&report(&site(reports)).findings);
        assert!(found.iter().any(|finding| finding.contains(message)), "{reports}: {found:?}");
    }
    let right = "[reports.readings]\nHbA1c = 2\n[reports.ranges]\n\"2571-8\" = { low = \"0.5\", high = \"9\", beyond = \"warn\" }";
    assert_eq!(shown(&report(&site(right)).findings), Vec::<String>::new());
}
