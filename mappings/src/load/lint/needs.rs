//! Reports: what they need, what is sent beside it, and how they and their questionnaires are named.

use super::Linter;
use crate::guide::Guide;
use crate::load::{
    spelling::suggest,
    tree::{At, Node},
};

impl<'a> Linter<'a> {
    pub(super) fn needs(&mut self) {
        if let Some(guide) = self.guide {
            for need in self.root.find("reports.needs").map_or(&[][..], Node::items) {
                self.need(guide, need);
            }
            for (at, code) in self.texts_at("reports.additional") {
                self.known(guide, at, code);
            }
            for (code, entry) in self.root.find("reports.questionnaires").into_iter().flat_map(Node::entries) {
                if guide.instrument(code).is_none() {
                    let known = guide.instruments.iter().map(|instrument| instrument.code.as_str());
                    let hint = suggest(code, known);
                    self.error(entry.key_at, format!("guide {} has no instrument `{code}`", guide.version), hint);
                }
            }
        }
        self.unnamed();
        self.names();
    }

    /// Every report of a track that is offered needs something, or it is never sent.
    fn unnamed(&mut self) {
        let (Some(guide), Some(needs)) = (self.guide, self.root.find("reports.needs")) else { return };
        let lists = |need: &Node, key: &str, word: &str| {
            need.find(key).map_or(&[][..], Node::items).iter().any(|item| item.text() == Some(word))
        };
        let participants = self.root.find("participants").map_or(&[][..], Node::items);
        let offered = |track: &str| participants.iter().any(|participant| lists(participant, "tracks", track));
        for track in guide.tracks.iter().filter(|track| offered(&track.code)) {
            for kind in guide.reporting.types.keys() {
                let named =
                    needs.items().iter().any(|need| lists(need, "tracks", &track.code) && lists(need, "kinds", kind));
                if !named {
                    let message = format!("no row names {} {kind}, so such a report is never sent", track.code);
                    let hint = Some("add a row, or write \"+needs\" to add to the rows of base".to_owned());
                    self.warn(needs.at, message, hint);
                }
            }
        }
    }

    /// One row: tracks and codes that the guide has, and that belong together.
    fn need(&mut self, guide: &'a Guide, need: &'a Node) {
        let texts = |key: &str| -> Vec<(At, &'a str)> {
            let items = need.find(key).map_or(&[][..], Node::items);
            items.iter().filter_map(|item| Some((item.at, item.text()?))).collect()
        };
        for key in ["tracks", "kinds", "any"] {
            if let Some(list) = need.find(key).filter(|list| list.items().is_empty()) {
                self.error(list.at, format!("a need without `{key}` says nothing"), None);
            }
        }
        let tracks = texts("tracks");
        for (at, track) in &tracks {
            if guide.track(track).is_none() {
                let hint = suggest(track, guide.tracks.iter().map(|track| track.code.as_str()));
                self.error(*at, format!("guide {} has no track `{track}`", guide.version), hint);
            }
        }
        for (at, code) in texts("any") {
            if !self.known(guide, at, code) {
                continue;
            }
            let of = tracks_of(guide, code);
            let foreign = tracks.iter().find(|(_, track)| guide.track(track).is_some() && !of.contains(track));
            if let Some((_, track)) = foreign {
                let hint = Some(format!("it is of {}", of.join(", ")));
                self.error(at, format!("track {track} has no `{code}`, so such a report would wait for ever"), hint);
            }
        }
        for (at, code) in texts("diagnoses") {
            let plain = code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            if !plain || !code.starts_with(|c: char| c.is_ascii_uppercase()) {
                let hint = Some("the beginning of a code in capitals without its dot, for example E11".into());
                self.error(at, format!("`{code}` is no beginning of an ICD-10-CM code"), hint);
            }
        }
    }

    /// Whether the guide has such a measure or instrument.
    fn known(&mut self, guide: &'a Guide, at: At, code: &str) -> bool {
        if guide.measure(code).is_some() || guide.instrument(code).is_some() {
            return true;
        }
        let measures = guide.measures.iter().map(|measure| measure.code.as_str());
        let codes = measures.chain(guide.instruments.iter().map(|instrument| instrument.code.as_str()));
        let hint = suggest(code, codes);
        self.error(at, format!("guide {} has no measure or instrument `{code}`", guide.version), hint);
        false
    }

    /// Systems, canonicals and questionnaires of the site.
    fn names(&mut self) {
        if let Some(system) = self.root.find("reports.identifier_system")
            && system.text().is_some_and(|text| !text.is_empty() && !is_uri(text))
        {
            let hint = Some("a web address of your own, or a urn:oid".into());
            self.error(system.at, "the system of Bundle.identifier is a URI", hint);
        }
        for (code, entry) in self.root.find("reports.canonicals").into_iter().flat_map(Node::entries) {
            if entry.node.text().is_some_and(|text| !is_uri(text)) {
                let hint = Some("the address of the Questionnaire, with |version where it has one".into());
                self.error(entry.node.at, format!("the canonical of `{code}` is no URI"), hint);
            }
        }
        for (code, entry) in self.root.find("reports.questionnaires").into_iter().flat_map(Node::entries) {
            let Some(text) = entry.node.text() else { continue };
            let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else {
                self.error(entry.node.at, format!("the questionnaire of `{code}` is not JSON"), None);
                continue;
            };
            let word = |name: &str| json.get(name).and_then(serde_json::Value::as_str);
            if word("resourceType") != Some("Questionnaire") {
                self.error(entry.node.at, format!("the questionnaire of `{code}` is no FHIR Questionnaire"), None);
            } else if !word("url").is_some_and(|url| is_uri(url) && !url.contains('|')) {
                let hint = Some("responses name it by its `url`".into());
                self.error(entry.node.at, format!("the questionnaire of `{code}` has no `url`"), hint);
            }
        }
    }
}

/// The tracks whose section may have a measure or instrument.
fn tracks_of<'g>(guide: &'g Guide, code: &str) -> Vec<&'g str> {
    let measure = guide.measure(code).map(|measure| &measure.tracks);
    let tracks = measure.or_else(|| guide.instrument(code).map(|instrument| &instrument.tracks));
    tracks.map(|tracks| tracks.iter().map(String::as_str).collect()).unwrap_or_default()
}

/// Whether a text has the form of an absolute URI.
fn is_uri(text: &str) -> bool {
    let scheme = text.split_once(':').filter(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
    scheme.is_some_and(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)))
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}
