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

/// What verification and clinical status say. What was refuted, entered in error or is over states no disease.
fn certainty(node: &Node<'_>, path: &str, issues: &mut Issues) -> Certainty {
    let code = |name: &str| codes::first_code(node.get(name)).unwrap_or_default();
    let ended = || node.members().iter().any(|(name, _)| name.starts_with("abatement"));
    match code("clinicalStatus") {
        "inactive" | "remission" | "resolved" => {
            let message = "the condition is not active; it was not taken";
            issues.inform("diagnosis-inactive", &format!("{path}.clinicalStatus"), message);
            return Certainty::Withdrawn;
        }
        "" if ended() => {
            issues.inform(
                "diagnosis-inactive",
                &format!("{path}.abatement"),
                "the condition is over; it was not taken",
            );
            return Certainty::Withdrawn;
        }
        "active" | "recurrence" | "relapse" if ended() => {
            let hint = "send clinicalStatus resolved, or leave the abatement out";
            let message = "the condition is active and over at once; it was kept as provisional";
            issues.warn("diagnosis-status", &format!("{path}.abatement"), message, hint);
            return match code("verificationStatus") {
                "refuted" | "entered-in-error" => Certainty::Withdrawn,
                _ => Certainty::Provisional,
            };
        }
        "active" | "recurrence" | "relapse" | "" => {}
        _ => return unknown(&format!("{path}.clinicalStatus"), issues),
    }
    match code("verificationStatus") {
        "confirmed" | "" => Certainty::Confirmed,
        "unconfirmed" | "provisional" | "differential" => Certainty::Provisional,
        "refuted" => {
            let message = "the condition was refuted; it was not taken";
            issues.inform("diagnosis-ruled-out", &format!("{path}.verificationStatus"), message);
            Certainty::Withdrawn
        }
        "entered-in-error" => Certainty::Withdrawn,
        _ => unknown(&format!("{path}.verificationStatus"), issues),
    }
}

fn unknown(path: &str, issues: &mut Issues) -> Certainty {
    let hint = "send a code of FHIR's condition-clinical and condition-ver-status";
    issues.warn("diagnosis-status", path, "the status is not known; the condition was kept as provisional", hint);
    Certainty::Provisional
}
