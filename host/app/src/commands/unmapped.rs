//! `access-bridge unmapped`: codes of senders that the profile has no row for, as the rows to add.
//!
//! What is printed is TOML: a section for each sender, with the counts as comments, to be pasted into the site's profile and
//! filled in. `access-bridge check` names each row that was left empty. With `--take-up` the results that came before their codes had a
//! row are taken up from the feeds that are kept.

use super::run::runtime;
use super::stored::{moment, open, open_with_clock, wait, who};
use crate::cli::ConfigArgument;
use crate::output::{Done, Ending, Trouble, plain, say, warn};
use crate::pipeline::TakenUp;
use bridge_ledger::{FeedSummary, Ledger, UnmappedFilter, UnmappedRow};
use bridge_types::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;

/// Feeds looked through at a time.
const PAGE: usize = 500;

/// Prints the codes.
///
/// # Errors
/// A ledger that cannot be used.
pub fn unmapped(config: &ConfigArgument, json: bool, sender: Option<&str>) -> Done {
    let (_, ledger) = open(config)?;
    let filter = sender.map(filter).transpose()?.unwrap_or_default();
    let rows = wait(ledger.unmapped(&filter))?;
    if json {
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

/// Reads kept feeds once more, in the order they came, and takes up the results whose codes have a row by now. The charts are looked at when all are
/// read, so that nothing goes out that a later one of them corrects.
///
/// # Errors
/// A ledger or a profile that cannot be used.
pub fn take_up(config: &ConfigArgument, json: bool, sender: Option<&str>, since: Option<Timestamp>) -> Done {
    let filter = sender.map(filter).transpose()?.unwrap_or_default();
    let opened = open_with_clock(config)?;
    let (ledger, pipeline) = (opened.ledger.as_ref(), opened.pipeline()?);
    let (runtime, who) = (runtime()?, who());
    let (mut count, mut looks) = (Count::default(), BTreeSet::new());
    for id in kept(ledger, &filter, since)? {
        let Some(feed) = wait(ledger.feed(&id))? else { continue };
        if feed.bytes.expose().is_empty() {
            count.pruned += 1;
            continue;
        }
        match runtime.block_on(pipeline.take_up(&feed, &who)) {
            Ok(TakenUp::Results { number, participant, charts }) => {
                count.feeds += 1;
                count.results += number;
                looks.extend(charts.into_iter().map(|chart| (participant.clone(), chart)));
            }
            Ok(TakenUp::Nothing) => {}
            Ok(TakenUp::LeftAlone) => count.left_alone += 1,
            Err(error) => {
                count.failed += 1;
                let FeedSummary { id, identity, .. } = &feed.summary;
                warn(&format!("feed {id} (control id {}) could not be taken up: {error}", plain(&identity.control_id)));
            }
        }
    }
    if count.failed > 0 {
        warn(
            "run it again within the hour: what could not be taken up may correct what was, and the service then looks at the charts",
        );
        looks.clear();
    }
    for (participant, chart) in &looks {
        if let Err(error) = runtime.block_on(pipeline.look_again(participant, chart)) {
            count.failed += 1;
            warn(&format!("chart {chart} could not be looked at: {error}; the service does it within the hour"));
        }
    }
    count.tell(json);
    Ok(if count.failed == 0 { Ending::Fine } else { Ending::Partly })
}

/// What became of the feeds that were read once more.
#[derive(Default)]
struct Count {
    feeds: usize,
    results: usize,
    pruned: usize,
    left_alone: usize,
    failed: usize,
}

impl Count {
    fn tell(&self, json: bool) {
        let Self { feeds, results, pruned, left_alone, failed } = self;
        if json {
            let told = json!({
                "feeds": feeds, "results": results, "pruned": pruned, "left_alone": left_alone, "failed": failed,
            });
            return say(&told.to_string());
        }
        say(&format!("{results} results and questionnaires of {feeds} feeds taken up"));
        if *pruned > 0 {
            say(&format!(
                "the content of {pruned} feeds is no longer kept: results they may have held must be sent again, under new control ids"
            ));
        }
        if *left_alone > 0 {
            say(&format!(
                "{left_alone} feeds are left alone, since they belong to another participant or are refused by now: send the results they hold again, under new control ids"
            ));
        }
    }
}

/// The accepted feeds of a sender, oldest first.
fn kept(ledger: &dyn Ledger, sender: &UnmappedFilter, since: Option<Timestamp>) -> Result<Vec<String>, Trouble> {
    let is = |wanted: &Option<String>, part: &str| wanted.as_deref().is_none_or(|wanted| wanted == part);
    let is_meant = |feed: &FeedSummary| {
        let FeedSummary { identity, received_at, .. } = feed;
        is(&sender.application, &identity.application)
            && is(&sender.facility, &identity.facility)
            && since.is_none_or(|since| *received_at >= since)
    };
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = wait(ledger.feeds_page(None, after, PAGE))?;
        let passed = page.items.last().is_some_and(|oldest| since.is_some_and(|since| oldest.received_at < since));
        ids.extend(page.items.into_iter().filter(is_meant).map(|feed| feed.id));
        after = page.next.filter(|_| !passed);
        if after.is_none() {
            ids.reverse();
            return Ok(ids);
        }
    }
}

/// `LAB,CLINIC`; either part may be empty.
fn filter(sender: &str) -> Result<UnmappedFilter, Trouble> {
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
