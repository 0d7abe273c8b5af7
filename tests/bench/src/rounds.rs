//! Measures every way of one feed, interleaved: whatever disturbs the machine disturbs all of them alike.

use crate::timing::{Spread, time};
use crate::ways::{index, natively, sandboxed};
use access_mappings::Profile;
use bridge_runtime::{Adapter, RuntimeError};
use std::error::Error;
use std::hint::black_box;

/// Samples of each way.
pub(crate) const ROUNDS: usize = 300;
/// Rounds before the first sample.
const WARM_UP: usize = 30;
/// How many calls one sample is the mean of: one, with everything else between it and the next of its way, as in a service; and many
/// back to back, which finds the caches of the processor filled. Always the same for every way.
pub(crate) const PACES: [(&str, u32); 2] = [("one call at a time", 1), ("16 calls back to back", 16)];
/// Ways that are measured.
const WAYS: usize = 7;

/// What one feed took, way by way.
pub(crate) struct Measured {
    pub(crate) index: Spread,
    pub(crate) parser: Spread,
    pub(crate) native: Spread,
    pub(crate) warm: Spread,
    /// How much longer than the warm call of its round each call in a fresh instance took.
    pub(crate) added: Spread,
    /// Making and dropping an instance with the profile loaded.
    pub(crate) instance: Spread,
    /// Making and dropping an instance that refuses an empty profile: all but the loading.
    pub(crate) empty: Spread,
}

/// Measures a feed at one pace.
pub(crate) fn measure(
    adapter: &Adapter,
    profile: &Profile,
    feed: &[u8],
    calls: u32,
) -> Result<Measured, Box<dyn Error>> {
    let text = std::str::from_utf8(feed)?;
    let unloaded = adapter.with_profile("");
    let mut kept = adapter.instantiate()?;
    agree(&natively(profile, feed)?, &sandboxed(&mut kept, feed)?)?;

    let mut series: [Vec<f64>; WAYS] = Default::default();
    for round in 0..WARM_UP + ROUNDS {
        // Each round begins with another way, so that none always follows the same one.
        for step in 0..WAYS {
            let way = (round + step) % WAYS;
            let sample = match way {
                0 => time(calls, || done::<_, RuntimeError>(index(black_box(feed))))?,
                1 => time(calls, || hl7_parser::parse_message_with_lenient_newlines(black_box(text)).and_then(done))?,
                2 => time(calls, || natively(profile, black_box(feed)).and_then(done))?,
                3 => time(calls, || sandboxed(&mut kept, black_box(feed)).and_then(done))?,
                4 => time(calls, || sandboxed(&mut adapter.instantiate()?, black_box(feed)).and_then(done))?,
                5 => time(calls, || adapter.instantiate().map(drop))?,
                _ => time(calls, || match unloaded.instantiate() {
                    Err(RuntimeError::Profile(_)) => Ok(()),
                    Err(error) => Err(Box::<dyn Error>::from(error)),
                    Ok(_) => Err("an empty profile was taken".into()),
                })?,
            };
            if round >= WARM_UP {
                series[way].push(sample);
            }
        }
    }
    let [index, parser, native, warm, fresh, instance, empty] = &series;
    let added: Vec<f64> = fresh.iter().zip(warm).map(|(fresh, warm)| fresh - warm).collect();
    Ok(Measured {
        index: Spread::of(index),
        parser: Spread::of(parser),
        native: Spread::of(native),
        warm: Spread::of(warm),
        added: Spread::of(&added),
        instance: Spread::of(instance),
        empty: Spread::of(empty),
    })
}

/// Comparing times is fair only where both did the same work, and some.
fn agree(native: &[String], component: &[String]) -> Result<(), &'static str> {
    if native.is_empty() {
        return Err("the feed leads to no payload");
    }
    if native != component {
        return Err("native and component do not compose the same payloads");
    }
    Ok(())
}

fn done<T, E>(result: T) -> Result<(), E> {
    black_box(result);
    Ok(())
}
