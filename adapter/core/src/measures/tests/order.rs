//! Random feeds: whatever order they come in, the same entries are stored in the end, and the same is chosen of them.

use super::support::*;
use crate::measures::{Asked, select};
use access_contract::Entry;
use proptest::prelude::*;

const CODES: [&str; 5] = ["4548-4", "8480-6", "8462-4", "29463-7", "85354-9"];
const STATUSES: [&str; 5] = ["P", "F", "C", "D", "U"];

/// One feed with one row, every other of them sent from beyond the change of clocks: code, order, part, status, value, hour.
type Drawn = (usize, usize, usize, usize, u32, u32);

fn feed(number: usize, drawn: Drawn) -> String {
    let (code, order, part, status, value, hour) = drawn;
    let is_whole = CODES[code] == "85354-9";
    let value = match STATUSES[status] {
        "U" => String::new(),
        // A deletion need not repeat the value.
        "D" if is_whole => String::new(),
        _ if is_whole => format!("{}/{}", 100 + value, 60 + value),
        _ => format!("{}", 60 + value),
    };
    let unit = ["%", "mm[Hg]", "mm[Hg]", "kg", "mm[Hg]"][code];
    let kind = if is_whole { "ST" } else { "NM" };
    let row = format!(
        "OBX|1|{kind}|{}^X^LN|{part}|{value}|{unit}|||||{}|||202607{:02}0800",
        CODES[code],
        STATUSES[status],
        hour + 1
    );
    let offset = ["-0500", "-0600"][number % 2];
    message(&format!("202607200{}{:02}00{offset}", number / 60, number % 60), &[&row])
        .replace("F200", &format!("F{order}"))
}

fn stored(feeds: &[String]) -> Vec<Entry> {
    super::support::stored(&feeds.iter().flat_map(|feed| entries_of(&EXAMPLE, feed)).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        drawn in prop::collection::vec((0_usize..5, 0_usize..2, 0_usize..2, 0_usize..5, 0_u32..4, 0_u32..3), 1..16),
        order in Just(()).prop_perturb(|(), mut random| (0..16).map(|_| random.next_u32()).collect::<Vec<_>>()),
    ) {
        let feeds: Vec<String> = drawn.iter().enumerate().map(|(number, drawn)| feed(number, *drawn)).collect();
        let mut shuffled: Vec<(u32, String)> = order.iter().copied().zip(feeds.iter().cloned()).collect();
        shuffled.sort_by_key(|(place, _)| *place);
        let shuffled: Vec<String> = shuffled.into_iter().map(|(_, feed)| feed).collect();
        let (straight, other) = (stored(&feeds), stored(&shuffled));
        prop_assert_eq!(&straight, &other);
        // Sent once more, whole and in order, nothing changes.
        let again: Vec<String> = feeds.iter().chain(&feeds).cloned().collect();
        prop_assert_eq!(&straight, &stored(&again));
        let reversed: Vec<Entry> = other.into_iter().rev().collect();
        prop_assert_eq!(select(&EXAMPLE, &ASKED, &straight), select(&EXAMPLE, &ASKED, &reversed));
    }
}

/// The rows of three blood pressures of one order, taken at eight, nine and ten, none of them numbered; or of one of them alone.
fn pressures(sent: &str, status: &str, which: &[(u32, u32, u32)]) -> String {
    let rows: Vec<String> = which
        .iter()
        .flat_map(|(hour, systolic, diastolic)| {
            [("8480-6", systolic), ("8462-4", diastolic)].map(|(code, value)| {
                format!("OBX|1|NM|{code}^BP^LN||{value}|mm[Hg]|||||{status}|||20260713{hour:02}0000-0500")
            })
        })
        .collect();
    message(sent, &rows.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A deletion or correction that came alone was stored beside the reading it is about, and the deleted value went out.
#[test]
fn one_of_several_of_an_order_is_taken_back_or_corrected_alone() {
    let all = pressures("20260714091500-0500", "F", &[(8, 150, 90), (9, 140, 88), (10, 210, 70)]);
    let deleted = pressures("20260714101500-0500", "D", &[(10, 210, 70)]);
    let corrected = pressures("20260714111500-0500", "C", &[(9, 145, 88)]);
    let mut feeds = vec![all, deleted, corrected];
    for _ in 0..3 {
        feeds.rotate_left(1);
        let shown = lines(&select(&EXAMPLE, &ASKED, &stored(&feeds)), "blood-pressure");
        let values: Vec<&str> = shown.iter().filter_map(|line| line.split(' ').nth(1)).collect();
        assert_eq!(values, ["8480-6=150/8462-4=90", "8480-6=145/8462-4=88"], "{shown:?}");
    }
}

/// A sender that numbers visits in place of orders: the weight of the next visit replaced that of the last.
#[test]
fn what_is_measured_at_another_time_is_another_reading() {
    let weight = |sent: &str, value: &str, day: &str| {
        message(sent, &[&format!("OBX|1|NM|29463-7^Weight^LN||{value}|kg|||||F|||202607{day}0800-0500")])
    };
    let feeds = [weight("20260714091500-0500", "81", "13"), weight("20260716091500-0500", "80", "15")];
    assert_eq!(stored(&feeds).len(), 2);
    assert_eq!(stored(&[feeds[0].clone(), feeds[0].clone()]).len(), 1);
}

/// A correction that was sent after the clocks were changed was a second reading an hour earlier, and the wrong value went out.
#[test]
fn a_time_that_the_message_places_is_the_same_across_the_change_of_clocks() {
    let (winter, summer) = ("20260301120000-0600", "20260320120000-0500");
    let asked = Asked { from: "2026-02-01", ..ASKED };
    let found = |feeds: &[String], code: &str| lines(&select(&EXAMPLE, &asked, &stored(feeds)), code);
    let hba1c = |sent: &str, status: &str, value: &str, at: &str| {
        message(sent, &[&format!("OBX|1|NM|4548-4^A1c^LN||{value}|%|||||{status}|||{at}")])
    };
    for (at, shown) in [("20260301090000", "09:00:00"), ("202603010900", "09:00:00"), ("20260301000000", "00:00:00")] {
        let first = hba1c(winter, "F", "9.9", at);
        let line = [format!("4548-4 6.1 % 2026-03-01T{shown}-06:00 corrected")];
        let mut corrected =
            [first.clone(), hba1c("20260310120000-0500", "P", "6.1", at), hba1c(summer, "C", "6.1", at)];
        for _ in 0..3 {
            corrected.rotate_left(1);
            assert_eq!(found(&corrected, "HbA1c"), line, "{at}");
            let turned: Vec<String> = corrected.iter().rev().cloned().collect();
            assert_eq!(found(&turned, "HbA1c"), line, "{at}");
        }
        let (repeated, repeats) = (hba1c(winter, "F", "7.1", at), hba1c(summer, "P", "7.1", at));
        let line = [format!("4548-4 7.1 % 2026-03-01T{shown}-06:00 final")];
        assert_eq!(found(&[repeated.clone(), repeats.clone()], "HbA1c"), line, "{at}");
        assert_eq!(found(&[repeats, repeated], "HbA1c"), line, "{at}");
        assert_eq!(found(&[first, hba1c(summer, "D", "9.9", at)], "HbA1c"), Vec::<String>::new());
    }
    let pressure = |sent: &str, status: &str, values: &str| {
        message(sent, &[&format!("OBX|1|ST|85354-9^BP^LN||{values}|mm[Hg]|||||{status}|||20260301090000")])
    };
    let feeds = [pressure(winter, "F", "150/90"), pressure(summer, "C", "140/85")];
    let shown = "85354-9 8480-6=140/8462-4=85 2026-03-01T09:00:00-06:00 corrected";
    assert_eq!(found(&feeds, "blood-pressure"), [shown]);
    // One that says its own offset is known by it, whenever it is sent.
    let own = |sent: &str, value: &str, at: &str| hba1c(sent, "C", value, at);
    let feeds = [own(winter, "9.9", "20260301090000-0600"), own(summer, "6.1", "20260301100000-0500")];
    assert_eq!(stored(&feeds).len(), 1);
}

/// The engine of a sender with a zone stamps the same offset all year, so that only in winter the two agree: what was sent in summer met
/// nothing of winter, and the wrong or deleted value went out.
#[test]
fn a_time_is_the_same_whether_its_message_agrees_with_the_zone_or_not() {
    for (zone, offset, shown) in
        [("EST5EDT,M3.2.0,M11.1.0", "-0500", "-05:00"), ("GMT0BST,M3.5.0/1,M10.5.0", "+0000", "Z")]
    {
        let mut profile = EXAMPLE.clone();
        profile.times.zone = zone.to_owned();
        let hba1c = |sent: &str, status: &str, value: &str| {
            let row = format!("OBX|1|NM|4548-4^A1c^LN||{value}|%|||||{status}|||20260114101500");
            entries_of(&profile, &message(&format!("{sent}{offset}"), &[&row]))
        };
        let asked = Asked { from: "2026-01-01", ..ASKED };
        let found =
            |feeds: &[Vec<Entry>]| lines(&select(&profile, &asked, &super::support::stored(&feeds.concat())), "HbA1c");
        let first = hba1c("20260114120000", "F", "9.9");
        let corrected = hba1c("20260714120000", "C", "6.1");
        let line = [format!("4548-4 6.1 % 2026-01-14T10:15:00{shown} corrected")];
        assert_eq!(found(&[first.clone(), corrected.clone()]), line, "{zone}");
        assert_eq!(found(&[corrected, first.clone()]), line, "{zone}");
        assert_eq!(found(&[first, hba1c("20260714120000", "D", "9.9")]), Vec::<String>::new(), "{zone}");
    }
}

/// A sender with a zone that writes an offset in one message and none in the next met nothing, and the wrong or deleted value went out.
#[test]
fn a_time_with_an_offset_is_that_of_the_senders_clock() {
    let mut profile = EXAMPLE.clone();
    profile.times.zone = "EST5EDT,M3.2.0,M11.1.0".to_owned();
    let asked = Asked { from: "2026-01-01", ..ASKED };
    let hba1c = |sent: &str, status: &str, value: &str, at: &str| {
        let row = format!("OBX|1|NM|4548-4^A1c^LN||{value}|%|||||{status}|||{at}");
        entries_of(&profile, &message(sent, &[&row]))
    };
    let found =
        |feeds: &[Vec<Entry>]| lines(&select(&profile, &asked, &super::support::stored(&feeds.concat())), "HbA1c");
    let (first, then) = ("20260714120000-0400", "20260715120000-0400");
    let forms = ["20260714101500", "20260714101500-0400", "20260714091500-0500", "20260714141500+0000"];
    for (one, other) in forms.iter().flat_map(|one| forms.map(|other| (*one, other))) {
        let mut feeds = [hba1c(first, "F", "9.9", one), hba1c(then, "C", "6.1", other)];
        for _ in 0..2 {
            feeds.rotate_left(1);
            let found = found(&feeds);
            assert!(found.len() == 1 && found[0].starts_with("4548-4 6.1 % 2026-07-14T"), "{one} {other}: {found:?}");
        }
        let mut feeds = [hba1c(first, "F", "9.9", one), hba1c(then, "D", "9.9", other)];
        for _ in 0..2 {
            feeds.rotate_left(1);
            assert_eq!(found(&feeds), Vec::<String>::new(), "{one} {other}");
        }
    }
    // What the clock showed twice is two times.
    let twice = ["20261101013000-0400", "20261101013000-0500"].map(|at| hba1c("20261102120000-0500", "F", "7.1", at));
    assert_eq!(super::support::stored(&twice.concat()).len(), 2);
}

/// A result that was announced again in a later message was missing from the report.
#[test]
fn a_preliminary_repeat_leaves_a_result_final() {
    let of = |sent: &str, status: &str, value: &str| {
        message(sent, &[&format!("OBX|1|NM|4548-4^A1c^LN||{value}|%|||||{status}|||20260713080000-0500")])
    };
    let first = of("20260714091500-0500", "F", "7.1");
    let found = |feeds: &[String]| lines(&select(&EXAMPLE, &ASKED, &stored(feeds)), "HbA1c");
    for status in ["P", "S", "I", "R"] {
        let repeat = of("20260715091500-0500", status, "7.1");
        let shown = ["4548-4 7.1 % 2026-07-13T08:00:00-05:00 final"];
        assert_eq!(found(&[first.clone(), repeat.clone()]), shown, "{status}");
        assert_eq!(found(&[repeat, first.clone()]), shown, "{status}");
        assert_eq!(found(&[first.clone(), of("20260715091500-0500", status, "7.4")]), Vec::<String>::new(), "{status}");
    }
}

/// What one of many results is: whether it is final, whether it has a unit.
type Quality = (bool, bool);

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// However many results a chart has: the newest usable ones are found, as a plain look at all of them finds them.
    #[test]
    fn the_newest_usable_readings_are_found_among_many(
        drawn in prop::collection::btree_map(0_u32..2_000, (any::<bool>(), any::<bool>()), 1..250),
        count in 1_u8..4,
    ) {
        let mut rows_of: Vec<String> = Vec::new();
        for (hour, (is_final, has_unit)) in &drawn {
            let hour_of = |hour: u32| format!("2026{:02}{:02}{:02}0000-0500", 4 + hour / 24 / 28, 1 + hour / 24 % 28, hour % 24);
            let (status, unit) = (if *is_final { "F" } else { "P" }, if *has_unit { "mm[Hg]" } else { "" });
            for (code, value) in [("8480-6", 100 + hour % 100), ("8462-4", 50 + hour % 40)] {
                rows_of.push(format!("OBX|1|NM|{code}^X^LN|{hour}|{value}|{unit}|||||{status}|||{}", hour_of(*hour)));
            }
        }
        let rows_of: Vec<&str> = rows_of.iter().map(String::as_str).collect();
        let mut profile = EXAMPLE.clone();
        profile.reports.readings.insert("blood-pressure".to_owned(), count);
        let asked = crate::measures::Asked { from: "2026-04-01", ..ASKED };
        let entries = entries_of(&profile, &message("20260714091500-0500", &rows_of));
        let found = lines(&select(&profile, &asked, &entries), "blood-pressure");
        let is_usable = |quality: &Quality| quality.0 && quality.1;
        let usable: Vec<u32> = drawn.iter().filter(|(_, quality)| is_usable(quality)).map(|(hour, _)| *hour).collect();
        let newest = usable.iter().skip(usable.len().saturating_sub(usize::from(count)));
        let expected: Vec<String> =
            newest.map(|hour| format!("8480-6={}/8462-4={}", 100 + hour % 100, 50 + hour % 40)).collect();
        let values: Vec<String> = found.iter().filter_map(|line| line.split(' ').nth(1).map(str::to_owned)).collect();
        prop_assert_eq!(values, expected);
    }
}

/// A blood pressure in one value could be taken back only by a row that repeats the value.
#[test]
fn a_blood_pressure_in_one_value_is_taken_back_without_it() {
    let row = |kind: &str, value: &str, status: &str| {
        format!("OBX|1|{kind}|85354-9^BP^LN||{value}|mm[Hg]|||||{status}|||20260713080000-0500")
    };
    let feeds = |status: &str, kind: &str, value: &str, then: &str| {
        let (first, second) = (row("ST", "120/80", status), row(kind, value, then));
        [message("20260714091500-0500", &[&first]), message("20260714101500-0500", &[&second])]
    };
    let shown = |feeds: &[String]| lines(&select(&EXAMPLE, &ASKED, &stored(feeds)), "blood-pressure");
    for (kind, value, then) in [
        ("ST", "\"\"", "D"),
        ("ST", "", "D"),
        ("", "", "W"),
        ("ST", "120/80", "D"),
        ("ST", "words", "D"),
        ("ST", "120/80", "X"),
        ("ST", "", "X"),
        ("ST", "TNP", "C"),
        ("ST", "\"\"", "C"),
        ("ST", "\"\"", "F"),
        ("SN", "TNP", "F"),
    ] {
        let mut feeds = feeds("F", kind, value, then);
        assert_eq!(shown(&feeds), Vec::<String>::new(), "{then} {value}");
        feeds.reverse();
        assert_eq!(shown(&feeds), Vec::<String>::new(), "{then} {value}, the other way round");
    }
    // In one message as well.
    let both = message("20260714091500-0500", &[&row("ST", "120/80", "F"), &row("ST", "\"\"", "D")]);
    assert_eq!(shown(&[both]), Vec::<String>::new());
    // U makes final what was not.
    let confirmed = "85354-9 8480-6=120/8462-4=80 2026-07-13T08:00:00-05:00 final";
    assert_eq!(shown(&feeds("P", "ST", "120/80", "P")), Vec::<String>::new());
    assert_eq!(shown(&feeds("P", "", "", "U")), [confirmed]);
    // What is only empty says nothing, since panels have titles.
    assert_eq!(shown(&feeds("F", "ST", "", "F")), [confirmed]);
}

#[test]
fn the_title_of_a_panel_takes_back_nothing_that_its_message_states() {
    let half = |code: &str, value: &str| format!("OBX|2|NM|{code}^BP^LN||{value}|mm[Hg]|||||F|||20260713080000-0500");
    let (systolic, diastolic) = (half("8480-6", "120"), half("8462-4", "80"));
    for status in ["D", "U", "X"] {
        let title = format!("OBX|1||85354-9^BP^LN||||||||{status}|||20260713080000-0500");
        for rows in [[&title, &systolic, &diastolic], [&systolic, &diastolic, &title]] {
            let feed = message("20260714091500-0500", &rows.map(String::as_str));
            let entries = stored(&[feed]);
            let found = lines(&select(&EXAMPLE, &ASKED, &entries), "blood-pressure");
            assert_eq!(found, ["85354-9 8480-6=120/8462-4=80 2026-07-13T08:00:00-05:00 final"], "{status}");
            assert_eq!(entries.len(), 2, "{status}");
        }
    }
}

/// Times without an offset and without a zone are dates: two readings of a day were one, and a correction of the later took the place of the
/// earlier.
#[test]
fn a_time_without_an_offset_tells_readings_of_a_day_apart() {
    let one = |sent: &str, time: &str, value: &str, status: &str| {
        message(sent, &[&format!("OBX|1|ST|85354-9^BP^LN||{value}|mm[Hg]|||||{status}|||20260713{time}")])
    };
    let mut feeds = vec![
        one("20260714091500", "0900", "130/80", "F"),
        one("20260714101500", "1130", "150/90", "F"),
        one("20260714111500", "1130", "151/91", "C"),
    ];
    for _ in 0..3 {
        feeds.rotate_left(1);
        let found = lines(&select(&EXAMPLE, &ASKED, &stored(&feeds)), "blood-pressure");
        let line = |values: &str, status: &str| format!("85354-9 {values} 2026-07-13 {status}");
        assert_eq!(found, [line("8480-6=130/8462-4=80", "final"), line("8480-6=151/8462-4=91", "corrected")]);
    }
    // The newest of a day counts.
    let weight = |sent: &str, time: &str, value: &str| {
        message(sent, &[&format!("OBX|1|NM|29463-7^Weight^LN||{value}|kg|||||F|||20260713{time}")])
    };
    let feeds = [weight("20260714091500", "1130", "82"), weight("20260714101500", "0900", "81")];
    assert_eq!(lines(&select(&EXAMPLE, &ASKED, &stored(&feeds)), "weight"), ["29463-7 82 kg 2026-07-13 final"]);
    // In one message a correction leaves the other reading alone.
    let row = |time: &str, value: &str, status: &str| {
        format!("OBX|1|NM|29463-7^W^LN||{value}|kg|||||{status}|||20260713{time}")
    };
    let feed = message("20260714091500", &[&row("0900", "81", "F"), &row("1130", "82", "F"), &row("1130", "83", "C")]);
    assert_eq!(stored(std::slice::from_ref(&feed)).len(), 2);
    let issues = crate::read::read_text(&EXAMPLE, &feed).unwrap().issues;
    assert_eq!(issues.iter().filter(|issue| issue.code == "zone-unknown").count(), 1);
    // Midnight often only fills the field.
    assert_eq!(stored(&[weight("20260714091500", "0000", "81"), weight("20260714101500", "", "81")]).len(), 1);
}

/// Of a day with many readings the ledger gave the first of them, since all had the same time.
#[test]
fn the_newest_of_many_readings_of_a_day_without_a_zone_are_found() {
    let rows_of: Vec<String> = (0..45)
        .flat_map(|number| {
            let time = format!("20260713{:02}{:02}00", 8 + number / 6, number % 6 * 10);
            [("8480-6", 100 + number), ("8462-4", 50 + number)]
                .map(|(code, value)| format!("OBX|1|NM|{code}^BP^LN||{value}|mm[Hg]|||||F|||{time}"))
        })
        .collect();
    let rows_of: Vec<&str> = rows_of.iter().map(String::as_str).collect();
    let feeds = ["20260714091500", "20260714101500"].map(|sent| message(sent, &rows_of));
    let mut entries = stored(&feeds);
    assert_eq!(entries.len(), 90);
    assert_eq!(entries[0].at, "2026-07-13T08:00:00");
    // As the ledger gives them.
    entries.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| one.key.cmp(&other.key)));
    entries.truncate(64);
    let found = lines(&select(&EXAMPLE, &ASKED, &entries), "blood-pressure");
    let line = |number: u32| format!("85354-9 8480-6={}/8462-4={} 2026-07-13 final", 100 + number, 50 + number);
    assert_eq!(found, [line(42), line(43), line(44)]);
}
