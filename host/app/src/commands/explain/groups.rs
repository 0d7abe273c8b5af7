//! Which pieces stand together: those of a segment, a resource, or a part of a document; and how paths are shown in one.

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
        // A part of the root that has parts of its own, else the root.
        let mut steps = path.match_indices('/').map(|(at, _)| at).skip(1);
        let (root, part, further) = (steps.next(), steps.next(), steps.next());
        return to(further.and(part).or(root));
    }
    if path.contains('/') {
        return to(path.find('/'));
    }
    if path.starts_with("Bundle.entry[") || path.starts_with('[') {
        return to(path.find(']').map(|at| at + 1));
    }
    to(path.find(['-', '.']))
}

impl Group<'_> {
    /// The path of a piece within its group; HL7 paths are short and known by heart, so they stay whole.
    pub(super) fn inside<'p>(&self, path: &'p str) -> &'p str {
        let rest = path.strip_prefix(self.name).and_then(|rest| rest.strip_prefix(['.', '/']));
        rest.filter(|rest| !rest.is_empty()).unwrap_or(path)
    }
}

/// An element of a payload without the way to its resource.
pub(super) fn short(element: &str) -> &str {
    match element.split_once(".resource.") {
        Some((_, inside)) => inside,
        None => element.strip_prefix("Parameters.").unwrap_or(element),
    }
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
            ("/ClinicalDocument/title", "/ClinicalDocument"),
            ("/ClinicalDocument/id/@root", "/ClinicalDocument"),
            ("section[problems]/entry[3]/act/code/@code", "section[problems]"),
        ] {
            assert_eq!(name(path), group);
        }
    }
}
