//! Numbers from a seed (SplitMix64). It stands here because a stream must stay the same with every release, which libraries of
//! random numbers do not promise.

/// A source of numbers.
#[derive(Debug)]
pub(super) struct Random(u64);

/// The step of SplitMix64.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Random {
    /// The source of one person of a seed.
    pub(super) fn new(seed: u64, person: u64) -> Self {
        let mut mixed = Self(seed);
        let start = mixed.next();
        Self(start ^ person.wrapping_mul(STEP))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where `end` is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or_default()
    }

    /// Whether something happens that does so in so many of a hundred cases.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of several; the default where there are none.
    pub(super) fn one<T: Copy + Default>(&mut self, of: &[T]) -> T {
        let at = usize::try_from(self.below(of.len() as u64)).unwrap_or_default();
        of.get(at).copied().unwrap_or_default()
    }
}
