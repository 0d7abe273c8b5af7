use super::{Label, decode, label_of};
use encoding_rs::{BIG5, EUC_KR, GB18030, ISO_2022_JP, ISO_8859_2, ISO_8859_15, UTF_8, WINDOWS_1252};

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
fn bytes_that_cannot_be_decoded_become_replacement_characters() {
    let bytes = feed("UNICODE UTF-8", b"M\xdcLLER");
    assert!(decode(&bytes, "windows-1252").text.ends_with("M\u{fffd}LLER"));
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
        little,
        big,
        widest,
        reversed,
    ] {
        assert_eq!(decode(&bytes, "windows-1252").text, text);
    }
}

#[test]
fn feeds_without_a_header_are_decoded_too() {
    for bytes in [&b""[..], b"M", b"undefined", b"MSH", b"MSH|", b"\xff", b"\xff\xfe", b"\xff\xfe\0\0\x01"] {
        let _ = decode(bytes, "windows-1252");
    }
}
