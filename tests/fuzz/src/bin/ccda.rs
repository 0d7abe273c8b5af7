//! C-CDA: any bytes that begin like XML.
#![no_main]

libfuzzer_sys::fuzz_target!(|feed: &[u8]| {
    if feed.first() == Some(&b'<') {
        fuzz::follow(feed);
    }
});
