//! What kind of feed facts were read from.

use super::Facts;

/// The kind of a feed, as far as something follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Messages, and tables of questionnaires.
    Hl7v2,
    /// FHIR resources: records that their server names.
    Fhir,
    /// C-CDA documents.
    Ccda,
}

impl Facts {
    /// What kind of feed the facts were read from, by the type that its reader puts before the event.
    pub(crate) fn format(&self) -> Format {
        match self.event.split_once('^') {
            Some(("FHIR", _)) => Format::Fhir,
            Some(("CCDA", _)) => Format::Ccda,
            _ => Format::Hl7v2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Format;
    use crate::facts::Facts;
    use access_contract::Header;
    use access_mappings::{EventEffect, EventRule};

    #[test]
    fn the_reader_of_a_feed_says_what_it_is() {
        let rule = EventRule { effect: EventEffect::Snapshot, screens: false };
        for (kind, format) in [
            ("FHIR", Format::Fhir),
            ("CCDA", Format::Ccda),
            ("ADT", Format::Hl7v2),
            ("CSV", Format::Hl7v2),
            ("FHIRX", Format::Hl7v2),
            ("", Format::Hl7v2),
        ] {
            let header = Header { message_type: kind.to_owned(), event: "A08".to_owned(), ..Header::default() };
            assert_eq!(Facts::about(&header, &rule, String::new()).format(), format, "{kind}");
        }
    }
}
