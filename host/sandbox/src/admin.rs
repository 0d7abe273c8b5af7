//! The sandbox's own calls, which CMS does not have: moving the clock, and what was accepted so far.
//!
//! They are listed in the crate's documentation. Both serve loopback addresses only, whatever address the sandbox listens
//! on, and need no token. The clock moves forward only, by at most a hundred years at a time. Errors are `{"error": …}`.

use crate::clock::{DAY, rfc3339};
use crate::keys::{AcceptedKey, ResultCount};
use crate::reply::Reply;
use crate::route::{Admin, Route};
use crate::state::State;
use crate::submit::is_json;
use hyper::Method;
use hyper::header::ALLOW;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Furthest the clock is moved at a time.
const MAX_DAYS: i64 = 36_525;

/// What `POST /admin/clock` takes: one of the two.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    #[serde(default)]
    advance_days: Option<u32>,
    #[serde(default)]
    now: Option<String>,
}

/// What `GET /admin/state` tells. Neither secrets nor anything about people: those are fingerprints of this run.
#[derive(Serialize)]
struct Told<'a> {
    now: String,
    results: Vec<ResultCount>,
    accepted: Vec<&'a AcceptedKey>,
    /// Older ones that are not listed any more.
    forgotten: u64,
    notices: Notices,
}

#[derive(Serialize)]
struct Notices {
    given: u64,
    mailed: u64,
    mail_failed: u64,
    posted: u64,
    post_failed: u64,
}

/// Answers a call.
pub(crate) fn answer(
    state: &State,
    peer: SocketAddr,
    route: &Route,
    method: &Method,
    content_type: Option<&str>,
    body: &[u8],
) -> Reply {
    if !peer.ip().to_canonical().is_loopback() {
        return error(403, "this is for loopback addresses only");
    }
    match (route, method) {
        // A page in a browser cannot send this type without being asked first.
        (Route::Admin(Admin::Clock), &Method::POST) if !content_type.is_some_and(is_json) => {
            error(415, "the body must be application/json")
        }
        (Route::Admin(Admin::Clock), &Method::POST) => move_clock(state, body),
        (Route::Admin(Admin::State), &Method::GET) => tell(state),
        (Route::Admin(Admin::Clock), _) => error(405, "only POST is served here").with(ALLOW, "POST"),
        (Route::Admin(Admin::State), _) => error(405, "only GET is served here").with(ALLOW, "GET"),
        _ => error(404, "there is nothing at this path"),
    }
}

fn move_clock(state: &State, body: &[u8]) -> Reply {
    const FORM: &str = "the body must be {\"advance_days\": 70} or {\"now\": \"2027-01-15T08:00:00Z\"}";
    let Ok(wanted) = serde_json::from_slice::<Move>(body) else { return error(400, FORM) };
    let by = match wanted {
        Move { advance_days: Some(days), now: None } => i64::from(days).saturating_mul(DAY),
        Move { advance_days: None, now: Some(now) } => match now.parse::<jiff::Timestamp>() {
            Ok(moment) => moment.as_millisecond().saturating_sub(state.clock.now()),
            Err(_) => return error(400, FORM),
        },
        _ => return error(400, FORM),
    };
    if by > MAX_DAYS * DAY {
        return error(400, "the clock is moved by at most 36525 days at a time");
    }
    let Ok(forward) = u64::try_from(by) else {
        return error(400, "the clock moves forward only");
    };
    if jiff::Timestamp::from_millisecond(state.clock.now().saturating_add(by)).is_err() {
        return error(400, "no calendar goes that far");
    }
    let before = state.memory().outbox.count();
    state.clock.advance(Duration::from_millis(forward));
    state.settle();
    let given = state.memory().outbox.count().saturating_sub(before);
    Reply::json(200, &json!({ "now": rfc3339(state.clock.now()), "notices": given }))
}

fn tell(state: &State) -> Reply {
    state.settle();
    let tally = std::sync::Arc::clone(&state.dispatch().tally);
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let memory = state.memory();
    let told = Told {
        now: rfc3339(state.clock.now()),
        results: memory.keys.counts(),
        accepted: memory.keys.iter().collect(),
        forgotten: memory.keys.forgotten(),
        notices: Notices {
            given: memory.outbox.count(),
            mailed: count(&tally.mailed),
            mail_failed: count(&tally.mail_failed),
            posted: count(&tally.posted),
            post_failed: count(&tally.post_failed),
        },
    };
    Reply::json(200, &serde_json::to_value(&told).unwrap_or(Value::Null))
}

fn error(status: u16, text: &str) -> Reply {
    Reply::json(status, &json!({ "error": text }))
}
