//! Facts to begin with, and facts that say nothing more than whom they are about.

use super::{Demographics, Facts, Records};
use access_contract::Header;
use access_mappings::{EventEffect, EventRule};

impl Facts {
    /// Facts that state nothing but the event; `sent_at` as [`Facts::sent_at`] has it.
    pub(crate) fn about(header: &Header, rule: &EventRule, sent_at: String) -> Self {
        Self {
            feed: header.control_id.clone(),
            event: header.event_name(),
            screens: rule.screens,
            sent_at,
            sender_application: header.sending_application.clone(),
            sender_facility: header.sending_facility.clone(),
            ..Self::silent(rule.effect)
        }
    }

    /// The facts without everything they state: only which feed it was and whom it is about, for a person to look at. The number goes
    /// too where anything else leads to the chart: whatever it was stated for may be somebody else.
    pub(crate) fn withheld(self) -> Self {
        Self {
            mbi: self.mbi.filter(|_| self.aliases.is_empty()),
            feed: self.feed,
            event: self.event,
            sent_at: self.sent_at,
            sender_application: self.sender_application,
            sender_facility: self.sender_facility,
            aliases: self.aliases,
            patient: self.patient,
            ..Self::silent(EventEffect::Review)
        }
    }

    /// Facts of nothing.
    fn silent(effect: EventEffect) -> Self {
        Self {
            feed: String::new(),
            event: String::new(),
            effect,
            screens: false,
            sent_at: String::new(),
            sender_application: String::new(),
            sender_facility: String::new(),
            visit: None,
            mbi: None,
            aliases: Vec::new(),
            prior_aliases: Vec::new(),
            prior_mbi: None,
            name: None,
            gender: None,
            birth_date: None,
            address: None,
            deceased: None,
            hospice: None,
            plans: None,
            diagnoses: None,
            diagnoses_are_changes: false,
            referral: None,
            requests: Vec::new(),
            demographics: Demographics::default(),
            observations: Vec::new(),
            questionnaires: Vec::new(),
            records: Records::default(),
            patient: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EventEffect, Facts};
    use serde_json::Value;

    /// What withheld facts keep, by name.
    const KEPT: [&str; 8] =
        ["feed", "event", "sent_at", "sender_application", "sender_facility", "mbi", "aliases", "patient"];

    fn members(facts: &Facts) -> serde_json::Map<String, Value> {
        let Value::Object(members) = serde_json::to_value(facts).unwrap() else { panic!() };
        members
    }

    #[test]
    fn withheld_facts_keep_who_it_is_and_nothing_else() {
        let profile = access_mappings::example().unwrap();
        let lines = [
            "MSH|^~\\&|EPIC|MAIN|B|C|20260714||ADT^A08|M1|P|2.5.1",
            "PID|1||1^^^MAIN^MR~3AA1AA1AA11^^^CMS^MC||SMITH^ANN||19500307|F|||1 Main St^^Reno^NV^89501",
            "PV1|1|O|||||||||||||||||V1",
            "OBX|1|NM|4548-4^HbA1c^LN||7.0|%|||||F|||20260713",
            "DG1|1||I10^^I10C|||F",
            "IN1|1|MCR|00831|MEDICARE|||||||||||MB",
            "ZAC|1|ALIGN|CKM",
        ];
        let reading = crate::read::read(&profile, lines.join("\r").as_bytes()).unwrap();
        let facts: Facts = serde_json::from_str(&reading.subjects[0].facts).unwrap();
        assert!(facts.plans.is_some() && facts.diagnoses.is_some() && !facts.observations.is_empty());
        let (all, withheld, nothing) =
            (members(&facts), members(&facts.clone().withheld()), members(&Facts::silent(EventEffect::Review)));
        for (name, value) in &withheld {
            // The number leads to whoever has it now, and there is another identifier.
            let is_kept = KEPT.contains(&name.as_str()) && name != "mbi";
            assert_eq!(value, if is_kept { &all[name] } else { &nothing[name] }, "{name}");
        }
        let alone = Facts { aliases: Vec::new(), ..facts.clone() };
        assert_eq!(alone.withheld().mbi, facts.mbi);
    }
}
