//! HL7 v2: any bytes after a message header, and any bytes at all.
#![no_main]

libfuzzer_sys::fuzz_target!(|feed: &[u8]| {
    fuzz::follow(feed);
    if !feed.starts_with(b"MSH") {
        fuzz::follow(&[b"MSH|^~\\&|A|B|C|D|20260102030405||ADT^A08|1|P|2.5.1\r", feed].concat());
    }
});
