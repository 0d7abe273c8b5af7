//! `access-bridge notices`: list, show, redeliver. What CMS told by itself: `cms_notices`.

use super::deliveries::{Which, known_route};
use super::people;
use super::stored::{cursor, known_participant, moment, more, open, wait};
use crate::cli::{About, ConfigArgument, Listing, NoticesAct};
use crate::output::{Done, Ending, Trouble, list, plain, say, warn};
use bridge_ledger::{Delivery, DeliveryState, FeedIdentity, Ledger, NoticeFilter, NoticeSummary, StoredNotice};
use serde_json::{Value, json};

/// Most deliveries that are done again at once.
const AT_ONCE: usize = 100_000;

/// Carries out one act.
///
/// # Errors
/// A ledger that cannot be used, or no such notice.
pub fn act(act: NoticesAct) -> Done {
    match act {
        NoticesAct::List { listing, about, control_id, which } if which.is_narrowed() || which.route.is_some() => {
            return list_deliveries(&listing, &about, control_id, &which);
        }
        NoticesAct::List { listing, about, control_id, .. } => {
            let (config, ledger) = open(&listing.config)?;
            let filter = about_whom(ledger.as_ref(), &listing, &about, control_id)?;
            let page = wait(ledger.notices_page(&filter, cursor(&listing)?, listing.limit.into()))?;
            if page.items.is_empty() {
                known_participant(&config, listing.participant.as_deref())?;
            }
            if listing.json {
                for notice in &page.items {
                    say(&as_json(notice).to_string());
                }
            } else {
                let rows: Vec<Vec<String>> = page
                    .items
                    .iter()
                    .map(|one| {
                        vec![
                            one.id.clone(),
                            moment(one.at),
                            one.severity.clone(),
                            one.kind.to_string(),
                            one.code.clone(),
                            one.control_id.clone(),
                            one.submission.clone().unwrap_or_default(),
                            one.quarantine.clone().unwrap_or_default(),
                        ]
                    })
                    .collect();
                list(&["ID", "AT", "SEVERITY", "KIND", "CODE", "CONTROL ID", "SUBMISSION", "QUARANTINE"], &rows);
            }
            more(&listing, page.next);
        }
        NoticesAct::Show(one) => {
            let (_, ledger) = open(&one.config)?;
            let stored = wait(ledger.notice(&one.id))?.ok_or_else(|| {
                Trouble::failed(format!("there is no notice {}", one.id))
                    .hint("`access-bridge notices list` shows them")
            })?;
            if one.json { say(&whole(&stored).to_string()) } else { tell(&stored) }
        }
        NoticesAct::Cms { act } => return super::cms_notices::act(act),
        NoticesAct::Move { config, json, from, to } => return hand_over(&config, json, &from, &to),
        NoticesAct::Redeliver { config, json, id, which } => return redeliver(&config, json, id, &which),
    }
    Ok(Ending::Fine)
}

/// Whose notices are listed.
fn about_whom(
    ledger: &dyn Ledger,
    listing: &Listing,
    about: &About,
    control_id: Option<String>,
) -> Result<NoticeFilter, Trouble> {
    let charts = people::charts(ledger, listing.participant.as_deref(), about.person.as_deref())?;
    Ok(NoticeFilter { participant: listing.participant.clone(), charts, control_id, ..NoticeFilter::default() })
}

/// Deliveries, one on a line.
fn list_deliveries(listing: &Listing, about: &About, control_id: Option<String>, which: &Which) -> Done {
    if listing.after.is_some() {
        return Err(Trouble::usage("--after: belongs to the list of notices")
            .hint("go on with --until and the time of the last line"));
    }
    let (config, ledger) = open(&listing.config)?;
    let filter = about_whom(ledger.as_ref(), listing, about, control_id)?;
    let (found, more) = wait(which.find(ledger.as_ref(), filter, listing.limit.into()))?;
    if found.is_empty() {
        // What is kept of a route that was taken away is shown.
        if let Some(route) = &which.route {
            known_route(&config, route)?;
        }
        known_participant(&config, listing.participant.as_deref())?;
    }
    if listing.json {
        for (notice, delivery) in &found {
            let mut value = as_json(notice);
            if let (Some(fields), Value::Object(of_delivery)) = (value.as_object_mut(), delivery_as_json(delivery)) {
                fields.extend(of_delivery);
            }
            say(&value.to_string());
        }
    } else {
        let row = |(notice, delivery): &(NoticeSummary, Delivery)| {
            vec![
                notice.id.clone(),
                moment(notice.at),
                notice.kind.to_string(),
                notice.code.clone(),
                notice.control_id.clone(),
                delivery.route.clone(),
                delivery.state.as_str().to_owned(),
                delivery.failures.to_string(),
                delivery.note.clone(),
            ]
        };
        let rows: Vec<Vec<String>> = found.iter().map(row).collect();
        list(&["ID", "AT", "KIND", "CODE", "CONTROL ID", "ROUTE", "STATE", "FAILURES", "NOTE"], &rows);
    }
    if let Some((last, _)) = found.last().filter(|_| more) {
        let text = format!("more: --until {}", last.at.rfc3339());
        if listing.json { warn(&text) } else { say(&text) }
    }
    Ok(Ending::Fine)
}

/// Delivers one notice again, or many.
fn redeliver(config: &ConfigArgument, json: bool, id: Option<String>, which: &Which) -> Done {
    let Some(route) = which.route.clone() else {
        return Err(Trouble::usage("--route: the route to deliver to is needed"));
    };
    if id.is_some() == which.is_narrowed() {
        return Err(Trouble::usage("name one notice by its id, or several by --state, --kind, --since, --until")
            .hint("`access-bridge notices list --state dead` shows what was given up"));
    }
    let (config, ledger) = open(config)?;
    known_route(&config, &route)?;
    let ids: Vec<String> = match id {
        Some(id) => vec![id],
        None => {
            let (mut found, more) = wait(which.find(ledger.as_ref(), NoticeFilter::default(), AT_ONCE))?;
            if more {
                return Err(Trouble::usage(format!("more than {AT_ONCE} deliveries"))
                    .hint("narrow it down with --since and --until"));
            }
            // What waits is going to be delivered anyway.
            found.retain(|(_, delivery)| delivery.state != DeliveryState::Pending);
            found.into_iter().rev().map(|(notice, _)| notice.id).collect()
        }
    };
    for id in &ids {
        wait(ledger.redeliver(id, &route))?;
        if json {
            say(&json!({ "id": id, "route": route, "state": "pending" }).to_string());
        }
    }
    match ids.as_slice() {
        _ if json => {}
        [id] => say(&format!("{id} goes to {route} again")),
        ids => say(&format!("{} notices go to {route} again, the oldest first", ids.len())),
    }
    Ok(Ending::Fine)
}

/// Hands what waits for a route that is gone to another.
fn hand_over(config: &ConfigArgument, json: bool, from: &str, to: &str) -> Done {
    let (config, ledger) = open(config)?;
    known_route(&config, to)?;
    if config.file.route.iter().any(|route| route.name == from) {
        return Err(Trouble::usage(format!(
            "--from: the route {from} is configured; what waits for it is delivered by it"
        ))
        .hint("take the route out of the configuration and restart the service first"));
    }
    let moved = wait(ledger.hand_over(from, to))?;
    if moved == 0 {
        let waiting = wait(ledger.waiting_routes())?.into_iter().map(|(route, _)| route);
        let gone: Vec<String> =
            waiting.filter(|route| !config.file.route.iter().any(|one| one.name == *route)).collect();
        let hint = match gone.as_slice() {
            [] => "no notice waits for a route that is not configured".to_owned(),
            gone => format!("notices wait for {}", gone.join(", ")),
        };
        return Err(Trouble::usage(format!("--from: no notice waits for \"{from}\"")).hint(hint));
    }
    if json {
        say(&json!({ "from": from, "to": to, "moved": moved }).to_string());
    } else {
        say(&format!("{moved} notices that waited for {from} go to {to}"));
    }
    Ok(Ending::Fine)
}

fn delivery_as_json(one: &Delivery) -> Value {
    json!({
        "route": one.route,
        "state": one.state.as_str(),
        "failures": one.failures,
        "next_at": one.next_at.map(bridge_types::Timestamp::rfc3339),
        "delivered_at": one.delivered_at.map(bridge_types::Timestamp::rfc3339),
        "note": one.note,
    })
}

fn as_json(notice: &NoticeSummary) -> Value {
    json!({
        "id": notice.id,
        "at": notice.at.rfc3339(),
        "participant": notice.participant,
        "kind": notice.kind.as_str(),
        "severity": notice.severity,
        "code": notice.code,
        "submission": notice.submission,
        "chart": notice.chart,
        "feed": notice.feed,
        "control_id": notice.control_id,
        "quarantine": notice.quarantine,
    })
}

fn whole(stored: &StoredNotice) -> Value {
    let mut value = as_json(&stored.summary);
    let deliveries: Vec<Value> = stored.deliveries.iter().map(delivery_as_json).collect();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("notice".to_owned(), json!(stored.notice.expose()));
        fields.insert("deliveries".to_owned(), Value::Array(deliveries));
    }
    value
}

/// What a notice is about, and where to look further.
fn about(stored: &StoredNotice) -> Vec<String> {
    let (summary, notice) = (&stored.summary, stored.notice.expose());
    let identity = FeedIdentity {
        application: notice.reply_application.clone(),
        facility: notice.reply_facility.clone(),
        control_id: notice.control_id.clone(),
    };
    let named = |what: &str, text: &str| (!text.is_empty()).then(|| format!("{what} {}", plain(text)));
    let parts = [
        vec![named("control id", &identity.control_id), named("sender", &identity.sender())],
        vec![named("participant", &notice.participant), named("chart", summary.chart.as_deref().unwrap_or_default())],
        vec![named("submission: access-bridge submissions show", summary.submission.as_deref().unwrap_or_default())],
        vec![named("the feed: access-bridge quarantine show", summary.quarantine.as_deref().unwrap_or_default())],
    ];
    let lines = parts.into_iter().map(|parts| parts.into_iter().flatten().collect::<Vec<_>>().join(", "));
    lines.filter(|line| !line.is_empty()).collect()
}

fn tell(stored: &StoredNotice) {
    let notice = stored.notice.expose();
    say(&format!("{}  {}  {}  {}", stored.summary.id, notice.kind, notice.severity, moment(stored.summary.at)));
    say(&format!("  {} {}: {}", notice.code, notice.display, notice.text));
    say(&format!("  next: {}", notice.next_step));
    for about in about(stored) {
        say(&format!("  {about}"));
    }
    for date in &notice.dates {
        say(&format!("  {}: {}", date.name, date.date));
    }
    for delivery in &stored.deliveries {
        say(&format!(
            "  route {}: {} ({} failure(s)) {}",
            delivery.route,
            delivery.state.as_str(),
            delivery.failures,
            delivery.note
        ));
    }
}
