//! The words for people that every resource of a report carries. No name, number or answer stands in them.

use crate::compose::payload::Narrative;

/// A narrative of one paragraph.
pub(super) fn say(words: &str) -> Narrative {
    let escaped = escape(words);
    Narrative {
        status: "generated",
        div: format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{escaped}</p></div>"),
    }
}

/// Text as XHTML; what XML has no character for is left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::say;

    #[test]
    fn words_become_a_paragraph_of_xhtml() {
        let div = say("a < b & \"c\" > d\u{1}").div;
        assert_eq!(
            div,
            "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a &lt; b &amp; &quot;c&quot; &gt; d </p></div>"
        );
    }
}
