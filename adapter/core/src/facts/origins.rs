//! Every origin in facts, for formats that are read as segments and have places of their own.
//!
//! All records are taken apart without `..`, so that a new field does not compile before it is decided whether it has an origin.

use super::{Demographics, Diagnosis, Facts, Observation, Origin, Plan, Sourced, Stated};
use crate::entries::{Answer, Answered, Score};

impl Facts {
    /// Shows `change` where each value came from.
    pub(crate) fn origins_mut(&mut self, mut change: impl FnMut(&mut Origin)) {
        self.show(&mut change);
    }
}

/// What has origins in it.
trait Origins {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin));
}

impl<T: Origins> Origins for Option<T> {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        self.iter_mut().for_each(|one| one.show(change));
    }
}

impl<T: Origins> Origins for Vec<T> {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        self.iter_mut().for_each(|one| one.show(change));
    }
}

impl Origins for Origin {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        change(self);
    }
}

impl<T> Origins for Sourced<T> {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        let Self { value: _, from } = self;
        change(from);
    }
}

impl<T> Origins for Stated<T> {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        match self {
            Self::Set(value) => value.show(change),
            Self::Clear => {}
        }
    }
}

impl Origins for Facts {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        let Self {
            feed: _,
            event: _,
            effect: _,
            screens: _,
            sent_at: _,
            sender_application: _,
            sender_facility: _,
            visit: _,
            mbi,
            aliases: _,
            prior_aliases: _,
            prior_mbi,
            name,
            gender,
            birth_date,
            address,
            deceased,
            hospice,
            plans,
            diagnoses,
            diagnoses_are_changes: _,
            referral,
            requests: _,
            demographics,
            observations,
            questionnaires,
            records: _,
            patient: _,
        } = self;
        mbi.show(change);
        prior_mbi.show(change);
        name.show(change);
        gender.show(change);
        birth_date.show(change);
        address.show(change);
        deceased.show(change);
        hospice.show(change);
        plans.show(change);
        diagnoses.show(change);
        referral.show(change);
        demographics.show(change);
        observations.show(change);
        questionnaires.show(change);
    }
}

impl Origins for Demographics {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        let Self { race, ethnicity, birth_sex, telecoms, addresses, language, birth_time, died_at, name_use } = self;
        race.show(change);
        ethnicity.show(change);
        birth_sex.show(change);
        telecoms.show(change);
        addresses.show(change);
        language.show(change);
        birth_time.show(change);
        died_at.show(change);
        name_use.show(change);
    }
}

impl Origins for Plan {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        let Self { class: _, priority: _, ordered: _, starts: _, ends: _, from, statement: _ } = self;
        change(from);
    }
}

impl Origins for Diagnosis {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        let Self { code: _, certainty: _, rank: _, recorded: _, visit: _, from, statement: _, instance: _ } = self;
        change(from);
    }
}

impl Origins for Observation {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        let Self {
            loinc: _,
            local: _,
            value: _,
            status: _,
            at: _,
            written: _,
            timed,
            identifier: _,
            method: _,
            performer: _,
            from,
        } = self;
        if !timed.is_empty() {
            let mut place = Origin { path: std::mem::take(timed), ..from.clone() };
            change(&mut place);
            *timed = place.path;
        }
        change(from);
    }
}

impl Origins for Answered {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        let Self {
            instrument: _,
            canonical: _,
            status: _,
            authored: _,
            written: _,
            ordered: _,
            answers,
            scores,
            identifier: _,
            guessed: _,
            misplaced: _,
            in_lines: _,
            stated: _,
            taken_up: _,
            from,
        } = self;
        answers.show(change);
        scores.show(change);
        change(from);
    }
}

impl Origins for Answer {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        let Self { link: _, text: _, value: _, code: _, display: _, stated: _, withdrawn: _, early: _, from } = self;
        from.show(change);
    }
}

impl Origins for Score {
    fn show(&mut self, change: &mut dyn FnMut(&mut Origin)) {
        let Self { link: _, value: _, stated: _, withdrawn: _, early: _, from } = self;
        from.show(change);
    }
}

#[cfg(test)]
mod tests {
    use crate::facts::Facts;
    use serde_json::Value;
    use std::path::Path;

    /// Paths of everything that looks like an origin, in a document.
    fn paths(tree: &Value, found: &mut Vec<String>) {
        match tree {
            Value::Array(items) => items.iter().for_each(|item| paths(item, found)),
            Value::Object(members) => {
                found.extend(members.get("timed").map(|timed| timed.as_str().unwrap().to_owned()));
                match (members.get("feed"), members.get("rule"), members.get("path")) {
                    (Some(_), Some(_), Some(path)) => found.push(path.as_str().unwrap().to_owned()),
                    _ => members.values().for_each(|member| paths(member, found)),
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_origin_of_every_fixture_is_shown_once() {
        let profile = access_mappings::example().unwrap();
        let mut count = 0;
        for folder in ["hl7", "fhir", "ccda"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(folder);
            for file in std::fs::read_dir(folder).unwrap() {
                let bytes = std::fs::read(file.unwrap().path()).unwrap();
                let Ok(reading) = crate::read::read(&profile, &bytes) else { continue };
                for subject in &reading.subjects {
                    let mut written = Vec::new();
                    paths(&serde_json::from_str(&subject.facts).unwrap(), &mut written);
                    let (mut shown, mut facts) = (Vec::new(), serde_json::from_str::<Facts>(&subject.facts).unwrap());
                    facts.origins_mut(|origin| shown.push(origin.path.clone()));
                    count += shown.len();
                    shown.sort();
                    written.sort();
                    assert_eq!(shown, written);
                }
            }
        }
        assert!(count > 200, "{count}");
    }
}
