//! Score arithmetic, exact. Scores that need an owner's table are never computed.

use super::decimal::{Decimal, Fraction};
use access_mappings::ScoreFacts;
use std::cmp::Ordering;

/// Answers that count, each as its ordinal with the greatest one it could have.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    /// Ordinals and the greatest ordinals.
    pub(super) answered: Vec<(i32, i32)>,
    /// The greatest ordinals of items that count and have no answer.
    pub(super) missing: Vec<i32>,
}

impl Counted {
    fn sum(&self) -> i64 {
        self.answered.iter().map(|(ordinal, _)| i64::from(*ordinal)).sum()
    }

    /// The score by its rule; none where only the owner's table tells, or where nothing was answered.
    pub(super) fn score(&self, facts: &ScoreFacts) -> Option<Fraction> {
        let count = i64::try_from(self.answered.len()).ok().filter(|count| *count > 0)?;
        match facts.rule.as_str() {
            "sum" => Fraction::new(self.sum(), 1),
            "percent-of-answered" => {
                let most = self.answered.iter().map(|(_, most)| i64::from(*most)).sum();
                Fraction::new(self.sum() * 100, most)
            }
            "mean-25" => Fraction::new((self.sum() - count) * 25, count),
            _ => None,
        }
    }

    /// Whether a stated score is what these answers give by its rule, as far as it was written. What only the owner's table tells is.
    pub(super) fn gives(&self, facts: &ScoreFacts, stated: Decimal) -> bool {
        self.score(facts).is_none_or(|exact| exact.rounds_to(stated))
    }

    /// Whether a stated score may be that of these answers. Of a sum with missing answers it may be anything from what was answered
    /// to what could have been: some owners fill such gaps. Reported is what the answers give, see [`Self::gives`].
    pub(super) fn agrees(&self, facts: &ScoreFacts, stated: Decimal) -> bool {
        let Some(exact) = self.score(facts) else { return true };
        if facts.rule == "sum" && !self.missing.is_empty() {
            let most = self.sum() + self.missing.iter().map(|most| i64::from(*most)).sum::<i64>();
            return exact.compare(stated) != Ordering::Greater
                && Fraction::new(most, 1).is_some_and(|most| most.compare(stated) != Ordering::Less);
        }
        exact.rounds_to(stated)
    }
}

#[cfg(test)]
mod tests {
    use super::{Counted, Decimal};
    use access_mappings::ScoreFacts;
    use proptest::prelude::*;

    fn rule(rule: &str) -> ScoreFacts {
        ScoreFacts {
            link: "score".to_owned(),
            loinc: String::new(),
            rule: rule.to_owned(),
            range: None,
            required: false,
        }
    }

    fn counted(ordinals: &[i32], most: i32, missing: usize) -> Counted {
        Counted { answered: ordinals.iter().map(|one| (*one, most)).collect(), missing: vec![most; missing] }
    }

    fn shown(counted: &Counted, facts: &ScoreFacts) -> String {
        counted.score(facts).map(super::Fraction::shown).unwrap_or_default()
    }

    #[test]
    fn the_rules_reproduce_the_totals_of_the_guides_examples() {
        for (name, ordinals, most, facts, total) in [
            ("PHQ-9", &[1, 1, 2, 1, 0, 1, 1, 0, 0][..], 3, "sum", "7"),
            ("GAD-7", &[1, 1, 1, 1, 0, 1, 1], 3, "sum", "6"),
            ("WHODAS", &[2, 3, 2, 2, 3, 2, 3, 1, 1, 2, 2, 3], 5, "sum", "26"),
            ("PROMIS-PF", &[4, 3, 3, 4, 1, 2], 5, "sum", "17"),
            ("PROMIS-PI", &[2, 2, 3, 2, 3, 3], 5, "sum", "15"),
            ("ODI", &[2, 1, 3, 1, 2, 2, 1, 2, 3, 2], 5, "percent-of-answered", "38"),
            ("NDI", &[2, 1, 2, 2, 3, 2, 2, 2, 2, 2], 5, "percent-of-answered", "40"),
            ("QuickDASH", &[3, 4, 3, 2, 2, 4, 3, 4, 3, 2, 3], 5, "mean-25", "50"),
        ] {
            assert_eq!(shown(&counted(ordinals, most, 0), &rule(facts)), total, "{name}");
        }
        assert_eq!(shown(&counted(&[2, 2, 1, 3, 2, 2, 3], 4, 0), &rule("owner")), "");
        // One section of ten left out, one question of eleven.
        assert_eq!(shown(&counted(&[2, 1, 3, 1, 2, 2, 1, 3, 2], 5, 1), &rule("percent-of-answered")), "37.78");
        assert_eq!(shown(&counted(&[3, 4, 3, 2, 2, 4, 3, 4, 3, 2], 5, 1), &rule("mean-25")), "50");
        assert_eq!(shown(&counted(&[], 5, 10), &rule("percent-of-answered")), "");
    }

    #[test]
    fn a_stated_score_agrees_as_far_as_it_was_written() {
        let agrees = |counted: &Counted, facts: &str, stated: &str| {
            counted.agrees(&rule(facts), Decimal::parse(stated).unwrap())
        };
        let odi = counted(&[2, 1, 3, 1, 2, 2, 1, 3, 2], 5, 1);
        for (stated, same) in [("37.78", true), ("37.8", true), ("38", true), ("17", false), ("37", false)] {
            assert_eq!(agrees(&odi, "percent-of-answered", stated), same, "{stated}");
        }
        let phq = counted(&[1, 1, 2, 1, 0, 1, 1], 3, 2);
        for (stated, same) in [("7", true), ("9", true), ("13", true), ("14", false), ("6", false)] {
            assert_eq!(agrees(&phq, "sum", stated), same, "{stated}");
        }
        assert!(agrees(&phq, "owner", "36.8"));
    }

    proptest! {
        #[test]
        fn a_score_stays_within_its_bounds_and_does_not_depend_on_the_order(
            mut ordinals in prop::collection::vec(1_i32..=5, 1..12), missing in 0_usize..3,
        ) {
            let before = counted(&ordinals, 5, missing);
            let count = ordinals.len() as f64;
            let sum: i32 = ordinals.iter().sum();
            ordinals.reverse();
            let after = counted(&ordinals, 5, missing);
            for (name, expected) in [
                ("sum", f64::from(sum)),
                ("percent-of-answered", f64::from(sum) * 100.0 / (5.0 * count)),
                ("mean-25", (f64::from(sum) / count - 1.0) * 25.0),
            ] {
                let facts = rule(name);
                let text = shown(&before, &facts);
                prop_assert_eq!(&text, &shown(&after, &facts));
                let value: f64 = text.parse().unwrap();
                // The model counts in floats and may be off by its own rounding.
                prop_assert!((value - expected).abs() <= 0.005 + 1e-9);
                prop_assert!(before.agrees(&facts, Decimal::parse(&text).unwrap()));
                prop_assert!(name == "sum" || (0.0..=100.0).contains(&value));
            }
        }

        #[test]
        fn another_total_does_not_agree(ordinals in prop::collection::vec(0_i32..=5, 1..12), off in 1_i32..50) {
            let counted = counted(&ordinals, 5, 0);
            let facts = rule("sum");
            let sum: i32 = ordinals.iter().sum();
            for wrong in [sum + off, sum - off] {
                prop_assert!(!counted.agrees(&facts, Decimal::parse(&wrong.to_string()).unwrap()));
            }
            // Of a percentage a whole per cent is told apart, however many items there are.
            let most = 5 * i32::try_from(ordinals.len()).unwrap();
            let wrong = sum * 100 / most + 1 + off;
            prop_assert!(!counted.agrees(&rule("percent-of-answered"), Decimal::parse(&wrong.to_string()).unwrap()));
        }
    }
}
