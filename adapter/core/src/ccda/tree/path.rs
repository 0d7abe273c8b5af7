//! Paths of elements in the manner of XPath: `/ClinicalDocument/recordTarget/patientRole/id[2]`,
//! `section[problems]/entry[3]/act`.

use super::{Id, Space, Tree};

/// Writes the path of an element: from the root, or from the section it is in.
pub(super) fn of(tree: &Tree, id: Id) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut at = Some(id);
    while let Some((id, element)) = at.and_then(|id| tree.at(id).map(|element| (id, element))) {
        if let Some(label) = tree.labels.get(&id) {
            parts.push(label.clone());
            parts.reverse();
            return parts.join("/");
        }
        let prefix = if element.space == Space::Sdtc { "sdtc:" } else { "" };
        let position = if element.repeated { format!("[{}]", element.ordinal) } else { String::new() };
        parts.push(format!("{prefix}{}{position}", tree.name(element.name)));
        at = element.parent;
    }
    parts.push(String::new());
    parts.reverse();
    parts.join("/")
}

/// The names of an element and those above it, from the root on.
pub(super) fn steps(tree: &Tree, id: Id) -> Vec<String> {
    let above = std::iter::successors(tree.at(id), |element| tree.at(element.parent?));
    let mut steps: Vec<String> = above.map(|element| tree.name(element.name).to_owned()).collect();
    steps.reverse();
    steps
}
