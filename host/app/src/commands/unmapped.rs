//! `access-bridge unmapped`: codes of senders that the profile has no row for, as the rows to add.
//!
//! What is printed is TOML: a section for each sender, with the counts as comments, to be pasted into the site's profile and
//! filled in. `access-bridge check` names each row that was left empty.

use super::stored::{moment, open, wait};
use crate::cli::Unmapped;
use crate::output::{Done, Ending, Trouble, plain, say};
use bridge_ledger::{UnmappedFilter, UnmappedRow};
use serde_json::json;

/// Prints the codes.
///
/// # Errors
/// A ledger that cannot be used.
pub fn unmapped(arguments: &Unmapped) -> Done {
    let (_, ledger) = open(&arguments.config)?;
    let filter = arguments.sender.as_deref().map(filter).transpose()?.unwrap_or_default();
    let rows = wait(ledger.unmapped(&filter))?;
    if arguments.json {
        rows.iter().for_each(|row| say(&as_json(row)));
    } else if rows.is_empty() {
        say("# every code that came has a row in the profile");
    } else {
        let mut rest = rows.as_slice();
        while let Some(first) = rest.first() {
            let same = |row: &&UnmappedRow| row.application == first.application && row.facility == first.facility;
            let count = rest.iter().take_while(same).count().max(1);
            let (section, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            say(&as_section(section));
            rest = others;
        }
    }
    Ok(Ending::Fine)
}

/// `LAB,CLINIC`; either part may be empty.
pub(super) fn filter(sender: &str) -> Result<UnmappedFilter, Trouble> {
    let (application, facility) = sender.split_once(',').ok_or_else(|| {
        Trouble::usage("--sender: expected MSH-3 and MSH-4 with a comma between, such as LAB,CLINIC or LAB,")
    })?;
    let part = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(UnmappedFilter { application: part(application), facility: part(facility) })
}

fn as_json(row: &UnmappedRow) -> String {
    let code = &row.code;
    let line = json!({
        "application": row.application, "facility": row.facility, "table": code.table, "code": code.code,
        "display": code.display, "system": code.system, "unit": code.unit, "count": row.count,
        "first_seen": row.first_seen.rfc3339(), "last_seen": row.last_seen.rfc3339(), "add": line(row),
    });
    line.to_string()
}

/// The section of one sender. All rows are of that sender.
fn as_section(rows: &[UnmappedRow]) -> String {
    let mut lines = Vec::new();
    if let Some(first) = rows.first() {
        lines.push("# Where the profile has a section of this sender, add the rows to it. Then `access-bridge unmapped --take-up`".to_owned());
        lines.push("# takes up the results that came before.".to_owned());
        lines.push("[[\"+senders\"]]".to_owned());
        for (key, name) in [("application", &first.application), ("facility", &first.facility)] {
            if !name.is_empty() {
                lines.push(format!("{key} = {}", quoted(name)));
            }
        }
    }
    for (tables, key, open, close) in [
        (&["observation"][..], "codes.observations", "[", "]"),
        (&["plan", "company"], "plans", "[", "]"),
        (&["unit"], "codes.units", "", ""),
        (&["race"], "race", "", ""),
        (&["ethnicity"], "ethnicity", "", ""),
        (&["languages"], "languages", "", ""),
    ] {
        let mut rows = rows.iter().filter(|row| tables.contains(&row.code.table.as_str())).peekable();
        if rows.peek().is_none() {
            continue;
        }
        let listed = !open.is_empty();
        if listed {
            lines.push(format!("{key} = {open}"));
        }
        for row in rows {
            let comment = format!("# {}", about(row));
            lines.push(if listed {
                format!("    {},  {comment}", line(row))
            } else {
                format!("{key}.{}  {comment}", line(row))
            });
        }
        if listed {
            lines.push(close.to_owned());
        }
    }
    for row in rows.iter().filter(|row| !KNOWN.contains(&row.code.table.as_str())) {
        lines.push(format!("# {}: {}  {}", plain(&row.code.table), plain(&row.code.code), about(row)));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Tables a section of a sender has.
const KNOWN: [&str; 7] = ["observation", "plan", "company", "unit", "race", "ethnicity", "languages"];

/// The row to add.
fn line(row: &UnmappedRow) -> String {
    let code = &row.code;
    let part =
        |key: &str, text: &str| if text.is_empty() { String::new() } else { format!("{key} = {}, ", quoted(text)) };
    match code.table.as_str() {
        "observation" => {
            let (system, unit) = (part("system", &code.system), part("unit", &code.unit));
            format!("{{ code = {}, {system}{unit}loinc = \"\" }}", quoted(&code.code))
        }
        "plan" => format!("{{ plan = {}, {}class = \"\" }}", quoted(&code.code), part("company", &code.system)),
        "company" => format!("{{ company = {}, class = \"\" }}", quoted(&code.code)),
        _ => format!("{} = \"\"", quoted(&code.code)),
    }
}

fn about(row: &UnmappedRow) -> String {
    let feeds = if row.count == 1 { "feed" } else { "feeds" };
    let name = if row.code.display.is_empty() { String::new() } else { format!("{}; ", plain(&row.code.display)) };
    format!("{name}{} {feeds}, last {}", row.count, moment(row.last_seen))
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::{as_section, filter};
    use access_contract::UnmappedCode;
    use access_mappings::{SiteFile, Sources};
    use bridge_ledger::UnmappedRow;
    use bridge_types::Timestamp;

    fn row(table: &str, code: &str, display: &str, system: &str, unit: &str) -> UnmappedRow {
        let [table, code, display, system, unit] = [table, code, display, system, unit].map(str::to_owned);
        UnmappedRow {
            application: "LAB".to_owned(),
            facility: "EAST".to_owned(),
            code: UnmappedCode { table, code, display, system, unit },
            count: 3,
            first_seen: Timestamp::from_millis(0),
            last_seen: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn the_rows_to_add_are_toml_that_only_misses_its_answers() {
        let section = as_section(&[
            row("observation", "GLU\"C", "Glucose\n[evil]", "L", "mg/dL"),
            row("plan", "77", "ACME", "A1", ""),
            row("company", "A2", "", "", ""),
            row("unit", "furlong", "", "", ""),
            row("race", "W", "White", "", ""),
            row("other", "x", "", "", ""),
        ]);
        assert!(
            section.contains(
                "{ code = 'GLU\"C', system = \"L\", unit = \"mg/dL\", loinc = \"\" },  # Glucose [evil]; 3 feeds"
            ),
            "{section}"
        );
        let filled = section
            .replace("loinc = \"\"", "loinc = \"2345-7\"")
            .replace("class = \"\"", "class = \"other\"")
            .replace("codes.units.\"furlong\" = \"\"", "codes.units.\"furlong\" = \"m\"")
            .replace("race.\"W\" = \"\"", "race.\"W\" = \"2106-3\"");
        let text = access_mappings::example_site().text + &filled;
        let site = SiteFile { name: "site.toml".to_owned(), text };
        let profile = access_mappings::load(&Sources::embedded(), &site).unwrap();
        let rules = profile.for_sender("LAB", "EAST");
        assert_eq!(rules.loinc("GLU\"C", "L", "MG/DL").map(|row| row.loinc.as_str()), Some("2345-7"));
        assert!(
            rules.plan("77", "A1").is_some() && rules.plan("1", "A2").is_some() && rules.unit("furlong") == Some("m")
        );
    }

    #[test]
    fn a_sender_is_named_by_both_parts() {
        let found = filter("LAB, ").unwrap();
        assert_eq!((found.application.as_deref(), found.facility), (Some("LAB"), None));
        assert!(filter("LAB").is_err());
    }
}
