//! Questionnaires in rows, as senders write them.

use super::kit::{MBI, SITE, answered, answered_by, at, example, found, order, oru, panel, read, rows, values};
use access_mappings::{AnswerCode, QuestionCode};

const SENT: &str = "20260115104500+0000";
const TIME: &str = "20260115103000+0000";

fn all(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| (*row).to_owned()).collect()
}

#[test]
fn without_a_panel_each_row_says_what_it_belongs_to() {
    // A flowsheet: everything under one order that is no panel.
    let mut mixed = rows(&example("GAD-7"));
    mixed.extend(rows(&example("PHQ-9")));
    mixed.push("OBX||NM|8867-4^Heart rate^LN||70|/min|||||F".to_owned());
    mixed.extend(rows(&example("KOOS-JR")));
    let text = oru(SENT, &order("F200", "FLOW^Flowsheet^L", TIME, &mixed));
    assert_eq!(found(&read(&text).issues), []);
    let found = answered(&text);
    let mut instruments: Vec<(&str, usize)> =
        found.iter().map(|one| (one.instrument.as_str(), one.answers.len())).collect();
    instruments.sort_unstable();
    assert_eq!(instruments, [("GAD-7", 7), ("KOOS-JR", 7), ("PHQ-9", 10)]);
}

#[test]
fn rows_of_an_admission_without_an_order_are_told_apart_by_their_times() {
    let row = |time: &str, value: &str| {
        let rows = rows(&example("PROMIS-NRS").answer("nrs-1", value));
        format!("{}|||{time}", rows[0].replace("nrs-1^Invented?^L", "72514-3^^LN"))
    };
    let text = format!(
        "MSH|^~\\&|EHR|MAIN|B|C|{SENT}||ADT^A08|77|P|2.5.1\rPID|1||400112^^^MAIN^MR~{MBI}^^^^MC\r{}\r{}\r{}",
        row("20260113080000+0000", "6"),
        row("20260114080000+0000", "4"),
        row("20260114080000+0000", "4"),
    );
    let found = answered(&text);
    let times: Vec<(&str, &str)> = found.iter().map(|one| (one.authored.as_str(), values(one)[0].1)).collect();
    assert_eq!(times, [("2026-01-13T08:00:00Z", "6"), ("2026-01-14T08:00:00Z", "4")]);
}

#[test]
fn the_time_is_that_of_the_rows_where_they_share_one_else_that_of_the_order() {
    let timed = |times: &[&str], order_at: &str| {
        let rows: Vec<String> = rows(&example("PHQ-9"))
            .iter()
            .zip(times.iter().cycle())
            .map(|(row, time)| format!("{row}|||{time}"))
            .collect();
        answered(&oru(SENT, &order("F200", "44249-1^^LN", order_at, &rows)))[0].authored.clone()
    };
    assert_eq!(timed(&["20260114080000+0000"], TIME), "2026-01-14T08:00:00Z");
    assert_eq!(timed(&["20260115080000+0000", "20260115080500+0000"], TIME), "2026-01-15T10:30:00Z");
    assert_eq!(timed(&["20260114080000+0000", "20260114080500+0000"], ""), "2026-01-14T08:05:00Z");
    assert_eq!(timed(&[""], ""), "");
}

/// Answers of July were reported as given in March, when the stay began whose time the order had.
#[test]
fn an_order_of_another_day_does_not_say_when_it_was_answered() {
    let rows: Vec<String> = rows(&example("PHQ-9"))
        .iter()
        .enumerate()
        .map(|(place, row)| format!("{row}|||202601141000{place:02}-0600"))
        .collect();
    let authored = |rows: &[String], order_at: &str| {
        let found = answered(&oru("20260120104500-0600", &order("F200", "44249-1^^LN", order_at, rows)));
        (found.len(), found[0].authored.clone(), found[0].answers.len())
    };
    let expected = (1, "2026-01-14T10:00:10-06:00".to_owned(), 10);
    for order_at in ["20260101080000-0600", "20260120080000-0600", ""] {
        assert_eq!(authored(&rows, order_at), expected, "{order_at}");
    }
    // What is no answer says nothing of it.
    for row in ["OBX||ST|NOTE^Note^L||words||||||F", "OBX||NM|FREE^Other^L||2||||||F", "OBX||NM|3141-9^^LN||2|kg|||||F"]
    {
        let more = [&rows[..], &[format!("{row}|||20260119100000-0600")]].concat();
        for order_at in ["20260101080000-0600", "20260120080000-0600", ""] {
            assert_eq!(authored(&more, order_at), expected, "{row} {order_at}");
        }
    }
}

/// Under an order that names another instrument of the guide, too, what may be another one is not taken for it.
#[test]
fn rows_under_the_order_of_another_questionnaire_are_a_guess() {
    let phq = |missing: usize| {
        let mut both = rows(&example("GAD-7"));
        both.extend(rows(&example("PHQ-9").score("")).into_iter().take(9 - missing));
        answered(&oru(SENT, &order("F200", "69737-5^^LN", TIME, &both)))
    };
    for missing in [0, 1] {
        let found: Vec<(String, bool)> = phq(missing).into_iter().map(|one| (one.instrument, one.guessed)).collect();
        assert_eq!(found, [("GAD-7".to_owned(), false), ("PHQ-9".to_owned(), true)]);
    }
    // The name is known: to map it would make the other one wrong.
    let mut both = rows(&example("ODI"));
    both.extend(rows(&example("PROMIS-PF")));
    for (code, says, hint) in [
        (panel(&example("ODI")), "under the order of another", "OBR of its own"),
        ("X^^L".to_owned(), "names", "codes."),
    ] {
        let issues = read(&oru(SENT, &order("F200", &code, TIME, &both))).issues;
        let issue = issues.iter().find(|issue| issue.code == "questionnaire-unknown").unwrap();
        assert!(issue.message.starts_with("PROMIS") && issue.message.contains(says), "{}", issue.message);
        assert!(issue.hint.as_ref().unwrap().contains(hint), "{:?}", issue.hint);
    }
}

/// Of two questionnaires under one order, the second was lost without a word.
#[test]
fn rows_that_a_panel_does_not_have_are_of_another_questionnaire_or_told() {
    let mut both = rows(&example("PHQ-9"));
    both.extend(rows(&example("GAD-7")));
    let measured = [
        "OBX||NM|29463-7^Weight^LN||70|kg|||||F",
        "OBX||ST|8251-1^Comment^LN||words||||||F",
        "OBX||CWE|X^Title^L||||||||F",
    ];
    both.extend(all(&measured));
    let text = oru(SENT, &order("F200", "44249-1^^LN", TIME, &both));
    assert_eq!(found(&read(&text).issues), []);
    let answers: Vec<(String, usize, usize)> =
        answered(&text).into_iter().map(|one| (one.instrument, one.answers.len(), one.scores.len())).collect();
    assert_eq!(answers, [("PHQ-9".to_owned(), 10, 1), ("GAD-7".to_owned(), 7, 1)]);
    // What may be an answer and belongs to none is told once.
    both.extend(all(&["OBX||NM|55758-7^Invented^LN||3||||||F", "OBX||CWE|MOOD^Invented^L||B^words^L||||||F"]));
    let text = oru(SENT, &order("F200", "44249-1^^LN", TIME, &both));
    assert_eq!(found(&read(&text).issues), [at("questionnaire-item-unknown", "OBX[23]-5")]);
    assert_eq!(answered(&text).len(), 2);
    // What may belong to two is told.
    both.push("OBX||NM|pgic-1^^L||2||||||F".to_owned());
    let text = oru(SENT, &order("F200", "44249-1^^LN", TIME, &both));
    assert!(found(&read(&text).issues).contains(&at("questionnaire-ambiguous", "OBX[25]-5")));
}

#[test]
fn two_answers_to_one_question_are_not_understood_unless_one_corrects_the_other() {
    let mut doubled = rows(&example("GAD-7").score(""));
    for row in &mut doubled {
        *row = row.replace("gad7-1^Invented?^L", "69725-0^^LN");
    }
    let mut again = doubled.clone();
    again.push("OBX||CWE|69725-0^^LN||LA6571-9^^LN||||||F".to_owned());
    let text = |rows: &[String]| oru(SENT, &order("F200", "69737-5^^LN", TIME, rows));
    assert_eq!(found(&read(&text(&again)).issues), [at("questionnaire-answer-unknown", "OBX[8]-5")]);
    *again.last_mut().unwrap() = "OBX||CWE|69725-0^^LN||LA6571-9^^LN||||||C".to_owned();
    assert_eq!(found(&read(&text(&again)).issues), []);
    let corrected = &answered(&text(&again))[0];
    assert_eq!((values(corrected)[0], corrected.status.as_str()), (("gad7-1", "3"), "amended"));
    *again.last_mut().unwrap() = doubled[0].clone();
    assert_eq!(found(&read(&text(&again)).issues), []);
}

#[test]
fn several_values_in_one_row_and_words_are_not_understood_and_missing_ones_are_missing() {
    for (kind, value, wanted) in [
        ("CWE", "LA6568-5^^LN~LA6569-3^^LN", Some("")),
        ("CWE", "^words", Some("")),
        ("CWE", "X^words^L^LA6569-3^^LN", Some("1")),
        ("CE", "LA6569-3", Some("1")),
        ("ST", "2", Some("2")),
        ("ST", "words", Some("")),
        ("TX", "1 - words", Some("1")),
        ("NM", "two", Some("")),
        ("SN", "^2", Some("2")),
        ("SN", ">^2", Some("")),
        ("NM", "", None),
        ("ST", "NOT DONE", None),
        ("CWE", "\"\"", None),
    ] {
        let rows = [format!("OBX||{kind}|44250-9^^LN||{value}||||||F"), "OBX||NM|44255-8^^LN||1||||||F".to_owned()];
        let text = oru(SENT, &order("F200", "44249-1^^LN", TIME, &rows));
        let found = answered(&text);
        let answer = found[0].answers.iter().find(|answer| answer.link == "phq9-1" && !answer.withdrawn);
        assert_eq!(answer.map(|answer| answer.value.as_str()), wanted, "{kind} {value}");
    }
}

#[test]
fn a_senders_own_codes_are_read_by_its_tables() {
    let mut profile = SITE.clone();
    let question = |code: &str, link: Option<&str>| QuestionCode {
        code: code.to_owned(),
        system: Some("99EHR".to_owned()),
        instrument: "QuickDASH".to_owned(),
        link: link.map(str::to_owned),
    };
    let mut table = vec![question("ARM", None), question("ARMSCORE", Some("score"))];
    table.extend((1..=11).map(|number| question(&format!("ARM{number}"), Some(&format!("qd-{number}")))));
    profile.codes.questionnaires = table.into();
    let answer = |code: &str, ordinal| AnswerCode { code: code.to_owned(), of: Some("quickdash".to_owned()), ordinal };
    profile.codes.answers = vec![answer("A", 1), answer("C", 3)].into();
    let mut rows: Vec<String> =
        (1..=11).map(|number| format!("OBX||CWE|ARM{number}^Invented?^99EHR||C^words^99EHR||||||F")).collect();
    rows.push("OBX||NM|ARMSCORE^^99EHR||50||||||F".to_owned());
    for code in ["ARM^Arm^99EHR", "OTHER^^L"] {
        let text = oru(SENT, &order("F200", code, TIME, &rows));
        let response = &answered_by(&profile, &text)[0];
        assert_eq!((response.instrument.as_str(), response.answers.len()), ("QuickDASH", 11), "{code}");
        assert!(values(response).iter().all(|(_, value)| *value == "3"));
        assert_eq!(response.scores[0].value, "50");
        let unmapped = super::kit::read_by(&profile, &text).unmapped;
        assert!(unmapped.iter().all(|code| !code.code.starts_with("ARM")), "{unmapped:?}");
    }
    assert_eq!(answered(&oru(SENT, &order("F200", "ARM^Arm^99EHR", TIME, &rows))), []);
}

#[test]
fn what_may_belong_to_two_questionnaires_is_told() {
    let row = all(&["OBX||NM|pgic-1^^L||2||||||F"]);
    let text = oru(SENT, &order("F200", "SURVEY^^L", TIME, &row));
    assert_eq!(found(&read(&text).issues), [at("questionnaire-ambiguous", "OBX[1]-5")]);
    assert_eq!(answered(&text), []);
    let text = oru(SENT, &order("F200", "PGIC-BH^^L", TIME, &row));
    assert_eq!(answered(&text)[0].instrument, "PGIC-BH");
}

#[test]
fn the_items_of_a_bank_are_those_of_the_panel_and_of_the_score() {
    let sample = example("PROMIS-PI-CAT");
    for code in [panel(&sample), "OTHER^^L".to_owned()] {
        let found = answered(&oru(SENT, &order("F200", &code, TIME, &rows(&sample))));
        assert_eq!(found[0].instrument, "PROMIS-PI-CAT", "{code}");
    }
    let mut more = rows(&sample);
    more.insert(0, "OBX||NM|61600-3^Invented?^LN||4||||||F".to_owned());
    more.push("OBX||NM|89925-2^Error^LN||2.1||||||F".to_owned());
    let found = &answered(&oru(SENT, &order("F200", &panel(&sample), TIME, &more)))[0];
    assert_eq!(values(found)[0], ("/61600-3", "4"));
}

/// An adaptive test was reported without the answers to items that the guide does not list, where they had codes alone.
#[test]
fn an_answer_to_an_unlisted_item_of_a_bank_that_is_not_understood_holds_the_test() {
    let sample = example("PROMIS-PF-CAT");
    let with = |row: &str| {
        let mut rows = rows(&sample);
        rows.insert(1, row.to_owned());
        oru(SENT, &order("F200", &panel(&sample), TIME, &rows))
    };
    let asked =
        super::super::Asked { track: "MSK", from: "2026-01-01", at: "2026-02-01T00:00:00Z", born: None, died: None };
    let used = |profile: &access_mappings::Profile, text: &str| {
        let entries = super::kit::entries_by(profile, text);
        super::super::select(profile, &asked, &entries).chosen.first().map(|one| one.items.len())
    };
    for answer in [
        "CWE|61640-9^^LN||LA13918-0^words^LN",
        "CWE|61640-9^^LN||B^words^99EHR",
        "ST|61640-9^^LN||words",
        "TX|61640-9^^LN||words",
        "ft|61640-9^^LN||words",
    ] {
        let text = with(&format!("OBX||{answer}||||||F"));
        assert_eq!(found(&read(&text).issues), [at("questionnaire-answer-unknown", "OBX[2]-5")], "{answer}");
        assert_eq!(used(&SITE, &text), None, "{answer}");
    }
    // A comment is none, and told.
    for row in ["TX|8251-1^^LN||words", "ft|48767-8^^LN||words", "TX|8256-0^Service comment 6^LN||2 - words"] {
        let text = with(&format!("OBX||{row}||||||F"));
        assert_eq!(found(&read(&text).issues), [at("questionnaire-item-unknown", "OBX[2]-5")], "{row}");
        assert_eq!(used(&SITE, &text), Some(4), "{row}");
    }
    let taken_back = with("OBX||CWE|61640-9^^LN||LA13918-0^words^LN||||||D");
    let known =
        ["NM|61640-9^^LN||4|{score}", "ST|61640-9^^LN||4 - words|"].map(|row| with(&format!("OBX||{row}|||||F")));
    assert_eq!([&taken_back, &known[0], &known[1]].map(|text| used(&SITE, text)), [Some(4), Some(5), Some(5)]);
    let mut profile = SITE.clone();
    let code = |code: &str| AnswerCode { code: code.to_owned(), of: Some("/61640-9".to_owned()), ordinal: 4 };
    profile.codes.answers = vec![code("B"), code("LA13918-0"), code("much difficulty")].into();
    for answer in [
        "CWE|61640-9^^LN||LA13918-0^words^LN",
        "CWE|61640-9^^LN||B^words^99EHR",
        "TX|61640-9^^LN||much difficulty",
        "FT|61640-9^^LN||much difficulty",
    ] {
        assert_eq!(used(&profile, &with(&format!("OBX||{answer}||||||F"))), Some(5), "{answer}");
    }
}

#[test]
fn the_status_of_rows_and_order_tells_whether_it_is_finished() {
    for (own, status) in
        [("F", "completed"), ("P", "in-progress"), ("I", "in-progress"), ("C", "amended"), ("", "completed")]
    {
        let rows: Vec<String> =
            rows(&example("NDI")).iter().map(|row| row.replace("||||||F", &format!("||||||{own}"))).collect();
        let found = answered(&oru(SENT, &order("F200", "82226-2^^LN", TIME, &rows)));
        assert_eq!(found[0].status, status, "{own}");
    }
    // Where neither says it, it is not known to be final.
    let silent: Vec<String> = rows(&example("NDI")).iter().map(|row| row.replace("||||||F", "||||||")).collect();
    let text = oru(SENT, &order("F200", "82226-2^^LN", TIME, &silent)).replace("||||||F", "||||||");
    assert_eq!(answered(&text)[0].status, "in-progress");
    assert!(read(&text).issues.iter().any(|issue| issue.code == "observation-status-missing"));
    let cancelled: Vec<String> = rows(&example("NDI")).iter().map(|row| row.replace("||||||F", "||||||X")).collect();
    let found = answered(&oru(SENT, &order("F200", "82226-2^^LN", TIME, &cancelled)));
    assert_eq!(
        (found[0].status.as_str(), found[0].answers.iter().all(|one| one.withdrawn)),
        ("entered-in-error", true)
    );
}

#[test]
fn a_row_has_a_status_of_its_own() {
    let mut mixed = rows(&example("PHQ-9"));
    mixed[2] = mixed[2].replace("||||||F", "||||||P");
    let text = oru(SENT, &order("F200", "44249-1^^LN", TIME, &mixed));
    let found = &answered(&text)[0];
    assert_eq!(
        found.answers.iter().filter(|one| one.early).map(|one| one.link.as_str()).collect::<Vec<_>>(),
        ["phq9-3"]
    );
    assert_eq!(super::kit::found(&read(&text).issues), [at("questionnaire-unfinished", "OBX[1]-5")]);
    // What is final stands before what is not, wherever it is.
    for at in [2, 9] {
        let mut twice = mixed.clone();
        twice.insert(at, mixed[2].replace("||||||P", "||||||F"));
        assert!(
            answered(&oru(SENT, &order("F200", "44249-1^^LN", TIME, &twice)))[0].answers.iter().all(|one| !one.early)
        );
    }
}

#[test]
fn a_score_alone_is_no_response_that_could_be_used() {
    let text = oru(SENT, &order("F200", "44261-6^^LN", TIME, &all(&["OBX||NM|44261-6^^LN||12||||||F"])));
    assert_eq!(found(&read(&text).issues), [at("questionnaire-incomplete", "OBX[1]-5")]);
    assert_eq!(answered(&text)[0].scores[0].value, "12");
}

#[test]
fn results_that_are_no_questionnaires_cost_nothing_and_say_nothing() {
    let lab = all(&["OBX||NM|4548-4^HbA1c^LN||6.5|%|||||F", "OBX||ST|NOTE^Note^L||words||||||F"]);
    let text = oru(SENT, &order("F200", "LAB^^L", TIME, &lab));
    assert_eq!((answered(&text), found(&read(&text).issues)), (vec![], vec![]));
}

#[test]
fn a_flood_of_rows_is_bounded() {
    let row = format!("OBX||ST|44250-9^{}^LN||{}||||||F", "w".repeat(3_000), "w".repeat(3_000));
    let text = oru(SENT, &order("F200", "44249-1^^LN", TIME, &vec![row; 2_400]));
    let reading = read(&text);
    assert!(reading.subjects[0].facts.len() < crate::plan::MAX_FACTS_BYTES);
    let timed = |number: usize| {
        format!("OBX||NM|44250-9^^LN||1||||||F|||202601{:02}{:02}0000+0000", number / 24 + 1, number % 24)
    };
    let rows: Vec<String> = (0..300).map(timed).collect();
    let reading = read(&oru(SENT, &order("F200", "44249-1^^LN", TIME, &rows)));
    assert_eq!(super::kit::facts(&reading)[0].questionnaires.len(), 100);
    assert!(reading.issues.iter().any(|issue| issue.code == "limit-rows"));
    // Thousands that may belong to two questionnaires are told once, and the others are read.
    let mut rows = vec!["OBX||NM|pgic-1^^L||1||||||F".to_owned(); 4_000];
    rows.push("OBX||NM|44250-9^^LN||1||||||F".to_owned());
    let text = oru(SENT, &order("F200", "FLOW^^L", TIME, &rows));
    let ambiguous =
        found(&read(&text).issues).into_iter().filter(|(code, _)| code == "questionnaire-ambiguous").count();
    assert_eq!((ambiguous, answered(&text).len()), (1, 1));
    let rows = vec!["OBX||NM|44250-9^^LN||1||||||F".to_owned(); 6_000];
    let reading = read(&oru(SENT, &order("F200", "44249-1^^LN", TIME, &rows)));
    assert!(reading.issues.iter().any(|issue| issue.code == "limit-rows"));
}
