//! Offsets from UTC as senders write them.

/// Farthest offset there is, in minutes.
const FARTHEST: i16 = 14 * 60;

/// `+HHMM`, `-HHMM`, `+HH:MM`, `+HH` or `Z`.
pub(super) fn is_offset(text: &str) -> bool {
    let Some(digits) = text.strip_prefix(['+', '-']) else { return text == "Z" };
    let plain = digits.replace(':', "");
    matches!(plain.len(), 2 | 4) && plain.bytes().all(|digit| digit.is_ascii_digit()) && digits.len() <= 5
}

/// Minutes east of UTC. None for `-0000`, which stands for an unknown offset, for four digits without a sign, which do not
/// say in which direction, and for offsets that are nowhere on Earth.
pub(super) fn minutes_of(text: &str) -> Option<i16> {
    if text == "Z" {
        return Some(0);
    }
    let west = text.starts_with('-');
    let digits = text.strip_prefix(['+', '-'])?.replace(':', "");
    let part = |from: usize| digits.get(from..from + 2).and_then(|part| part.parse::<i16>().ok());
    let (hours, minutes) = (part(0)?, part(2).unwrap_or(0));
    let east = hours * 60 + minutes;
    if minutes > 59 || east > FARTHEST || (west && east == 0) {
        return None;
    }
    Some(if west { -east } else { east })
}

/// An offset as FHIR writes it.
pub(super) fn shown(minutes: i16) -> String {
    if minutes == 0 {
        return "Z".to_owned();
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}
