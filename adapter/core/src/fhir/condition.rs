//! Condition as a `DG1` segment.

use super::codes;
use super::issues::Issues;
use super::json::Node;
use super::moment::compact;
use super::scope::Scope;
use super::sheet::Sheet;
use crate::facts::{Certainty, Diagnosis, Origin};
use access_mappings::DiagnosisRules;

/// One Condition that was restated.
pub(super) struct Row {
    /// Its record.
    statement: String,
    /// The encounter it belongs to.
    visit: Option<String>,
    pub(super) path: String,
    /// What its status makes of it, whatever the code.
    certainty: Certainty,
    /// When the record was changed last, or empty.
    updated: String,
}

/// Restates one Condition.
pub(super) fn write(scope: &Scope<'_, '_>, sheet: &mut Sheet, position: usize, issues: &mut Issues) -> Option<Row> {
    let resource = scope.resource(position)?;
    let (node, path) = (resource.node, resource.path.as_str());
    let certainty = if resource.deleted { Certainty::Withdrawn } else { certainty(node, path, issues) };
    sheet.open("DG1", path);
    if let Some(code) = node.get("code") {
        write_code(&scope.profile.diagnoses, sheet, code, &format!("{path}.code"), issues);
    }
    sheet.set(5, 1, &compact(node.text("recordedDate").unwrap_or_default()), &format!("{path}.recordedDate"));
    // Without a code there is nothing that the segment could take back; the record's own name does.
    let coded =
        node.get("code").is_some_and(|code| code.items("coding").iter().any(|coding| coding.text("code").is_some()));
    if certainty == Certainty::Withdrawn && coded {
        sheet.set(21, 1, "D", &format!("{path}.verificationStatus"));
    }
    let visit = scope.index.target(position, node.get("encounter"), "Encounter");
    Some(Row {
        statement: scope.statement(position),
        visit: scope.name_of(&visit),
        path: path.to_owned(),
        certainty,
        updated: scope.time(position).to_owned(),
    })
}

impl Row {
    /// The diagnosis, from what the rules made of the segment. A record that states none any more withdraws what it stated
    /// before. With it, when that was.
    pub(super) fn diagnosis(self, read: Option<Diagnosis>, feed: &str) -> Option<(Diagnosis, String)> {
        let certainty = match (&read, self.certainty) {
            (Some(read), Certainty::Confirmed) => read.certainty,
            (None, _) => Certainty::Withdrawn,
            (_, certainty) => certainty,
        };
        let read = read.or_else(|| {
            let from = Origin { feed: feed.to_owned(), path: self.path, rule: "diagnoses".to_owned() };
            (!self.statement.is_empty()).then(|| Diagnosis {
                code: String::new(),
                certainty,
                rank: 1,
                recorded: None,
                visit: None,
                from,
                statement: String::new(),
                instance: String::new(),
            })
        })?;
        // The place of a record among others means nothing.
        Some((Diagnosis { certainty, rank: 1, visit: self.visit, statement: self.statement, ..read }, self.updated))
    }
}

/// Which coding is read: one that is ICD-10-CM, chosen by the user if there are several, else the first; another goes beside it.
fn write_code(rules: &DiagnosisRules, sheet: &mut Sheet, code: &Node<'_>, path: &str, issues: &mut Issues) {
    let codings = code.items("coding");
    let is_usable = |coding: &Node<'_>| {
        coding.text("code").is_some() && rules.icd10cm.contains(&codes::system(coding).to_ascii_uppercase())
    };
    let usable = || codings.iter().enumerate().filter(|(_, coding)| is_usable(coding));
    let selected = usable().find(|(_, coding)| coding.flag("userSelected") == Some(true));
    let chosen = selected.or_else(|| usable().next()).or_else(|| codings.iter().enumerate().next());
    if usable().count() > 1 {
        let message = "the condition has several ICD-10-CM codes; one was taken";
        issues.inform("diagnosis-several-codes", &format!("{path}.coding"), message);
    }
    if let Some((number, coding)) = chosen {
        let path = format!("{path}.coding[{number}]");
        sheet.set(3, 1, coding.text("code").unwrap_or_default(), &path);
        sheet.set(3, 2, coding.text("display").unwrap_or_default(), &format!("{path}.display"));
        sheet.set(3, 3, codes::system(coding), &format!("{path}.system"));
    }
    sheet.set(4, 1, code.text("text").unwrap_or_default(), &format!("{path}.text"));
}

/// A status: its code, else what it says in words or as the bare code of STU3; empty where it says nothing that can be read. None where
/// there is no status at all.
fn status(node: &Node<'_>, name: &str) -> Option<String> {
    let stated = node.get(name)?;
    if let Some(code) = codes::first_code(Some(stated)) {
        return Some(code.to_owned());
    }
    let displays = stated.items("coding").iter().filter_map(|coding| coding.text("display"));
    let words = stated.as_text().into_iter().chain(stated.text("text")).chain(displays).next();
    Some(words.unwrap_or_default().to_ascii_lowercase().replace(' ', "-"))
}

/// What verification and clinical status say. What was refuted, entered in error or is over states no disease.
fn certainty(node: &Node<'_>, path: &str, issues: &mut Issues) -> Certainty {
    let ended = || node.members().iter().any(|(name, _)| name.starts_with("abatement"));
    let verification = status(node, "verificationStatus");
    match status(node, "clinicalStatus").as_deref() {
        Some("inactive" | "remission" | "resolved") => {
            let message = "the condition is not active; it was not taken";
            issues.inform("diagnosis-inactive", &format!("{path}.clinicalStatus"), message);
            return Certainty::Withdrawn;
        }
        None | Some("") if ended() => {
            issues.inform(
                "diagnosis-inactive",
                &format!("{path}.abatement"),
                "the condition is over; it was not taken",
            );
            return Certainty::Withdrawn;
        }
        Some("active" | "recurrence" | "relapse") if ended() => {
            let hint = "send clinicalStatus resolved, or leave the abatement out";
            let message = "the condition is active and over at once; it was kept as provisional";
            issues.warn("diagnosis-status", &format!("{path}.abatement"), message, hint);
            return match verification.as_deref() {
                Some("refuted" | "entered-in-error") => Certainty::Withdrawn,
                _ => Certainty::Provisional,
            };
        }
        Some("active" | "recurrence" | "relapse") | None => {}
        Some(_) if matches!(verification.as_deref(), Some("refuted" | "entered-in-error")) => {}
        Some(_) => return unknown(&format!("{path}.clinicalStatus"), issues),
    }
    match verification.as_deref() {
        Some("confirmed") | None => Certainty::Confirmed,
        Some("unconfirmed" | "provisional" | "differential") => Certainty::Provisional,
        Some("refuted") => {
            let message = "the condition was refuted; it was not taken";
            issues.inform("diagnosis-ruled-out", &format!("{path}.verificationStatus"), message);
            Certainty::Withdrawn
        }
        Some("entered-in-error") => Certainty::Withdrawn,
        Some(_) => unknown(&format!("{path}.verificationStatus"), issues),
    }
}

fn unknown(path: &str, issues: &mut Issues) -> Certainty {
    let hint = "send a code of FHIR's condition-clinical and condition-ver-status";
    issues.warn("diagnosis-status", path, "the status is not known; the condition was kept as provisional", hint);
    Certainty::Provisional
}
