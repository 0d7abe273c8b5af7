use super::{Label, decode, decode_from, label_of};
use encoding_rs::{
    BIG5, EUC_KR, GB18030, ISO_2022_JP, ISO_8859_2, ISO_8859_5, ISO_8859_15, UTF_8, WINDOWS_1250, WINDOWS_1252,
};

fn feed(label: &str, family: &[u8]) -> Vec<u8> {
    let mut bytes = format!("MSH|^~\\&|A|B|C|D|20260101||ADT^A08|1|P|2.5.1||||||{label}\rPID|1||7||").into_bytes();
    bytes.extend_from_slice(family);
    bytes
}

#[test]
fn knows_table_0211_and_the_spellings_of_senders() {
    for (label, expected) in [
        ("ASCII", Label::Ascii),
        ("us-ascii", Label::Ascii),
        ("ISO IR6", Label::Ascii),
        ("8859/1", Label::Known(WINDOWS_1252)),
        ("ISO8859-1", Label::Known(WINDOWS_1252)),
        ("iso-8859-1", Label::Known(WINDOWS_1252)),
        ("8859/2", Label::Known(ISO_8859_2)),
        ("8859/15", Label::Known(ISO_8859_15)),
        ("UNICODE UTF-8", Label::Known(UTF_8)),
        ("UTF8", Label::Known(UTF_8)),
        ("utf-8", Label::Known(UTF_8)),
        ("UNICODE UTF8", Label::Known(UTF_8)),
        ("WINDOWS-1252", Label::Known(WINDOWS_1252)),
        ("CP1252", Label::Known(WINDOWS_1252)),
        ("1252", Label::Known(WINDOWS_1252)),
        ("WE8MSWIN1252", Label::Known(WINDOWS_1252)),
        ("we8mswin1252", Label::Known(WINDOWS_1252)),
        ("EE8MSWIN1250", Label::Known(WINDOWS_1250)),
        ("Win-1250", Label::Known(WINDOWS_1250)),
        ("windows-1250", Label::Known(WINDOWS_1250)),
        ("Latin-9", Label::Known(ISO_8859_15)),
        ("ISO_8859-5", Label::Known(ISO_8859_5)),
        ("ISO 8859/15", Label::Known(ISO_8859_15)),
        ("ISO IR100", Label::Known(WINDOWS_1252)),
        ("ISO IR192", Label::Known(UTF_8)),
        (" utf8 ", Label::Known(UTF_8)),
        ("8859/9", Label::Known(encoding_rs::WINDOWS_1254)),
        ("utf-16le", Label::Wide),
        ("8859/12", Label::Unknown),
        ("windows-1259", Label::Unknown),
        ("ISO IR87", Label::Known(ISO_2022_JP)),
        ("GB 18030-2000", Label::Known(GB18030)),
        ("KS X 1001", Label::Known(EUC_KR)),
        ("BIG-5", Label::Known(BIG5)),
        ("UNICODE UTF-16", Label::Wide),
        ("UNICODE", Label::Wide),
        ("CNS 11643-1992", Label::Unknown),
        ("KLINGON", Label::Unknown),
        ("8859/77", Label::Unknown),
    ] {
        assert_eq!(label_of(label), expected, "{label}");
    }
}

#[test]
fn a_byte_order_mark_beats_the_label() {
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(feed("8859/1", "MÜLLER".as_bytes()));
    let decoded = decode(&bytes, "windows-1252");
    assert_eq!(decoded.charset, UTF_8);
    assert!(decoded.text.starts_with("MSH") && decoded.text.ends_with("MÜLLER"));
}

#[test]
fn the_label_beats_what_the_bytes_look_like() {
    let bytes = feed("8859/1", b"M\xdcLLER");
    assert!(decode(&bytes, "windows-1252").text.ends_with("MÜLLER"));
    let bytes = feed("8859/2", b"KOVA\xb1");
    assert!(decode(&bytes, "windows-1252").text.ends_with("KOVAą"));
    let bytes = feed("8859/1~UNICODE UTF-8", b"M\xdcLLER");
    assert!(decode(&bytes, "windows-1252").text.ends_with("MÜLLER"));
}

#[test]
fn without_a_label_valid_utf_8_is_tried_before_the_default() {
    for label in ["", "\"\""] {
        assert!(decode(&feed(label, "MÜLLER".as_bytes()), "windows-1252").text.ends_with("MÜLLER"));
        assert!(decode(&feed(label, b"M\xdcLLER"), "windows-1252").text.ends_with("MÜLLER"));
        assert!(decode(&feed(label, b"KOVA\xb1"), "iso-8859-2").text.ends_with("KOVAą"));
        assert!(decode(&feed(label, b"M\xdcLLER"), "no-such-set").text.ends_with("MÜLLER"));
    }
}

#[test]
fn a_label_that_cannot_be_right_is_noted_and_passed_over() {
    for (label, code) in
        [("ASCII", "charset-mismatch"), ("UNICODE UTF-16", "charset-mismatch"), ("KLINGON", "charset-unknown")]
    {
        let bytes = feed(label, b"M\xdcLLER");
        let decoded = decode(&bytes, "windows-1252");
        assert!(decoded.text.ends_with("MÜLLER"), "{label}");
        assert_eq!(decoded.issues.iter().map(|issue| issue.code.as_str()).collect::<Vec<_>>(), [code], "{label}");
    }
    assert!(decode(&feed("ASCII", b"MUELLER"), "windows-1252").issues.is_empty());
}

#[test]
fn a_label_that_the_bytes_contradict_is_told_and_what_they_prove_is_taken() {
    for (label, family, charset, expected) in [
        // UTF-8 under the label of one byte for each letter.
        ("8859/1", "MÜLLER".as_bytes(), UTF_8, "MÜLLER"),
        ("8859/15", "MÜLLER".as_bytes(), UTF_8, "MÜLLER"),
        ("WINDOWS-1252", "KOVÁČ".as_bytes(), UTF_8, "KOVÁČ"),
        // Not UTF-8 at all, and nothing says what else.
        ("UNICODE UTF-8", b"M\xdcLLER", UTF_8, "M\u{fffd}LLER"),
        // ISO 8859-15 has control characters where Windows has quotes.
        ("8859/15", b"O\x92NEIL", WINDOWS_1252, "O’NEIL"),
        // Not in the declared set, and valid UTF-8.
        ("ISO IR87", "MÜLLER".as_bytes(), UTF_8, "MÜLLER"),
    ] {
        let bytes = feed(label, family);
        let decoded = decode(&bytes, "windows-1252");
        assert_eq!(decoded.charset, charset, "{label}");
        assert!(decoded.text.ends_with(expected), "{label}");
        let codes: Vec<_> = decoded.issues.iter().map(|issue| issue.code.as_str()).collect();
        assert_eq!(codes, ["charset-mismatch"], "{label}");
    }
    let bytes = feed("8859/15", b"M\xdcLLER \xa4");
    let decoded = decode(&bytes, "windows-1252");
    assert!(decoded.text.ends_with("MÜLLER €") && decoded.issues.is_empty());
}

#[test]
fn bytes_that_cannot_be_decoded_become_replacement_characters() {
    // Some of it is UTF-8, as it says, so the rest is damaged and nothing else.
    let bytes = feed("UNICODE UTF-8", b"M\xdcLLER^J\xc3\xb6RG");
    let decoded = decode(&bytes, "windows-1252");
    assert!(decoded.text.ends_with("M\u{fffd}LLER^JöRG") && decoded.issues.is_empty());
    let bytes = feed("KS X 1001", b"\xb0\xa1\xff");
    assert!(decode(&bytes, "windows-1252").text.ends_with("가\u{fffd}"));
    let bytes = [&b"\xef\xbb\xbf"[..], &feed("", b"M\xdcLLER")].concat();
    assert!(decode(&bytes, "windows-1252").text.ends_with("M\u{fffd}LLER"));
}

#[test]
fn what_is_configured_for_a_sender_comes_before_what_the_bytes_look_like() {
    let set = |application: &str, facility: &str| ((application, facility) == ("A", "B")).then_some("iso-8859-2");
    let decoded = |label: &str, family: &[u8]| decode_from(&feed(label, family), "windows-1252", set).text.into_owned();
    assert!(decoded("", b"KOVA\xb1").ends_with("KOVAą"));
    // These two bytes are UTF-8 by chance; who configured the sender knows better.
    assert!(decoded("", b"\xc4\xb1").ends_with("Äą"));
    // What the feed says of itself is believed first.
    assert!(decoded("UNICODE UTF-8", b"\xc4\xb1").ends_with('ı'));
    assert!(decoded("8859/1", b"KOVA\xb1").ends_with("KOVA±"));
    // A label that says nothing, or what cannot be, is no word of the feed.
    assert!(decoded("ASCII", b"KOVA\xb1").ends_with("KOVAą"));
    assert!(decoded("UNICODE UTF-8", b"KOVA\xb1").ends_with("KOVAą"));
    let other = decode_from(&feed("", b"KOVA\xb1"), "windows-1252", |_, _| None).text.into_owned();
    assert!(other.ends_with("KOVA±"));
}

#[test]
fn text_that_needs_no_decoding_is_not_copied() {
    for (label, family) in
        [("", "MUELLER"), ("ASCII", "MUELLER"), ("8859/1", "MUELLER"), ("", "MÜLLER"), ("UTF-8", "MÜLLER")]
    {
        let bytes = feed(label, family.as_bytes());
        assert_eq!(decode(&bytes, "windows-1252").text.as_ptr(), bytes.as_ptr(), "{label}");
    }
}

#[test]
fn wide_characters_are_known_with_and_without_a_mark() {
    let text = "MSH|^~\\&|A|B\rPID|1||7||MÜLLER";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let widest: Vec<u8> = text.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect();
    let reversed: Vec<u8> = text.chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    for bytes in [
        marked(b"\xff\xfe", &little),
        marked(b"\xfe\xff", &big),
        marked(b"\xff\xfe\0\0", &widest),
        marked(b"\0\0\xfe\xff", &reversed),
        // Framing left in.
        [&b"\x0b\0"[..], &little].concat(),
        [&b"\0\x0b"[..], &big].concat(),
        little,
        big,
        widest,
        reversed,
    ] {
        assert_eq!(decode(&bytes, "windows-1252").text.trim_start_matches('\u{b}'), text);
    }
    let batch = format!("FHS|^~\\&|A\r{text}");
    let bytes: Vec<u8> = batch.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(decode(&bytes, "windows-1252").text, batch);
}

#[test]
fn feeds_without_a_header_are_decoded_too() {
    for bytes in [&b""[..], b"M", b"undefined", b"MSH", b"MSH|", b"\xff", b"\xff\xfe", b"\xff\xfe\0\0\x01"] {
        let _ = decode(bytes, "windows-1252");
    }
}
