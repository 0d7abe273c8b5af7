//! Sections of senders, local codes, lists and rules.

use super::Linter;
use crate::heritage::has_check_digit;
use crate::load::{
    condition,
    spelling::{nearest, suggest},
    tree::Node,
};
use crate::site::{MAX_SENDERS, MAX_SITE_RULES, MAX_TABLE_ROWS};
use std::collections::BTreeMap;

/// Segments that patient messages have; any other begins with Z.
const SEGMENTS: &str = "ABS ACC AIG AIL AIP AIS AL1 ARV AUT CON CTD CTI DB1 DG1 DRG DSP EVN FT1 GP1 GP2 GT1 IAM IN1 IN2 IN3 \
                        LAN MRG MSH NK1 NTE OBR OBX ORC PD1 PDA PID PR1 PRA PRB PRD PRT PTH PV1 PV2 RF1 RGS ROL RXA RXC RXE \
                        RXO RXR SFT SPM STF TQ1 TXA UAC UB1 UB2 VAR";

impl<'a> Linter<'a> {
    pub(super) fn sites(&mut self) {
        let root = self.root;
        for (_, entry) in root.find("tables").into_iter().flat_map(Node::entries) {
            self.rows(&entry.node, entry.node.items().len());
        }
        if let Some(codes) = root.find("codes") {
            self.local_codes(codes);
        }
        if let Some(plans) = root.find("coverage.plans") {
            self.plan_rows(plans);
        }
        if let Some(rules) = root.find("rules") {
            self.site_rules(rules);
        }
        let Some(senders) = root.find("senders") else { return };
        if senders.items().len() > MAX_SENDERS {
            self.error(senders.at, format!("more than {MAX_SENDERS} sections of senders"), None);
        }
        let mut seen: BTreeMap<(Option<&str>, Option<&str>), &Node> = BTreeMap::new();
        for section in senders.items() {
            let part = |key: &str| section.find(key).and_then(Node::text);
            let (application, facility) = (part("application"), part("facility"));
            if application.is_none_or(str::is_empty) && facility.is_none_or(str::is_empty) {
                let message = "a sender needs `application` (MSH-3.1), `facility` (MSH-4.1) or both";
                self.error(section.at, message, Some("what is so for every sender stands in the other tables".into()));
            } else if seen.insert((application, facility), section).is_some() {
                self.error(section.at, "another section has the same sender", Some("put both into one".into()));
            }
            if let Some(codes) = section.find("codes") {
                self.local_codes(codes);
            }
            if let Some(plans) = section.find("plans") {
                self.plan_rows(plans);
            }
            if let Some(rules) = section.find("rules") {
                self.site_rules(rules);
            }
            for path in section.find("mbi_paths").map_or(&[][..], Node::items) {
                self.segment_of(path);
            }
        }
        for (&(application, facility), section) in &seen {
            let crossed = |other: &(Option<&str>, Option<&str>)| other.0.is_some() && other.1.is_none();
            if application.is_none() && facility.is_some() && seen.keys().any(crossed) {
                self.warn(
                    section.at,
                    "a feed can fit this section and one that names an application only, which then counts",
                    Some("name `application` and `facility` in one of them".into()),
                );
            }
        }
    }

    fn local_codes(&mut self, codes: &'a Node) {
        self.questionnaire_codes(codes);
        if let Some(rows) = codes.find("observations") {
            self.rows(rows, rows.items().len());
            let mut seen = BTreeMap::new();
            for row in rows.items() {
                let part = |key: &str| row.find(key).and_then(Node::text);
                if let Some(code) = row.find("code")
                    && seen.insert((part("code"), part("system"), part("unit")), ()).is_some()
                {
                    self.error(code.at, "another row has the same code, system and unit", None);
                }
                self.loinc(row);
                if let Some(unit) = row.find("ucum") {
                    self.ucum(unit);
                }
            }
        }
        if let Some(units) = codes.find("units") {
            self.rows(units, units.entries().count());
            for (text, entry) in units.entries() {
                if text.trim().is_empty() || text.trim() != text {
                    self.error(entry.key_at, "a unit is a text without outer blanks", None);
                }
                self.ucum(&entry.node);
            }
        }
    }

    fn loinc(&mut self, row: &'a Node) {
        let Some(loinc) = row.find("loinc") else { return };
        let Some(text) = loinc.text() else { return };
        if text.is_empty() {
            let hint = "look the code up at loinc.org, or take the row out until it is known";
            self.error(loinc.at, "the LOINC code is missing", Some(hint.into()));
            return;
        }
        match text.split_once('-') {
            Some((digits, check)) if digits.len() <= 7 && has_check_digit(digits, check) => {}
            Some((digits, check)) if check.len() == 1 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                let right = (0..10).map(|digit| digit.to_string()).find(|digit| has_check_digit(digits, digit));
                let hint = right.map(|digit| format!("a digit is wrong: the check digit of {digits} is {digit}"));
                self.error(loinc.at, format!("`{text}` is not a LOINC code"), hint);
            }
            _ => {
                let hint = "digits, a dash and a check digit, for example 4548-4";
                self.error(loinc.at, format!("`{text}` is not a LOINC code"), Some(hint.into()));
            }
        }
    }

    fn ucum(&mut self, unit: &'a Node) {
        let Some(text) = unit.text() else { return };
        let mut open = Vec::new();
        let paired = text.bytes().all(|byte| match byte {
            b'[' | b'{' | b'(' => {
                open.push(byte);
                true
            }
            b']' => open.pop() == Some(b'['),
            b'}' => open.pop() == Some(b'{'),
            b')' => open.pop() == Some(b'('),
            byte => byte.is_ascii_graphic(),
        });
        if text.is_empty() || text.len() > 64 || !paired || !open.is_empty() {
            let hint = "case-sensitive and without blanks, for example mg/dL, mm[Hg], 10*3/uL";
            self.error(unit.at, format!("`{text}` is not a UCUM code"), Some(hint.into()));
        }
    }

    fn plan_rows(&mut self, plans: &'a Node) {
        self.rows(plans, plans.items().len());
        let mut seen = BTreeMap::new();
        for plan in plans.items() {
            let part = |key: &str| plan.find(key).and_then(Node::text);
            let names = (part("plan"), part("company"));
            if names == (None, None) {
                self.error(plan.at, "a plan needs `plan` (IN1-2.1), `company` (IN1-3.1) or both", None);
            } else if seen.insert(names, ()).is_some() {
                self.error(plan.at, "another row names the same plan and company", None);
            }
        }
    }

    pub(super) fn rows(&mut self, table: &Node, count: usize) {
        if count > MAX_TABLE_ROWS {
            self.error(table.at, format!("more than {MAX_TABLE_ROWS} rows"), None);
        }
    }

    fn site_rules(&mut self, rules: &'a Node) {
        if rules.entries().count() > MAX_SITE_RULES {
            self.error(rules.at, format!("more than {MAX_SITE_RULES} rules for one sender"), None);
        }
        for (name, entry) in rules.entries() {
            self.site_rule(name, &entry.node);
        }
    }

    fn site_rule(&mut self, name: &str, rule: &'a Node) {
        let action = rule.find("do").and_then(Node::text).unwrap_or_default();
        let (root, mut paths, mut tables) = (self.root, Vec::new(), Vec::new());
        if let Some(when) = rule.find("when") {
            condition::names(when, &mut |kind, node| if kind == "path" { paths.push(node) } else { tables.push(node) });
        }
        for path in paths {
            self.segment_of(path);
        }
        for table in tables {
            let Some(text) = table.text() else { continue };
            let known = root.find("tables");
            if known.is_none_or(|known| known.entry(text).is_none()) {
                let names: Vec<&str> = known.into_iter().flat_map(Node::entries).map(|(name, _)| name).collect();
                let hint = suggest(text, names).unwrap_or_else(|| format!("[tables] {text} = [\"…\"]"));
                self.error(table.at, format!("there is no list `{text}` in [tables]"), Some(hint));
            }
        }
        if let Some(track) = rule.find("track")
            && let Some(text) = track.text().filter(|text| !text.is_empty())
        {
            let offered = root.find("participants").map_or(&[][..], Node::items);
            let mut offered = offered.iter().filter_map(|one| one.find("tracks")).flat_map(Node::items);
            if !matches!(action, "enroll" | "check") {
                self.warn(track.at, format!("rule `{name}` does not look at `track`"), None);
            } else if !offered.any(|track| track.text() == Some(text)) {
                self.error(track.at, format!("no participant offers track `{text}`"), None);
            }
        }
        for key in ["provider_referral", "switch_consent"] {
            if let Some(setting) = rule.entry(key).filter(|_| action != "enroll") {
                self.warn(setting.key_at, format!("rule `{name}` does not look at `{key}`"), None);
            }
        }
        let on = rule.find("on").and_then(Node::flag) != Some(false);
        if let Some(consent) = rule.find("switch_consent").filter(|consent| on && consent.flag() == Some(true)) {
            let hint = "the condition must be on a field that says so of this person";
            self.warn(consent.at, format!("rule `{name}` attests that the person agreed to switch"), Some(hint.into()));
        }
    }

    /// Warns of a segment that is neither of the standard nor the sender's own.
    fn segment_of(&mut self, path: &Node) {
        let Some(segment) = path.text().and_then(|text| text.split('-').next()) else { return };
        if segment.starts_with('Z') || SEGMENTS.split_ascii_whitespace().any(|known| known == segment) {
            return;
        }
        let near = nearest(segment, SEGMENTS.split_ascii_whitespace()).map(|near| format!("did you mean `{near}`?"));
        self.warn(path.at, format!("patient messages have no segment `{segment}`"), near);
    }
}
