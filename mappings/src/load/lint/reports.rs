//! When reports are due, which readings are chosen, and which values are plausible.

use super::Linter;
use crate::load::{
    measures::{PARTS, is_decimal},
    spelling::suggest,
    tree::{At, Node},
};
use std::collections::BTreeSet;

impl Linter<'_> {
    pub(super) fn reports(&mut self) {
        let Some(reports) = self.root.find("reports") else { return };
        if let Some(zone) = reports.find("zone") {
            self.time_zone(zone);
            if zone.text() == Some("") {
                let hint = Some("name the zone of the site, or \"UTC\"".to_owned());
                self.error(zone.at, "the days of the calendar need a zone", hint);
            }
        }
        self.reminders(reports);
        self.readings(reports);
        self.ranges(reports);
        self.decimals(reports);
    }

    fn reminders(&mut self, reports: &Node) {
        let mut seen = BTreeSet::new();
        for days in reports.find("remind").map_or(&[][..], Node::items) {
            if let Some(number) = days.number().filter(|number| !seen.insert(*number)) {
                self.warn(days.at, format!("the reminder of {number} days is there twice"), None);
            }
        }
    }

    fn readings(&mut self, reports: &Node) {
        for (measure, entry) in reports.find("readings").into_iter().flat_map(Node::entries) {
            if let Some(guide) = self.guide.filter(|guide| guide.measure(measure).is_none()) {
                let hint = suggest(measure, guide.measures.iter().map(|measure| measure.code.as_str()));
                self.error(entry.key_at, format!("guide {} has no measure `{measure}`", guide.version), hint);
            }
            if entry.node.number() == Some(0) {
                let hint = Some("1 is the newest; what a report needs is said under reports.needs".to_owned());
                self.error(entry.node.at, "a measure is reported by at least one reading", hint);
            }
        }
    }

    fn ranges(&mut self, reports: &Node) {
        for (name, entry) in reports.find("ranges").into_iter().flat_map(Node::entries) {
            self.measured(name, entry.key_at);
            let bounds = ["low", "high"].map(|bound| entry.node.find(bound));
            let mut numbers = Vec::new();
            for bound in bounds.into_iter().flatten() {
                let Some(text) = bound.text() else { continue };
                match text.parse::<f64>().ok().filter(|_| is_decimal(text)) {
                    Some(number) => numbers.push(number),
                    None => self.error(bound.at, format!("`{text}` is not a decimal"), None),
                }
            }
            if let [low, high] = numbers[..]
                && low >= high
            {
                self.error(entry.node.at, "the least plausible value is not below the greatest", None);
            }
        }
    }

    fn decimals(&mut self, reports: &Node) {
        for (name, entry) in reports.find("decimals").into_iter().flat_map(Node::entries) {
            self.measured(name, entry.key_at);
        }
    }

    /// Whether a name is a measure, the LOINC code of one, or a part.
    fn measured(&mut self, name: &str, at: At) {
        if let Some(guide) = self.guide
            && guide.measure(name).is_none()
            && guide.measured(name).is_none()
            && !PARTS.contains(&name)
        {
            let known = guide.measures.iter().map(|measure| measure.code.as_str()).chain(PARTS);
            let hint = suggest(name, known);
            let message =
                format!("`{name}` is no measure of guide {}, no LOINC code of one and no part", guide.version);
            self.error(at, message, hint);
        }
    }
}
