//! The `PID` segment of a notice: standard delimiters, one line.

/// An identifier of `PID-3`, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identifier {
    /// `CX-1`
    pub(super) value: String,
    /// `CX-4.1`
    pub(super) authority: String,
    /// `CX-4.2`, where `CX-4.3` says that it is an OID.
    pub(super) oid: Option<String>,
    /// `CX-5`
    pub(super) kind: String,
}

/// Most repetitions of `PID-3` that are read.
const MAX_IDENTIFIERS: usize = 50;

/// Whether `text` is one `PID` segment that can stand in a message as it is.
pub(super) fn is_segment(text: &str) -> bool {
    (text == "PID" || text.starts_with("PID|")) && !text.chars().any(char::is_control)
}

/// The identifiers of `PID-3`.
pub(super) fn identifiers(segment: &str) -> Vec<Identifier> {
    let field = segment.split('|').nth(3).unwrap_or_default();
    let read = |repetition: &str| {
        let component = |number: usize| repetition.split('^').nth(number - 1).unwrap_or_default();
        let authority = |number: usize| decode(component(4).split('&').nth(number - 1).unwrap_or_default());
        let oid = authority(2);
        Identifier {
            value: decode(component(1)),
            authority: authority(1),
            oid: (authority(3) == "ISO" && !oid.is_empty()).then_some(oid),
            kind: decode(component(5)),
        }
    };
    field.split('~').take(MAX_IDENTIFIERS).map(read).filter(|id| !id.value.is_empty() && id.value != "\"\"").collect()
}

/// Undoes the escapes of the standard delimiters; any other sequence stays as it is.
fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        decoded.push_str(before);
        let (plain, length) = match after.get(..2) {
            Some("F\\") => ("|", 2),
            Some("S\\") => ("^", 2),
            Some("T\\") => ("&", 2),
            Some("R\\") => ("~", 2),
            Some("E\\") => ("\\", 2),
            _ => ("\\", 0),
        };
        decoded.push_str(plain);
        rest = after.get(length..).unwrap_or_default();
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::{MAX_IDENTIFIERS, decode, identifiers, is_segment};

    #[test]
    fn takes_one_line_only() {
        assert!(is_segment("PID|1||42"));
        for text in ["", "PIDX", "MSH|^~\\&", "PID|1\rZAC|1", "PID|1\nOBX|1", "PID|1\u{b}"] {
            assert!(!is_segment(text), "{text:?}");
        }
    }

    #[test]
    fn reads_every_repetition_and_decodes_once() {
        let found = identifiers(r"PID|1||A\T\1^^^MAIN&2.16.1&ISO^MR~^^^X^PI~B^^^CL\S\INIC^PI");
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].value.as_str(), found[0].oid.as_deref(), found[0].kind.as_str()),
            ("A&1", Some("2.16.1"), "MR")
        );
        assert_eq!((found[1].authority.as_str(), found[1].oid.as_deref()), ("CL^INIC", None));
        assert_eq!(decode(r"C:\temp\E\T\"), r"C:\temp\T\");
    }

    #[test]
    fn reads_a_bounded_number() {
        let many = format!("PID|1||{}", vec!["A^^^MAIN^MR"; MAX_IDENTIFIERS + 10].join("~"));
        assert_eq!(identifiers(&many).len(), MAX_IDENTIFIERS);
    }
}
