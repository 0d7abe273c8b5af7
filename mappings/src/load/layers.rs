//! Reads a site's file and everything it extends, checks each and merges them.

use super::{
    finding::{Finding, Severity},
    merge::lay_over,
    schema::PROFILE,
    shape,
    sources::{MAX_FILE_BYTES, SiteFile, Sources, is_plain_name},
    spelling::suggest,
    tree::{self, At, Node, Table, Texts, Value},
};
use std::collections::BTreeSet;

/// Most layers under one site.
const MAX_LAYERS: usize = 16;

/// The layers of a site, merged, and what was noticed on the way.
pub(super) struct Layers {
    /// The merged tree, without the parts that were wrong.
    pub(super) root: Node,
    /// What was noticed.
    pub(super) findings: Vec<Finding>,
    /// Whether every file could be parsed and every layer was found. If not, what is missing says nothing.
    pub(super) complete: bool,
}

/// Reads and merges the layers of `site`. A layer that several others extend is laid down once, at the bottom.
pub(super) fn merge_layers(sources: &Sources, site: &SiteFile, texts: &mut Texts) -> Layers {
    let file = texts.add(site.name.clone(), site.text.clone());
    let mut reader =
        Reader { sources, texts, merged: Table::new(), seen: BTreeSet::new(), findings: Vec::new(), complete: true };
    for folder in sources.absent() {
        let number = reader.texts.add(folder, String::new());
        reader.complete = false;
        reader.error(At { file: number, offset: 0 }, "there is no such mappings folder".into(), None);
    }
    if site.text.len() > MAX_FILE_BYTES {
        reader.error(At { file, offset: 0 }, format!("is longer than {MAX_FILE_BYTES} bytes"), None);
        reader.complete = false;
    } else {
        reader.lay(file);
    }
    let root = Node { at: At { file, offset: 0 }, value: Value::Table(reader.merged) };
    Layers { root, findings: reader.findings, complete: reader.complete }
}

struct Reader<'a> {
    sources: &'a Sources,
    texts: &'a mut Texts,
    merged: Table,
    seen: BTreeSet<String>,
    findings: Vec<Finding>,
    complete: bool,
}

impl Reader<'_> {
    /// Lays the layers a file extends, then the file itself.
    fn lay(&mut self, file: usize) {
        let mut node = match tree::parse(self.texts, file) {
            Ok(node) => node,
            Err(findings) => {
                self.findings.extend(findings);
                self.complete = false;
                return;
            }
        };
        self.findings.extend(shape::check(self.texts, PROFILE, &mut node));
        let Value::Table(mut table) = node.value else { return };
        if let Some(entry) = table.remove("+extends") {
            self.error(entry.key_at, "`extends` cannot be added to".into(), Some("write `extends = […]`".into()));
        }
        let extends = table.remove("extends").map(|entry| entry.node);
        for layer in extends.as_ref().map_or(&[][..], Node::items) {
            self.extend(layer);
        }
        lay_over(&mut self.merged, table);
    }

    fn extend(&mut self, layer: &Node) {
        let Some(name) = layer.text() else { return };
        if !self.seen.insert(name.to_owned()) {
            return;
        }
        if self.seen.len() > MAX_LAYERS {
            self.complete = false;
            self.error(layer.at, format!("more than {MAX_LAYERS} layers"), None);
            return;
        }
        let found = if is_plain_name(name) { self.sources.read(&format!("profiles/{name}.toml")) } else { Ok(None) };
        match found {
            Ok(Some(found)) => {
                let file = self.texts.add(found.name, found.text);
                self.lay(file);
            }
            Ok(None) => {
                self.complete = false;
                let known = self.sources.layers();
                let hint = suggest(name.trim_end_matches(".toml"), known.iter().map(String::as_str));
                self.error(layer.at, format!("there is no layer `{name}`"), hint);
            }
            Err((path, error)) => {
                self.complete = false;
                self.error(layer.at, format!("layer `{name}`: {path} {error}"), None);
            }
        }
    }

    fn error(&mut self, at: At, message: String, hint: Option<String>) {
        self.findings.push(self.texts.finding(Severity::Error, at, message, hint));
    }
}
