//! `access-bridge unmapped --take-up`: results that came before their codes had a row, from the feeds that are kept.

use super::run::runtime;
use super::stored::{open_with_clock, wait, who};
use super::unmapped::filter;
use crate::cli::Unmapped;
use crate::output::{Done, Ending, Trouble, plain, say, warn};
use crate::pipeline::{InHand, Pipeline};
use bridge_ledger::{FeedSummary, Ledger, StoredFeed, UnmappedFilter};
use bridge_types::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Feeds looked through at a time.
const PAGE: usize = 500;

/// How many of the feeds that are left alone are named; `--json` names all.
const NAMED: usize = 20;

/// Reads the kept feeds once more, in the order they came, and takes up the results whose codes have a row by now.
///
/// # Errors
/// A ledger or a profile that cannot be used, or a feed that cannot be read for our own trouble: then nothing is taken up.
pub fn take_up(arguments: &Unmapped) -> Done {
    let sender = arguments.sender.as_deref().map(filter).transpose()?.unwrap_or_default();
    let opened = open_with_clock(&arguments.config)?;
    let ledger = opened.ledger.as_ref();
    for id in &arguments.except {
        if wait(ledger.feed(id))?.is_none() {
            return Err(Trouble::usage("--except: the ledger has no feed of that id"));
        }
    }
    let (pipeline, runtime, who) = (opened.pipeline()?, runtime()?, who());
    let (mut count, mut hand, mut seen) = (Count::default(), InHand::default(), BTreeSet::new());
    // Until nothing came meanwhile: a service may have read the last ones without the rows.
    let mut since = arguments.since;
    loop {
        let mut feeds = kept(ledger, &sender, since, &arguments.except)?;
        feeds.retain(|(id, _)| !seen.contains(id));
        let Some((_, last)) = feeds.last() else { break };
        since = Some(*last);
        for (id, _) in feeds {
            if let Some(feed) = wait(ledger.feed(&id))? {
                runtime.block_on(read(&pipeline, &feed, &mut hand, &mut count))?;
            }
            seen.insert(id);
        }
    }
    count.without_chart = hand.without_chart;
    for chart in runtime.block_on(pipeline.to_store(hand)).map_err(Trouble::failed)? {
        match runtime.block_on(pipeline.take_up(&chart, &who)) {
            Ok(0) => {}
            Ok(number) => {
                count.charts += 1;
                count.results += number;
            }
            Err(error) => {
                count.failed += 1;
                warn(&format!("nothing was taken up for chart {}: {error}; run it again", chart.chart));
            }
        }
    }
    count.tell(arguments.json);
    let is_whole = count.failed == 0 && count.left_alone.is_empty() && count.pruned == 0;
    Ok(if is_whole { Ending::Fine } else { Ending::Partly })
}

/// Reads one kept feed.
async fn read(pipeline: &Pipeline, feed: &StoredFeed, hand: &mut InHand, count: &mut Count) -> Result<(), Trouble> {
    if feed.bytes.expose().is_empty() {
        count.pruned += 1;
        return Ok(());
    }
    count.feeds += 1;
    let FeedSummary { id, identity, .. } = &feed.summary;
    let name = format!("feed {id} (control id {})", plain(&identity.control_id));
    let reasons = pipeline.gather(feed, hand).await.map_err(|error| {
        Trouble::failed(format!("{name} could not be read once more: {error}; nothing was taken up")).hint(format!(
            "`--except {id}` takes up the others; what this one corrects or takes back must be sent again then"
        ))
    })?;
    if !reasons.is_empty() {
        if count.left_alone.len() < NAMED {
            warn(&format!("{name} is left alone: {}", plain(&reasons.join("; "))));
        }
        count.left_alone.push(json!({ "feed": id, "control_id": identity.control_id, "reasons": reasons }));
    }
    Ok(())
}

/// What became of the feeds.
#[derive(Default)]
struct Count {
    /// Feeds that were read.
    feeds: usize,
    results: usize,
    charts: usize,
    pruned: usize,
    without_chart: usize,
    /// Feeds that are left alone, with the reasons.
    left_alone: Vec<Value>,
    /// Charts that could not be written.
    failed: usize,
}

impl Count {
    fn tell(&self, json: bool) {
        let Self { feeds, results, charts, pruned, without_chart, left_alone, failed } = self;
        if json {
            let told = json!({
                "feeds": feeds, "results": results, "charts": charts, "pruned": pruned, "without_chart": without_chart,
                "left_alone": left_alone, "failed": failed,
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
        if *without_chart > 0 {
            say(&format!(
                "{} results of people who have no chart, and are not kept",
                count(*without_chart, "feed has", "feeds have")
            ));
        }
        if *pruned > 0 {
            say(&format!(
                "the content of {} is no longer kept: results they may have held must be sent again, under new control ids",
                count(*pruned, "feed", "feeds")
            ));
        }
        if !left_alone.is_empty() {
            say(&format!(
                "left alone, in whole or in part: {}, and every result they speak of; when the reason is mended, run it again, or send \
                 these results again, under new control ids",
                count(left_alone.len(), "feed", "feeds")
            ));
        }
    }
}

/// The accepted feeds of a sender, oldest first, with when they were received.
fn kept(
    ledger: &dyn Ledger,
    sender: &UnmappedFilter,
    since: Option<Timestamp>,
    except: &[String],
) -> Result<Vec<(String, Timestamp)>, Trouble> {
    let is = |wanted: &Option<String>, part: &str| wanted.as_deref().is_none_or(|wanted| wanted == part);
    let is_meant = |feed: &FeedSummary| {
        let FeedSummary { id, identity, received_at, .. } = feed;
        is(&sender.application, &identity.application)
            && is(&sender.facility, &identity.facility)
            && since.is_none_or(|since| *received_at >= since)
            && !except.contains(id)
    };
    let (mut feeds, mut after) = (Vec::new(), None);
    loop {
        let page = wait(ledger.feeds_page(None, after, PAGE))?;
        let passed = page.items.last().is_some_and(|oldest| since.is_some_and(|since| oldest.received_at < since));
        feeds.extend(page.items.into_iter().filter(is_meant).map(|feed| (feed.id, feed.received_at)));
        after = page.next.filter(|_| !passed);
        if after.is_none() {
            feeds.reverse();
            return Ok(feeds);
        }
    }
}
