//! Which instrument and which item a feed means: by code, canonical, `linkId`, or what the site says of a sender's own codes.

use access_mappings::{Guide, InstrumentFacts, ItemFacts, Profile, ScoreFacts, SenderRules, is_loinc};

/// LOINC.
pub(crate) const LOINC: &str = "http://loinc.org";

/// A code by which a feed names an item: a code with its system, or a `linkId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// The code or `linkId`.
    pub(crate) code: &'a str,
    /// Its system: [`LOINC`], another one as the feed had it, or empty.
    pub(crate) system: &'a str,
}

impl<'a> Token<'a> {
    /// A LOINC code.
    #[cfg(test)]
    pub(crate) fn loinc(code: &'a str) -> Self {
        Self { code, system: LOINC }
    }

    /// A code of the sender's own.
    pub(crate) fn local(code: &'a str, system: &'a str) -> Self {
        Self { code, system }
    }

    /// The LOINC code it is: `44250-9`, and in a `linkId` also `/44250-9` and `/44249-1/44250-9`.
    pub(crate) fn as_loinc(self) -> Option<&'a str> {
        let last = match self.system {
            LOINC => self.code,
            "" => self.code.rsplit('/').next().unwrap_or(self.code),
            _ => return None,
        };
        is_loinc(last).then_some(last)
    }
}

/// What a token means within an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'p> {
    /// An item of the guide.
    Item(&'p ItemFacts),
    /// A score of the guide.
    Score(&'p ScoreFacts),
}

impl<'p> Place<'p> {
    /// Its `linkId`.
    pub(crate) fn link(self) -> &'p str {
        match self {
            Self::Item(item) => &item.link,
            Self::Score(score) => &score.link,
        }
    }
}

/// What was found out about an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found<'p> {
    /// This one.
    One(&'p InstrumentFacts),
    /// Several are as likely.
    Several,
    /// None.
    Nothing,
}

/// The instruments of the guide with what a sender calls them. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Known<'p> {
    guide: &'p Guide,
    profile: &'p Profile,
    sender: SenderRules<'p>,
}

impl<'p> Known<'p> {
    pub(crate) fn new(profile: &'p Profile, sender: SenderRules<'p>) -> Self {
        Self { guide: &profile.guide, profile, sender }
    }

    /// The sender's rules.
    pub(crate) fn sender(self) -> SenderRules<'p> {
        self.sender
    }

    /// The guide.
    pub(crate) fn guide(self) -> &'p Guide {
        self.guide
    }

    /// The instrument that a code of a panel or Questionnaire names.
    pub(crate) fn by_code(self, token: Token<'_>) -> Found<'p> {
        let own = self.sender.questionnaire(token.code, token.system).and_then(|code| self.guide.instrument(code));
        if let Some(own) = own {
            return Found::One(own);
        }
        let named = |instrument: &&InstrumentFacts| {
            instrument.codes.iter().any(|known| known.code == token.code && known.system == token.system)
        };
        one(self.guide.instruments.iter().filter(named))
    }

    /// The instrument of that name, in any case: `PHQ-9`, `phq9`.
    pub(crate) fn by_name(self, name: &str) -> Found<'p> {
        let own = self.sender.questionnaire(name, "").and_then(|code| self.guide.instrument(code));
        if let Some(own) = own {
            return Found::One(own);
        }
        self.by_word(name)
    }

    /// The instrument whose Questionnaire has that canonical.
    pub(crate) fn by_canonical(self, canonical: &str) -> Found<'p> {
        let url = without_version(canonical);
        if url.is_empty() {
            return Found::Nothing;
        }
        let own = self.sender.questionnaire(url, "");
        let configured = || {
            let mut known = self.profile.reports.canonicals.iter();
            known.find(|(_, known)| without_version(known) == url).map(|(code, _)| code.as_str())
        };
        if let Some(known) = own.or_else(configured).and_then(|code| self.guide.instrument(code)) {
            return Found::One(known);
        }
        let last = url.rsplit('/').next().unwrap_or(url);
        let coded = |instrument: &&InstrumentFacts| instrument.codes.iter().any(|known| known.code == last);
        match one(self.guide.instruments.iter().filter(coded)) {
            Found::Nothing => self.by_word(last),
            found => found,
        }
    }

    /// The instrument that a word names. A name with more to it is another questionnaire's: the short form of eight items is not that
    /// of six.
    fn by_word(self, word: &str) -> Found<'p> {
        let word = plain(word);
        let word = word.strip_suffix("questionnaire").unwrap_or(&word);
        let named = |instrument: &&InstrumentFacts| {
            plain(&instrument.code) == word || instrument.names.iter().any(|name| name == word)
        };
        one(self.guide.instruments.iter().filter(named))
    }

    /// What a token means within an instrument.
    pub(crate) fn place(self, instrument: &'p InstrumentFacts, token: Token<'_>) -> Option<Place<'p>> {
        let by_link = |link: &str| {
            let item = instrument.item(link).map(Place::Item);
            item.or_else(|| instrument.score(link).map(Place::Score))
        };
        let own = self.sender.question(token.code, token.system, Some(&instrument.code));
        if let Some(place) = own.and_then(|(_, link)| by_link(link)) {
            return Some(place);
        }
        if token.system != LOINC
            && let Some(place) = by_link(token.code)
        {
            return Some(place);
        }
        let code = token.as_loinc()?;
        let item = instrument.items.iter().find(|item| item.is_loinc(code)).map(Place::Item);
        item.or_else(|| instrument.scores.iter().find(|score| score.loinc == code).map(Place::Score))
    }

    /// The `linkId` of an item or score that a name means when case makes no difference, else the name itself.
    pub(crate) fn spelt<'t>(self, name: &'t str) -> &'t str
    where
        'p: 't,
    {
        let links = self.guide.instruments.iter().flat_map(|one| {
            one.items.iter().map(|item| item.link.as_str()).chain(one.scores.iter().map(|score| score.link.as_str()))
        });
        let mut same = links.filter(|link| link.eq_ignore_ascii_case(name));
        if same.clone().any(|link| link == name) { name } else { same.next().unwrap_or(name) }
    }

    /// Whether a token means something in any instrument.
    pub(crate) fn is_known(self, token: Token<'_>) -> bool {
        let linked = |one: &InstrumentFacts| one.item(token.code).is_some() || one.score(token.code).is_some();
        let coded = |code: &str| {
            let of = |one: &InstrumentFacts| {
                one.items.iter().any(|item| item.is_loinc(code)) || one.scores.iter().any(|score| score.loinc == code)
            };
            self.guide.instruments.iter().any(of)
        };
        if self.sender.question(token.code, token.system, None).is_some() {
            return true;
        }
        self.guide.may_ask(token.code)
            && ((token.system != LOINC && self.guide.instruments.iter().any(linked))
                || token.as_loinc().is_some_and(coded))
    }

    /// Whether one of the tokens of an item has a place in an instrument.
    pub(crate) fn has(self, instrument: &'p InstrumentFacts, tokens: &[Token<'_>]) -> bool {
        tokens.iter().any(|token| self.place(instrument, *token).is_some())
    }

    /// Whether one of the tokens of an item means something in any instrument.
    pub(crate) fn knows(self, tokens: &[Token<'_>]) -> bool {
        tokens.iter().any(|token| self.is_known(*token))
    }

    /// Whether an item may be one of an instrument's bank that the guide does not list: it has a LOINC code, and no instrument has it.
    pub(crate) fn may_extend(self, instrument: &InstrumentFacts, tokens: &[Token<'_>]) -> bool {
        let is_loinc = || tokens.iter().any(|token| token.as_loinc().is_some());
        instrument.other_items.is_some() && is_loinc() && !self.knows(tokens)
    }

    /// The instrument in which most of the items have a place, among those in which the one has that must; each item has several
    /// tokens. Of equals, those that are not adaptive go first: items of a bank are also those of its short form.
    pub(crate) fn by_items(self, must: Option<&[Token<'_>]>, items: &[Vec<Token<'_>>]) -> Found<'p> {
        let count =
            |instrument: &'p InstrumentFacts| items.iter().filter(|tokens| self.has(instrument, tokens)).count();
        let fits = |instrument: &&'p InstrumentFacts| must.is_none_or(|tokens| self.has(instrument, tokens));
        let counted: Vec<(usize, &'p InstrumentFacts)> =
            self.guide.instruments.iter().filter(fits).map(|instrument| (count(instrument), instrument)).collect();
        let most = counted.iter().map(|(count, _)| *count).max().unwrap_or(0);
        let best = || counted.iter().filter(move |(count, _)| most > 0 && *count == most).map(|(_, best)| *best);
        match one(best().filter(|best| !best.adaptive)) {
            Found::Nothing => one(best()),
            found => found,
        }
    }
}

/// The only one, if there is one.
fn one<'p>(mut found: impl Iterator<Item = &'p InstrumentFacts>) -> Found<'p> {
    match (found.next(), found.next()) {
        (Some(found), None) => Found::One(found),
        (Some(_), Some(_)) => Found::Several,
        (None, _) => Found::Nothing,
    }
}

/// Letters and digits, in lower case.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// A canonical without its version.
pub(crate) fn without_version(canonical: &str) -> &str {
    canonical.split_once('|').map_or(canonical, |(url, _)| url)
}

#[cfg(test)]
mod tests;
