//! Participants: their ids, what they offer, and whose feeds are theirs.

use super::Linter;
use crate::load::{
    spelling::{nearest, suggest},
    tree::{At, Node},
};
use std::collections::{BTreeMap, BTreeSet};

/// USPS codes of states, the district, territories, freely associated states and military mail.
const STATES: &str = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK \
                      OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR VI FM MH PW AA AE AP";

/// Whether `code` is a USPS state code.
pub(super) fn is_state(code: &str) -> bool {
    STATES.split_ascii_whitespace().any(|state| state == code)
}

/// Whether `text` is a National Provider Identifier: ten digits with the check digit of ISO/IEC 7812 over them and the prefix 80840,
/// which adds 24.
fn is_npi(text: &str) -> bool {
    let sum: u32 = text
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte.saturating_sub(b'0'));
            if place % 2 == 0 { digit } else { digit * 2 - digit / 5 * 9 }
        })
        .fold(24, u32::saturating_add);
    text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit()) && sum.is_multiple_of(10)
}

/// A sender as the file has it: unset parts match everything.
struct Claim<'a> {
    participant: usize,
    at: At,
    application: Option<&'a str>,
    facility: Option<&'a str>,
}

impl Claim<'_> {
    fn specificity(&self) -> usize {
        usize::from(self.application.is_some()) + usize::from(self.facility.is_some())
    }

    fn overlaps(&self, other: &Self) -> bool {
        let meets = |left: Option<&str>, right: Option<&str>| left.is_none() || right.is_none() || left == right;
        meets(self.application, other.application) && meets(self.facility, other.facility)
    }
}

impl<'a> Linter<'a> {
    pub(super) fn participants(&mut self) {
        let Some(list) = self.root.find("participants") else { return };
        if list.items().is_empty() {
            self.error(list.at, "there is no participant", Some("add one [[participants]] entry".into()));
        }
        let mut ids = BTreeMap::new();
        for participant in list.items() {
            self.participant(participant);
            if let Some(id) = participant.find("id")
                && let Some(text) = id.text()
                && ids.insert(text, id.at).is_some()
            {
                self.error(
                    id.at,
                    format!("participant {text} is there twice"),
                    Some("put its senders into one entry".into()),
                );
            }
        }
        self.senders(list.items());
    }

    fn participant(&mut self, participant: &'a Node) {
        if let Some(id) = participant.find("id") {
            self.participant_id(id);
        }
        if let Some(payer) = participant.find("payer")
            && let Some(text) = payer.text()
            && (text.len() != 5 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        {
            let hint = Some("it is in the ACCESS registration, not the payer id of a clearinghouse".into());
            self.error(payer.at, "the payer id is five letters or digits", hint);
        }
        if let Some(npi) = participant.find("author.npi")
            && npi.text().is_some_and(|text| !is_npi(text))
        {
            let hint = Some("ten digits, of which the last is a check digit, for example 1234567893".into());
            self.error(npi.at, "this is no National Provider Identifier", hint);
        }
        self.answers_for_reports(participant);
        self.tracks(participant);
        let mut seen = BTreeSet::new();
        for state in participant.find("states").map_or(&[][..], Node::items) {
            let Some(text) = state.text() else { continue };
            if !is_state(text) {
                let hint = self.state_hint(text);
                self.error(state.at, format!("`{text}` is not a state"), hint);
            } else if !seen.insert(text) {
                self.warn(state.at, format!("state {text} is there twice"), None);
            }
        }
    }

    /// Whether somebody answers for the reports of a participant that sends some.
    fn answers_for_reports(&mut self, participant: &Node) {
        let mode = participant.find("report").or_else(|| self.root.find("reports.mode"));
        if mode.and_then(Node::text) == Some("off") {
            return;
        }
        let lacks: Vec<&str> = ["name", "author"]
            .into_iter()
            .filter(|key| participant.find(key).is_none())
            .map(|key| match key {
                "name" => "`name`",
                _ => "`author`",
            })
            .collect();
        if !lacks.is_empty() {
            let message = format!("without {} no report of this participant can be sent", lacks.join(" and "));
            let hint = "name = \"…\", author = { npi = \"…\", family = \"…\" }; or report = \"off\"";
            self.warn(participant.at, message, Some(hint.to_owned()));
        }
    }

    fn participant_id(&mut self, id: &Node) {
        let Some(text) = id.text() else { return };
        let digits_after = |prefix: &str, count: usize| {
            text.strip_prefix(prefix)
                .is_some_and(|rest| rest.len() == count && rest.bytes().all(|byte| byte.is_ascii_digit()))
        };
        if digits_after("ACCES", 5) {
            return;
        }
        let hint = if digits_after("ACCESS", 4) {
            "this is the form of guide 0.9.0 (ACCESS and four digits); the id has five digits and one S now, ask for yours"
        } else if text.to_ascii_uppercase().starts_with("ACCESS") {
            "it is spelt with one S at the end: ACCES, then five digits"
        } else {
            "it is in the ACCESS registration, for example ACCES12345"
        };
        self.error(id.at, format!("participant id `{text}` is not ACCES and five digits"), Some(hint.into()));
    }

    fn tracks(&mut self, participant: &'a Node) {
        let Some(tracks) = participant.find("tracks") else { return };
        if tracks.items().is_empty() {
            self.error(tracks.at, "the participant offers no track", None);
        }
        let mut seen = BTreeSet::new();
        for track in tracks.items() {
            let Some(text) = track.text() else { continue };
            if !seen.insert(text) {
                self.warn(track.at, format!("track {text} is there twice"), None);
            }
            if let Some(guide) = self.guide
                && guide.track(text).is_none()
            {
                let known = guide.tracks.iter().map(|track| track.code.as_str());
                let hint = suggest(text, known);
                self.error(track.at, format!("guide {} has no track `{text}`", guide.version), hint);
            }
        }
    }

    fn state_hint(&self, text: &str) -> Option<String> {
        let upper = text.to_uppercase();
        if is_state(&upper) {
            return Some(format!("write `{upper}`"));
        }
        let names = self.root.find("identity.states")?;
        let code = |name: &str| names.entry(name)?.node.text();
        let meant = code(&upper).or_else(|| code(nearest(&upper, names.entries().map(|(name, _)| name))?));
        Some(meant.map_or("two letters, for example IL".to_owned(), |code| format!("did you mean `{code}`?")))
    }

    fn senders(&mut self, participants: &'a [Node]) {
        let mut claims: Vec<Claim<'a>> = Vec::new();
        for (number, participant) in participants.iter().enumerate() {
            let senders = participant.find("senders").map_or(&[][..], Node::items);
            if senders.is_empty() {
                claims.push(Claim { participant: number, at: participant.at, application: None, facility: None });
            }
            for sender in senders {
                let part = |key: &str| sender.find(key).and_then(Node::text);
                let claim = Claim {
                    participant: number,
                    at: sender.at,
                    application: part("application"),
                    facility: part("facility"),
                };
                if claim.specificity() == 0 {
                    self.error(sender.at, "a sender needs `application` (MSH-3.1), `facility` (MSH-4.1) or both", None);
                } else {
                    claims.push(claim);
                }
            }
        }
        for (place, later) in claims.iter().enumerate() {
            for earlier in claims.iter().take(place) {
                if earlier.participant != later.participant && earlier.specificity() == later.specificity() {
                    self.compare(earlier, later);
                }
            }
        }
    }

    /// Two claims of equal strength: one feed must not fit both.
    fn compare(&mut self, earlier: &Claim<'a>, later: &Claim<'a>) {
        if !earlier.overlaps(later) {
            return;
        }
        let same = earlier.application == later.application && earlier.facility == later.facility;
        match (same, later.specificity()) {
            (true, 0) => self.error(
                later.at,
                "two participants have no senders, so every feed would belong to both",
                Some("give at least one of them `senders`".into()),
            ),
            (true, _) => self.error(later.at, "another participant has the same sender", None),
            (false, _) => self.warn(
                later.at,
                "a feed can fit this sender and one of an earlier participant, which then gets it",
                Some("name `application` and `facility` in both".into()),
            ),
        }
    }
}
