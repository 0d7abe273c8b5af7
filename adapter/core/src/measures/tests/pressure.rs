//! Blood pressures: which halves belong together.

use super::support::*;
use crate::measures::{Measure, select};
use access_contract::Entry;

const AT: &str = "20260713080000-0500";
const SHOWN: &str = "2026-07-13T08:00:00-05:00";

fn half(code: &str, part: &str, value: &str, at: &str) -> String {
    format!("OBX|1|NM|{code}^BP^LN|{part}|{value}|mm[Hg]|||||F|||{at}")
}

fn found(halves: &[String]) -> (Vec<String>, Vec<String>) {
    let halves: Vec<&str> = halves.iter().map(String::as_str).collect();
    let selection = chosen(&halves);
    let codes = selection.issues.iter().map(|issue| issue.code.clone()).collect();
    (lines(&selection, "blood-pressure"), codes)
}

fn shown(systolic: &str, diastolic: &str) -> String {
    format!("85354-9 8480-6={systolic}/8462-4={diastolic} {SHOWN} final")
}

#[test]
fn two_rows_of_one_order_are_one_blood_pressure() {
    for (first, second) in [("", ""), ("1", "1"), ("1.1", "1.2"), ("1", "2"), ("a", "b")] {
        let (lines, codes) = found(&[half("8480-6", first, "132", AT), half("8462-4", second, "84", AT)]);
        assert_eq!((lines, codes), (vec![shown("132", "84")], Vec::new()), "{first} {second}");
    }
}

#[test]
fn one_value_under_the_panels_code_is_one_blood_pressure() {
    for row in ["ST|85354-9^BP^LN||132/84|mmHg", "SN|85354-9^BP^LN||^132^/^84|mmHg", "ST|55284-4^BP^LN||132/84 mmHg|"] {
        let row = format!("OBX|1|{row}|||||F|||{AT}");
        assert_eq!(found(&[row]).0, [shown("132", "84")]);
    }
}

#[test]
fn parts_of_one_order_tell_several_apart() {
    let halves = [
        half("8480-6", "1", "132", AT),
        half("8462-4", "1", "84", AT),
        half("8480-6", "2", "128", "20260713080500-0500"),
        half("8462-4", "2", "80", "20260713080500-0500"),
    ];
    let (lines, codes) = found(&halves);
    assert_eq!(lines, [shown("132", "84"), "85354-9 8480-6=128/8462-4=80 2026-07-13T08:05:00-05:00 final".to_owned()]);
    assert_eq!(codes, Vec::<String>::new());
}

#[test]
fn positions_pair_with_each_other_and_are_reported_as_blood_pressure() {
    let halves = [
        half("8459-0", "", "132", AT),
        half("8460-8", "", "120", "20260713081000-0500"),
        half("8453-3", "", "84", AT),
        half("8454-1", "", "78", "20260713081000-0500"),
    ];
    let (lines, codes) = found(&halves);
    assert_eq!(lines, [shown("132", "84"), "85354-9 8480-6=120/8462-4=78 2026-07-13T08:10:00-05:00 final".to_owned()]);
    assert!(codes.iter().all(|code| code == "measure-code-replaced"));
    // All at one time: only the position tells.
    let halves = [
        half("8459-0", "", "132", AT),
        half("8460-8", "", "120", AT),
        half("8453-3", "", "84", AT),
        half("8454-1", "", "78", AT),
    ];
    let halves: Vec<&str> = halves.iter().map(String::as_str).collect();
    let selection = chosen(&halves);
    assert_eq!(lines_of(&selection), [shown("120", "78"), shown("132", "84")]);
    assert!(selection.issues.iter().all(|issue| issue.code != "measures-differ"));
}

#[test]
fn pressures_of_one_time_in_parts_of_one_order_are_several() {
    let first = [half("8480-6", "1", "132", AT), half("8462-4", "1", "84", AT)];
    let second = [half("8480-6", "2", "138", AT), half("8462-4", "2", "88", AT)];
    let (lines, codes) = found(&[first.clone(), second.clone()].concat());
    assert_eq!((lines, codes), (vec![shown("138", "88"), shown("132", "84")], Vec::new()));
    // Of another order it may be the same measurement told differently.
    let mut entries = entries_of(&EXAMPLE, &message("20260714091500-0500", &[&first[0], &first[1]]));
    let other = message("20260714091500-0500", &[&second[0], &second[1]]).replace("F200", "F201");
    entries.extend(entries_of(&EXAMPLE, &other));
    let selection = select(&EXAMPLE, &ASKED, &entries);
    assert_eq!(lines_of(&selection).len(), 1);
    assert_eq!(remarks(&selection).len(), 1);
}

fn lines_of(selection: &crate::measures::Selection<'_>) -> Vec<String> {
    lines(selection, "blood-pressure")
}

#[test]
fn without_an_order_the_time_says_what_belongs_together() {
    let text = message("20260714091500-0500", &[&half("8480-6", "1", "132", AT), &half("8462-4", "2", "84", AT)]);
    let entries = entries_of(&EXAMPLE, &text.replace("OBR|1||F200", "OBR|1||"));
    assert_eq!(lines(&select(&EXAMPLE, &ASKED, &entries), "blood-pressure"), [shown("132", "84")]);
}

#[test]
fn half_a_blood_pressure_is_none() {
    for halves in [
        vec![half("8480-6", "1", "132", AT)],
        vec![half("8462-4", "1", "84", AT)],
        // Of different days, although of one order.
        vec![half("8480-6", "1", "132", AT), half("8462-4", "1", "84", "20260714080000-0500")],
        // Two of one time, and nothing says which is which.
        vec![half("8480-6", "1", "132", AT), half("8480-6", "2", "130", AT), half("8462-4", "3", "84", AT)],
    ] {
        let (lines, codes) = found(&halves);
        assert_eq!(lines, Vec::<String>::new(), "{halves:?}");
        assert_eq!(codes, vec!["measure-half"; halves.len()], "{halves:?}");
    }
}

#[test]
fn halves_that_are_turned_round_are_refused() {
    let (lines, codes) = found(&[half("8480-6", "1", "84", AT), half("8462-4", "1", "132", AT)]);
    assert_eq!((lines, codes), (Vec::new(), vec!["measure-swapped".to_owned()]));
    // The same number twice is no pressure either.
    let (lines, codes) = found(&[half("8480-6", "1", "90", AT), half("8462-4", "1", "90", AT)]);
    assert_eq!((lines, codes), (Vec::new(), vec!["measure-swapped".to_owned()]));
}

#[test]
fn a_reading_that_is_sent_again_is_one() {
    let text = message("20260714091500-0500", &[&half("8480-6", "1", "132", AT), &half("8462-4", "2", "84", AT)]);
    let again = text.replace("F200", "F201");
    let mut entries = entries_of(&EXAMPLE, &text);
    entries.extend(entries_of(&EXAMPLE, &again));
    let selection = select(&EXAMPLE, &ASKED, &entries);
    assert_eq!(lines_of(&selection), [shown("132", "84")]);
    assert_eq!(selection.measures[0].readings[0].entries.len(), 4);
}

#[test]
fn parts_are_in_the_order_of_the_guide_with_their_places() {
    let halves = [half("8462-4", "1", "84", AT), half("8480-6", "1", "132", AT)];
    let halves: Vec<&str> = halves.iter().map(String::as_str).collect();
    let selection = chosen(&halves);
    let reading = &selection.measures[0].readings[0];
    let Measure::Panel(parts) = &reading.value else { panic!() };
    let shown: Vec<(&str, &str, &str, &str)> = parts
        .iter()
        .map(|part| {
            (part.part.as_str(), part.display.as_str(), part.amount.unit.as_str(), part.amount.from.path.as_str())
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("systolic", "Systolic blood pressure", "mm[Hg]", "OBX[2]-5"),
            ("diastolic", "Diastolic blood pressure", "mm[Hg]", "OBX[1]-5"),
        ]
    );
    assert_eq!(reading.display, "Blood pressure panel with all children optional");
}

#[test]
fn a_correction_of_one_half_makes_the_reading_corrected() {
    let corrected = half("8462-4", "1", "86", AT).replace("|F|", "|C|");
    let (lines, _) = found(&[half("8480-6", "1", "132", AT), corrected]);
    assert_eq!(lines, [shown("132", "86").replace("final", "corrected")]);
}

/// Two blood pressures in one value each, of one order and time, were told as halves and lost.
#[test]
fn the_halves_of_one_value_belong_together() {
    let row = |value: &str| format!("OBX|1|ST|85354-9^BP^LN||{value}|mm[Hg]|||||F|||{AT}");
    let (lines, codes) = found(&[row("120/80"), row("130/85")]);
    assert_eq!((lines, codes), (vec![shown("120", "80")], vec!["measures-differ".to_owned()]));
    // The second systolic only repeats the first.
    let (lines, codes) = found(&[row("120/80"), row("120/85")]);
    assert_eq!((lines, codes), (vec![shown("120", "80")], vec!["measure-half".to_owned()]));
    // Told again as two results.
    let again =
        [row("120/80"), half("8480-6", "1", "120", AT), half("8462-4", "2", "80", AT), half("8480-6", "7", "120", AT)];
    assert_eq!(found(&again), (vec![shown("120", "80")], Vec::new()));
}

#[test]
fn units_in_the_text_and_beside_it_are_compared_by_what_they_mean() {
    for row in ["85354-9^BP^LN||132/84 mmHg|mm[Hg]", "85354-9^BP^LN||132/84 mm[Hg]|mmHg"] {
        assert_eq!(found(&[format!("OBX|1|ST|{row}|||||F|||{AT}")]).0, [shown("132", "84")], "{row}");
    }
    let weight = |row: &str| lines(&chosen(&[&format!("OBX|1|ST|29463-7^W^LN||{row}|||||F|||20260713")]), "weight");
    assert_eq!(weight("190 lbs|lb"), ["29463-7 86.2 kg 2026-07-13 final"]);
    assert_eq!(weight("190 lbs|kg"), Vec::<String>::new());
}

/// What a chart holds after messages of an order, in any order: the values that are reported, and how many halves stay alone.
fn held(messages: &[&[String]]) -> (Vec<String>, usize) {
    let feeds: Vec<String> = messages
        .iter()
        .enumerate()
        .map(|(number, rows)| {
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            message(&format!("2026071409{:02}00-0500", number + 15), &rows)
        })
        .collect();
    let entries: Vec<Entry> = feeds.iter().flat_map(|feed| entries_of(&EXAMPLE, feed)).collect();
    let selection = select(&EXAMPLE, &ASKED, &stored(&entries));
    let values =
        lines(&selection, "blood-pressure").iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
    (values, selection.issues.iter().filter(|issue| issue.code == "measure-half").count())
}

fn with_status(row: &str, status: &str) -> String {
    row.replace("|||||F|", &format!("|||||{status}|"))
}

/// Of an order without parts, the systolic of the morning and the diastolic of the evening went out as one.
#[test]
fn halves_of_different_times_are_different_pressures() {
    let evening = "20260713200000-0500";
    assert_eq!(held(&[&[half("8480-6", "", "180", AT), half("8462-4", "", "61", evening)]]), (vec![], 2));
    // One that says only the day may be of that time.
    let (systolic, day) = (half("8480-6", "", "132", AT), half("8462-4", "", "84", "20260713"));
    assert_eq!(held(&[&[systolic.clone(), day.clone()]]).0, ["8480-6=132/8462-4=84"]);
    assert_eq!(held(&[&[systolic, half("8480-6", "", "130", evening), day]]), (vec![], 3));
}

/// What was left of two pressures, one half of each taken back, went out as one.
#[test]
fn a_half_that_cannot_be_reported_belongs_to_its_own_other_half() {
    let evening = "20260713200000-0500";
    let first = [half("8480-6", "", "180", AT), half("8462-4", "", "95", AT)];
    let deleted = [with_status(&first[1], "D")];
    let preliminary = [with_status(&half("8480-6", "", "120", evening), "P"), half("8462-4", "", "61", evening)];
    assert_eq!(held(&[&first, &preliminary, &deleted]), (vec![], 2));
    let [one, two] = ["1", "2"].map(|part| [half("8480-6", part, "180", AT), half("8462-4", part, "61", AT)]);
    let gone = [with_status(&one[1], "D"), with_status(&two[0], "X")];
    assert_eq!(held(&[&one, &two, &gone]), (vec![], 2));
    // Beyond what is plausible.
    let odd =
        [half("8480-6", "1", "180", AT), half("8462-4", "1", "500", AT), half("8480-6", "2", "0", AT), two[1].clone()];
    assert_eq!(held(&[&odd]), (vec![], 2));
    // The same value told again as a whole pressure is not half of one.
    let again = [half("8480-6", "", "180", AT), half("8462-4", "", "95", AT)];
    let entries = [
        message("20260714091500-0500", &[&again[0], &with_status(&again[1], "D")]),
        message("20260714092500-0500", &[&again[0], &again[1]]).replace("F200", "F201"),
    ];
    let entries: Vec<Entry> = entries.iter().flat_map(|feed| entries_of(&EXAMPLE, feed)).collect();
    let selection = select(&EXAMPLE, &ASKED, &stored(&entries));
    assert_eq!((lines_of(&selection), remarks(&selection)), (vec![shown("180", "95")], vec![]));
}

#[test]
fn parts_that_tell_pressures_apart_are_never_mixed() {
    // Where a part of the order has both halves, parts are no numbers of rows.
    let whole = [half("8480-6", "1", "132", AT), half("8462-4", "1", "84", AT)];
    let rest = [half("8480-6", "2", "180", AT), half("8462-4", "3", "61", AT)];
    assert_eq!(held(&[&whole, &rest]), (vec!["8480-6=132/8462-4=84".to_owned()], 2));
    assert_eq!(held(&[&rest]).0, ["8480-6=180/8462-4=61"]);
}

#[test]
fn positions_are_never_mixed() {
    for part in ["", "1"] {
        let mixed = [half("8459-0", part, "132", AT), half("8454-1", part, "78", AT)];
        assert_eq!(held(&[&mixed]), (vec![], 2));
        // One code says no position.
        assert_eq!(held(&[&[mixed[0].clone(), half("8462-4", part, "84", AT)]]).0.len(), 1);
    }
}

/// Two orders of one day, one with the systolic value and one with the diastolic, went out as one. At one time of day they are one: some
/// senders give each half an order.
#[test]
fn halves_of_different_orders_belong_together_by_the_time_of_day_only() {
    for (at, lines, halves) in [("20260713", 0, 2), (AT, 1, 0)] {
        let feeds = [("FA", half("8480-6", "", "180", at)), ("FB", half("8462-4", "", "61", at))]
            .map(|(order, row)| message("20260714091500-0500", &[&row]).replace("F200", order));
        let entries: Vec<Entry> = feeds.iter().flat_map(|feed| entries_of(&EXAMPLE, feed)).collect();
        let selection = select(&EXAMPLE, &ASKED, &entries);
        assert_eq!((lines_of(&selection).len(), selection.issues.len()), (lines, halves), "{at}");
    }
    // Without orders a day is not enough.
    let text = message(
        "20260714091500-0500",
        &[&half("8480-6", "", "132", "20260713"), &half("8462-4", "", "84", "20260713")],
    );
    let entries = entries_of(&EXAMPLE, &text.replace("OBR|1||F200", "OBR|1||"));
    assert_eq!(lines_of(&select(&EXAMPLE, &ASKED, &entries)).len(), 0);
}

/// A pressure that was entered again after an error was told as two halves and never reported, since what was taken back stays in the chart.
#[test]
fn what_was_taken_back_gives_way_to_what_was_entered_in_its_place() {
    let row = |code: &str, part: &str, value: &str, status: &str| with_status(&half(code, part, value, AT), status);
    let wrong = [row("8480-6", "1", "310", "D"), row("8462-4", "2", "80", "D")];
    let right = [row("8480-6", "3", "130", "F"), row("8462-4", "4", "80", "F")];
    let again = ["8480-6=130/8462-4=80".to_owned()];
    // Both halves again, or only one of them.
    for status in ["D", "X"] {
        let gone = wrong.clone().map(|row| row.replace("|||||D|", &format!("|||||{status}|")));
        assert_eq!(held(&[&gone, &right]), (again.to_vec(), 0), "{status}");
    }
    assert_eq!(held(&[&wrong[..1], &right[..1], &[row("8462-4", "2", "80", "F")]]), (again.to_vec(), 0));
    // An order for each half.
    let (first, then) = ("20260714091500-0500", "20260714101500-0500");
    let orders = [(first, "FA", &wrong[0]), (first, "FB", &wrong[1]), (then, "FC", &right[0]), (then, "FD", &right[1])];
    let feeds = orders.map(|(sent, order, row)| message(sent, &[row.as_str()]).replace("F200", order));
    let entries: Vec<Entry> = feeds.iter().flat_map(|feed| entries_of(&EXAMPLE, feed)).collect();
    assert_eq!(lines_of(&select(&EXAMPLE, &ASKED, &entries)), [shown("130", "80")]);
    // What is not final or cannot be was measured all the same.
    for odd in [row("8480-6", "1", "131", "P"), row("8480-6", "1", "900", "F")] {
        assert_eq!(held(&[&[odd, right[0].clone(), right[1].clone()]]), (vec![], 2));
    }
    // What is left of a pressure of one part belongs to that.
    let one = [row("8480-6", "1", "180", "D"), row("8462-4", "1", "61", "F")];
    assert_eq!(held(&[&one, &right[..1]]), (vec![], 2));
}

/// Of two pressures of one time, each half with an order of its own, the systolic of one and the diastolic of the other were taken back, and
/// what was left went out as one; so it did again where nothing says what was stated later.
#[test]
fn what_was_there_before_takes_no_place_of_what_was_taken_back() {
    let feed = |sent: &str, [order, code, value, status]: [&str; 4]| {
        message(sent, &[&with_status(&half(code, "1", value, AT), status)]).replace("F200", order)
    };
    let selected = |feeds: &[String]| {
        let entries: Vec<Entry> = feeds.iter().flat_map(|feed| entries_of(&EXAMPLE, feed)).collect();
        let selection = select(&EXAMPLE, &ASKED, &stored(&entries));
        (lines_of(&selection), selection.issues.iter().filter(|issue| issue.code == "measure-half").count())
    };
    let all = |first: &str, then: &str| {
        let whole = [["FA", "8480-6", "180"], ["FB", "8462-4", "95"], ["FC", "8480-6", "130"], ["FD", "8462-4", "80"]];
        let mut feeds = whole.map(|[order, code, value]| feed(first, [order, code, value, "F"])).to_vec();
        let gone = [["FB", "8462-4", "95"], ["FC", "8480-6", "130"]];
        feeds.extend(gone.map(|[order, code, value]| feed(then, [order, code, value, "D"])));
        feeds
    };
    let (first, then, since) = ("20260714091500-0500", "20260714101500-0500", "20260714111500-0500");
    for (first, then) in [(first, then), (first, first), ("", ""), (first, ""), ("", then)] {
        assert_eq!(selected(&all(first, then)), (vec![], 2), "{first} {then}");
    }
    // One that came since takes the place; one of the same second or without a time may not.
    let mut feeds = all(first, then);
    feeds.remove(0);
    assert_eq!(selected(&feeds), (vec![], 1));
    for (sent, found) in [(since, (vec![shown("128", "80")], 0)), (then, (vec![], 2)), ("", (vec![], 2))] {
        let mut feeds = feeds.clone();
        feeds.push(feed(sent, ["FE", "8480-6", "128", "F"]));
        assert_eq!(selected(&feeds), found, "{sent}");
    }
}
