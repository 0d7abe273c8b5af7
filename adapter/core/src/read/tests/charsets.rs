//! Character sets, from the bytes of a feed to the name that is submitted.

use super::support::{all_facts, at, places, profile, with_pid};
use crate::facts::Stated;
use crate::read::read;
use access_mappings::{Profile, SenderCharset};

/// An update under a label, whose family name has these bytes.
fn feed(label: &str, family: &[u8]) -> Vec<u8> {
    let text = with_pid(5, "*^RUTH").replace("|2.5.1", &format!("|2.5.1||||||{label}"));
    let (before, after) = text.split_once('*').unwrap();
    [before.as_bytes(), family, after.as_bytes()].concat()
}

/// The family name, and the issues.
fn family(profile: &Profile, feed: &[u8]) -> (String, Vec<(String, String)>) {
    let reading = read(profile, feed).unwrap();
    let facts = all_facts(&reading).remove(0);
    let family = match facts.name {
        Some(Stated::Set(name)) => name.value.family,
        _ => "none".to_owned(),
    };
    (family, places(&reading.issues))
}

#[test]
fn a_sender_that_names_no_set_is_read_by_the_one_configured_for_it() {
    let mut profile = profile();
    profile.charsets = vec![
        SenderCharset { facility: Some("MAIN".to_owned()), charset: "iso-8859-5".to_owned(), ..Default::default() },
        SenderCharset {
            application: Some("EPIC".to_owned()),
            facility: Some("MAIN".to_owned()),
            charset: "iso-8859-2".to_owned(),
        },
    ];
    assert_eq!(family(&profile, &feed("", b"KOVA\xb1")), ("KOVAą".to_owned(), vec![]));
    profile.charsets.pop();
    assert_eq!(family(&profile, &feed("", b"KOVA\xb1")), ("KOVAБ".to_owned(), vec![]));
    profile.charsets.clear();
    assert_eq!(family(&profile, &feed("", b"KOVA\xe9")), ("KOVAé".to_owned(), vec![]));
}

#[test]
fn utf_8_under_another_label_is_read_and_told() {
    let told = vec![at("charset-mismatch", "MSH-18")];
    assert_eq!(family(&profile(), &feed("8859/1", "MÜLLER".as_bytes())), ("MÜLLER".to_owned(), told));
}

#[test]
fn what_is_declared_as_utf_8_and_is_not_becomes_no_name() {
    let (name, issues) = family(&profile(), &feed("UNICODE UTF-8", b"M\xdcLLER"));
    assert_eq!(name, "none");
    let codes = [("charset-mismatch", "MSH-18"), ("undecodable-character", "PID-5"), ("undecodable-name", "PID-5")];
    assert_eq!(issues, codes.map(|(code, location)| at(code, location)));
}

#[test]
fn hexadecimal_escapes_are_read_in_the_set_of_the_message() {
    assert_eq!(family(&profile(), &feed("8859/1", b"M\\XDC\\LLER")).0, "MÜLLER");
    let (name, issues) = family(&profile(), &feed("UNICODE UTF-8", b"M\\XDC\\LLER"));
    assert_eq!(name, "none");
    assert!(
        issues.iter().any(|(code, path)| code == "undecodable-character" && path.starts_with("PID-5")),
        "{issues:?}"
    );
}

#[test]
fn wide_feeds_are_read_like_others() {
    let text = with_pid(5, "MÜLLER^RUTH");
    for units in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(units).collect();
        assert_eq!(family(&profile(), &bytes), ("MÜLLER".to_owned(), vec![]));
    }
}
