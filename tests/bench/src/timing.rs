//! The clock of the benches, and what is made of its samples.

use std::time::Instant;

/// Microseconds that one of `batch` runs took on average.
#[expect(clippy::disallowed_methods, reason = "a bench measures")]
pub(crate) fn time<E>(batch: u32, mut run: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let start = Instant::now();
    for _ in 0..batch {
        run()?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(batch))
}

/// The middle and the slow end of a series.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Spread {
    pub(crate) fn of(samples: &[f64]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |percent: usize| sorted.get(sorted.len() * percent / 100).copied().unwrap_or(f64::NAN);
        Self { p50: at(50), p99: at(99) }
    }

    /// Each percentile as a multiple of the same percentile of `base`.
    pub(crate) fn over(self, base: Self) -> Self {
        Self { p50: self.p50 / base.p50, p99: self.p99 / base.p99 }
    }
}
