//! Deliveries of notices, found by route, state and time: for lists, and for delivering many again.

use crate::config::duration::Span;
use crate::output::Trouble;
use access_contract::NoticeKind;
use bridge_ledger::{Delivery, DeliveryState, Ledger, LedgerError, NoticeFilter, NoticeSummary};
use bridge_types::{Clock, SystemClock, Timestamp};
use clap::Args;

/// Notices read at a time.
const PAGE: usize = 200;

/// Which deliveries.
#[derive(Debug, Clone, Default, Args)]
pub struct Which {
    /// Only deliveries to this route.
    #[arg(long, value_name = "NAME")]
    pub route: Option<String>,
    /// Only deliveries in this state: pending, delivered or dead.
    #[arg(long, value_name = "STATE", value_parser = state)]
    pub state: Option<DeliveryState>,
    /// Only this kind: outcome, held-for-approval, deadline, cms-notification, feed-problem, submission-problem.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Option<NoticeKind>,
    /// Only notices made since: a time (RFC 3339), or how long ago, such as "2h".
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<Timestamp>,
    /// Only notices made before.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<Timestamp>,
}

fn state(text: &str) -> Result<DeliveryState, String> {
    DeliveryState::parse(text).ok_or_else(|| "expected pending, delivered or dead".to_owned())
}

fn kind(text: &str) -> Result<NoticeKind, String> {
    match NoticeKind::from(text) {
        NoticeKind::Other(_) => Err(format!("no kind of notice; one of {}", NoticeKind::WORDS.join(", "))),
        kind => Ok(kind),
    }
}

/// A time, or how long ago.
///
/// # Errors
/// What is expected.
pub fn moment(text: &str) -> Result<Timestamp, String> {
    if let Some(ago) = Span::parse(text) {
        let millis = i64::try_from(ago.0.as_millis()).unwrap_or(i64::MAX);
        return Ok(Timestamp::from_millis(SystemClock.now().as_millis().saturating_sub(millis)));
    }
    Timestamp::parse(text)
        .ok_or_else(|| "expected RFC 3339, such as 2026-11-23T12:00:00Z, or how long ago, such as 2h".to_owned())
}

impl Which {
    /// Whether anything but the route narrows it down.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.state.is_some() || self.kind.is_some() || self.since.is_some() || self.until.is_some()
    }

    fn takes(&self, delivery: &Delivery) -> bool {
        self.route.as_ref().is_none_or(|route| *route == delivery.route)
            && self.state.is_none_or(|state| state == delivery.state)
    }

    /// Finds deliveries, those of the newest notices first, at most so many; whether there are more.
    ///
    /// # Errors
    /// What is wrong with the ledger.
    pub async fn find(
        &self,
        ledger: &dyn Ledger,
        filter: NoticeFilter,
        most: usize,
    ) -> Result<(Vec<(NoticeSummary, Delivery)>, bool), LedgerError> {
        let filter = NoticeFilter { kind: self.kind.clone(), ..filter };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = ledger.notices_page(&filter, after, PAGE).await?;
            for summary in page.items {
                if self.since.is_some_and(|since| summary.at < since) {
                    return Ok((found, false));
                }
                if self.until.is_some_and(|until| summary.at >= until) {
                    continue;
                }
                let Some(stored) = ledger.notice(&summary.id).await? else { continue };
                for delivery in stored.deliveries.into_iter().filter(|delivery| self.takes(delivery)) {
                    if found.len() >= most {
                        return Ok((found, true));
                    }
                    found.push((summary.clone(), delivery));
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok((found, false)),
            }
        }
    }
}

/// Checks that a configuration has a route, before anything is done to it.
///
/// # Errors
/// One it has not.
pub fn known_route(config: &crate::config::Config, route: &str) -> Result<(), Trouble> {
    if config.file.route.iter().any(|known| known.name == route) {
        return Ok(());
    }
    let known: Vec<&str> = config.file.route.iter().map(|known| known.name.as_str()).collect();
    Err(Trouble::usage(format!("the configuration has no route \"{route}\""))
        .hint(format!("it has {}", known.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::{moment, state};

    #[test]
    fn a_time_is_a_moment_or_how_long_ago() {
        assert_eq!(moment("2026-11-23T12:00:00Z").unwrap().rfc3339(), "2026-11-23T12:00:00.000Z");
        let (hour, two) = (moment("1h").unwrap(), moment("2h").unwrap());
        assert!((3_590_000..3_610_000).contains(&(hour.as_millis() - two.as_millis())));
        assert!(moment("yesterday").unwrap_err().contains("RFC 3339"));
        assert!(state("gone").is_err());
    }
}
