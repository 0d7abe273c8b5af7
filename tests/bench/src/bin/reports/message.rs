//! The messages: one visit each, with its vital signs and laboratory.

/// `OBX-2` and what follows it: what a CKM baseline needs.
const ROWS: [&str; 9] = [
    "NM|8480-6^SBP^LN||132|mm[Hg]",
    "NM|8462-4^DBP^LN||84|mm[Hg]",
    "NM|29463-7^Weight^LN||84.8|kg",
    "NM|39156-5^BMI^LN||28.1|kg/m2",
    "NM|8280-0^Waist^LN||98|cm",
    "NM|4548-4^HbA1c^LN||7.0|%",
    "NM|13457-7^LDL^LN||140|mg/dL",
    "NM|98979-8^eGFR^LN||71|mL/min/{1.73_m2}",
    "NM|14959-1^uACR^LN||18|mg/g",
];

/// How many results a message has.
pub(crate) const RESULTS: usize = ROWS.len();

/// The results of a visit; visits are a day apart and end before 2027.
pub(crate) fn results(person: usize, visit: usize) -> String {
    let (year, rest) = (1_980 + visit / 336, visit % 336);
    let at = format!("{year:04}{:02}{:02}150000+0000", 1 + rest / 28, 1 + rest % 28);
    let mut text = head("ORU^R01", person, &format!("{person}V{visit}"), &at);
    text.push_str(&format!("\rOBR|1||{person}V{visit}"));
    for (number, row) in (1..).zip(ROWS) {
        text.push_str(&format!("\rOBX|{number}|{row}^^UCUM|||||F|||{at}"));
    }
    text
}

/// The admission by which a person is known.
pub(crate) fn admission(person: usize) -> String {
    let head = head("ADT^A04", person, &format!("{person}A"), "20260101120000+0000");
    format!("{head}\rDG1|1||E11.9^Diabetes^I10||20260101|F\rIN1|1|MEDICARE|00831|MEDICARE")
}

fn head(event: &str, person: usize, control: &str, at: &str) -> String {
    format!(
        "MSH|^~\\&|LAB|MAIN|B|C|{at}||{event}|{control}|P|2.5.1\r\
         PID|1||R{person}^^^MAIN^MR~{}^^^CMS^MC||Halvorsen^Ruth||19470912|F",
        number(person)
    )
}

/// A Medicare number for each person, of a form that is never issued to begin with a 9 and an S.
fn number(person: usize) -> String {
    let letter = |place: usize| char::from(b"ACDEFGHJKM"[person / place % 10]);
    let digit = |place: usize| person / place % 10;
    format!("9{}{}9{}{}9{}{}99", letter(1_000), digit(100), letter(100), digit(10), letter(10), letter(1))
}
