//! Dates as people write them in the United States, and ISO.

use jiff::civil::Date;

/// Words that are looked at for the beginning of a date.
const WORDS: usize = 12;
/// Years that a notice can be about.
const YEARS: std::ops::RangeInclusive<i16> = 2020..=2100;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The first date in a text: `October 1, 2026`, `Oct. 1st 2026`, `1 October 2026`, `01-Oct-2026`, `2026-10-01`, `10/01/2026`, with
/// weekdays and other words before it. Of two numbers the month comes first; where that makes no date, there is none: a day is
/// never guessed.
pub(crate) fn find(text: &str) -> Option<Date> {
    // A day of the month and its year may be stuck together by a comma; marks of emphasis are no part of either.
    let spaced = text.replace([',', '*', '_'], " ");
    let words: Vec<&str> = spaced.split_whitespace().take(WORDS + 2).collect();
    (0..words.len().min(WORDS)).find_map(|start| {
        let word = |offset: usize| words.get(start + offset).copied().unwrap_or_default();
        one_word(word(0)).or_else(|| three_words(word(0), word(1), word(2)))
    })
}

/// A date in one word.
fn one_word(word: &str) -> Option<Date> {
    let word = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    // The time of an ISO moment is of no concern.
    let word = word
        .split_once(['T', 't'])
        .filter(|(day, _)| day.len() >= 8 && starts_with_digit(day))
        .map_or(word, |(day, _)| day);
    let parts: Vec<&str> = word.split(['-', '/', '.']).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    if first.len() == 4 {
        return made(number(first)?, number(second)?, number(third)?);
    }
    if let Some(month) = month(second) {
        return made(year(third)?, month, number(first)?);
    }
    made(year(third)?, number(first)?, number(second)?)
}

/// `October 1 2026` or `1 October 2026`.
fn three_words(first: &str, second: &str, third: &str) -> Option<Date> {
    let year = year(third.trim_matches(|letter: char| !letter.is_ascii_digit()))?;
    match (month(first), month(second)) {
        (Some(month), _) => made(year, month, day(second)?),
        (None, Some(month)) => made(year, month, day(first)?),
        (None, None) => None,
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit())
}

/// A month by its name or the beginning of it, of at least three letters.
fn month(word: &str) -> Option<i16> {
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    let position = MONTHS.iter().position(|name| word.len() >= 3 && (name.starts_with(&word) || word == "sept"))?;
    let position = if word == "sept" { 8 } else { position };
    i16::try_from(position + 1).ok()
}

/// A day of the month: `1`, `01`, `1st`.
fn day(word: &str) -> Option<i16> {
    let word = word.to_ascii_lowercase();
    let digits = word.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let ending = word.get(digits.len()..)?;
    ["", "st", "nd", "rd", "th", "."].contains(&ending).then(|| number(digits)).flatten()
}

fn number(digits: &str) -> Option<i16> {
    (!digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// A year of four digits, or of two, which are of this century.
fn year(digits: &str) -> Option<i16> {
    let year = number(digits)?;
    match digits.len() {
        4 => Some(year),
        2 => Some(2000 + year),
        _ => None,
    }
}

fn made(year: i16, month: i16, day: i16) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    (YEARS.contains(&year)).then(|| Date::new(year, month, day).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::find;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn a_date_is_read_however_it_is_written() {
        for text in [
            "October 1, 2026",
            "october 1 2026",
            "OCTOBER 01, 2026.",
            "Oct. 1, 2026",
            "Oct 1st, 2026",
            "October 1,2026",
            "Thursday, October 1, 2026",
            "on or before October 1, 2026 (11:59 PM Eastern)",
            "by 1 October 2026",
            "1. October 2026",
            "01-Oct-2026",
            "1-OCT-26",
            "2026-10-01",
            "2026/10/01",
            "2026-10-01T23:59:59-04:00",
            "(2026-10-01)",
            "10/01/2026",
            "10/1/2026",
            "10-01-2026",
            "10.01.2026",
            "10/01/26",
            "*October 1, 2026*",
        ] {
            assert_eq!(find(text), Some(date(2026, 10, 1)), "{text}");
        }
        assert_eq!(find("Sept 30, 2026"), Some(date(2026, 9, 30)));
        assert_eq!(find("May 5, 2027"), Some(date(2027, 5, 5)));
        assert_eq!(find("February 29, 2028"), Some(date(2028, 2, 29)));
    }

    #[test]
    fn what_is_no_date_is_not_made_one() {
        for text in [
            "",
            "soon",
            "13/01/2026",
            "2026-13-01",
            "February 29, 2027",
            "October 2026",
            "October 32, 2026",
            "Octopus 1, 2026",
            "Ma 1, 2026",
            "10/01",
            "1/2/3/2026",
            "10/01/1926",
            "2026-1-1-1",
            "99999999999999999999/1/2026",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC{0,200}") {
            let _ = find(&text);
        }

        #[test]
        fn every_day_is_found_in_every_form(days in 0_i32..20_000, form in 0_usize..5) {
            let day = date(2026, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let text = day.strftime(["%B %-d, %Y", "%-d %b %Y", "%Y-%m-%d", "%m/%d/%Y", "%d-%b-%Y"][form]).to_string();
            prop_assert_eq!(find(&text), Some(day), "{}", text);
        }
    }
}
