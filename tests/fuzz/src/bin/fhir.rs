//! FHIR: any text that begins like JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|feed: &[u8]| {
    if feed.first().is_some_and(|byte| matches!(byte, b'{' | b'[')) {
        fuzz::follow(feed);
    }
});
