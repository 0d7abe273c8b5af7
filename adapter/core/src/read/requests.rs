//! Explicit requests: the `ZAC` segment, which any `ADT` or `REF` message may carry.
//!
//! `ZAC|set id|action|track|reason|provider referral|switch consent|effective date|reference`. A request with anything
//! wrong in it is not followed at all: what it wants has consequences.

use super::context::Context;
use super::dates::Moment;
use super::groups::Group;
use crate::calendar::{BASELINE, END_OF_PERIOD, QUARTERLY};
use crate::facts::Request;
use crate::view::Segment;
use crate::view::limits::{MAX_IDENTIFIER_BYTES, MAX_REQUESTS};
use access_contract::{Issue, Severity};

/// What `ZAC-2` may ask for.
const ACTIONS: [&str; 6] = ["CHECK", "ALIGN", "UNALIGN", "REPORT", "APPROVE", "CANCEL"];
/// Types of reports, which stand in `ZAC-4` of REPORT.
const REPORTS: [&str; 3] = [BASELINE, QUARTERLY, END_OF_PERIOD];

/// Reads every request. Messages of other types are not looked at: notices of this product carry the segment too.
pub(super) fn read(context: &Context<'_>, group: &Group<'_, '_>) -> Vec<Request> {
    if !matches!(context.header.message_type.as_str(), "ADT" | "REF") {
        return Vec::new();
    }
    let mut requests = Vec::new();
    for zac in group.all("ZAC") {
        if requests.len() == MAX_REQUESTS {
            context.warn(
                "limit-rows",
                zac.path(),
                "there are too many requests; the rest was left out",
                "send them in several messages",
            );
            break;
        }
        match one(context, zac) {
            Ok(request) => requests.push(request),
            Err(issue) => context.note(*issue),
        }
    }
    requests
}

fn one(context: &Context<'_>, zac: &Segment<'_>) -> Result<Request, Box<Issue>> {
    let text = |field: usize| zac.field(field).component(1).value().text().into_owned();
    let issue = |code: &str, field: usize, message: &str, hint: String| {
        let issue = Issue::new(Severity::Error, code, zac.field(field).path(), message).hint(hint).rule("requests");
        Box::new(issue.condition(103))
    };
    let wrong = |code: &str, field: usize, message: &str, hint: String| Err(issue(code, field, message, hint));
    let action = text(2).to_ascii_uppercase();
    if !ACTIONS.contains(&action.as_str()) {
        return wrong(
            "zac-action",
            2,
            "the action of the request is not known",
            format!("use one of {}", ACTIONS.join(", ")),
        );
    }
    let guide = &context.profile.guide;
    let asked = text(3);
    let track = guide.tracks.iter().find(|track| track.code.eq_ignore_ascii_case(&asked));
    if track.is_none() && !asked.is_empty() {
        let codes: Vec<&str> = guide.tracks.iter().map(|track| track.code.as_str()).collect();
        return wrong(
            "zac-track",
            3,
            "the track of the request is not known",
            format!("use one of {}", codes.join(", ")),
        );
    }
    let reason = text(4);
    let reports = action == "REPORT";
    let reasons: Vec<&str> =
        if reports { REPORTS.to_vec() } else { guide.reasons.iter().map(|reason| reason.code.as_str()).collect() };
    let needs = !reason.is_empty() || action == "UNALIGN";
    if needs && !reasons.contains(&reason.as_str()) {
        let what = if reports { "type of report" } else { "reason of the request" };
        let message = format!("the {what} is missing or not known");
        return wrong("zac-reason", 4, &message, format!("use one of {}", reasons.join(", ")));
    }
    let flag = |field: usize| match text(field).to_ascii_uppercase().as_str() {
        "" => Ok(None),
        "Y" | "YES" => Ok(Some(true)),
        "N" | "NO" => Ok(Some(false)),
        _ => Err(issue("zac-flag", field, "the flag is neither yes nor no", "use Y or N".to_owned())),
    };
    let (provider_referral, switch_consent) = (flag(5)?, flag(6)?);
    let effective = match Moment::parse(&text(7)) {
        _ if text(7).is_empty() => None,
        Ok(moment) => Some(moment.date()),
        Err(fault) => return wrong("zac-date", 7, fault.message(), "use YYYYMMDD".to_owned()),
    };
    let reference = text(8);
    if reference.len() > MAX_IDENTIFIER_BYTES {
        return wrong(
            "zac-reference",
            8,
            "the reference is too long to be one",
            "use the id of the submission".to_owned(),
        );
    }
    Ok(Request {
        action,
        track: track.map(|track| track.code.clone()).unwrap_or_default(),
        reason,
        provider_referral,
        switch_consent,
        effective,
        reference,
        path: zac.path(),
    })
}
