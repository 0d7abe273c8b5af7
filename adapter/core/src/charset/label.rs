//! What the labels of `MSH-18` mean.

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, ISO_2022_JP, ISO_8859_2, ISO_8859_15, UTF_8, WINDOWS_1252};

/// What `MSH-18` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// A character set that can be decoded.
    Known(&'static Encoding),
    /// Seven bits only: nothing is said of the bytes above.
    Ascii,
    /// A form of Unicode in which the header could not have been read byte by byte.
    Wide,
    /// A character set that is not supported, or no character set.
    Unknown,
}

/// The character set a label of `MSH-18` means.
#[must_use]
pub fn label_of(label: &str) -> Label {
    // What nearly every header says needs no closer look.
    match label {
        "UNICODE UTF-8" | "UTF-8" => return Label::Known(UTF_8),
        "ASCII" => return Label::Ascii,
        "8859/1" => return Label::Known(WINDOWS_1252),
        _ => {}
    }
    let plain: String =
        label.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect();
    match plain.as_str() {
        "ASCII" | "USASCII" | "ISOIR6" | "ISO646" | "ISO646US" | "ANSIX341968" | "US7ASCII" => Label::Ascii,
        "UNICODEUTF8" | "UTF8UNICODE" | "UTF8" | "UTF8BOM" | "UTF" | "AL32UTF8" | "ISOIR192" | "CP65001" | "65001" => {
            Label::Known(UTF_8)
        }
        "UNICODE" | "UNICODEUTF16" | "UNICODEUTF32" | "UTF16" | "UTF16LE" | "UTF16BE" | "UTF32" | "UTF32LE"
        | "UTF32BE" | "UCS2" => Label::Wide,
        "ANSI" | "LATIN1" | "ISOLATIN1" | "WE8ISO8859P1" | "ISOIR100" => Label::Known(WINDOWS_1252),
        "LATIN2" | "ISOLATIN2" | "EE8ISO8859P2" | "ISOIR101" => Label::Known(ISO_8859_2),
        "LATIN9" | "ISOLATIN9" | "WE8ISO8859P15" => Label::Known(ISO_8859_15),
        "ISOIR14" | "ISOIR87" | "ISOIR159" | "ISO2022JP" => Label::Known(ISO_2022_JP),
        "GB180302000" | "GB18030" => Label::Known(GB18030),
        "KSX1001" | "EUCKR" => Label::Known(EUC_KR),
        "BIG5" => Label::Known(BIG5),
        other => {
            let part = other.strip_prefix("ISO").unwrap_or(other).strip_prefix("8859").filter(|part| is_part(part));
            part.map(|part| format!("iso-8859-{part}"))
                .or_else(|| windows(other).map(|page| format!("windows-{page}")))
                .and_then(|name| Encoding::for_label(name.as_bytes()))
                .or_else(|| Encoding::for_label(label.trim().as_bytes()))
                .filter(|charset| charset.is_ascii_compatible())
                .map_or(Label::Unknown, Label::Known)
        }
    }
}

/// Whether ISO 8859 has such a part.
fn is_part(part: &str) -> bool {
    matches!(part, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "10" | "11" | "13" | "14" | "15" | "16")
}

/// The code page of a Windows set, `1250` to `1258`, under the names it has elsewhere: `CP1252`, `WE8MSWIN1252`.
fn windows(plain: &str) -> Option<&str> {
    let (name, page) = plain.split_at_checked(plain.len().checked_sub(4)?)?;
    let is_page = page.starts_with("125") && !page.ends_with('9');
    let is_name = matches!(name, "" | "WINDOWS" | "WIN" | "MSWIN" | "CP" | "WINDOWSCP" | "MS")
        || (name.len() == 8 && name.ends_with("MSWIN"));
    (is_page && is_name).then_some(page)
}
