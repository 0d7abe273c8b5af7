//! `access-bridge unmapped --take-up`: results that came before their codes had a row, from the feeds that are kept.

use super::run::runtime;
use super::stored::{open_with_clock, wait, who};
use super::unmapped::filter;
use crate::cli::Unmapped;
use crate::output::{Done, Ending, Trouble, plain, say, warn};
use crate::pipeline::{Gathered, Pipeline};
use bridge_ledger::{FeedSummary, Ledger, StoredFeed, UnmappedFilter};
use serde_json::json;

/// Feeds looked through at a time.
const PAGE: usize = 500;

/// How many of the feeds that are left alone are named.
const NAMED: usize = 20;

/// Reads the kept feeds once more, in the order they came, and takes up the results whose codes have a row by now.
///
/// # Errors
/// A ledger or a profile that cannot be used, or a feed that cannot be read for our own trouble: then nothing is taken up.
pub fn take_up(arguments: &Unmapped) -> Done {
    let sender = arguments.sender.as_deref().map(filter).transpose()?.unwrap_or_default();
    let opened = open_with_clock(&arguments.config)?;
    let pipeline = opened.pipeline()?;
    let mut count = Count::default();
    let feeds = kept(opened.ledger.as_ref(), &sender, arguments)?;
    let gathered = gather(opened.ledger.as_ref(), &pipeline, &feeds, &mut count)?;
    let (runtime, who) = (runtime()?, who());
    for (participant, chart, entries) in gathered.into_charts() {
        match runtime.block_on(pipeline.take_up(&participant, &chart, &entries, &who)) {
            Ok(0) => {}
            Ok(number) => {
                count.charts += 1;
                count.results += number;
            }
            Err(error) => {
                count.failed += 1;
                warn(&format!("nothing was taken up for chart {chart}: {error}; run it again"));
            }
        }
    }
    count.tell(arguments.json);
    Ok(if count.failed == 0 { Ending::Fine } else { Ending::Partly })
}

/// What kept feeds come to.
fn gather(ledger: &dyn Ledger, pipeline: &Pipeline, feeds: &[String], count: &mut Count) -> Result<Gathered, Trouble> {
    let runtime = runtime()?;
    let mut gathered = Gathered::default();
    for id in feeds {
        let Some(feed) = wait(ledger.feed(id))? else { continue };
        if feed.bytes.expose().is_empty() {
            count.pruned += 1;
            continue;
        }
        count.feeds += 1;
        let read = runtime.block_on(pipeline.gather(&feed, gathered));
        let (more, reasons) = read.map_err(|error| {
            Trouble::failed(format!("{} could not be read once more: {error}; nothing was taken up", name(&feed))).hint(
                format!(
                    "`--except {id}` takes up the others; what this one corrects or takes back must be sent again then"
                ),
            )
        })?;
        gathered = more;
        if let Some(reason) = reasons.first() {
            count.left_alone += 1;
            if count.left_alone <= NAMED {
                warn(&format!("{} is left alone: {}", name(&feed), plain(reason)));
            }
        }
    }
    Ok(gathered)
}

fn name(feed: &StoredFeed) -> String {
    let FeedSummary { id, identity, .. } = &feed.summary;
    format!("feed {id} (control id {})", plain(&identity.control_id))
}

/// What became of the feeds.
#[derive(Default)]
struct Count {
    /// Feeds that were read.
    feeds: usize,
    results: usize,
    charts: usize,
    pruned: usize,
    left_alone: usize,
    /// Charts that could not be written.
    failed: usize,
}

impl Count {
    fn tell(&self, json: bool) {
        let Self { feeds, results, charts, pruned, left_alone, failed } = self;
        if json {
            let told = json!({
                "feeds": feeds, "results": results, "charts": charts, "pruned": pruned, "left_alone": left_alone, "failed": failed,
            });
            return say(&told.to_string());
        }
        let count = |number: usize, one: &str, more: &str| format!("{number} {}", if number == 1 { one } else { more });
        let feeds = count(*feeds, "feed", "feeds");
        say(&match results {
            0 => format!("nothing to take up; {feeds} read"),
            _ => format!(
                "{} taken up, of {}; {feeds} read",
                count(*results, "result or questionnaire", "results and questionnaires"),
                count(*charts, "person", "people")
            ),
        });
        if *pruned > 0 {
            say(&format!(
                "the content of {} is no longer kept: results they may have held must be sent again, under new control ids",
                count(*pruned, "feed", "feeds")
            ));
        }
        if *left_alone > 0 {
            say(&format!(
                "left alone, in whole or in part: {}; when the reason is mended, run it again, or send the results they hold again, under new control ids",
                count(*left_alone, "feed", "feeds")
            ));
        }
    }
}

/// The accepted feeds of a sender, oldest first.
fn kept(ledger: &dyn Ledger, sender: &UnmappedFilter, arguments: &Unmapped) -> Result<Vec<String>, Trouble> {
    let Unmapped { since, except, .. } = arguments;
    let is = |wanted: &Option<String>, part: &str| wanted.as_deref().is_none_or(|wanted| wanted == part);
    let is_meant = |feed: &FeedSummary| {
        let FeedSummary { id, identity, received_at, .. } = feed;
        is(&sender.application, &identity.application)
            && is(&sender.facility, &identity.facility)
            && since.is_none_or(|since| *received_at >= since)
            && !except.contains(id)
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
