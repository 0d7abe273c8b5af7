//! The message and the site of a case outside `tests/cases/events/`. Shared by the native runner and the kit.

use std::collections::BTreeMap;

/// The usual message with fields laid over its `MSH` and `PID`, and lines after it.
pub(crate) fn message(header: &BTreeMap<String, String>, pid: &BTreeMap<String, String>, lines: &[String]) -> String {
    let mut msh: Vec<String> =
        "MSH|^~\\&|EPIC|MAIN|B|C|20260714091500||ADT^A08|77|P|2.5.1".split('|').map(str::to_owned).collect();
    lay(&mut msh, header, 1);
    let mut person: Vec<String> =
        "PID|1||400112^^^MAIN^MR||HALVORSEN^RUTH||19470912|F".split('|').map(str::to_owned).collect();
    lay(&mut person, pid, 0);
    [msh.join("|"), "EVN|A08|20260714091500".to_owned(), person.join("|")]
        .into_iter()
        .chain(lines.iter().cloned())
        .collect::<Vec<_>>()
        .join("\r")
}

fn lay(fields: &mut Vec<String>, over: &BTreeMap<String, String>, less: usize) {
    for (number, value) in over {
        let index = number.parse::<usize>().unwrap() - less;
        if fields.len() <= index {
            fields.resize(index + 1, String::new());
        }
        fields[index].clone_from(value);
    }
}

/// A whole message of a case, one segment a line.
pub(crate) fn whole(hl7: &str) -> String {
    hl7.trim().replace('\n', "\r")
}

/// The site file with a case's keys.
pub(crate) fn site(keys: &str) -> String {
    format!(
        "name = \"case\"\nextends = [\"base\"]\nguide = \"0.9.12\"\n[[participants]]\nid = \"ACCES12345\"\npayer = \"12345\"\n\
         tracks = [\"eCKM\", \"CKM\", \"MSK\", \"BH\"]\n{keys}"
    )
}

/// The bytes of a message in a character set by its WHATWG label; UTF-8 where it is empty.
pub(crate) fn encode(message: &str, set: &str) -> Vec<u8> {
    match set {
        "" => message.as_bytes().to_vec(),
        "utf-16le" => message.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => message.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "utf-32le" => message.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect(),
        "utf-32be" => message.chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect(),
        "utf-8 with a mark" => [b"\xef\xbb\xbf", message.as_bytes()].concat(),
        set => {
            let known = encoding_rs::Encoding::for_label(set.as_bytes()).unwrap_or_else(|| panic!("no set {set}"));
            let (bytes, _, lossy) = known.encode(message);
            assert!(!lossy, "{set} has no such letter");
            bytes.into_owned()
        }
    }
}

/// A text for a row: `@` is its input.
pub(crate) fn put(text: &mut String, input: &str) {
    *text = text.replace('@', input);
}
