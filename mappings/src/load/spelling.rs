//! Finds the known word that somebody most likely meant.

/// The known word nearest to `word`, if one is near enough to be worth suggesting.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let allowed = (wanted.chars().count() / 3).clamp(1, 3);
    let scored = known.into_iter().map(|candidate| (distance(&wanted, &candidate.to_lowercase()), candidate));
    scored.filter(|(distance, _)| *distance <= allowed).min().map(|(_, candidate)| candidate)
}

/// A hint that offers the nearest known word, or else all of them while they are few. Nearest is one that only has a word before it:
/// `medicare` is `original-medicare`, and not `medicaid`.
pub(super) fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    let end = format!("-{}", word.to_lowercase());
    let longer = known.clone().into_iter().find(|candidate| candidate.ends_with(&end));
    if let Some(near) = longer.or_else(|| nearest(word, known.clone())) {
        return Some(format!("did you mean `{near}`?"));
    }
    let known: Vec<&str> = known.into_iter().collect();
    (!known.is_empty() && known.len() <= 20).then(|| format!("known here: {}", known.join(", ")))
}

/// How many letters must be changed, added, dropped or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX - 1);
            let changed = at(&last, column) + usize::from(letter != other);
            let mut best = changed.min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            let neighbours =
                row > 0 && column > 0 && left.get(row - 1) == Some(other) && right.get(column - 1) == Some(letter);
            if neighbours {
                best = best.min(at(&before_last, column - 1) + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest, suggest};

    #[test]
    fn counts_changes_and_swaps() {
        assert_eq!(distance("fillers", "fillers"), 0);
        assert_eq!(distance("filers", "fillers"), 1);
        assert_eq!(distance("fresh_dasy", "fresh_days"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn suggests_only_what_is_near_or_a_short_list() {
        let known = ["carriers", "local_types", "positions"];
        assert_eq!(nearest("carrier", known), Some("carriers"));
        assert_eq!(nearest("Positions", known), Some("positions"));
        assert_eq!(nearest("birthday", known), None);
        assert_eq!(suggest("carier", known).unwrap(), "did you mean `carriers`?");
        assert_eq!(suggest("birthday", known).unwrap(), "known here: carriers, local_types, positions");
    }
}
