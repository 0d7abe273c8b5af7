//! Checks the questionnaires of a guide: what they name must be there, and only once.

use crate::instruments::{AnswerList, InstrumentFacts, ItemFacts, ScoreFacts, is_answer_code, is_loinc};
use crate::measures::CodeIn;
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong, in no order; `tracks` are the codes of the guide's tracks.
pub(super) fn check(answers: &[AnswerList], instruments: &[InstrumentFacts], tracks: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut lists = BTreeMap::new();
    for list in answers {
        if lists.insert(list.name.as_str(), list).is_some() {
            found.push(format!("answer list `{}` is there twice", list.name));
        }
        check_list(list, &mut found);
    }
    let mut used = BTreeSet::new();
    let (mut codes, mut names) = (BTreeSet::new(), BTreeSet::new());
    for instrument in instruments {
        let name = &instrument.code;
        if !codes.insert(name) {
            found.push(format!("instrument `{name}` is there twice"));
        }
        for known in &instrument.names {
            let plain = known.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            if known.is_empty() || !plain {
                found.push(format!("instrument `{name}`: a name is lower-case letters and digits"));
            }
            if !names.insert(known) {
                found.push(format!("instrument `{name}`: another one has the name `{known}`"));
            }
        }
        check_instrument(instrument, tracks, &mut found);
        for item in &instrument.items {
            used.insert(item.answers.as_str());
            check_item(name, item, &lists, &mut found);
        }
        instrument.scores.iter().for_each(|score| check_score(name, score, &mut found));
    }
    found.extend(
        lists.keys().filter(|name| !used.contains(*name)).map(|name| format!("no item uses answer list `{name}`")),
    );
    found
}

fn check_list(list: &AnswerList, found: &mut Vec<String>) {
    let name = &list.name;
    let mut ordinals: Vec<i32> = list.answers.iter().map(|answer| answer.ordinal).collect();
    ordinals.sort_unstable();
    if ordinals.is_empty() || ordinals.iter().zip(ordinals.iter().skip(1)).any(|(one, next)| one + 1 != *next) {
        found.push(format!("answer list `{name}`: the ordinals are no run of whole numbers without repeats"));
    }
    let mut seen = BTreeSet::new();
    for code in list.answers.iter().map(|answer| answer.code.as_str()).filter(|code| !code.is_empty()) {
        if !is_answer_code(code) {
            found.push(format!("answer list `{name}`: `{code}` is no LOINC answer code"));
        }
        if !seen.insert(code) {
            found.push(format!("answer list `{name}`: `{code}` is there twice"));
        }
    }
}

fn check_instrument(instrument: &InstrumentFacts, tracks: &[&str], found: &mut Vec<String>) {
    let name = &instrument.code;
    if instrument.tracks.is_empty() || !instrument.tracks.iter().all(|track| tracks.contains(&track.as_str())) {
        found.push(format!("instrument `{name}`: `tracks` are tracks of the guide, at least one"));
    }
    for CodeIn { system, code } in instrument.codes.iter().chain([&instrument.section]) {
        if system == "http://loinc.org" && !is_loinc(code) {
            found.push(format!("instrument `{name}`: `{code}` is no LOINC code"));
        }
    }
    let links = instrument.items.iter().map(|item| &item.link);
    let mut seen = BTreeSet::new();
    for link in links.chain(instrument.scores.iter().map(|score| &score.link)) {
        if link.is_empty() || !seen.insert(link) {
            found.push(format!("instrument `{name}`: linkId `{link}` is empty or there twice"));
        }
    }
    let mut seen = BTreeSet::new();
    let loinc = instrument.items.iter().flat_map(|item| item.also.iter().chain([&item.loinc]));
    for code in loinc.chain(instrument.scores.iter().map(|score| &score.loinc)).filter(|code| !code.is_empty()) {
        if !is_loinc(code) {
            found.push(format!("instrument `{name}`: `{code}` is no LOINC code"));
        }
        if !seen.insert(code) {
            found.push(format!("instrument `{name}`: two items have code `{code}`"));
        }
    }
    let counting = instrument.items.iter().filter(|item| !item.optional).count();
    if counting == 0 || usize::from(instrument.may_miss) >= counting {
        found.push(format!("instrument `{name}`: at least one item must count and may not be missed"));
    }
    if instrument.adaptive != instrument.other_items.is_some() {
        found.push(format!("instrument `{name}`: `other_items` is for adaptive instruments, which need it"));
    }
}

fn check_item(name: &str, item: &ItemFacts, lists: &BTreeMap<&str, &AnswerList>, found: &mut Vec<String>) {
    let link = &item.link;
    let [least, greatest] = item.range;
    if least > greatest {
        found.push(format!("instrument `{name}`: the range of `{link}` is empty"));
    }
    match item.form.as_str() {
        "coded" => {
            let ordinals =
                |list: &&AnswerList| list.answers.iter().map(|answer| answer.ordinal).collect::<BTreeSet<_>>();
            match lists.get(item.answers.as_str()).map(ordinals) {
                None => found.push(format!("instrument `{name}`: `{link}` needs an answer list that is there")),
                Some(ordinals) if !ordinals.iter().copied().eq(least..=greatest) => {
                    found.push(format!("instrument `{name}`: the range of `{link}` is not that of its answer list"));
                }
                Some(_) => {}
            }
        }
        "integer" | "decimal" if item.answers.is_empty() => {}
        "integer" | "decimal" => {
            found.push(format!("instrument `{name}`: `{link}` is a number and has no answer list"));
        }
        _ => found.push(format!("instrument `{name}`: form of `{link}` is coded, integer or decimal")),
    }
}

fn check_score(name: &str, score: &ScoreFacts, found: &mut Vec<String>) {
    let link = &score.link;
    let owned = score.rule == "owner";
    if !owned && !["sum", "percent-of-answered", "mean-25"].contains(&score.rule.as_str()) {
        found.push(format!("instrument `{name}`: rule of `{link}` is sum, percent-of-answered, mean-25 or owner"));
    }
    if owned != score.range.is_some_and(|[least, greatest]| least < greatest) || (score.required && !owned) {
        found.push(format!(
            "instrument `{name}`: `range` and `required` of `{link}` are for rule owner, which needs a range"
        ));
    }
}
