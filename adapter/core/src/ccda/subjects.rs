//! Whose an entry is: the record target's, unless a `subject` says otherwise (CDA R2, section 4.3.4).

use super::notes::Notes;
use super::tree::Node;

/// Relationships that mean the person (HL7 v3 RoleCode).
const SELF: [&str; 2] = ["SELF", "ONESELF"];

/// Whether a section, act, organizer or observation is about somebody else: a relative, a donor, a child that is not yet born.
/// What it says, and what is in it, is not the person's.
pub(super) fn is_of_another(node: Node<'_>) -> bool {
    node.children("subject").any(|subject| {
        let related = subject.child("relatedSubject");
        let same = related.is_some_and(|related| {
            related.has("classCode", "PAT")
                || related.of("code", "code").is_some_and(|code| SELF.contains(&code.as_str()))
        });
        !same
    })
}

/// The same; what is left out is listed.
pub(super) fn is_left_out(node: Node<'_>, notes: &mut Notes) -> bool {
    let another = is_of_another(node);
    if another {
        list(notes, node.path());
    }
    another
}

/// Lists a place where somebody else is spoken of.
pub(super) fn list(notes: &mut Notes, path: String) {
    let message = "this is about somebody else than the document's patient; it was not taken";
    notes.list("subject-other", path, message);
}
