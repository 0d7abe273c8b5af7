//! What the status of a result means (tables 0085 and 0123) as FHIR has it.
//!
//! The v2-to-FHIR guide leaves holes. The choice here: `B` (appended) is amended; `R` and `S` (not verified, partial) are
//! preliminary; `I` (in process) is registered; `V` and `U` are final, and a `U` without a value makes one that was sent earlier
//! final (`confirmed`). `O` (order detail) and `N` (not asked) are no observations. `D` and `W` take an earlier result back. An
//! empty status is that of the order, where `A` and `R` (some results) leave each single one preliminary, `N` is registered and `M`
//! corrected.

/// Neither the result nor its order says.
pub(in crate::read) const UNKNOWN: &str = "unknown";

/// The status; none for rows that are no observations.
pub(in crate::read) fn of(own: &str, order: &str) -> Option<&'static str> {
    Some(match own {
        "F" | "V" | "U" => "final",
        "C" => "corrected",
        "P" | "R" | "S" => "preliminary",
        "A" | "B" => "amended",
        "D" | "W" => "entered-in-error",
        "X" => "cancelled",
        "I" => "registered",
        "O" | "N" => return None,
        _ => match order {
            "F" => "final",
            "C" | "M" => "corrected",
            "P" | "A" | "R" => "preliminary",
            "X" => "cancelled",
            "O" | "I" | "S" | "N" => "registered",
            _ => UNKNOWN,
        },
    })
}
