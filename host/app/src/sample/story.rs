//! What happens to a person: the messages of one visit, in their order.

use super::Kind;
use super::person::Person;
use super::random::Random;

/// First visits; each with its message structure (table 0354).
const ARRIVALS: [&str; 5] =
    ["ADT^A04^ADT_A01", "ADT^A01^ADT_A01", "ADT^A05^ADT_A05", "ADT^A28^ADT_A05", "ADT^A04^ADT_A01"];
/// What may happen then.
const LATER: [&str; 5] =
    ["ADT^A08^ADT_A01", "ADT^A08^ADT_A01", "ADT^A31^ADT_A05", "ADT^A02^ADT_A02", "ADT^A11^ADT_A09"];
/// Results: code, unit, lowest and highest value in tenths.
const RESULTS: [(&str, &str, u64, u64); 6] = [
    ("4548-4^Hemoglobin A1c^LN", "%", 52, 104),
    ("8480-6^Systolic blood pressure^LN", "mm[Hg]", 1050, 1790),
    ("8462-4^Diastolic blood pressure^LN", "mm[Hg]", 600, 1050),
    ("13457-7^LDL cholesterol^LN", "mg/dL", 550, 1900),
    ("39156-5^Body mass index^LN", "kg/m2", 190, 430),
    ("GLU^Glucose^L", "mg/dL", 700, 2400),
];

/// The messages of one person; `number` counts all messages of the stream.
pub(super) fn tell(random: &mut Random, person: &Person, kind: Kind, number: &mut u64) -> Vec<String> {
    let mut told = Vec::new();
    let mut scribe = Scribe { person, number, told: &mut told, day: random.below(360) };
    if kind != Kind::Oru {
        scribe.visit(random.one(&ARRIVALS));
        for _ in 0..random.below(3) {
            scribe.visit(random.one(&LATER));
        }
    }
    if kind == Kind::Mixed {
        if random.chance(8) {
            scribe.write("REF^I12^REF_I12", &["RF1|A^Accepted|R^Routine".to_owned()], true);
        }
        if random.chance(8) {
            scribe.visit("BAR^P01^BAR_P01");
        }
    }
    if kind != Kind::Adt {
        for _ in 0..1 + random.below(2) {
            let rows = results(random, scribe.person.record);
            scribe.write("ORU^R01^ORU_R01", &rows, false);
        }
    }
    if kind != Kind::Oru {
        if random.chance(40) {
            scribe.visit("ADT^A03^ADT_A03");
        }
        if random.chance(5) {
            let merged = format!("MRG|D{}^^^SAMPLE^MR", scribe.person.record);
            scribe.write("ADT^A40^ADT_A39", &[merged], false);
        }
    }
    told
}

fn results(random: &mut Random, record: u64) -> Vec<String> {
    let mut rows = vec![format!("OBR|1||R{record}|PANEL^Panel^L|||20250301080000||||||||||||||||||F")];
    for set in 1..=1 + random.below(5) {
        let (code, unit, low, high) = random.one(&RESULTS);
        let tenths = low + random.below(high.saturating_sub(low));
        let value = format!("{}.{}", tenths / 10, tenths % 10);
        rows.push(format!("OBX|{set}|NM|{code}||{value}|{unit}|||||F|||20250301080000"));
    }
    rows
}

/// Writes the messages of a person down.
struct Scribe<'p> {
    person: &'p Person,
    number: &'p mut u64,
    told: &'p mut Vec<String>,
    /// Day of the year 2025, from 0.
    day: u64,
}

impl Scribe<'_> {
    fn visit(&mut self, event: &str) {
        self.write(event, &[], true);
    }

    fn write(&mut self, event: &str, rows: &[String], with_coverage: bool) {
        let person = self.person;
        *self.number += 1;
        let (number, record) = (*self.number, person.record);
        // Twelve months of thirty days; messages of one person are minutes apart.
        let minute = self.told.len() as u64 % 60;
        let (month, day) = (1 + (self.day / 30).min(11), 1 + self.day % 28);
        let at = format!("2025{month:02}{day:02}09{minute:02}00-0500");
        let trigger = event.split('^').nth(1).unwrap_or_default();
        let medicare = if person.number.is_empty() { String::new() } else { format!("~{}^^^CMS^MC", person.number) };
        let mode = if person.is_training { "T" } else { "P" };
        let mut segments = vec![
            format!(
                "MSH|^~\\&|SAMPLE|SAMPLE|ACCESSBRIDGE|ACCESS|{at}||{event}|S{number:09}|{mode}|2.5.1|||AL|NE|USA|UNICODE UTF-8"
            ),
            format!("EVN|{trigger}|{at}"),
            format!(
                "PID|1||{record}^^^SAMPLE^MR{medicare}||{}^^^^L||{}|{}|||{}|||||||{record}^^^SAMPLE^AN",
                person.name, person.born, person.sex, person.address
            ),
        ];
        if with_coverage {
            segments.push(format!("PV1|1|O|CLINIC^1^1^SAMPLE||||||||||||||||V{record}^^^SAMPLE^VN"));
            let diagnoses = (1..).zip(&person.diagnoses);
            segments.extend(
                diagnoses.map(|(set, code)| format!("DG1|{set}||{code}||2025{month:02}{day:02}|F|||||||||{set}")),
            );
            segments.extend(person.plans.iter().cloned());
        }
        segments.extend(rows.iter().cloned());
        let mut message = segments.join("\r");
        message.push('\r');
        self.told.push(message);
    }
}
