//! Times in buckets, each an eighth of a power of two wide, so that a percentile is at most an eighth too high.

use std::time::Duration;

/// Bits of a time that tell buckets of one power of two apart.
const FINE: u32 = 3;
/// Buckets for every number of nanoseconds that 64 bits hold.
const BUCKETS: usize = 64 << FINE;

/// Counts by time.
#[derive(Debug)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0 }
    }
}

impl Histogram {
    /// Counts one time.
    pub(super) fn count(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(bucket(nanos)) {
            *count += 1;
            self.total += 1;
        }
    }

    /// The time that so many of a hundred do not exceed; none where nothing was counted.
    pub(super) fn percentile(&self, percent: u64) -> Option<Duration> {
        let wanted = self.total.saturating_mul(percent).div_ceil(100).max(1);
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        })?;
        Some(Duration::from_nanos(highest(found)))
    }
}

fn bucket(nanos: u64) -> usize {
    let power = nanos.checked_ilog2().unwrap_or_default();
    if power <= FINE {
        return usize::try_from(nanos).unwrap_or_default();
    }
    let fine = (nanos >> (power - FINE)) & ((1 << FINE) - 1);
    (((power - 1) as usize) << FINE) + usize::try_from(fine).unwrap_or_default()
}

/// The highest number in a bucket.
fn highest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let power = (bucket >> FINE) + 1;
    if bucket < 2 << FINE {
        return bucket;
    }
    let fine = bucket & ((1 << FINE) - 1);
    let shift = power.saturating_sub(u64::from(FINE));
    let start = ((1 << FINE) | fine).checked_shl(u32::try_from(shift).unwrap_or(u32::MAX)).unwrap_or(u64::MAX);
    start.saturating_add((1_u64 << shift.min(63)) - 1)
}

#[cfg(test)]
mod tests {
    use super::{Histogram, bucket, highest};
    use std::time::Duration;

    #[test]
    fn a_bucket_ends_at_most_an_eighth_above_what_it_holds() {
        let numbers = (0..5_000).chain((10..63).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]));
        for number in numbers {
            let end = highest(bucket(number));
            assert!(end >= number && end - number <= number / 8, "{number}: {end}");
        }
        assert!(bucket(u64::MAX) < super::BUCKETS);
    }

    #[test]
    fn percentiles_are_those_of_the_times() {
        let mut times = Histogram::default();
        assert_eq!(times.percentile(50), None);
        for micros in 1..=1_000 {
            times.count(Duration::from_micros(micros));
        }
        for (percent, micros) in [(50, 500.0), (99, 990.0)] {
            let found = times.percentile(percent).unwrap().as_secs_f64() * 1e6;
            assert!(found >= micros && found <= micros * 1.125, "{percent}: {found}");
        }
    }
}
