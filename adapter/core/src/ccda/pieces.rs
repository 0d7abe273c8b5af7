//! Every text and attribute of a document, for its account.

use super::tree::Tree;

/// One text or attribute that is not blank.
pub(crate) struct Piece {
    /// Where it stands; attributes end in `/@name`.
    pub(crate) path: String,
    /// The names from the root on, without positions.
    pub(crate) steps: Vec<String>,
    /// Whether somebody looked at it.
    pub(crate) touched: bool,
    /// The text as it came.
    pub(crate) text: String,
}

/// The pieces of a document.
pub(crate) struct Pieces<'t>(&'t Tree);

impl<'t> Pieces<'t> {
    pub(super) const fn of(tree: &'t Tree) -> Self {
        Self(tree)
    }

    /// In document order, attributes before the text of their element.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Piece> + use<'t> {
        let tree = self.0;
        (0..tree.len()).flat_map(move |id| {
            let node = tree.node(id);
            let element = move || (node.path(), node.steps());
            let attributes = node.attributes().map(move |(name, text, touched)| {
                let (path, mut steps) = element();
                steps.push(format!("@{name}"));
                Piece { path: format!("{path}/@{name}"), steps, touched, text: text.to_owned() }
            });
            let own = node.own_text().map(move |(text, touched)| {
                let (path, steps) = element();
                Piece { path, steps, touched, text: text.to_owned() }
            });
            attributes.chain(own)
        })
    }
}
