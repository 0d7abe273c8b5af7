//! The text of an HTML body: what stands between the tags, with a line end where a block ends.
//!
//! One pass, no tree: mails are made by programs, and only their labelled lines matter. Scripts, styles, the head and comments are
//! left out; of the entities those are known that stand in plain texts.

/// Elements that begin and end lines.
const BLOCKS: [&str; 25] = [
    "br",
    "p",
    "div",
    "tr",
    "td",
    "th",
    "table",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "section",
    "article",
    "header",
    "footer",
    "blockquote",
];
/// Elements whose content is no text.
const SILENT: [&str; 5] = ["script", "style", "head", "template", "title"];
/// Longest entity, in bytes.
const ENTITY: usize = 10;

/// The element whose content is quoted; its lines get the sign that plain texts have.
const QUOTE: &str = "blockquote";

/// Turns HTML into text.
pub(crate) fn text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    let mut quotes = 0_usize;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        push(&mut text, before);
        if let Some(comment) = tag.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        // A sign that begins no tag is text.
        if !tag
            .get(1..2)
            .is_some_and(|next| next.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')))
        {
            text.push('<');
            rest = tag.get(1..).unwrap_or_default();
            continue;
        }
        let (inside, after) = tag_end(tag);
        let closes = inside.starts_with('/');
        let name: String =
            inside.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).take(12).collect();
        let name = name.to_ascii_lowercase();
        if name == QUOTE {
            quotes = if closes { quotes.saturating_sub(1) } else { quotes.saturating_add(1) };
        }
        if BLOCKS.contains(&name.as_str()) {
            text.push_str(if quotes > 0 { "\n> " } else { "\n" });
        }
        rest = if !closes && !inside.ends_with('/') && SILENT.contains(&name.as_str()) {
            skip(after, &name)
        } else {
            after
        };
    }
    push(&mut text, rest);
    text
}

/// What stands inside a tag, and what follows it. A sign inside quotes ends no tag.
fn tag_end(tag: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, letter) in tag.char_indices().skip(1) {
        match (quote, letter) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '>') => return (tag.get(1..at).unwrap_or_default(), tag.get(at + 1..).unwrap_or_default()),
            (None, _) => {}
        }
    }
    // Never closed: the next sign ends it, whatever the quotes say.
    let inside = tag.get(1..).unwrap_or_default();
    inside.split_once('>').unwrap_or((inside, ""))
}

/// What follows the end of a silent element.
fn skip<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(at) = rest.get(from..).and_then(|rest| rest.find("</")).map(|at| at + from) {
        let after = rest.get(at + 2..).unwrap_or_default();
        if after.get(..name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name)) {
            return after.split_once('>').map_or("", |(_, rest)| rest);
        }
        from = at + 2;
    }
    ""
}

/// Adds text between tags: white space becomes one blank, entities what they stand for.
fn push(text: &mut String, piece: &str) {
    let mut rest = piece;
    while let Some(letter) = rest.chars().next() {
        let mut width = letter.len_utf8();
        if letter.is_whitespace() {
            if !text.ends_with([' ', '\n']) {
                text.push(' ');
            }
        } else if letter == '&'
            && let Some((stands_for, length)) = entity(rest)
        {
            text.push(stands_for);
            width = length;
        } else {
            text.push(letter);
        }
        rest = rest.get(width..).unwrap_or_default();
    }
}

/// What an entity at the beginning of a text stands for, and its length.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(ENTITY + 2).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let letter = match name {
        "nbsp" => ' ',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" | "lsquo" => '\'',
        "ndash" | "mdash" | "minus" | "shy" => '-',
        "colon" => ':',
        "bull" => '*',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|letter| !letter.is_control())?
        }
    };
    Some((letter, end + 1))
}

#[cfg(test)]
mod tests {
    use super::text;
    use proptest::prelude::*;

    fn lines(html: &str) -> Vec<String> {
        text(html).lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    }

    #[test]
    fn blocks_and_breaks_end_lines_and_white_space_is_one_blank() {
        assert_eq!(
            lines("<p>Event:\r\n  <b>Aligned</b></p><div>Submission&nbsp;ID: s-1</div>x<br/>y"),
            ["Event: Aligned", "Submission ID: s-1", "x", "y"]
        );
        assert_eq!(lines("<TABLE><tr><td>Event:</td><td>Aligned</td></tr></TABLE>"), ["Event:", "Aligned"]);
    }

    #[test]
    fn what_is_quoted_has_the_sign_of_quotation() {
        assert_eq!(
            lines("a<blockquote type=cite>b<div>c</div><blockquote>d</blockquote>e</blockquote>f</blockquote>g"),
            ["a", "> b", "> c", ">", "> d", "> e", "f", "g"]
        );
    }

    #[test]
    fn what_is_not_shown_is_left_out() {
        let html = "<html><head><title>x</title><style>p { a > b }</style></head><body>a<!-- Event: no --><script>if (a < b) '</p>'</script>b</body>";
        assert_eq!(lines(html), ["ab"]);
        assert_eq!(lines("<STYLE>never ends"), Vec::<String>::new());
        assert_eq!(lines("a<!-- never ends"), ["a"]);
        assert_eq!(lines("<img alt='a > b'>c <a title=\"<p>\">d</a>"), ["c d"]);
    }

    #[test]
    fn entities_and_stray_signs_are_text() {
        assert_eq!(
            lines("a &lt;b&gt; &amp;amp; &#82;&#x6f;e &unknown; & 1 < 2 <"),
            ["a <b> &amp; Roe &unknown; & 1 < 2 <"]
        );
        assert_eq!(lines("<a never closed"), Vec::<String>::new());
        assert_eq!(lines("<a 'x>y"), ["y"]);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(html in "[<>/!&;#a-z'\"\\- \\PC]{0,300}") {
            let _ = text(&html);
        }

        #[test]
        fn text_without_signs_is_kept(plain in "[a-zA-Z0-9:,. ]{0,100}") {
            let once = plain.split_whitespace().collect::<Vec<_>>().join(" ");
            let text = text(&plain);
            prop_assert_eq!(text.trim(), once.trim());
        }
    }
}
