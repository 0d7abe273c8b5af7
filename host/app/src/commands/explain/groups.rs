//! Which pieces stand together: those of a segment, a resource, or a part of a document.

use super::model::Piece;

/// Pieces of one group, in the order of the feed.
pub(super) struct Group<'e> {
    /// `PID`, `IN1[2]`, `Patient`, `Bundle.entry[3]`, `section[problems]`.
    pub(super) name: &'e str,
    pub(super) pieces: Vec<&'e Piece>,
}

/// Puts neighbours of one group together.
pub(super) fn groups(pieces: &[Piece]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for piece in pieces {
        let name = name(&piece.path);
        match groups.last_mut() {
            Some(group) if group.name == name => group.pieces.push(piece),
            _ => groups.push(Group { name, pieces: vec![piece] }),
        }
    }
    groups
}

/// The group of a path.
fn name(path: &str) -> &str {
    let to = |end: Option<usize>| end.and_then(|end| path.get(..end)).unwrap_or(path);
    if path.starts_with('/') {
        // The root and what stands right below it.
        return to(path.match_indices('/').nth(2).map(|(at, _)| at));
    }
    if path.contains('/') {
        return to(path.find('/'));
    }
    if path.starts_with("Bundle.entry[") || path.starts_with('[') {
        return to(path.find(']').map(|at| at + 1));
    }
    to(path.find(['-', '.']))
}

/// Whether a path is another one or leads on from it.
pub(super) fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '-', '/']))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn groups_are_segments_resources_and_parts_of_documents() {
        for (path, group) in [
            ("PID-3[2].4", "PID"),
            ("IN1[2]-49.1", "IN1[2]"),
            ("Patient.name[0].family", "Patient"),
            ("Bundle.entry[3].resource.birthDate", "Bundle.entry[3]"),
            ("Bundle.type", "Bundle"),
            ("[2].name", "[2]"),
            ("/ClinicalDocument/recordTarget/patientRole/id/@root", "/ClinicalDocument/recordTarget"),
            ("/ClinicalDocument/title", "/ClinicalDocument/title"),
            ("section[problems]/entry[3]/act/code/@code", "section[problems]"),
        ] {
            assert_eq!(name(path), group);
        }
    }
}
