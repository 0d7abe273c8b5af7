//! What a text says itself, apart from what it quotes.
//!
//! An answer carries the mail that it answers below it, and may say the opposite. Quoted are lines behind `>`, and everything
//! from the line on with which mail programs introduce the mail that they quote, forward or send back.

/// Lines with which an earlier mail begins, in small letters and without the rules around them.
const INTRODUCTIONS: [&str; 7] = [
    "original message",
    "original appointment",
    "forwarded message",
    "begin forwarded message",
    "below this line is a copy of",
    "this is a copy of the message",
    "this is a copy of your message",
];
/// Lines below `From:` in which an earlier mail's other headers stand.
const HEADERS: usize = 4;

/// Lines, in order, with empty ones where those of the other kind stand.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Split<'a> {
    pub(crate) own: Vec<&'a str>,
    pub(crate) quoted: Vec<&'a str>,
}

/// Tells the lines of a text apart.
pub(crate) fn split(text: &str) -> Split<'_> {
    let mut split = Split::default();
    let lines: Vec<&str> = text.lines().collect();
    let mut introduced = false;
    for (number, line) in lines.iter().enumerate() {
        introduced |= introduces(line, lines.get(number + 1..).unwrap_or_default());
        let (own, quoted) = if introduced || line.trim_start().starts_with('>') { ("", *line) } else { (*line, "") };
        split.own.push(own);
        split.quoted.push(quoted);
    }
    split
}

/// Whether an earlier mail begins with this line.
fn introduces(line: &str, below: &[&str]) -> bool {
    let line = bare(line);
    // `On … wrote:` may be wrapped; its last line always ends so.
    line.ends_with("wrote:")
        || INTRODUCTIONS.iter().any(|words| line.starts_with(words))
        || (line.starts_with("from:")
            && below
                .iter()
                .map(|line| bare(line))
                .filter(|line| !line.is_empty())
                .take(HEADERS)
                .any(|line| ["sent:", "date:", "to:", "subject:"].iter().any(|label| line.starts_with(label))))
}

/// A line in small letters without marks of emphasis and the rules around it.
fn bare(line: &str) -> String {
    let line = line.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '-' | '_' | '*'));
    line.replace('*', "").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::split;

    fn own(text: &str) -> String {
        split(text).own.concat()
    }

    #[test]
    fn what_stands_behind_signs_or_an_introduction_is_quoted() {
        for introduction in [
            "On Tue, Dec 1, 2026 at 9:00 AM CMS <a@cms.example> wrote:",
            "On Tue, Dec 1, 2026 at 9:00 AM\nCMS <a@cms.example>\nwrote:",
            "-----Original Message-----",
            "---------- Forwarded message ---------",
            "Begin forwarded message:",
            "From: CMS <a@cms.example>\nSent: Tuesday, December 1, 2026 9:00 AM\nTo: b@clinic.example",
            "*From:* CMS\n\n*Sent:* Tuesday",
            "**From**: CMS\n**Date**: Tuesday",
            "________________________________\nFrom: CMS\nCc: c@clinic.example\nSubject: x",
            "--- Below this line is a copy of the message.",
            "------ This is a copy of the message, including all the headers. ------",
        ] {
            let text = format!("mine\n{introduction}\n\nEvent: theirs\n");
            let own = own(&text);
            assert!(own.starts_with("mine") && !own.contains("theirs"), "{introduction}: {own}");
            assert!(split(&text).quoted.contains(&"Event: theirs"), "{introduction}");
        }
        assert_eq!(own("mine\n> theirs\n  >> theirs\n"), "mine");
        assert_eq!(own("> theirs\nmine"), "mine");
    }

    #[test]
    fn what_only_looks_like_a_quotation_is_none() {
        for text in
            ["From: CMS\nEvent: x\nSubmission ID: y", "Event: a > b", "- a list", "From October on it is so.\nTo: all"]
        {
            assert_eq!(own(text), text.replace('\n', ""), "{text}");
        }
    }
}
