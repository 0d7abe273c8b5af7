//! Which response a report carries.

use super::super::{Asked, Form, Selection, select};
use super::kit::{SITE, Sample, entries, entries_by, example, hl7v2, order, oru, resource, rows};
use access_contract::{Entry, EntryKind};
use access_mappings::Profile;

/// A response of PHQ-9 that was answered at a time.
fn answered_at(authored: &str, number: &str, change: impl FnOnce(Sample) -> Sample) -> Entry {
    let sample = change(example("PHQ-9"));
    let text = oru("20260601104500+0000", &order(number, "44249-1^^LN", authored, &rows(&sample)));
    entries(&text).remove(0)
}

fn asked<'a>(from: &'a str, at: &'a str) -> Asked<'a> {
    Asked { track: "BH", from, at, born: None, died: None }
}

fn chosen(profile: &Profile, asked: &Asked<'_>, entries: &[Entry]) -> Vec<String> {
    select(profile, asked, entries).chosen.into_iter().map(|one| one.authored).collect()
}

fn codes<'a>(selection: &'a Selection<'_>) -> Vec<&'a str> {
    selection.issues.iter().map(|issue| issue.code.as_str()).collect()
}

#[test]
fn the_newest_usable_response_of_the_period_is_chosen_whatever_their_order() {
    let all = [
        answered_at("20260110103000+0000", "F1", |sample| sample),
        answered_at("20260120103000+0000", "F2", |sample| sample),
        answered_at("20260125103000+0000", "F3", |sample| sample.score("9")),
        answered_at("20260305103000+0000", "F4", |sample| sample),
    ];
    let mut reversed = all.clone();
    reversed.reverse();
    for entries in [all.clone(), reversed] {
        let selection = select(&SITE, &asked("2026-01-15", "2026-02-01T00:00:00Z"), &entries);
        assert_eq!(selection.chosen[0].authored, "2026-01-20T10:30:00Z");
        assert_eq!(selection.chosen[0].entry, "q:SURVEY|MAIN|PHQ-9|F2@2026-01-20T10:30:00Z");
        // The newer one that contradicts itself is said to be why.
        assert_eq!(codes(&selection), ["questionnaire-score-contradicts"]);
    }
    // Without a usable one of the period there is none, and why.
    let selection = select(&SITE, &asked("2026-01-22", "2026-02-01T00:00:00Z"), &all);
    assert!(selection.chosen.is_empty());
    assert_eq!(codes(&selection), ["questionnaire-score-contradicts", "questionnaire-outside-period"]);
    assert!(selection.issues.iter().all(|issue| issue.rule.as_deref() == Some("PHQ-9") && !issue.blocks()));
}

#[test]
fn both_ends_of_the_period_count_in_the_zone_of_the_profile() {
    let late = [answered_at("20260115033000+0000", "F1", |sample| sample)];
    // 2026-01-14 in Chicago, 2026-01-15 in UTC.
    let site = |zone: &str| {
        let mut site = SITE.clone();
        zone.clone_into(&mut site.reports.zone);
        site
    };
    let (utc, chicago) = (site("UTC"), site("America/Chicago"));
    let count = |profile: &Profile, from: &str, at: &str| chosen(profile, &asked(from, at), &late).len();
    assert_eq!(count(&utc, "2026-01-15", "2026-01-15T12:00:00Z"), 1);
    assert_eq!(count(&chicago, "2026-01-15", "2026-01-15T12:00:00Z"), 0);
    assert_eq!(count(&chicago, "2026-01-14", "2026-01-15T12:00:00Z"), 1);
    // What is answered after the report was asked for does not count, even on the same day, but for the skew of clocks.
    assert_eq!(count(&utc, "2026-01-15", "2026-01-15T03:24:59Z"), 0);
    assert_eq!(count(&utc, "2026-01-15", "2026-01-15T03:25:00Z"), 1);
    // A date without a time of day counts on its day.
    let day = [answered_at("20260115", "F1", |sample| sample)];
    assert_eq!(chosen(&utc, &asked("2026-01-15", "2026-01-15T00:00:00Z"), &day), ["2026-01-15"]);
}

#[test]
fn nothing_is_answered_before_birth_or_after_death() {
    let entries = [answered_at("20260115103000+0000", "F1", |sample| sample)];
    let count = |born: Option<&str>, died: Option<&str>| {
        let asked = Asked { born, died, ..asked("2026-01-01", "2026-02-01T00:00:00Z") };
        let selection = select(&SITE, &asked, &entries);
        (selection.chosen.len(), codes(&selection).len())
    };
    assert_eq!(count(Some("1950-03-07"), Some("2026-01-15T08:00:00-06:00")), (1, 0));
    assert_eq!(count(Some("2026-01-17"), None), (0, 1));
    assert_eq!(count(None, Some("2026-01-13")), (0, 1));
}

#[test]
fn of_two_responses_of_one_time_always_the_same_one_is_chosen() {
    let text = |number: &str, sent: &str| {
        let rows = rows(&example("PHQ-9"));
        entries(&oru(sent, &order(number, "44249-1^^LN", "20260115103000+0000", &rows))).remove(0)
    };
    let (one, other) = (text("F1", "20260116000000+0000"), text("F2", "20260117000000+0000"));
    let same = text("F3", "20260117000000+0000");
    let asked = asked("2026-01-01", "2026-02-01T00:00:00Z");
    let entry = |entries: &[Entry]| select(&SITE, &asked, entries).chosen[0].entry.clone();
    assert_eq!(entry(&[one.clone(), other.clone()]), other.key);
    assert_eq!(entry(&[other.clone(), one]), other.key);
    assert_eq!(entry(&[other.clone(), same.clone()]), entry(&[same, other]));
}

#[test]
fn nobody_answers_before_birth_or_after_death() {
    let all = entries(&hl7v2(&example("PHQ-9")));
    let asked = asked("2026-01-01", "2026-02-01T00:00:00Z");
    for (born, died, code) in [
        (Some("2026-01-20"), None, "questionnaire-before-birth"),
        (None, Some("2026-01-10"), "questionnaire-after-death"),
    ] {
        for from in ["2026-01-01", "2026-01-31"] {
            let selection = select(&SITE, &Asked { born, died, from, ..asked }, &all);
            assert_eq!((selection.chosen.len(), codes(&selection)), (0, vec![code]), "{from}");
        }
    }
}

/// The evening before was reported in place of the next day, since its time in UTC was of that day.
#[test]
fn a_day_comes_after_the_evening_before_in_the_zone_of_the_profile() {
    let mut site = SITE.clone();
    "America/New_York".clone_into(&mut site.reports.zone);
    let evening = answered_at("20260114210000-0500", "F1", |sample| sample);
    let day = answered_at("20260115", "F2", |sample| sample);
    let morning = answered_at("20260115080000-0500", "F3", |sample| sample);
    let newest = |all: &[&Entry]| {
        let all: Vec<Entry> = all.iter().map(|entry| (*entry).clone()).collect();
        chosen(&site, &asked("2026-01-01", "2026-02-01T00:00:00Z"), &all)
    };
    assert_eq!(newest(&[&evening, &day]), ["2026-01-15"]);
    assert_eq!(newest(&[&day, &evening]), ["2026-01-15"]);
    assert_eq!(newest(&[&day, &morning, &evening]), ["2026-01-15T08:00:00-05:00"]);
}

#[test]
fn unfinished_and_undated_responses_and_other_tracks_and_entries_do_not_count() {
    let at = asked("2026-01-01", "2026-02-01T00:00:00Z");
    let mut tree = resource(&example("PHQ-9"));
    tree["status"] = "in-progress".into();
    let selection = select(&SITE, &at, &entries(&tree.to_string()));
    assert_eq!((selection.chosen.len(), codes(&selection)), (0, vec!["questionnaire-unfinished"]));
    let undated = oru("20260115104500+0000", &order("F200", "44249-1^^LN", "", &rows(&example("PHQ-9"))));
    let selection = select(&SITE, &at, &entries(&undated));
    assert_eq!((selection.chosen.len(), codes(&selection)), (0, vec!["questionnaire-undated"]));
    let whole = entries(&hl7v2(&example("PHQ-9")));
    assert_eq!(select(&SITE, &Asked { track: "MSK", ..at }, &whole), Selection::default());
    assert_eq!(select(&SITE, &Asked { at: "yesterday", ..at }, &whole), Selection::default());
    let other = Entry { kind: EntryKind::Measure, ..whole[0].clone() };
    let broken = Entry { document: "{}".to_owned(), ..whole[0].clone() };
    assert_eq!(select(&SITE, &at, &[other, broken]), Selection::default());
}

#[test]
fn items_carry_what_the_guide_writes_and_the_words_of_feed_or_site() {
    let mut profile = SITE.clone();
    let site = |text: &str| text.to_owned();
    profile.reports.canonicals.insert(site("ODI"), site("https://site.example/odi"));
    profile.reports.questions.entry(site("ODI")).or_default().insert(site("odi-1"), site("Asked by the site?"));
    profile.reports.answers.entry(site("ODI/odi-1")).or_default().insert(site("2"), site("two of one"));
    profile.reports.answers.entry(site("odi")).or_default().insert(site("1"), site("one of all"));
    // Numbers only, without any word.
    let rows = rows(&example("ODI")).into_iter().map(|row| row.replace("^Invented?", "^")).collect::<Vec<_>>();
    let text = oru("20260115104500+0000", &order("F200", "97908-8^^LN", "20260115103000+0000", &rows));
    let entries = entries_by(&profile, &text);
    let asked = Asked { track: "MSK", ..asked("2026-01-01", "2026-02-01T00:00:00Z") };
    let selection = select(&profile, &asked, &entries);
    let chosen = &selection.chosen[0];
    assert_eq!(chosen.canonical, "https://site.example/odi");
    let item = |number: usize| {
        let item = &chosen.items[number];
        [&item.link, &item.text, &item.value, &item.code, &item.system, &item.display].map(String::as_str)
    };
    assert_eq!(item(0), ["odi-1", "Asked by the site?", "2", "", "", "two of one"]);
    assert_eq!(item(1), ["odi-2", "", "1", "", "", "one of all"]);
    assert_eq!(item(2), ["odi-3", "", "3", "", "", ""]);
    assert_eq!(codes(&selection), ["questionnaire-answer-wordless"]);
    assert!(chosen.items.iter().all(|item| item.form == Form::Coded && item.from.path.starts_with("OBX[")));
}

#[test]
fn an_ordinal_gets_the_code_of_its_list_and_numbers_are_numbers() {
    let coded = |feed: &str, track: &'static str| {
        let asked = Asked { track, ..asked("2026-01-01", "2026-02-01T00:00:00Z") };
        let entries = entries(feed);
        let selection = select(&SITE, &asked, &entries);
        let items = selection.chosen[0].items.iter();
        items.map(|item| (item.value.clone(), item.code.clone(), item.form)).collect::<Vec<_>>()
    };
    let row = "OBX||NM|44250-9^^LN||3||||||F";
    let mut rows = rows(&example("PHQ-9").score(""));
    rows[0] = row.to_owned();
    let text = oru("20260115104500+0000", &order("F200", "44249-1^^LN", "20260115103000+0000", &rows));
    assert_eq!(coded(&text, "BH")[0], ("3".to_owned(), "LA6571-9".to_owned(), Form::Coded));
    assert_eq!(coded(&hl7v2(&example("PROMIS-NRS")), "MSK")[0], ("6".to_owned(), String::new(), Form::Integer));
    assert_eq!(coded(&hl7v2(&example("WHODAS")), "BH")[12], ("3".to_owned(), String::new(), Form::Decimal));
}

#[test]
fn instruments_come_in_the_order_of_the_guide() {
    let all: Vec<Entry> = ["PGIC-BH", "WHODAS", "PHQ-9", "GAD-7", "NDI"]
        .into_iter()
        .flat_map(|instrument| entries(&resource(&example(instrument)).to_string()))
        .collect();
    let selection = select(&SITE, &asked("2026-01-01", "2026-02-01T00:00:00Z"), &all);
    let found: Vec<&str> = selection.chosen.iter().map(|one| one.instrument.code.as_str()).collect();
    assert_eq!(found, ["PHQ-9", "GAD-7", "WHODAS", "PGIC-BH"]);
}

#[test]
fn of_many_unusable_responses_the_newest_are_told() {
    let wrong = |number: u32| {
        answered_at(&format!("202601{number:02}103000+0000"), &format!("F{number}"), |sample| sample.score("9"))
    };
    let mut all: Vec<Entry> = (1..=20).map(wrong).collect();
    all.push(answered_at("20251231103000+0000", "F0", |sample| sample));
    let selection = select(&SITE, &asked("2025-12-01", "2026-02-01T00:00:00Z"), &all);
    assert_eq!(codes(&selection), ["questionnaire-score-contradicts"; 3]);
    assert_eq!(selection.chosen[0].authored, "2025-12-31T10:30:00Z");
}
