//! What an engine's answer says.

use bridge_types::Phi;

/// Longest text of a refusal that is kept, in characters.
const TEXT: usize = 200;

/// An answer, as far as delivery needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// AA or CA to the message with this control id.
    Accepted { code: &'static str, control_id: Phi<Vec<u8>> },
    /// AE, AR, CE or CR.
    Refused { code: &'static str, control_id: Phi<Vec<u8>>, text: Phi<String> },
    /// Empty, not HL7, without MSA, or with a code of its own.
    Unreadable,
}

impl Answer {
    /// Reads a frame's payload.
    pub(crate) fn read(payload: &[u8]) -> Self {
        Self::read_acknowledgement(payload).unwrap_or(Self::Unreadable)
    }

    fn read_acknowledgement(payload: &[u8]) -> Option<Self> {
        let mut segments = payload.split(|byte| matches!(byte, b'\r' | b'\n')).map(<[u8]>::trim_ascii_start);
        let header = segments.find(|segment| !segment.is_empty())?;
        let [b'M', b'S', b'H', separator, rest @ ..] = header else { return None };
        let component = rest.first().copied().unwrap_or(b'^');
        let mut acknowledgement = None;
        let mut error = None;
        for segment in segments {
            match segment {
                [b'M', b'S', b'A', after, fields @ ..] if after == separator => {
                    acknowledgement = acknowledgement.or(Some(fields));
                }
                [b'E', b'R', b'R', after, fields @ ..] if after == separator => error = error.or(Some(fields)),
                _ => {}
            }
        }
        let mut fields = acknowledgement?.split(|byte| byte == separator);
        let code = fields.next()?.trim_ascii();
        let control_id = fields.next().unwrap_or_default().split(|byte| *byte == component).next().unwrap_or_default();
        let control_id = Phi::new(control_id.trim_ascii().to_vec());
        if let Some(code) = named(code, &["AA", "CA"]) {
            return Some(Self::Accepted { code, control_id });
        }
        let code = named(code, &["AE", "AR", "CE", "CR"])?;
        let sentence = fields.next().unwrap_or_default();
        let first_error = error.unwrap_or_default().split(|byte| byte == separator).next().unwrap_or_default();
        let text = if sentence.is_empty() { first_error } else { sentence };
        let text =
            String::from_utf8_lossy(text).chars().filter(|character| !character.is_control()).take(TEXT).collect();
        Some(Self::Refused { code, control_id, text: Phi::new(text) })
    }
}

fn named(code: &[u8], codes: &[&'static str]) -> Option<&'static str> {
    codes.iter().copied().find(|known| known.as_bytes() == code)
}

#[cfg(test)]
mod tests {
    use super::Answer;

    fn read(text: &str) -> String {
        match Answer::read(text.as_bytes()) {
            Answer::Accepted { code, control_id } => format!("{code} {}", String::from_utf8_lossy(control_id.expose())),
            Answer::Refused { code, control_id, text } => {
                format!("{code} {} {}", String::from_utf8_lossy(control_id.expose()), text.expose())
            }
            Answer::Unreadable => "unreadable".to_owned(),
        }
    }

    #[test]
    fn codes_and_ids_are_read_whatever_the_line_ends_and_delimiters() {
        assert_eq!(read("MSH|^~\\&|A\rMSA|AA|N1\r"), "AA N1");
        assert_eq!(read("\r\nMSH|^~\\&|A\r\nMSA|CA|N1^x\r\n"), "CA N1");
        assert_eq!(read("MSH#*~\\&#A\nMSA#AE#N1*2#No such visit"), "AE N1 No such visit");
        assert_eq!(read("MSH|^~\\&|A\rMSA|AR|N1\rERR|PID^1^3^101\r"), "AR N1 PID^1^3^101");
        assert_eq!(read("MSH|^~\\&|A\rMSA|AR\r"), "AR  ");
    }

    #[test]
    fn what_is_no_acknowledgement_is_unreadable() {
        for text in [
            "",
            "hello",
            "MSA|AA|N1\r",
            "MSH|^~\\&|A\r",
            "MSH|^~\\&|A\rMSA|aa|N1",
            "MSH|^~\\&|A\rMSA|AAX|N1",
            "{}",
            "\u{6}",
        ] {
            assert_eq!(read(text), "unreadable", "{text:?}");
        }
    }

    #[test]
    fn a_refusal_s_text_is_bounded_and_not_printed() {
        let answer = Answer::read(format!("MSH|^~\\&|A\rMSA|AE|N1|{}\r", "x".repeat(5000)).as_bytes());
        assert!(!format!("{answer:?}").contains("xx"));
        let Answer::Refused { text, .. } = answer else { panic!("not a refusal") };
        assert_eq!(text.expose().len(), 200);
    }
}
