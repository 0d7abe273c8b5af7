//! The pieces of a feed as tables, one for each group.

use super::payload::Lines;
use super::{escape, issues};
use crate::commands::explain::groups::{Group, short};
use crate::commands::explain::model::{Explanation, Piece};
use access_contract::Issue;
use std::fmt::Write;

/// What a row looks at beside its piece.
pub(super) struct Sides<'e> {
    pub(super) explanation: &'e Explanation,
    pub(super) payloads: &'e [Lines],
    /// The number of the feed in the page.
    pub(super) number: usize,
}

impl Sides<'_> {
    /// Writes a group: what is used or unused, and what is ignored folded away.
    pub(super) fn group(&self, page: &mut String, group: &Group<'_>) {
        let (ignored, shown): (Vec<&Piece>, Vec<&Piece>) =
            group.pieces.iter().copied().partition(|piece| piece.fate == "ignored");
        let _ = writeln!(page, "<section class=\"group\"><h3>{}</h3>", escape(group.name));
        self.table(page, &shown);
        if !ignored.is_empty() {
            let _ = writeln!(page, "<details><summary>{} ignored</summary>", ignored.len());
            self.table(page, &ignored);
            page.push_str("</details>\n");
        }
        page.push_str("</section>\n");
    }

    fn table(&self, page: &mut String, pieces: &[&Piece]) {
        if pieces.is_empty() {
            return;
        }
        page.push_str("<table>\n");
        pieces.iter().for_each(|piece| self.row(page, piece));
        page.push_str("</table>\n");
    }

    fn row(&self, page: &mut String, piece: &Piece) {
        let links: Vec<(&str, &str, &str)> = piece
            .targets
            .iter()
            .filter_map(|target| {
                let id = self.payloads.get(target.submission)?.ids.get(&target.element)?;
                let operation = &self.explanation.submissions.get(target.submission)?.operation;
                Some((id.as_str(), operation.as_str(), short(&target.element)))
            })
            .collect();
        let ids: Vec<&str> = links.iter().map(|(id, _, _)| *id).collect();
        let data = if ids.is_empty() { String::new() } else { format!(" data-to=\"{}\"", escape(&ids.join(" "))) };
        let is_unused = piece.fate == "unused";
        let id = if is_unused { format!(" id=\"{}\"", anchor(self.number, &piece.path)) } else { String::new() };
        let _ = write!(
            page,
            "<tr class=\"{}\"{data}{id}><td class=\"path\"><code>{}</code><small>{}</small></td>\
             <td class=\"value\">{}</td><td class=\"rule\">{}",
            escape(&piece.fate),
            escape(&piece.path),
            escape(&piece.name),
            escape(piece.value.as_deref().unwrap_or_default()),
            if is_unused { "no rule".to_owned() } else { escape(&piece.rules.join(", ")) },
        );
        if !piece.facts.is_empty() {
            let _ = write!(page, "<small>{}</small>", escape(&piece.facts.join(", ")));
        }
        page.push_str("</td><td class=\"to\">");
        for (id, operation, element) in links {
            let (id, operation, element) = (escape(id), escape(operation), escape(element));
            let _ = write!(page, "<a href=\"#{id}\" title=\"${operation}\">→ {element}</a>");
        }
        page.push_str("</td></tr>\n");
        let issues_of = |number: &usize| self.explanation.issues.get(*number);
        let told: Vec<&Issue> = piece.issues.iter().filter_map(issues_of).collect();
        if !told.is_empty() {
            page.push_str("<tr class=\"said\"><td colspan=\"4\">");
            issues(page, &told);
            page.push_str("</td></tr>\n");
        }
    }
}

/// The name of a piece within the page.
pub(super) fn anchor(number: usize, path: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    format!("f{number}-{}", path.chars().map(plain).collect::<String>())
}
