//! An invented person: name, number, plan, diagnoses.

use super::random::Random;

/// Family names are made of two halves, so that there are many and few are real.
const FRONT: [&str; 16] = [
    "HALV", "BRAND", "NOR", "OST", "LIND", "KEL", "MARR", "TOL", "VESP", "QUIN", "ROSK", "SEL", "TARN", "ULV", "WEST",
    "YARR",
];
const BACK: [&str; 16] = [
    "ORSEN", "OW", "BERG", "ANDER", "QVIST", "LOWE", "INGTON", "LIVER", "ERMAN", "TERO", "ALA", "WICK", "OVEN", "SDAL",
    "ERBY", "OWSKY",
];
const WOMEN: [&str; 12] =
    ["RUTH", "ELAINE", "IRIS", "NORA", "OLGA", "PAULA", "VERA", "ALMA", "DORIS", "EDNA", "HELGA", "LENA"];
const MEN: [&str; 12] =
    ["WALTER", "OSCAR", "HUGO", "ARNE", "BRUNO", "CARL", "EMIL", "FRANK", "GEORGE", "KURT", "LARS", "PETER"];
const STREETS: [&str; 6] = ["Prairie Avenue", "Elm Street", "Lake Road", "Mill Lane", "Station Street", "Orchard Way"];
const PLACES: [&str; 5] =
    ["Oak Park^^IL^60302", "Evanston^^IL^60201", "Madison^^WI^53703", "Kenosha^^WI^53140", "Joliet^^IL^60435"];

/// Letters of a Medicare number (CMS, Understanding the MBI format).
const LETTERS: &[u8] = b"ACDEFGHJKMNPQRTUVWXY";
const DIGITS: &[u8] = b"0123456789";
const MIXED: &[u8] = b"0123456789ACDEFGHJKMNPQRTUVWXY";
const FIRST: &[u8] = b"123456789";

/// Codes of the tracks, and some of none, as senders spell them.
const DIAGNOSES: [&str; 18] = [
    "I10^Essential (primary) hypertension^I10C",
    "I10^Essential hypertension^I10",
    "E119^Type 2 diabetes mellitus without complications^I10C",
    "E11.22^Type 2 diabetes with chronic kidney disease^ICD-10-CM",
    "E78.5^Hyperlipidemia, unspecified^I10C",
    "E66.9^Obesity, unspecified^I10",
    "N18.31^Chronic kidney disease, stage 3a^I10C",
    "I25.10^Heart disease of native coronary artery^I10C",
    "M1711^Osteoarthritis of right knee^I10C",
    "M54.50^Low back pain, unspecified^ICD10",
    "M16.12^Osteoarthritis of left hip^I10C",
    "F32.9^Depression, unspecified^I10C",
    "F411^Generalized anxiety disorder^I10",
    "J44.9^Chronic obstructive pulmonary disease^I10C",
    "Z00.00^General adult examination^I10C",
    "250.00^Diabetes mellitus^I9C",
    "38341003^Hypertensive disorder^SCT^I10^Essential hypertension^I10C",
    "E03.9^Hypothyroidism, unspecified",
];

/// A person.
#[derive(Debug)]
pub(super) struct Person {
    /// Medical record number.
    pub(super) record: u64,
    /// `PID-5`
    pub(super) name: String,
    /// `PID-7`
    pub(super) born: String,
    /// `PID-8`
    pub(super) sex: &'static str,
    /// `PID-11`
    pub(super) address: String,
    /// The Medicare number as the feed writes it, or empty.
    pub(super) number: String,
    /// `IN1` and `IN2` segments.
    pub(super) plans: Vec<String>,
    /// Whether the registration is one for training, which sites refuse.
    pub(super) is_training: bool,
    /// `DG1-3` of each diagnosis.
    pub(super) diagnoses: Vec<&'static str>,
}

/// Invents one.
pub(super) fn invent(random: &mut Random, record: u64) -> Person {
    let (sex, given) = if random.chance(52) { ("F", random.one(&WOMEN)) } else { ("M", random.one(&MEN)) };
    let middle = random.one(&["", "", "^A", "^J", "^M"]);
    let name = format!("{}{}^{given}{middle}", random.one(&FRONT), random.one(&BACK));
    let born = format!("{}{:02}{:02}", 1930 + random.below(30), 1 + random.below(12), 1 + random.below(28));
    let address = format!("{} {}^^{}^USA^H", 1 + random.below(990), random.one(&STREETS), random.one(&PLACES));
    let number = medicare_number(random);
    let plans = plans(random, &number);
    // One person in six has a commercial plan only, and no Medicare number.
    let shown = if plans.iter().any(|plan| plan.contains(&number)) { spelling(random, number) } else { String::new() };
    let diagnoses = (0..1 + random.below(4)).map(|_| random.one(&DIAGNOSES)).collect();
    let is_training = random.chance(1);
    Person { is_training, record, name, born, sex, address, number: shown, plans, diagnoses }
}

/// A number in the form of CMS.
pub(super) fn medicare_number(random: &mut Random) -> String {
    [FIRST, LETTERS, MIXED, DIGITS, LETTERS, MIXED, DIGITS, LETTERS, LETTERS, DIGITS, DIGITS]
        .into_iter()
        .map(|letters| char::from(random.one(letters)))
        .collect()
}

/// Some write it with dashes, some in lower case, few wrong.
fn spelling(random: &mut Random, number: String) -> String {
    match random.below(100) {
        0..=9 => match (number.get(..4), number.get(4..7), number.get(7..)) {
            (Some(first), Some(second), Some(third)) => format!("{first}-{second}-{third}"),
            _ => number,
        },
        10..=12 => number.to_lowercase(),
        13 => number.chars().take(10).collect(),
        _ => number,
    }
}

fn plans(random: &mut Random, number: &str) -> Vec<String> {
    let original = |set: u64, part: &str| {
        format!(
            "IN1|{set}|MCR{part}^Medicare Part {part}|00831^^^^NIIP|Medicare||||||||20160101|||M{part}||SEL|||||{set}||||||||||||||{number}"
        )
    };
    let advantage = format!(
        "IN1|1|H5216^Medicare Advantage PPO|61101|Humana||||||||20240101|||16||SEL|||||1||||||||||||||{number}"
    );
    let supplement = "IN1|2|F1^Medigap Plan G|36273|AARP||||||||20180101|||||SEL|||||2||||||||||||||S77120044";
    let guessed =
        format!("IN1|1|100^MEDICARE A AND B|00831|MEDICARE||||||||20150101|||||SEL|||||1||||||||||||||{number}");
    let commercial =
        "IN1|1|PPO1^Commercial PPO|60054|Example Health||||||||20230101|||CI||SEL|||||1||||||||||||||W0044120";
    match random.below(12) {
        0..=4 => vec![original(1, "A"), format!("IN2||||||{number}"), original(2, "B")],
        5 | 6 => vec![original(1, "A"), supplement.to_owned()],
        7 | 8 => vec![advantage],
        9 => vec![guessed],
        _ => vec![commercial.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, medicare_number};

    #[test]
    fn numbers_have_the_form_of_cms() {
        for person in 0..500 {
            let number = medicare_number(&mut Random::new(7, person));
            let letters: Vec<u8> = number.bytes().collect();
            assert_eq!(letters.len(), 11);
            assert!(letters[0] != b'0' && letters[0].is_ascii_digit(), "{number}");
            assert!([1, 4, 7, 8].iter().all(|at| letters[*at].is_ascii_uppercase()), "{number}");
            assert!([3, 6, 9, 10].iter().all(|at| letters[*at].is_ascii_digit()), "{number}");
            assert!(!number.contains(['S', 'L', 'O', 'I', 'B', 'Z']), "{number}");
        }
    }
}
