//! What was counted.

use bridge_types::failpoint::Step;
use std::collections::BTreeMap;
use std::fmt;

/// Counts of all worlds so far.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// Worlds that were brought to rest and compared.
    pub worlds: usize,
    /// Kills at each step, by its name.
    pub at_step: BTreeMap<&'static str, usize>,
    /// Kills at a random moment.
    pub at_random: usize,
    /// Kills after the step was not reached in time.
    pub not_reached: usize,
    /// Feeds acknowledged with `AA` or `CA`.
    pub acknowledged: usize,
    /// Times that a feed was sent again, after a reset, an end or silence.
    pub resent: usize,
    /// Feeds in the ledger.
    pub stored: usize,
    /// Submissions that CMS took.
    pub accepted: usize,
    /// Eligibility checks that were asked again, which changes nothing.
    pub asked_again: usize,
    /// Submissions in doubt, which a person decided.
    pub doubts: usize,
    /// Submissions with an outcome.
    pub outcomes: usize,
    /// Notices that reached the route.
    pub notices: usize,
    /// Those of them that came more than once, byte for byte.
    pub repeated: usize,
    /// People whose operations were compared with the order in which they were asked for.
    pub people: usize,
    /// Everything that must not be.
    pub wrongs: Vec<Wrong>,
    /// The end of the service's log in the world of the first wrong.
    pub log: String,
}

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// A feed was acknowledged and is not in the ledger, or nothing came of it.
    Lost(String),
    /// A business key was submitted twice, or a feed stored twice.
    Doubled(String),
    /// An outcome or notice never reached the route, or came under another id or with other bytes.
    Unheard(String),
    /// Operations of one person out of order.
    Disordered(String),
    /// Anything else.
    Other(String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(what) => write!(f, "lost: {what}"),
            Self::Doubled(what) => write!(f, "doubled: {what}"),
            Self::Unheard(what) => write!(f, "unheard: {what}"),
            Self::Disordered(what) => write!(f, "out of order: {what}"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

impl Tally {
    /// How often the service was killed.
    #[must_use]
    pub fn kills(&self) -> usize {
        self.at_step.values().sum::<usize>() + self.at_random + self.not_reached
    }

    /// The steps at which it was never killed.
    #[must_use]
    pub fn untouched(&self) -> Vec<&'static str> {
        Step::ALL.iter().map(|step| step.as_str()).filter(|step| !self.at_step.contains_key(step)).collect()
    }

    fn count(&self, of: impl Fn(&Wrong) -> bool) -> usize {
        self.wrongs.iter().filter(|wrong| of(wrong)).count()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<String> = self.at_step.iter().map(|(step, count)| format!("{step} {count}")).collect();
        let lines = [
            format!(
                "kills      {}: {} at a step, {} at random, {} where the step was not reached in time",
                self.kills(),
                self.at_step.values().sum::<usize>(),
                self.at_random,
                self.not_reached
            ),
            format!("           {}", steps.join(", ")),
            format!(
                "feeds      {} acknowledged, {} stored, {} sent again; lost: {}",
                self.acknowledged,
                self.stored,
                self.resent,
                self.count(|wrong| matches!(wrong, Wrong::Lost(_)))
            ),
            format!(
                "accepted   {} by CMS, {} eligibility checks asked again, {} in doubt and decided; doubled: {}",
                self.accepted,
                self.asked_again,
                self.doubts,
                self.count(|wrong| matches!(wrong, Wrong::Doubled(_)))
            ),
            format!(
                "outcomes   {}; {} notices, {} of them more than once with the same id and bytes; unheard: {}",
                self.outcomes,
                self.notices,
                self.repeated,
                self.count(|wrong| matches!(wrong, Wrong::Unheard(_)))
            ),
            format!(
                "order      {} people; out of order: {}",
                self.people,
                self.count(|wrong| matches!(wrong, Wrong::Disordered(_)))
            ),
            format!("otherwise  wrong: {}", self.count(|wrong| matches!(wrong, Wrong::Other(_)))),
        ];
        f.write_str(&lines.join("\n"))?;
        for wrong in &self.wrongs {
            write!(f, "\n  {wrong}")?;
        }
        Ok(())
    }
}
