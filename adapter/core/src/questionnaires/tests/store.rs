//! What later statements do to earlier ones.

use super::super::{differs, join};
use super::kit::{SITE, answered, entries, example, facts, hl7v2, order, oru, read, resource, rows};
use crate::entries::Answered;
use access_contract::Entry;
use serde_json::{Value, json};

fn document(entry: &Entry) -> Answered {
    serde_json::from_str(&entry.document).unwrap()
}

fn value(entry: &Entry, link: &str) -> Option<String> {
    let answered = document(entry);
    let found = answered.answers.iter().find(|answer| answer.link == link && !answer.withdrawn);
    found.map(|answer| answer.value.clone())
}

/// One entry after feeds have come in this order.
fn after(feeds: &[String]) -> Entry {
    let mut stored: Option<Entry> = None;
    for feed in feeds {
        let stated = entries(feed).remove(0);
        if let Some(known) = &stored {
            assert_eq!(known.key, stated.key);
        }
        stored = join(stored.as_ref(), &stated).or(stored);
    }
    stored.unwrap()
}

fn response(updated: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut tree = resource(&example("PHQ-9"));
    tree["meta"]["lastUpdated"] = updated.into();
    change(&mut tree);
    tree.to_string()
}

#[test]
fn a_key_names_sender_instrument_and_order_or_the_record_of_a_server() {
    let sample = example("PHQ-9");
    assert_eq!(entries(&hl7v2(&sample))[0].key, "q:SURVEY|MAIN|PHQ-9|F200");
    let unordered = oru("20260115104500+0000", &order("", "44249-1^^LN", "20260115103000+0000", &rows(&sample)));
    assert_eq!(entries(&unordered)[0].key, "q:SURVEY|MAIN|PHQ-9|@2026-01-15T10:30:00Z");
    let tree = resource(&sample);
    assert_eq!(entries(&tree.to_string())[0].key, "q:QuestionnaireResponse/q1");
    let mut tree = tree;
    tree["meta"]["source"] = "https://ehr.example/fhir".into();
    assert_eq!(entries(&tree.to_string())[0].key, "q:https://ehr.example/fhir/QuestionnaireResponse/q1");
    let entry = &entries(&hl7v2(&sample))[0];
    assert_eq!((entry.code.as_str(), entry.at.as_str()), ("PHQ-9", "2026-01-15T10:30:00Z"));
}

#[test]
fn an_older_statement_does_not_overwrite_and_a_repeated_one_changes_nothing() {
    let first = response("2026-01-15T10:45:00Z", |_| ());
    let newer = response("2026-01-16T10:45:00Z", |tree| {
        tree["status"] = "amended".into();
        tree["item"][0]["answer"][0]["valueCoding"]["extension"][0]["valueDecimal"] = 2.into();
        tree["item"][0]["answer"][0]["valueCoding"]["code"] = "LA6570-1".into();
    });
    for feeds in [[first.clone(), newer.clone()], [newer.clone(), first.clone()]] {
        let entry = after(&feeds);
        assert_eq!((value(&entry, "phq9-1").as_deref(), document(&entry).status.as_str()), (Some("2"), "amended"));
    }
    let [one, other] = [&first, &newer].map(|feed| entries(feed).remove(0));
    assert_eq!(join(Some(&one), &one), None);
    assert_eq!(join(Some(&other), &one), None);
    assert!(differs(&one, &other) && !differs(&one, &one));
}

#[test]
fn what_was_taken_back_stays_away_until_it_is_stated_anew() {
    let stated = response("2026-01-15T10:45:00Z", |_| ());
    let erased = response("2026-01-16T10:45:00Z", |tree| {
        tree["status"] = "entered-in-error".into();
        // A server may leave nothing but the status.
        tree.as_object_mut().unwrap().remove("item");
        tree.as_object_mut().unwrap().remove("questionnaire");
    });
    let again = response("2026-01-17T10:45:00Z", |_| ());
    for feeds in [vec![stated.clone(), erased.clone()], vec![stated.clone(), erased.clone(), stated.clone()]] {
        let entry = after(&feeds);
        let answered = document(&entry);
        assert_eq!((answered.status.as_str(), answered.answers.len()), ("entered-in-error", 0));
        assert_eq!((entry.code.as_str(), answered.instrument.as_str()), ("PHQ-9", "PHQ-9"));
    }
    let entry = after(&[stated.clone(), erased.clone(), again]);
    assert_eq!(document(&entry).status, "completed");
    let withdrawal = entries(&erased).remove(0);
    assert_eq!(join(None, &withdrawal), None);
    assert!(differs(&entries(&stated)[0], &join(Some(&entries(&stated)[0]), &withdrawal).unwrap()));
}

/// A message about the same order with these rows only.
fn lines(sent: &str, rows: &[&str]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
    oru(sent, &order("F200", "44249-1^^LN", "20260115103000+0000", &rows))
}

#[test]
fn a_correction_of_one_row_leaves_the_others_standing_in_any_order() {
    let whole = hl7v2(&example("PHQ-9"));
    let one = lines("20260116104500+0000", &["OBX||CWE|44250-9^^LN||LA6571-9^^LN||||||C"]);
    let two =
        lines("20260117104500+0000", &["OBX||CWE|44250-9^^LN||LA6570-1^^LN||||||C", "OBX||NM|44261-6^^LN||8||||||C"]);
    let orders = [
        [&whole, &one, &two],
        [&whole, &two, &one],
        [&one, &whole, &two],
        [&one, &two, &whole],
        [&two, &whole, &one],
        [&two, &one, &whole],
    ];
    for feeds in orders {
        let entry = after(&feeds.map(Clone::clone));
        let answered = document(&entry);
        assert_eq!(value(&entry, "phq9-1").as_deref(), Some("2"));
        assert_eq!(value(&entry, "phq9-3").as_deref(), Some("2"));
        assert_eq!((answered.answers.len(), answered.scores[0].value.as_str()), (10, "8"));
        assert_eq!(answered.status, "amended");
    }
}

#[test]
fn a_row_that_is_deleted_is_missing_and_all_of_them_take_the_response_back() {
    let whole = hl7v2(&example("PHQ-9"));
    let deleted = lines("20260116104500+0000", &["OBX||CWE|44250-9^^LN||LA6571-9^^LN||||||D"]);
    for feeds in [[whole.clone(), deleted.clone()], [deleted, whole.clone()]] {
        let entry = after(&feeds);
        assert_eq!(value(&entry, "phq9-1"), None);
        assert_eq!(document(&entry).answers.iter().filter(|one| !one.withdrawn).count(), 9);
    }
    let gone = hl7v2(&example("PHQ-9")).replace("||||||F", "||||||D").replace("20260115104500", "20260118104500");
    let entry = after(&[whole, gone]);
    assert_eq!(document(&entry).status, "entered-in-error");
}

#[test]
fn one_message_may_speak_of_an_order_in_several_groups() {
    let sample = example("PHQ-9");
    let rows = rows(&sample);
    let mut segments = order("F200", "44249-1^^LN", "20260115103000+0000", &rows[..4]);
    segments.extend(order("F200", "44249-1^^LN", "20260115103000+0000", &rows[4..]));
    let text = oru("20260115104500+0000", &segments);
    assert_eq!(answered(&text).len(), 1);
    assert_eq!(answered(&text)[0].answers.len(), 10);
}

#[test]
fn an_unreadable_entry_is_replaced() {
    let stated = entries(&hl7v2(&example("NDI"))).remove(0);
    let broken = Entry { document: "{".to_owned(), ..stated.clone() };
    assert_eq!(join(Some(&broken), &stated), Some(stated.clone()));
    assert!(differs(&broken, &stated));
}

#[test]
fn facts_and_entries_come_back_as_they_were() {
    let reading = read(&hl7v2(&example("NDI")));
    let facts = &facts(&reading)[0];
    let text = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<crate::facts::Facts>(&text).unwrap(), *facts);
    let entries = super::super::entries(&SITE, facts);
    assert_eq!(document(&entries[0]), facts.questionnaires[0]);
    assert!(json!(entries[0]).to_string().len() < 4_000);
}
