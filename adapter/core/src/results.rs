//! What results of every format have in common: units as UCUM codes, blood pressures in one value, who measured, and corrections
//! within one feed.
//!
//! Values are never converted: a number keeps the unit it came with, and only the spelling of the unit is repaired.

mod meaning;
mod rowless;

pub(crate) use meaning::{Meaning, Meant};
pub(crate) use rowless::Rowless;

use crate::facts::Observation;
use access_contract::UnmappedCode;
use access_mappings::{Guide, SenderRules};
use std::collections::BTreeMap;

/// Longest text that can be a UCUM code, in bytes.
const MAX_UNIT_BYTES: usize = 64;

/// The UCUM code of a unit: the profile's row for it, else the text itself where the sender says that it is UCUM.
pub(crate) fn ucum(rules: &SenderRules<'_>, text: &str, said: bool) -> Option<String> {
    if let Some(code) = rules.unit(text) {
        return Some(code.to_owned());
    }
    let is_code = !text.is_empty() && text.len() <= MAX_UNIT_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic());
    (said && is_code).then(|| text.to_owned())
}

/// A unit without a row, as the profile's author is told of it.
pub(crate) fn unmapped(text: &str) -> UnmappedCode {
    let nothing = String::new;
    UnmappedCode {
        table: "unit".to_owned(),
        code: text.chars().take(MAX_UNIT_BYTES).collect(),
        display: nothing(),
        system: nothing(),
        unit: nothing(),
    }
}

/// Whether a coding system is UCUM, by any of its names.
pub(crate) fn is_ucum(system: &str) -> bool {
    let system = system.strip_prefix("urn:oid:").unwrap_or(system);
    ["UCUM", "http://unitsofmeasure.org", "2.16.840.1.113883.6.8"].iter().any(|name| name.eq_ignore_ascii_case(system))
}

/// Status of a row that makes an earlier one final without repeating its value (`OBX-11` U).
pub(crate) const CONFIRMED: &str = "confirmed";

/// The codes of the parts of a panel that comes in one value; none where the code is no such panel.
pub(crate) fn panel_parts<'g>(guide: &'g Guide, loinc: &str) -> Option<[&'g str; 2]> {
    let (measure, code) = guide.measured(loinc)?;
    if !measure.is_panel() || !code.part.is_empty() {
        return None;
    }
    let first = |part: &str| Some(measure.accepts.iter().find(|code| code.part == part)?.loinc.as_str());
    Some([first("systolic")?, first("diastolic")?])
}

/// The two numbers of `120/80`, and what stands behind them.
pub(crate) fn two_numbers(text: &str) -> Option<([&str; 2], &str)> {
    let (first, rest) = text.trim().split_once('/')?;
    let rest = rest.trim_start();
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
    let (second, behind) = rest.split_at(end);
    let is_number = |text: &str| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|letter| letter.is_ascii_digit());
        digits(whole) && digits(fraction) && (whole == "0" || !whole.starts_with('0'))
    };
    let first = first.trim_end();
    (is_number(first) && is_number(second)).then(|| ([first, second], behind.trim()))
}

/// Whether a text is a National Provider Identifier: ten digits, the last of which is the check digit of the others behind the prefix
/// 80840 (45 CFR 162.406), which adds 24 to the sum.
pub(crate) fn is_npi(text: &str) -> bool {
    if text.len() != 10 || !text.starts_with(['1', '2']) || !text.bytes().all(|letter| letter.is_ascii_digit()) {
        return false;
    }
    let digits = text.bytes().rev().map(|letter| u32::from(letter.saturating_sub(b'0')));
    let sum: u32 = digits
        .enumerate()
        .map(|(place, digit)| if place % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    (sum + 24).is_multiple_of(10)
}

/// Names by which feeds say that an identifier is an NPI.
pub(crate) fn says_npi(name: &str) -> bool {
    let name = name.strip_prefix("urn:oid:").unwrap_or(name);
    ["NPI", "2.16.840.1.113883.4.6", "http://hl7.org/fhir/sid/us-npi"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// Takes out what later rows of the same feed correct or take back: those of the same code, name and time. A row that takes back stays,
/// since an earlier feed may have stated what it takes back. Corrected rows leave one another alone: a report in lines is corrected line
/// by line.
pub(crate) fn settle(rows: &mut Vec<Observation>, name: impl Fn(&Observation) -> &str) {
    settle_by(
        rows,
        |row| matches!(row.status.as_str(), "corrected" | "entered-in-error"),
        |row| [name(row), loinc_or_local(row)[0], loinc_or_local(row)[1], row.time()],
    );
}

/// The same for rows that are records of their own, which their ids tell apart, whatever their codes and times; those that have only a
/// business identifier, it and their codes; those without one, their codes and times.
pub(crate) fn settle_records(rows: &mut Vec<Observation>) {
    let corrects =
        |row: &Observation| matches!(row.status.as_str(), "corrected" | "amended" | "cancelled" | "entered-in-error");
    settle_by(rows, corrects, |row| match row.identifier.as_str() {
        "" => ["", loinc_or_local(row)[0], loinc_or_local(row)[1], row.time()],
        identifier if !is_record(identifier) => [identifier, loinc_or_local(row)[0], loinc_or_local(row)[1], ""],
        identifier => [identifier, "", "", ""],
    });
}

/// Takes out the halves of blood pressures that a later row takes back by the business identifier they share.
pub(crate) fn settle_panels(guide: &Guide, rows: &mut Vec<Observation>) {
    let mut void: BTreeMap<String, usize> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let is_named = !row.identifier.is_empty() && !is_record(&row.identifier);
        if is_named && row.is_void() && panel_parts(guide, &row.loinc).is_some() {
            void.insert(row.identifier.clone(), place);
        }
    }
    if void.is_empty() {
        return;
    }
    let is_half = |loinc: &str| {
        let measured = guide.measured(loinc);
        measured.is_some_and(|(measure, code)| measure.is_panel() && !code.part.is_empty())
    };
    let mut places = 0..;
    rows.retain(|row| {
        let place = places.next();
        let is_taken_back = void.get(&row.identifier).is_some_and(|last| place < Some(*last));
        !(is_taken_back && is_half(&row.loinc))
    });
}

/// Whether an identifier of FHIR is the id of one record. A business identifier (`Observation:system|value`) is often the accession that
/// all results of a blood draw share.
pub(crate) fn is_record(identifier: &str) -> bool {
    !identifier.is_empty() && !identifier.starts_with("Observation:")
}

fn loinc_or_local(row: &Observation) -> [&str; 2] {
    if row.loinc.is_empty() { ["", row.local.as_str()] } else { [row.loinc.as_str(), ""] }
}

fn settle_by(
    rows: &mut Vec<Observation>,
    corrects: impl Fn(&Observation) -> bool,
    name: impl Fn(&Observation) -> [&str; 4],
) {
    if !rows.iter().any(&corrects) {
        return;
    }
    let mut known: BTreeMap<[&str; 4], Vec<usize>> = BTreeMap::new();
    let mut stays = vec![true; rows.len()];
    for (position, row) in rows.iter().enumerate() {
        let earlier = known.entry(name(row)).or_default();
        if corrects(row) {
            earlier.retain(|place| {
                let stands = rows.get(*place).is_some_and(|other| other.status == row.status);
                if !stands && let Some(stays) = stays.get_mut(*place) {
                    *stays = false;
                }
                stands
            });
        }
        earlier.push(position);
    }
    let mut stays = stays.into_iter();
    rows.retain(|_| stays.next().unwrap_or(true));
}

#[cfg(test)]
mod tests {
    use super::{is_npi, is_ucum, panel_parts, settle, two_numbers, ucum};
    use crate::facts::{Observation, Observed, Origin};

    fn row(name: &str, loinc: &str, status: &str, at: &str) -> Observation {
        Observation {
            method: String::new(),
            performer: String::new(),
            loinc: loinc.to_owned(),
            local: "X".to_owned(),
            value: Observed::Nothing,
            status: status.to_owned(),
            at: at.to_owned(),
            written: String::new(),
            timed: String::new(),
            identifier: name.to_owned(),
            from: Origin { feed: "1".to_owned(), path: String::new(), rule: String::new() },
        }
    }

    fn settled(rows: &[(&str, &str, &str, &str)]) -> Vec<usize> {
        let mut all: Vec<Observation> =
            rows.iter().map(|(name, code, status, at)| row(name, code, status, at)).collect();
        all.iter_mut().enumerate().for_each(|(number, row)| row.from.path = number.to_string());
        settle(&mut all, |row| &row.identifier);
        all.iter().map(|row| row.from.path.parse().unwrap()).collect()
    }

    #[test]
    fn a_correction_supersedes_what_it_corrects_and_nothing_else() {
        let rows = [
            ("F1/1", "2345-7", "final", "T"),
            ("F1/2", "2345-7", "final", "T"),
            ("F2/1", "2345-7", "final", "T"),
            ("F1/1", "2160-0", "final", "T"),
            ("F1/1", "2345-7", "corrected", "T"),
        ];
        assert_eq!(settled(&rows), [1, 2, 3, 4]);
        assert_eq!(settled(&rows[..4]), [0, 1, 2, 3]);
    }

    #[test]
    fn what_is_taken_back_goes_and_its_withdrawal_stays() {
        let taken_back =
            [("F1", "1-8", "final", "T"), ("F1", "1-8", "corrected", "T"), ("F1", "1-8", "entered-in-error", "T")];
        assert_eq!(settled(&taken_back), [2]);
        // What is stated again counts.
        let again = [("F1", "1-8", "entered-in-error", "T"), ("F1", "1-8", "corrected", "T")];
        assert_eq!(settled(&again), [1]);
    }

    #[test]
    fn lines_that_are_corrected_together_all_stay() {
        let lines = [("F1", "1-8", "final", "T"), ("F1", "1-8", "corrected", "T"), ("F1", "1-8", "corrected", "T")];
        assert_eq!(settled(&lines), [1, 2]);
    }

    /// The deletion of one of three blood pressures took all of them out of the message.
    #[test]
    fn under_one_order_the_time_tells_what_is_taken_back() {
        let rows =
            [("V1", "1-8", "final", "T1"), ("V1", "1-8", "final", "T2"), ("V1", "1-8", "entered-in-error", "T2")];
        assert_eq!(settled(&rows), [0, 2]);
    }

    #[test]
    fn a_record_is_corrected_whatever_its_time() {
        for code in ["1-8", "2-6"] {
            let mut rows =
                vec![row("Observation/1", "1-8", "final", "T1"), row("Observation/1", code, "corrected", "T2")];
            super::settle_records(&mut rows);
            assert_eq!((rows.len(), rows[0].loinc.as_str()), (1, code));
        }
    }

    #[test]
    fn results_of_one_accession_are_told_apart_by_their_codes() {
        let name = "Observation:urn:lab:accession|ACC123";
        for status in ["corrected", "amended", "cancelled", "entered-in-error"] {
            let mut rows = vec![
                row(name, "4548-4", "final", "T1"),
                row(name, "18262-6", "final", "T1"),
                row(name, "18262-6", status, "T2"),
            ];
            super::settle_records(&mut rows);
            let left: Vec<(&str, &str)> = rows.iter().map(|row| (row.loinc.as_str(), row.status.as_str())).collect();
            assert_eq!(left, [("4548-4", "final"), ("18262-6", status)]);
        }
    }

    #[test]
    fn without_a_name_only_the_same_time_is_the_same_result() {
        let rows = [("", "1-8", "final", "T1"), ("", "1-8", "final", "T2"), ("", "1-8", "corrected", "T2")];
        assert_eq!(settled(&rows), [0, 2]);
    }

    #[test]
    fn many_rows_are_settled_at_once() {
        let mut rows: Vec<Observation> = (0..10_000).map(|_| row("F", "1-8", "final", "T")).collect();
        rows.extend((0..10_000).map(|_| row("F", "1-8", "corrected", "T")));
        settle(&mut rows, |row| &row.identifier);
        assert_eq!(rows.len(), 10_000);
    }

    #[test]
    fn what_is_no_row_is_a_code_only_where_the_sender_says_so() {
        let profile = access_mappings::example().unwrap();
        let rules = profile.for_sender("LAB", "MAIN");
        for (text, said, code) in [
            ("mmHg", false, Some("mm[Hg]")),
            ("MG/DL", true, Some("mg/dL")),
            ("10*6/mL", true, Some("10*6/mL")),
            ("furlong", false, None),
            ("per furlong", true, None),
            ("", true, None),
        ] {
            assert_eq!(ucum(&rules, text, said).as_deref(), code, "{text}");
        }
        for system in ["UCUM", "ucum", "http://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8"] {
            assert!(is_ucum(system));
        }
        assert!(!is_ucum("ISO+") && !is_ucum(""));
    }

    #[test]
    fn two_numbers_with_a_slash_are_found_and_nothing_else_is() {
        for (text, found) in [
            ("120/80", Some((["120", "80"], ""))),
            (" 120 / 80 mmHg ", Some((["120", "80"], "mmHg"))),
            ("120.5/80.0", Some((["120.5", "80.0"], ""))),
            ("1/2/3", Some((["1", "2"], "/3"))),
            ("120", None),
            ("120/", None),
            ("/80", None),
            ("12O/80", None),
            ("0120/80", None),
            ("1200/80", None),
            ("120/80.", None),
            ("-120/80", None),
        ] {
            assert_eq!(two_numbers(text), found, "{text}");
        }
    }

    #[test]
    fn a_panel_in_one_value_has_two_parts() {
        let guide = access_mappings::example().unwrap().guide;
        for code in ["85354-9", "55284-4", "35094-2"] {
            assert_eq!(panel_parts(&guide, code), Some(["8480-6", "8462-4"]), "{code}");
        }
        for code in ["8480-6", "4548-4", "8867-4", ""] {
            assert_eq!(panel_parts(&guide, code), None, "{code}");
        }
    }

    #[test]
    fn an_npi_has_ten_digits_and_a_check_digit() {
        for number in ["1234567893", "1245319599", "1679576722"] {
            assert!(is_npi(number), "{number}");
        }
        for number in ["1234567890", "123456789", "12345678933", "3234567893", "123456789X", ""] {
            assert!(!is_npi(number), "{number}");
        }
    }
}
