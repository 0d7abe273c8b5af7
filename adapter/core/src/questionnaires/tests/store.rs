//! What later statements do to earlier ones.

use super::super::{Asked, differs, join, matters, select};
use super::kit::{SITE, answered, entries, example, facts, hl7v2, order, oru, read, resource, rows};
use crate::entries::Answered;
use access_contract::Entry;
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
    assert_eq!(entries(&hl7v2(&sample))[0].key, "q:SURVEY|MAIN|PHQ-9|F200@2026-01-15T10:30:00Z");
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
fn a_time_of_fhir_is_kept_in_the_form_of_fhir() {
    for (text, shown) in [
        ("2026-01-15T10:30Z", "2026-01-15T10:30:00Z"),
        ("2026-01-15T10:30:00+0000", "2026-01-15T10:30:00Z"),
        ("2026-01-15", "2026-01-15"),
        ("2026-01", ""),
        ("2026-01-15T10:30:00", ""),
    ] {
        let feed = response("2026-01-15T10:45:00Z", |tree| tree["authored"] = text.into());
        assert_eq!(document(&entries(&feed)[0]).authored, shown, "{text}");
        let entry = entries(&response("2026-01-15T10:45:00Z", |_| ())).remove(0);
        let known = document(&entry).authored;
        let stored = Entry { document: entry.document.replace(&known, text), ..entry };
        assert_eq!(super::super::store::read(&stored).unwrap().authored.get(..10), shown.get(..10), "{text}");
    }
}

/// A questionnaire that was taken back line by line after the clocks were changed was still reported.
#[test]
fn a_response_is_the_same_across_the_change_of_clocks() {
    let sent = |sent: &str, status: &str, at: &str| {
        let rows: Vec<String> = rows(&example("PHQ-9")).iter().map(|row| row.replace("|F", status)).collect();
        oru(sent, &order("F200", "44249-1^^LN", at, &rows))
    };
    let (winter, summer) = ("20260301120000-0600", "20260320120000-0500");
    for at in ["20260301090000", "20260301"] {
        let stored = after(&[sent(winter, "|F", at), sent(summer, "|C", at)]);
        let answered = document(&stored);
        let shown = if at.len() > 8 { "2026-03-01T09:00:00-06:00" } else { "2026-03-01" };
        assert_eq!((answered.authored.as_str(), answered.status.as_str()), (shown, "amended"));
        let stored = after(&[sent(winter, "|F", at), sent(summer, "|D", at)]);
        assert_eq!(document(&stored).status, "entered-in-error");
    }
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

/// Rows of the order with one status; each stands for itself.
fn with_status(sent: &str, status: &str) -> String {
    hl7v2(&example("PHQ-9")).replace("||||||F", &format!("||||||{status}")).replace("20260115104500", sent)
}

/// What a report carries: how many answers of how many responses.
fn reported(feeds: &[String]) -> Vec<usize> {
    let mut held: BTreeMap<String, Entry> = BTreeMap::new();
    for entry in feeds.iter().flat_map(|feed| entries(feed)) {
        if let Some(joined) = join(held.get(&entry.key), &entry) {
            held.insert(entry.key.clone(), joined);
        }
    }
    let entries: Vec<Entry> = held.into_values().collect();
    let asked = Asked { track: "BH", from: "2026-01-01", at: "2026-03-01T00:00:00Z", born: None, died: None };
    select(&SITE, &asked, &entries).chosen.iter().map(|one| one.items.len()).collect()
}

/// One final row made nine preliminary ones final, a cancelled one changed nothing, and neither did a correction to nothing.
#[test]
fn each_row_counts_by_its_own_status() {
    let row =
        |sent: &str, value: &str, status: &str| lines(sent, &[&format!("OBX||NM|44259-0^^LN||{value}||||||{status}")]);
    let (all, later) = (with_status("20260115104500", "F"), "20260116104500+0000");
    let early = with_status("20260115104500", "P");
    for (feeds, expected) in [
        (vec![with_status("20260115104500", "")], vec![]),
        (vec![early.clone()], vec![]),
        (vec![early.clone(), row(later, "2", "F")], vec![]),
        (vec![early.clone(), with_status("20260117104500", "F")], vec![10]),
        (vec![all.clone(), row(later, "2", "P")], vec![]),
        (vec![all.clone(), with_status("20260117104500", "P")], vec![10]),
        (vec![with_status("20260117104500", "P"), row(later, "2", "F")], vec![]),
        (vec![all.clone(), row(later, "2", "X")], vec![9]),
        (vec![all.clone(), row(later, "\"\"", "C")], vec![9]),
        (vec![all.clone(), row(later, "", "C")], vec![9]),
        (vec![all.clone(), row(later, "\"\"", "F")], vec![9]),
        (vec![all.clone(), row(later, "", "F")], vec![10]),
        (vec![all.clone(), with_status("20260117104500", "X")], vec![]),
    ] {
        assert_eq!(reported(&feeds), expected, "{feeds:?}");
        let turned: Vec<String> = feeds.into_iter().rev().collect();
        assert_eq!(reported(&turned), expected, "the other way round: {turned:?}");
    }
}

/// A sender that numbers visits in place of orders: the answers of two visits were put together.
#[test]
fn what_is_answered_at_another_time_is_another_response() {
    let sample = example("PHQ-9");
    let visit = |time: &str, rows: &[String]| {
        oru(&format!("{time}+0000"), &order("V1", "44249-1^^LN", &format!("{time}+0000"), rows))
    };
    let (first, second) = (visit("20260115102000", &rows(&sample)), visit("20260115110000", &rows(&sample)[..7]));
    let keys: Vec<String> = [&first, &second].iter().map(|feed| entries(feed).remove(0).key).collect();
    assert_eq!(keys, ["q:SURVEY|MAIN|PHQ-9|V1@2026-01-15T10:20:00Z", "q:SURVEY|MAIN|PHQ-9|V1@2026-01-15T11:00:00Z"]);
    // In one message as well.
    let both: Vec<String> = ["20260115102000+0000", "20260115110000+0000"]
        .iter()
        .flat_map(|time| order("V1", "44249-1^^LN", time, &rows(&sample)))
        .collect();
    let both: Vec<String> = entries(&oru("20260115114500+0000", &both)).into_iter().map(|entry| entry.key).collect();
    assert_eq!(both, keys);
    // Rows that were stamped one by one belong to their order.
    let stamped = |minute: u32| {
        let row = format!("OBX||NM|44250-9^^LN||1||||||F|||202601151020{minute:02}+0000");
        entries(&oru("20260115104500+0000", &order("V1", "44249-1^^LN", "20260115102000+0000", &[row]))).remove(0).key
    };
    assert_eq!([stamped(0), stamped(7)], [keys[0].clone(), keys[0].clone()]);
    // Those of another day are of another response, as the order's time may be that of a stay.
    let other = "OBX||NM|44250-9^^LN||1||||||F|||20260116102000+0000".to_owned();
    let other = oru("20260115104500+0000", &order("V1", "44249-1^^LN", "20260115102000+0000", &[other]));
    assert_eq!(entries(&other)[0].key, "q:SURVEY|MAIN|PHQ-9|V1@2026-01-16");
    // Without an offset the time as it was written tells them apart.
    let local =
        |time: &str| entries(&oru("20260115104500", &order("V1", "44249-1^^LN", time, &rows(&sample)))).remove(0);
    let (morning, noon) = (local("20260115102000"), local("20260115120000"));
    assert_eq!(morning.key, "q:SURVEY|MAIN|PHQ-9|V1@2026-01-15T10:20:00");
    assert_eq!(noon.key, "q:SURVEY|MAIN|PHQ-9|V1@2026-01-15T12:00:00");
    assert_eq!((morning.at.as_str(), noon.at.as_str()), ("2026-01-15", "2026-01-15"));
    // The later one of a day counts, whichever was stated last.
    let later = |time: &str, sent: &str, answer: &str| {
        let sample = example("PROMIS-NRS").answer("nrs-1", answer);
        let rows = rows(&sample);
        entries(&oru(sent, &order("V1", "72514-3^^LN", time, &rows))).remove(0)
    };
    let both = [later("20260115120000", "20260115121000", "6"), later("20260115102000", "20260115131000", "3")];
    let asked = Asked { track: "MSK", from: "2026-01-01", at: "2026-03-01T00:00:00Z", born: None, died: None };
    assert_eq!(select(&SITE, &asked, &both).chosen[0].items[0].value, "6");
    assert_eq!(document(&noon).authored, "2026-01-15");
}

/// The rows of a sample, each with a time of its own; the first at that minute.
fn stamped(rows: &[String], day: &str, minute: usize) -> Vec<String> {
    rows.iter().enumerate().map(|(place, row)| format!("{row}|||{day}10{minute:02}{place:02}-0800")).collect()
}

/// What is chosen of everything that feeds state: the first answer of each response, and how many it has.
fn answers(feeds: &[String]) -> Vec<(String, usize)> {
    let mut held: BTreeMap<String, Entry> = BTreeMap::new();
    for entry in feeds.iter().flat_map(|feed| entries(feed)) {
        if let Some(joined) = join(held.get(&entry.key), &entry) {
            held.insert(entry.key.clone(), joined);
        }
    }
    let entries: Vec<Entry> = held.into_values().collect();
    let asked = Asked { track: "BH", from: "2026-01-01", at: "2026-03-01T00:00:00Z", born: None, died: None };
    let chosen = select(&SITE, &asked, &entries).chosen;
    chosen.iter().map(|one| (format!("{}={}", one.items[0].link, one.items[0].value), one.items.len())).collect()
}

/// A correction of one row had another key than the response, so that the wrong answer was still reported.
#[test]
fn a_correction_of_one_stamped_row_meets_its_response() {
    let sample = example("PHQ-9").score("");
    let rows = stamped(&rows(&sample), "20260115", 0);
    // The order of the day before, of the same day, and one that does not say its time.
    for ordered in ["20260114080000-0800", "20260115080000-0800", ""] {
        let feed = |sent: &str, rows: &[String]| oru(sent, &order("V1", "44249-1^^LN", ordered, rows));
        let whole = feed("20260115114500-0800", &rows);
        let row = |value: &str, status: &str| {
            let row = rows[0].replace("LA6569-3^words", value).replace("||||||F|", &format!("||||||{status}|"));
            feed("20260116114500-0800", &[row])
        };
        assert!(row("LA6571-9^words", "C").contains("LA6571-9"));
        assert_eq!(answers(std::slice::from_ref(&whole)), [("phq9-1=1".to_owned(), 10)], "{ordered}");
        for (news, expected) in [
            (row("LA6571-9^words", "C"), ("phq9-1=3".to_owned(), 10)),
            (row("LA6571-9^words", "F"), ("phq9-1=3".to_owned(), 10)),
            (row("LA6569-3^words", "D"), ("phq9-2=1".to_owned(), 9)),
        ] {
            assert_eq!(answers(&[whole.clone(), news.clone()]), std::slice::from_ref(&expected), "{ordered}");
            assert_eq!(answers(&[news, whole.clone()]), [expected], "{ordered}, the other way round");
        }
        // Answers that come one by one are one response.
        let each: Vec<String> = rows.iter().map(|row| feed("20260115114500-0800", std::slice::from_ref(row))).collect();
        assert_eq!(answers(&each), [("phq9-1=1".to_owned(), 10)], "{ordered}");
    }
}

/// Answers that come one by one, and corrections, are judged with what stands already.
#[test]
fn what_is_told_by_its_items_alone_may_come_in_parts() {
    let rows = rows(&example("PHQ-9"));
    let feed = |sent: &str, panel: &str, rows: &[String]| {
        let time = "20260115103000+0000";
        oru(sent, &order("F200", panel, time, rows))
    };
    let (own, other) = ("DEPRESSION^Invented^L", "44249-1^^LN");
    let part = |panel: &str, rows: &[String]| feed("20260115104500+0000", panel, rows);
    assert_eq!(reported(&[part(own, &rows[..5])]), [0_usize; 0]);
    assert_eq!(reported(&[part(own, &rows[..5]), part(own, &rows[5..])]), [10]);
    assert_eq!(reported(&[part(own, &rows[5..]), part(own, &rows[..5])]), [10]);
    // Two may be missing where a message names it.
    assert_eq!(reported(&[part(own, &rows[..7])]), [0_usize; 0]);
    assert_eq!(reported(&[part(own, &rows[..5]), part(other, &rows[5..7])]), [7]);
    assert_eq!(reported(&[part(other, &rows[5..7]), part(own, &rows[..5])]), [7]);
    let [one, two] = [own, other].map(|panel| entries(&part(panel, &rows)).remove(0));
    let named = join(Some(&one), &two).unwrap();
    assert!(!differs(&one, &named) && matters(&one, &named));
    // A correction is not told of what it leaves out.
    let row = [rows[0].replace("LA6569-3^words", "LA6571-9^words").replace("||||||F", "||||||C")];
    let correction = feed("20260116104500+0000", own, &row);
    assert_eq!(super::kit::found(&read(&correction).issues), []);
    assert_eq!(reported(&[part(own, &rows[..10]), correction]), [10]);
}

/// Of a sender with a zone, two orders of one number and time fell apart, and so did its messages, where only some times had an offset.
#[test]
fn a_time_is_the_same_with_an_offset_and_without() {
    let mut profile = SITE.clone();
    profile.times.zone = "EST5EDT,M3.2.0,M11.1.0".to_owned();
    let keys = |text: &str| -> Vec<String> {
        super::kit::entries_by(&profile, text).into_iter().map(|entry| entry.key).collect()
    };
    let all = rows(&example("PHQ-9"));
    let (local, others) = ("20260115220000", ["20260115220000-0500", "20260116030000+0000"]);
    let timed = |rows: &[String], at: &str| rows.iter().map(|row| format!("{row}|||{at}")).collect::<Vec<_>>();
    for other in others {
        let key = |name: &str| vec![format!("q:SURVEY|MAIN|PHQ-9|V1@{name}")];
        // By the time of the order, of order and rows, and of the rows alone.
        for (at, row) in [(local, ""), (other, ""), (local, other), (other, local), (other, other)] {
            let text = oru("20260116120000-0500", &order("V1", "44249-1^^LN", at, &timed(&all, row)));
            assert_eq!(keys(&text), key("2026-01-15T22:00:00"), "{at} {row}");
        }
        for row in [local, other] {
            let text = oru("20260116120000-0500", &order("V1", "44249-1^^LN", "", &timed(&all, row)));
            assert_eq!(keys(&text), key("2026-01-15"), "{row}");
        }
        let mut both = order("V1", "44249-1^^LN", local, &all[..4]);
        both.extend(order("V1", "44249-1^^LN", other, &all[4..]));
        assert_eq!(keys(&oru("20260116120000-0500", &both)), key("2026-01-15T22:00:00"), "{other}");
        // An item that comes twice at one time is no second response.
        let mut twice = timed(&all, local);
        twice.push(timed(&all[..1], other).remove(0));
        let text = oru("20260116120000-0500", &order("V1", "44249-1^^LN", "", &twice));
        assert_eq!(keys(&text), key("2026-01-15"), "{other}");
    }
}

#[test]
fn an_order_that_says_its_time_later_in_the_message_has_it() {
    let sample = example("PHQ-9");
    let rows = rows(&sample);
    let mut segments = order("V1", "44249-1^^LN", "", &rows[..4]);
    segments.extend(order("V1", "44249-1^^LN", "20260115103000+0000", &rows[4..]));
    let keys: Vec<String> =
        entries(&oru("20260115104500+0000", &segments)).into_iter().map(|entry| entry.key).collect();
    assert_eq!(keys, ["q:SURVEY|MAIN|PHQ-9|V1@2026-01-15T10:30:00Z"]);
}

/// Where only the rows have times, the responses of several days in one message have the keys that each of them has alone.
#[test]
fn responses_of_several_days_in_one_message_are_corrected_alone() {
    let rows = rows(&example("PHQ-9").score(""));
    let days = [stamped(&rows, "20260115", 0), stamped(&rows, "20260120", 0)];
    let feed = |rows: &[String]| oru("20260121104500-0800", &order("V1", "44249-1^^LN", "", rows));
    let keys = |feed: &str| -> Vec<String> { entries(feed).into_iter().map(|entry| entry.key).collect() };
    let both = keys(&feed(&days.concat()));
    assert_eq!(both, ["2026-01-15", "2026-01-20"].map(|day| format!("q:SURVEY|MAIN|PHQ-9|V1@{day}")));
    for (day, key) in days.iter().zip(&both) {
        assert_eq!(keys(&feed(&day[3..4])), std::slice::from_ref(key));
    }
    // Two of one day are told apart by their times.
    let twice = [0, 30].map(|minute| stamped(&rows[..1], "20260115", minute)).concat();
    let expected = ["18:00:00Z", "18:30:00Z"].map(|time| format!("q:SURVEY|MAIN|PHQ-9|V1@2026-01-15T{time}"));
    assert_eq!(keys(&feed(&twice)), expected);
}
