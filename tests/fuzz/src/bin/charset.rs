//! Character sets: a declared label (first line), a configured default (second line), then the bytes of a message.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let (Some(label), Some(default), Some(body)) = (lines.next(), lines.next(), lines.next()) else { return };
    let default = String::from_utf8_lossy(default);
    let feed = [b"MSH|^~\\&|A|B|C|D|20260102030405||ADT^A08|1|P|2.5.1||||||", label, b"\r", body].concat();
    let decoded = access_core::charset::decode(&feed, &default);
    let again = access_core::charset::decode(&feed, &default);
    assert_eq!(decoded.text, again.text, "decoding is deterministic");
    // What is text already stays as it is.
    let text = decoded.text.into_owned();
    if text.is_ascii() {
        assert_eq!(access_core::charset::decode(text.as_bytes(), "utf-8").text, text);
    }
});
