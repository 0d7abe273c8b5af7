//! The tables. Ratios only, save what a fresh instance adds: its aim is a time, so that stands beside its ratio.

use crate::rounds::Measured;
use crate::timing::Spread;

/// Most that the component may take, as a multiple of native.
const AIM_RATIO: f64 = 1.5;
/// Most that a fresh instance may add, in microseconds.
const AIM_MICROS: f64 = 50.0;

/// Most that the whole conversion of [`INDEXED`] may take in a warm component, as a multiple of a bare index of its delimiters.
const AIM_INDEXES: f64 = 23.0;
/// The feed that aim is about.
const INDEXED: &str = "bench-2500";

/// The table of one feed at one pace.
pub(crate) fn table(name: &str, bytes: usize, pace: &str, measured: &Measured) -> String {
    let Measured { index, parser, native, warm, added, instance, empty } = *measured;
    let per_warm = |spread: Spread| with_time(spread.over(Spread { p50: warm.p50, p99: warm.p50 }), spread);
    let rows = [
        ("component / native", plain(warm.over(native))),
        ("component / parser alone", plain(warm.over(parser))),
        ("native / parser alone", plain(native.over(parser))),
        ("component / bare index", plain(warm.over(index))),
        ("native / bare index", plain(native.over(index))),
        ("parser alone / bare index", plain(parser.over(index))),
        ("fresh instance adds, of a warm call", per_warm(added)),
        ("  instance and profile, of a warm call", per_warm(instance)),
        ("  instance alone, of a warm call", per_warm(empty)),
    ];
    let mut text = format!("{name} ({bytes} bytes), {pace}\n{:<40}{:>22}{:>22}\n", "", "p50", "p99");
    for (label, [p50, p99]) in rows {
        text += &format!("{label:<40}{p50:>22}{p99:>22}\n");
    }
    text += &format!("aim: component within {AIM_RATIO}x of native: {}\n", verdict(warm.over(native), AIM_RATIO));
    if name == INDEXED {
        let ratio = warm.over(index);
        text += &format!(
            "aim: conversion in a warm component within {AIM_INDEXES}x of a bare index: {:.1}x, {}\n",
            ratio.p50,
            verdict(ratio, AIM_INDEXES)
        );
    }
    text += &format!("aim: fresh instance adds at most {AIM_MICROS} µs: {}\n", verdict(added, AIM_MICROS));
    text
}

fn plain(ratio: Spread) -> [String; 2] {
    [ratio.p50, ratio.p99].map(|ratio| format!("{ratio:.2}x"))
}

fn with_time(ratio: Spread, micros: Spread) -> [String; 2] {
    [(ratio.p50, micros.p50), (ratio.p99, micros.p99)].map(|(ratio, micros)| format!("{ratio:.2}x ({micros:.0} µs)"))
}

fn verdict(value: Spread, aim: f64) -> String {
    let [p50, p99] = [value.p50, value.p99].map(|value| if value <= aim { "met" } else { "not met" });
    format!("{p50} at p50, {p99} at p99")
}
