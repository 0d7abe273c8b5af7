//! An issue's HL7 path as the parts of an error location (ERL).

/// Where in a message. Numbers count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) segment: String,
    pub(super) sequence: u32,
    pub(super) field: Option<u32>,
    pub(super) repetition: u32,
    pub(super) component: Option<u32>,
    pub(super) subcomponent: Option<u32>,
}

impl Location {
    /// Reads `PID`, `IN1[2]`, `PID-3`, `PID-3[2].1`, `OBX[4]-5.1.2`. `None` for anything else, such as a FHIRPath.
    pub(super) fn read(path: &str) -> Option<Self> {
        let (head, tail) = path.split_once('-').map_or((path, None), |(head, tail)| (head, Some(tail)));
        let (segment, sequence) = indexed(head)?;
        let well_formed = segment.len() == 3
            && segment.starts_with(|first: char| first.is_ascii_uppercase())
            && segment.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !well_formed {
            return None;
        }
        let mut location = Self {
            segment: segment.to_owned(),
            sequence: sequence.unwrap_or(1),
            field: None,
            repetition: 1,
            component: None,
            subcomponent: None,
        };
        let Some(tail) = tail else { return Some(location) };
        let mut parts = tail.split('.');
        let (field, repetition) = indexed(parts.next()?)?;
        location.field = Some(number(field)?);
        location.repetition = repetition.unwrap_or(1);
        location.component = parts.next().map(|part| number(part).ok_or(())).transpose().ok()?;
        location.subcomponent = parts.next().map(|part| number(part).ok_or(())).transpose().ok()?;
        parts.next().is_none().then_some(location)
    }

    /// The components of ERL (ERR-2): segment, sequence, field, repetition, component, subcomponent.
    pub(super) fn components(&self) -> Vec<String> {
        let mut components = vec![self.segment.clone(), self.sequence.to_string()];
        if let Some(field) = self.field {
            components.extend([field.to_string(), self.repetition.to_string()]);
            components.extend(self.component.map(|component| component.to_string()));
            components.extend(self.subcomponent.map(|subcomponent| subcomponent.to_string()));
        }
        components
    }
}

/// `PID` or `PID[2]`.
fn indexed(text: &str) -> Option<(&str, Option<u32>)> {
    match text.split_once('[') {
        None => Some((text, None)),
        Some((name, index)) => Some((name, Some(number(index.strip_suffix(']')?)?))),
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok().filter(|number| *number > 0) } else { None }
}

#[cfg(test)]
mod tests {
    use super::Location;

    fn erl(path: &str) -> Option<String> {
        Location::read(path).map(|location| location.components().join("^"))
    }

    #[test]
    fn hl7_paths_become_error_locations() {
        assert_eq!(erl("PID").as_deref(), Some("PID^1"));
        assert_eq!(erl("IN1[2]").as_deref(), Some("IN1^2"));
        assert_eq!(erl("PID-3").as_deref(), Some("PID^1^3^1"));
        assert_eq!(erl("PID-3[2].1").as_deref(), Some("PID^1^3^2^1"));
        assert_eq!(erl("IN1[1]-49.1").as_deref(), Some("IN1^1^49^1^1"));
        assert_eq!(erl("OBX[12]-5[3].1.2").as_deref(), Some("OBX^12^5^3^1^2"));
    }

    #[test]
    fn other_paths_have_no_error_location() {
        for path in [
            "",
            "Parameters.parameter[2].resource",
            "Patient",
            "PID-",
            "PID-x",
            "PID-3[0]",
            "PID-3.1.2.3",
            "pid-3",
            "1ST",
        ] {
            assert_eq!(erl(path), None, "{path}");
        }
    }
}
