//! Ticks the engine's epoch, which is how a call is stopped when its time is up.

use std::time::Duration;

/// How long one tick is. Time limits are rounded up to it.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Ticks until the engine is gone. Holds it weakly, so that it never keeps an engine alive.
pub(crate) fn start(engine: &wasmtime::Engine) -> std::io::Result<()> {
    let weak = engine.weak();
    std::thread::Builder::new().name("epoch".to_owned()).spawn(move || {
        while let Some(engine) = weak.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    })?;
    Ok(())
}

/// How many ticks a time limit is.
pub(crate) fn ticks(limit: Duration) -> u64 {
    let ticks = limit.as_millis().div_ceil(TICK.as_millis().max(1));
    u64::try_from(ticks).unwrap_or(u64::MAX).saturating_add(1)
}
