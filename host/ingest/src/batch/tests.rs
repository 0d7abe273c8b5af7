//! What real files look like.

use super::{BatchError, BatchReader, BatchWarning, Piece, split};
use proptest::prelude::*;
use std::io::{self, Read};

fn show(pieces: &[Piece]) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Message(bytes) => format!("message {:?}", text(bytes.expose())),
            Piece::Json(bytes) => format!("json {}", text(bytes.expose())),
            Piece::Other(bytes) => format!("other {:?}", text(bytes.expose())),
            Piece::Warning(warning) => format!("warning {warning}"),
        })
        .collect()
}

fn messages(bytes: &[u8]) -> Vec<Vec<u8>> {
    split(bytes)
        .into_iter()
        .map(|piece| match piece {
            Piece::Message(bytes) => bytes.into_inner(),
            other => panic!("not a message: {other:?}"),
        })
        .collect()
}

#[test]
fn a_single_message_keeps_its_bytes() {
    for text in ["MSH|^~\\&|A\rPID|1\r", "MSH|^~\\&|A\nPID|1\n", "MSH|^~\\&|A\r\nPID|1\r\n", "MSH|^~\\&|A\rPID|1 "] {
        assert_eq!(messages(text.as_bytes()), [text.as_bytes()], "{text:?}");
    }
}

#[test]
fn bare_messages_one_after_another_are_taken_apart() {
    let file = b"MSH|^~\\&|A\rPID|1\r\r\nMSH|^~\\&|B\nPID|2\n\n\nMSH#*~\\&#C\r\nPID#3";
    assert_eq!(messages(file), [&b"MSH|^~\\&|A\rPID|1\r"[..], b"MSH|^~\\&|B\nPID|2\n", b"MSH#*~\\&#C\r\nPID#3"]);
}

#[test]
fn marks_blank_lines_and_framing_bytes_are_not_part_of_a_message() {
    let file = b"\xEF\xBB\xBF\r\n\x0BMSH|^~\\&|A\rPID|1\r\x1C\r\x0BMSH|^~\\&|B\rPID|2\x1C\x0BMSH|^~\\&|C\r\x1C\r\n\0";
    assert_eq!(messages(file), [&b"MSH|^~\\&|A\rPID|1\r"[..], b"MSH|^~\\&|B\rPID|2", b"MSH|^~\\&|C\r"]);
}

#[test]
fn envelopes_are_taken_off_and_their_counts_checked() {
    let file = b"FHS|^~\\&|X\rBHS|^~\\&|X\rMSH|^~\\&|A\rPID|1\rMSH|^~\\&|B\rBTS|2\rBHS|^~\\&\rMSH|^~\\&|C\rBTS|1|done\rFTS|2\r";
    assert_eq!(
        show(&split(file)),
        ["message \"MSH|^~\\\\&|A\\rPID|1\\r\"", "message \"MSH|^~\\\\&|B\\r\"", "message \"MSH|^~\\\\&|C\\r\""]
    );
    let warnings = |file: &[u8]| -> Vec<BatchWarning> {
        split(file)
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Warning(warning) => Some(warning),
                _ => None,
            })
            .collect()
    };
    let message = "MSH|^~\\&|A\r";
    let with = |head: &str, tail: &str| warnings(format!("{head}{message}{tail}").as_bytes());
    assert_eq!(with("BHS|^~\\&\r", "BTS|3\r"), [BatchWarning::MessageCount { stated: 3, found: 1 }]);
    assert_eq!(with("BHS|^~\\&\r", "BTS|1^x\r"), []);
    assert_eq!(with("BHS|^~\\&\r", "BTS||no count\r"), []);
    assert_eq!(with("BHS|^~\\&\r", "BTS\r"), []);
    assert_eq!(with("BHS|^~\\&\r", "BTS|one\r"), [BatchWarning::CountUnreadable { segment: "BTS" }]);
    assert_eq!(with("BHS|^~\\&\r", ""), [BatchWarning::TrailerMissing { segment: "BTS" }]);
    assert_eq!(with("", "BTS|1\r"), [BatchWarning::HeaderMissing { segment: "BTS" }]);
    assert_eq!(with("FHS|^~\\&\rBHS|^~\\&\r", "BTS|1\rFTS|4\r"), [BatchWarning::BatchCount { stated: 4, found: 1 }]);
    // The envelope may use delimiters of its own.
    assert_eq!(with("FHS#*!/%\rBHS#*!/%\r", "BTS#2#x\rFTS#1\r"), [BatchWarning::MessageCount { stated: 2, found: 1 }]);
}

#[test]
fn text_that_belongs_to_no_message_is_not_lost() {
    assert_eq!(
        show(&split(b"# export of 3 May\r\nMSH|^~\\&|A\r")),
        ["other \"# export of 3 May\\r\\n\"", "message \"MSH|^~\\\\&|A\\r\""]
    );
    assert_eq!(show(&split(b"undefined")), ["other \"undefined\""]);
    assert_eq!(show(&split(b"BTS|0\r\nsome rest")), ["warning BTS has no header before it", "other \"some rest\""]);
    assert!(split(b"").is_empty());
    assert!(split(b" \r\n\0\x0B\x1C\r").is_empty());
}

#[test]
fn a_line_of_a_message_that_only_looks_like_a_header_is_text() {
    assert_eq!(messages(b"MSH|^~\\&|A\rNTE|1||see\nMSH of yesterday\rZZZ|MSH|^~\\&\r").len(), 1);
    assert_eq!(messages(b"msh|^~\\&|A\rPID|1\rmsh|^~\\&|text\r").len(), 1);
}

#[test]
fn json_documents_are_taken_apart_whatever_their_layout() {
    assert_eq!(
        show(&split(b"\xEF\xBB\xBF{\"a\":\"}\\\"{\"}\n{\"b\":[{}]} {\"c\":\n 1\n}\n[1,\n2]\n")),
        ["json {\"a\":\"}\\\"{\"}", "json {\"b\":[{}]}", "json {\"c\":\n 1\n}", "json [1,\n2]"]
    );
    assert_eq!(show(&split(b"{\"cut\":")), ["json {\"cut\":"]);
    // As bulk exports write it: a mark, one record on a line, either line end, a blank line, none at the end.
    let lines = b"\xEF\xBB\xBF{\"a\":1}\r\n{\"b\":\"\\u007b\"}\n\n\r\n{\"c\":[{\"d\":{}}]}";
    assert_eq!(show(&split(lines)), ["json {\"a\":1}", "json {\"b\":\"\\u007b\"}", "json {\"c\":[{\"d\":{}}]}"]);
    assert_eq!(show(&split(b"[start]MSH|^~\\&|A\r{x}")), ["other \"[start]MSH|^~\\\\&|A\\r{x}\""]);
}

/// The ways a text can be in two or four bytes a letter.
fn wide(text: &str) -> Vec<Vec<u8>> {
    let marked = format!("\u{FEFF}{text}");
    let mut all = Vec::new();
    for text in [text, &marked] {
        all.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        all.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        all.push(text.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect());
        all.push(text.chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect());
    }
    all
}

#[test]
fn wide_files_are_taken_apart_like_others_and_keep_their_bytes() {
    let parts = ["MSH|^~\\&|A\rPID|1||M\u{dc}LLER \u{1f600}\r", "MSH|^~\\&|B\nPID|2\u{d0d}\u{a0a}\n"];
    let file = format!("FHS|^~\\&\rBHS|^~\\&\r\u{b}{}\u{1c}\r{}\r\nBTS|2\rFTS|1\r", parts[0], parts[1]);
    for (number, bytes) in wide(&file).into_iter().enumerate() {
        let expected: Vec<Vec<u8>> = parts.iter().map(|part| wide(part).remove(number % 4)).collect();
        assert_eq!(messages(&bytes), expected, "{number}");
    }
    for bytes in wide("BHS#*!/%\rMSH|^~\\&|A\rBTS#2\r") {
        let found = split(&bytes);
        assert!(matches!(
            found.as_slice(),
            [Piece::Message(_), Piece::Warning(BatchWarning::MessageCount { stated: 2, found: 1 })]
        ));
    }
}

#[test]
fn wide_text_without_a_message_is_left_whole() {
    for bytes in wide("{\"resourceType\":\"Patient\"}\r\ntext") {
        assert_eq!(messages(&bytes), [bytes]);
    }
}

#[test]
fn a_batch_may_mix_line_ends_and_framing() {
    let file = b"\x0BFHS|^~\\&\r\nBHS#*!/%\n\x0BMSH|^~\\&|A\r\nPID|1\n\x1C\r\x0BMSH#*!/%#B\rPID#2\r\x1C\x0D\x0A BTS#2\n\nFTS|1\x1C\r";
    assert_eq!(messages(file), [&b"MSH|^~\\&|A\r\nPID|1\n"[..], b"MSH#*!/%#B\rPID#2\r"]);
}

/// Gives out a few bytes at a time, then optionally fails.
struct Trickle<'a> {
    bytes: &'a [u8],
    size: usize,
    fails: bool,
}

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.size.min(self.bytes.len()).min(out.len());
        if count == 0 && self.fails {
            return Err(io::Error::other("unplugged"));
        }
        let (now, later) = self.bytes.split_at(count);
        out[..count].copy_from_slice(now);
        self.bytes = later;
        Ok(count)
    }
}

#[test]
fn a_message_beyond_the_limit_is_an_error_in_its_place_and_the_rest_goes_on() {
    let long = format!("MSH|^~\\&|B\rOBX|1|ED|||{}\rOBX|2\r", "x".repeat(5000));
    let file = format!("MSH|^~\\&|A\rPID|1\r{long}MSH|^~\\&|C\r");
    for size in [1, 7, 100, 60_000] {
        let reader = BatchReader::new(Trickle { bytes: file.as_bytes(), size, fails: false }, 200);
        let found: Vec<Result<Piece, BatchError>> = reader.collect();
        assert_eq!(found.len(), 3, "{size}");
        assert!(matches!(&found[0], Ok(Piece::Message(bytes)) if bytes.expose() == b"MSH|^~\\&|A\rPID|1\r"));
        assert!(matches!(&found[1], Err(BatchError::TooLarge { position: 2, limit: 200 })));
        assert!(matches!(&found[2], Ok(Piece::Message(bytes)) if bytes.expose() == b"MSH|^~\\&|C\r"));
    }
}

#[test]
fn a_message_cut_off_by_a_read_error_is_not_given_out() {
    let mut reader = BatchReader::new(Trickle { bytes: b"MSH|^~\\&|A\rMSH|^~\\&|B\rPID|", size: 5, fails: true }, 1000);
    assert!(matches!(reader.next(), Some(Ok(Piece::Message(bytes))) if bytes.expose() == b"MSH|^~\\&|A\r"));
    assert!(matches!(reader.next(), Some(Err(BatchError::Read(_)))));
    assert!(reader.next().is_none());
}

proptest! {
    #[test]
    fn pieces_do_not_depend_on_how_the_file_is_read(
        lines in prop::collection::vec(prop::sample::select(vec![
            "MSH|^~\\&|A\r", "PID|1\n", "\r\n", "\u{B}", "\u{1C}\r", "FHS|^~\\&\r", "BHS|^~\\&\n", "BTS|1\r", "FTS|1\r\n", "text", "{\"a\":1}", "{\n", "[", "}",
        ]), 0..20),
        size in 1_usize..40,
    ) {
        let file = lines.concat();
        let reader = BatchReader::new(Trickle { bytes: file.as_bytes(), size, fails: false }, 10_000);
        let streamed: Vec<Piece> = reader.map(Result::unwrap).collect();
        prop_assert_eq!(show(&streamed), show(&split(file.as_bytes())));
    }

    #[test]
    fn every_message_of_a_file_comes_back(
        bodies in prop::collection::vec("[A-Z][A-Z0-9]{2}\\|[ -Z]{0,20}", 1..10),
        line_end in prop::sample::select(vec!["\r", "\n", "\r\n"]),
    ) {
        let texts: Vec<String> = bodies.iter().enumerate()
            .map(|(index, body)| format!("MSH|^~\\&|S{index}{line_end}ZZ1|{body}{line_end}")).collect();
        let found = messages(texts.concat().as_bytes());
        prop_assert_eq!(found, texts.iter().map(|text| text.clone().into_bytes()).collect::<Vec<_>>());
    }
}

#[test]
fn an_xml_document_is_one_piece_with_its_lines() {
    for line_end in ["\n", "\r\n", "\r"] {
        let text = ["<?xml version=\"1.0\"?>", "<ClinicalDocument>", "", "  <id/>", "", "", "</ClinicalDocument>"]
            .join(line_end);
        let pieces = split(text.as_bytes());
        let [Piece::Other(bytes)] = pieces.as_slice() else { panic!("{}", pieces.len()) };
        assert_eq!(bytes.expose(), text.as_bytes());
        let wide: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(split(&wide).len(), 1);
    }
}

/// Records of NDJSON as text, whatever pieces they came in.
fn records(file: &str, size: usize, limit: usize) -> Vec<String> {
    let reader = BatchReader::new(Trickle { bytes: file.as_bytes(), size, fails: false }, limit);
    let text = |piece: Result<Piece, BatchError>| match piece {
        Ok(Piece::Json(bytes) | Piece::Other(bytes)) => {
            String::from_utf8(bytes.expose().clone()).unwrap().trim_end().to_owned()
        }
        Ok(other) => panic!("{other:?}"),
        Err(error) => error.to_string(),
    };
    reader.map(text).collect()
}

#[test]
fn a_record_that_breaks_off_costs_only_itself() {
    let good = |id: &str| format!("{{\"resourceType\":\"Patient\",\"id\":\"{id}\"}}");
    for broken in ["{\"resourceType\":\"Patient\",\"name\":[{", "{\"resourceType\":\"Patient\",\"id\":\"cut"] {
        for line_end in ["\n", "\r\n"] {
            let lines = [good("a"), broken.to_owned(), good("b"), good("c")];
            let file = lines.join(line_end);
            for size in [1, 9, 60_000] {
                assert_eq!(records(&file, size, 10_000), lines, "{size}");
                // Also where the rest would not fit into one feed, and the last record breaks off too.
                let many: Vec<String> = lines.iter().cloned().chain((0..50).map(|id| good(&id.to_string()))).collect();
                assert_eq!(records(&many.join(line_end), size, 200), many, "{size}");
                let cut = [&many[..], &[broken.to_owned()]].concat();
                assert_eq!(records(&cut.join(line_end), size, 200), cut, "{size}");
            }
        }
    }
}

/// Servers write the type first; others need not.
#[test]
fn records_with_any_key_first_are_found_behind_what_is_damaged() {
    let good = |id: &str| format!("{{\"id\":\"{id}\",\"resourceType\":\"Patient\"}}");
    for damaged in ["{\"id\":\"x\",\"resourceType\":\"Pat", "{\"resourceTyp", "}", "null", "damaged"] {
        let lines = [good("a"), damaged.to_owned(), good("b"), good("c")];
        for size in [1, 9, 60_000] {
            assert_eq!(records(&lines.join("\n"), size, 10_000), lines, "{size}");
        }
    }
    // One that ends too often: what is too much is a piece of its own.
    let lines = [good("a"), good("x") + "}", good("b")];
    assert_eq!(records(&lines.join("\n"), 9, 10_000), [&good("a"), &good("x"), "}", &good("b")]);
}

/// Looked at one by one, each of them with everything behind it, these would take hours.
#[test]
fn blank_lines_by_the_million_are_passed_over() {
    for blank in [b'\n', b'\r', 0x0B, 0x1C, b' '] {
        let mut file = vec![blank; 2_000_000];
        file.extend_from_slice(b"\nMSH|^~\\&|A|B\rPID|1\r");
        let pieces = split(&file);
        let [Piece::Message(bytes)] = pieces.as_slice() else { panic!("{blank:#x}: {}", pieces.len()) };
        assert!(bytes.expose().starts_with(b"MSH|"));
    }
}

#[test]
fn a_document_over_many_lines_stays_one() {
    let file = "{\"resourceType\":\"Patient\",\"contained\":[\n{\"resourceType\":\"Patient\"}\n]\n}";
    assert_eq!(records(file, 5, 1_000), [file]);
}
