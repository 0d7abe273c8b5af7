//! The cold start: the component compiled, against the same taken from the cache.

use crate::timing::{Spread, time};
use bridge_runtime::{Adapter, Cache, ComponentBytes, Limits, RuntimeError};
use std::error::Error;

/// Samples of each; compiling takes long.
pub(crate) const STARTS: usize = 5;

/// How many loads from the cache one compilation takes, at the middle of the samples.
pub(crate) fn measure(bytes: &ComponentBytes, profile: &str) -> Result<f64, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let cache = Cache::at(&folder.path().join("compiled"))?;
    let start = |cache: Option<&Cache>| Adapter::new(bytes, profile, Limits::default(), cache).map(drop);
    start(Some(&cache))?;
    let (mut compiled, mut cached) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        compiled.push(time::<RuntimeError>(1, || start(None))?);
        cached.push(time::<RuntimeError>(1, || start(Some(&cache)))?);
    }
    Ok(Spread::of(&compiled).p50 / Spread::of(&cached).p50)
}
