//! The questionnaires of the guide: the shipped data, and what the loader refuses.

use super::{SITE, report, shown};
use crate::load::instruments::check;
use crate::{AnswerList, Guide, InstrumentFacts, Sources, load_guide};
use serde::Deserialize;

fn guide() -> Guide {
    load_guide(&Sources::embedded(), "0.9.12").unwrap()
}

#[test]
fn every_instrument_of_msk_and_bh_is_there() {
    let guide = guide();
    let of = |track: &str| -> Vec<(&str, usize, usize)> {
        let rows = guide.instruments.iter().filter(|one| one.tracks.iter().any(|known| known == track));
        rows.map(|one| (one.code.as_str(), one.items.len(), one.scores.len())).collect()
    };
    assert_eq!(of("BH"), [("PHQ-9", 10, 1), ("GAD-7", 7, 1), ("WHODAS", 15, 1), ("PGIC-BH", 1, 0)]);
    assert_eq!(
        of("MSK"),
        [
            ("PROMIS-PF", 6, 2),
            ("PROMIS-PF-CAT", 8, 1),
            ("PROMIS-PI", 6, 2),
            ("PROMIS-PI-CAT", 6, 1),
            ("ODI", 10, 1),
            ("NDI", 10, 1),
            ("QuickDASH", 11, 1),
            ("PGIC-MSK", 1, 0),
            ("KOOS-JR", 7, 1),
            ("HOOS-JR", 6, 1),
            ("PROMIS-NRS", 1, 0),
        ]
    );
    assert!(of("CKM").is_empty() && of("eCKM").is_empty());
}

#[test]
fn the_ordinal_of_an_answer_code_depends_on_its_list() {
    let guide = guide();
    let ordinal = |list: &str, code: &str| guide.answer_list(list).unwrap().ordinal(code);
    for (list, code, wanted) in [
        ("LL358-3", "LA6568-5", Some(0)),
        ("LL1017-4", "LA6568-5", Some(1)),
        ("LL1021-6", "LA6568-5", Some(5)),
        ("LL1021-6", "LA13909-9", Some(3)),
        ("LL1022-4", "LA6568-5", None),
        ("LL4051-0", "", None),
    ] {
        assert_eq!(ordinal(list, code), wanted, "{list} {code}");
    }
    let list = guide.answer_list("LL4051-0").unwrap();
    assert_eq!((list.code(1), list.code(4), list.code(5)), (Some("LA6752-5"), Some(""), None));
}

#[test]
fn only_phq9_odi_and_quickdash_may_lack_answers_and_no_wording_is_shipped() {
    let guide = guide();
    let missing: Vec<(&str, u16)> =
        guide.instruments.iter().filter(|one| one.may_miss > 0).map(|one| (one.code.as_str(), one.may_miss)).collect();
    assert_eq!(missing, [("PHQ-9", 2), ("ODI", 1), ("QuickDASH", 1)]);
    // The types have no place for the words of questions and answers, and the file has no long text.
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/ig/0.9.12/instruments.toml")).unwrap();
    let named = |line: &&str| !line.starts_with('#') && !line.starts_with("title");
    let mut quoted = text.lines().filter(named).flat_map(|line| line.split('"').skip(1).step_by(2));
    assert_eq!(quoted.find(|text| text.contains(' ')), None);
}

#[derive(Deserialize)]
struct File {
    answers: Vec<AnswerList>,
    instruments: Vec<InstrumentFacts>,
}

const SOUND: &str = r#"
[[answers]]
name = "L"
answers = [{ code = "LA6568-5", ordinal = 0 }, { code = "LA6569-3", ordinal = 1 }]
[[instruments]]
code = "ONE"
title = "One"
section = { system = "http://loinc.org", code = "44249-1" }
tracks = ["BH"]
names = ["one1"]
items = [
    { link = "a", loinc = "44250-9", answers = "L", range = [0, 1], form = "coded" },
    { link = "b", answers = "L", range = [0, 1], form = "coded", optional = true },
]
scores = [{ link = "s", rule = "sum" }]
"#;

fn faults(text: &str) -> Vec<String> {
    let File { answers, instruments } = toml::from_str(text).unwrap();
    check(&answers, &instruments, &["BH", "MSK"])
}

#[test]
fn mistakes_in_the_facts_do_not_load() {
    assert_eq!(faults(SOUND), Vec::<String>::new());
    for (from, to, wanted) in [
        ("LA6569-3", "LA6569-4", "no LOINC answer code"),
        ("LA6569-3", "LA6568-5", "there twice"),
        ("ordinal = 1 }", "ordinal = 2 }", "no run of whole numbers"),
        ("44250-9", "44250-8", "no LOINC code"),
        ("44249-1", "44249-2", "no LOINC code"),
        ("link = \"b\"", "link = \"a\"", "empty or there twice"),
        ("link = \"s\"", "link = \"a\"", "empty or there twice"),
        ("{ link = \"b\",", "{ link = \"b\", loinc = \"44250-9\",", "two items have code"),
        ("link = \"b\", answers = \"L\"", "link = \"b\", answers = \"M\"", "needs an answer list"),
        ("range = [0, 1], form = \"coded\" }", "range = [0, 2], form = \"coded\" }", "not that of its answer list"),
        ("range = [0, 1], form = \"coded\" }", "range = [1, 0], form = \"coded\" }", "is empty"),
        ("form = \"coded\" }", "form = \"integer\" }", "has no answer list"),
        ("form = \"coded\" }", "form = \"words\" }", "coded, integer or decimal"),
        ("rule = \"sum\"", "rule = \"product\"", "sum, percent-of-answered"),
        ("rule = \"sum\"", "rule = \"owner\"", "needs a range"),
        ("rule = \"sum\"", "rule = \"sum\", required = true", "for rule owner"),
        ("tracks = [\"BH\"]", "tracks = [\"XX\"]", "tracks of the guide"),
        ("names = [\"one1\"]", "names = [\"One-1\"]", "lower-case letters"),
        ("title = \"One\"", "title = \"One\"\nadaptive = true", "`other_items`"),
        ("title = \"One\"", "title = \"One\"\nmay_miss = 1", "may not be missed"),
        (
            "[[instruments]]",
            "[[answers]]\nname = \"L\"\nanswers = [{ ordinal = 0 }]\n[[instruments]]",
            "`L` is there twice",
        ),
        ("[[instruments]]", "[[answers]]\nname = \"M\"\nanswers = [{ ordinal = 0 }]\n[[instruments]]", "no item uses"),
    ] {
        assert!(SOUND.contains(from), "{from}");
        let found = faults(&SOUND.replacen(from, to, 1));
        assert!(found.iter().any(|fault| fault.contains(wanted)), "{to}: {found:?}");
    }
    let twice = SOUND.split_once("[[instruments]]").unwrap().1;
    let found = faults(&format!("{SOUND}[[instruments]]{twice}"));
    assert!(found.iter().any(|fault| fault == "instrument `ONE` is there twice"), "{found:?}");
    assert!(found.iter().any(|fault| fault.contains("another one has the name")), "{found:?}");
}

#[test]
fn codes_of_a_sender_go_before_those_of_the_site() {
    let text = r#"[[senders]]
application = "FLOW"
codes.questionnaires = [
    { code = "Q1", instrument = "GAD-7", link = "gad7-1" },
    { code = "DEP", instrument = "PHQ-9" },
]
codes.answers = [{ code = "2", of = "odi-1", ordinal = 1 }]
[codes]
questionnaires = [
    { code = "Q1", instrument = "PHQ-9", link = "phq9-1" },
    { code = "Q1", system = "OWN", instrument = "ODI", link = "odi-1" },
]
answers = [{ code = "NEVER", ordinal = 0 }, { code = "NEVER", of = "whodas", ordinal = 1 }]
"#;
    let report = report(&format!("{SITE}{text}"));
    let profile = report.profile.unwrap_or_else(|| panic!("{:#?}", shown(&report.findings)));
    let (own, other) = (profile.for_sender("FLOW", ""), profile.for_sender("LAB", ""));
    assert_eq!(own.question("Q1", "", None), Some(("GAD-7", "gad7-1")));
    assert_eq!(own.question("Q1", "", Some("PHQ-9")), Some(("PHQ-9", "phq9-1")));
    assert_eq!(other.question("Q1", "", None), Some(("PHQ-9", "phq9-1")));
    assert_eq!(other.question("Q1", "OWN", None), Some(("ODI", "odi-1")));
    assert_eq!([own, other].map(|rules| rules.questionnaire("DEP", "X")), [Some("PHQ-9"), None]);
    assert_eq!(own.questionnaire("Q1", ""), None);
    assert_eq!([own, other].map(|rules| rules.answer("2", "odi-1", "odi")), [Some(1), None]);
    assert_eq!(other.answer("NEVER", "whodas-s1", "whodas"), Some(1));
    assert_eq!(other.answer("NEVER", "odi-1", "odi"), Some(0));
}

#[test]
fn a_site_may_only_name_what_the_guide_has() {
    for (text, wanted) in [
        ("[codes]\nquestionnaires = [{ code = \"A\", instrument = \"PHQ9\" }]", "no instrument `PHQ9`"),
        ("[codes]\nquestionnaires = [{ code = \"A\", instrument = \"NDI\", link = \"ndi-11\" }]", "no item `ndi-11`"),
        (
            "[codes]\nquestionnaires = [{ code = \"A\", instrument = \"NDI\" }, { code = \"A\", instrument = \"ODI\" }]",
            "another row has the same code",
        ),
        ("[codes]\nanswers = [{ code = \"A\", of = \"LL1\", ordinal = 0 }]", "neither list nor question"),
        ("[codes]\nanswers = [{ code = \"A\", ordinal = 0 }, { code = \"A\", ordinal = 1 }]", "same question"),
        ("[reports.canonicals]\nPHQ = \"https://site.example/phq\"", "no instrument `PHQ`"),
        ("[reports.may_miss]\nPHQ-9 = 9", "only 9 items"),
        ("[reports.questions.NDI]\nndi-11 = \"…\"", "no item `ndi-11`"),
        ("[reports.answers.LL1]\n0 = \"…\"", "no answers `LL1`"),
        ("[reports.answers.\"ODI/odi-1\"]\nnone = \"…\"", "no ordinal"),
    ] {
        let findings = shown(&report(&format!("{SITE}{text}\n")).findings);
        assert!(findings.len() == 1 && findings[0].contains(wanted), "{text}: {findings:#?}");
    }
    for sound in [
        "[reports.canonicals]\nPHQ-9 = \"https://site.example/phq9\"\n[reports.answers.\"ODI/odi-1\"]\n0 = \"…\"",
        "[codes]\nanswers = [{ code = \"A\", of = \"/61640-9\", ordinal = 1 }]",
    ] {
        assert!(report(&format!("{SITE}{sound}\n")).findings.is_empty(), "{sound}");
    }
}

#[test]
fn the_example_of_the_documentation_loads() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/questionnaires.md")).unwrap();
    let (page, _) = page.split_once("## CSV").unwrap();
    let lines: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let report = report(&format!("{SITE}{}\n", lines.join("\n")));
    let profile = report.profile.unwrap_or_else(|| panic!("{:#?}", shown(&report.findings)));
    let rules = profile.for_sender("", "");
    assert_eq!(rules.question("ARM1", "99EHR", None), Some(("QuickDASH", "qd-1")));
    assert_eq!((rules.questionnaire("ARM", ""), rules.answer("C", "qd-1", "quickdash")), (Some("QuickDASH"), Some(3)));
}
