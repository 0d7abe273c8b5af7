//! The report trigger and the calendar's notices: what goes out when its window is open and what it needs is there, what
//! people are told of before it is late, and when the chart is to be looked at next.
//!
//! A report is asked for once for the same readings: an answer that something is missing brings it back when there are new
//! ones. After another refusal nothing goes out by itself. That its period is closed, said while its window is open here, may be a matter of
//! a day, so it is held for a person on the next. The end-of-period report, which closes the quarters at CMS, waits for the last of them
//! while there is time. What was told stands in `told` under `deadline/TRACK/PERIOD`, so that each reminder comes once. A report that goes out by
//! itself needs no reminder for a day; what CMS has not accepted by then, or has refused, is reminded of like any other.

use super::case::{Case, mode, push};
use super::change;
use super::deadlines::{Sending, words};
use super::digest::Digest;
use super::entries;
use super::moment::Moment;
use super::notice::{Word, date, feed_problem};
use super::referral;
use super::request::{RULE as REQUEST, at, named_track, only};
use super::watch::Told;
use crate::calendar::{self, Due, END_OF_PERIOD, QUARTERLY, State};
use crate::chart::Reported;
use crate::facts::Request;
use crate::report;
use crate::zone::Zone;
use access_contract::{Entry, Intent, Issue, Mode, Notice, NoticeKind, Operation, Plan, ReportPeriod};
use access_mappings::TriggerMode;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

pub(super) const RULE: &str = "report";
const INCOMPLETE: &str = "incomplete-data";
const CLOSED: &str = "reporting-period-closed";
/// This answer ends the alignment: whoever is aligned again after it was asked about under another number.
const NOT_ALIGNED: &str = "patient-not-aligned";

/// Proposes what is open and complete, and tells what is near or late. `entries` are the newest of each code.
pub(super) fn look(case: &Case<'_>, entries: &[Entry], told: &mut Told, plan: &mut Plan) {
    entries::look_back(case, entries, told, plan);
    let now = case.now.rfc3339();
    let today = Zone::of(case.profile).day(case.now.instant());
    let dates = calendar::dates(case.profile, case.chart, case.now);
    told.retain(|key, _| !is_ours(key) || dates.iter().any(|due| key.ends_with(&name(due))));
    note_ahead(case, entries, told);
    told.remove(SETTLING);
    let settling = settling(case, entries);
    for due in &dates {
        let missing = if due.is_report() && due.state == State::Open {
            report::missing(case.profile, &due.track, &due.report(), case.chart, entries, &now)
        } else {
            Vec::new()
        };
        if due.is_report() && due.state == State::Open && missing.is_empty() {
            match settling.filter(|_| has_time(case, due, today)) {
                Some(until) => drop(told.insert(SETTLING.to_owned(), until.to_string())),
                None if is_before_quarter(due, &dates) && has_time(case, due, today) => {}
                None => propose(case, due, entries, today, told, plan),
            }
        }
        remind(case, due, &missing, today, told, plan);
    }
}

/// Notes when the first entry that is dated ahead of our clock counts: a report may be complete then.
fn note_ahead(case: &Case<'_>, entries: &[Entry], told: &mut Told) {
    let (zone, now) = (Zone::of(case.profile), case.now.instant());
    let ahead = entries.iter().filter_map(|entry| zone.when(&entry.at)).filter(|when| zone.is_ahead(*when, now));
    match ahead.map(Zone::usable_from).min() {
        Some(first) => told.insert(AHEAD.to_owned(), first.to_string()),
        None => told.remove(AHEAD),
    };
}

/// Until when what goes out by itself waits for more: the newest reading is not as old yet as `reports.settle` says. What comes with the
/// same visit or the same blood is in the report then, and CMS takes a period's report once.
fn settling(case: &Case<'_>, entries: &[Entry]) -> Option<Timestamp> {
    let hours = i64::from(case.profile.reports.settle);
    if hours == 0 {
        return None;
    }
    let (zone, now) = (Zone::of(case.profile), case.now.instant());
    let known = entries.iter().filter_map(|entry| zone.when(&entry.at)).filter(|when| !zone.is_ahead(*when, now));
    let until = known.map(|when| when.at).max()?.checked_add(hours.hours()).ok()?;
    (until > now).then_some(until)
}

/// Days after its last one on which a report that went out by itself is not told as missed for want of an answer.
const AWAITED_DAYS: i64 = 2;

/// Whether it is an end-of-period report while the track's quarterly one can still be sent, or has no answer yet.
fn is_before_quarter(due: &Due, dates: &[Due]) -> bool {
    let quarter = |other: &Due| other.kind == QUARTERLY && other.track == due.track && other.state == State::Open;
    due.kind == END_OF_PERIOD && dates.iter().any(quarter)
}

/// Whether a report may still wait: it is not about to be late.
fn has_time(case: &Case<'_>, due: &Due, today: Date) -> bool {
    i64::from((due.due - today).get_days()) > i64::from(case.profile.reports.late)
}

/// When the chart is to be looked at without news: the next day on which one of its dates means something, the moment at which an entry
/// that was dated ahead counts, or that at which a report has waited enough.
pub(super) fn next_look(case: &Case<'_>, told: &Told) -> Option<String> {
    let zone = Zone::of(case.profile);
    let today = zone.day(case.now.instant());
    let rules = &case.profile.reports;
    let mut days: Vec<Date> = Vec::new();
    for due in calendar::dates(case.profile, case.chart, case.now) {
        if due.state == State::Missed && is_awaited(case, &due, told) {
            days.extend(before(due.guide_due, -AWAITED_DAYS - 1));
        }
        if matches!(due.state, State::Done | State::Missed) {
            continue;
        }
        days.extend(due.opens);
        days.extend(due.sends);
        days.push(due.due);
        days.extend([due.due, due.guide_due].into_iter().filter_map(|last| before(last, -1)));
        if due.is_report() && closed_on(case, &due) == Some(today) {
            days.extend(before(today, -1));
        }
        if due.is_report() && is_underway(case, &due, today, told) {
            // Then it is late, if it has not arrived.
            days.extend(before(today, -2));
        }
        let reminders = rules.remind.iter().copied().chain([rules.late]);
        days.extend(reminders.filter_map(|days| before(due.due, i64::from(days))));
    }
    days.extend(referral::last(case.chart).and_then(|last| before(last, -1)));
    let day = days.into_iter().filter(|day| *day > today).min().and_then(|day| zone.begins(day));
    let moments = [AHEAD, SETTLING].into_iter().filter_map(|name| told.get(name));
    let ahead = moments.filter(|at| Moment::parse(at).is_some_and(|at| at.instant() > case.now.instant()));
    day.into_iter().chain(ahead.cloned()).min_by_key(|at| Moment::parse(at).map(Moment::instant))
}

/// Follows a request to report (`ZAC-2` REPORT).
pub(super) fn follow(case: &Case<'_>, request: &Request, plan: &mut Plan) -> Result<(), Vec<Issue>> {
    let dates = calendar::dates(case.profile, case.chart, case.now);
    let track = if request.track.is_empty() {
        let aligned: Vec<_> = case.chart.aligned().iter().filter_map(|track| case.track(track)).collect();
        only(&aligned).ok_or_else(|| {
            let message = "no track is named, and the patient is not aligned in exactly one";
            vec![at(request, 3, "track-ambiguous", message, 101).hint("name the track in ZAC-3")]
        })?
    } else {
        named_track(case, request)?
    };
    let wanted = |due: &&Due| {
        due.track == track.code
            && due.is_report()
            && (due.state == State::Open && request.reason.is_empty()
                // What is named is wanted whatever our calendar says of its last day.
                || matches!(due.state, State::Open | State::Missed) && request.reason == due.kind)
    };
    // The one whose last day comes first.
    let Some(due) = dates.iter().find(wanted) else {
        let message = "no report of this patient is open now";
        let hint = "`access-bridge calendar` lists the windows; the report type stands in ZAC-4";
        return Err(vec![at(request, 2, "report-not-open", message, 207).hint(hint)]);
    };
    push(plan, intent(case, due, Mode::Auto, REQUEST, "the feed asks for the report")?);
    Ok(())
}

/// How the reports of a track go out: by itself, held, or not at all.
fn trigger(case: &Case<'_>, track: &str) -> TriggerMode {
    let asked = case.participant.report.or(case.profile.reports.mode).unwrap_or(TriggerMode::Auto);
    let is_gone = case.chart.is_dead() || case.chart.deleted_at().is_some();
    if is_gone || !case.offers(track) { TriggerMode::Off } else { asked }
}

fn propose(case: &Case<'_>, due: &Due, entries: &[Entry], today: Date, told: &mut Told, plan: &mut Plan) {
    let Some(mode) = mode(trigger(case, &due.track)) else { return };
    if due.sends.is_some_and(|sends| today < sends) {
        return;
    }
    // What CMS has refused is not sent again by itself as it is, also where somebody else sent it.
    let refusal = answers(case, due).filter(|answer| !answer.code.is_empty()).last();
    let (mode, again) = match refusal.map(|answer| (answer.code.as_str(), answer)) {
        None => (mode, None),
        Some((INCOMPLETE, _)) => {
            if report::repeats(case.profile, &due.track, &due.report(), case.chart, entries, &case.now.rfc3339()) {
                return;
            }
            (mode, None)
        }
        Some((NOT_ALIGNED, answer)) => (mode, Some(answer)),
        Some((CLOSED, answer)) if closed_on(case, due).is_some_and(|day| day < today) => (Mode::Hold, Some(answer)),
        Some(_) => return,
    };
    let key = asked_key(&due.track, &due.report());
    let basis = entries.iter().fold(Digest::new(), |digest, entry| digest.text(&entry.key).text(&entry.document));
    // What is sent anew as it was is not what was asked for then.
    let basis = again.map_or(basis, |answer| basis.text(&answer.at)).text(&due.alignment).finish();
    if told.get(&key) == Some(&basis) {
        return;
    }
    let why = "the window of the report is open, and what it needs is there";
    if let Ok(intent) = intent(case, due, mode, RULE, why) {
        if intent.mode == Mode::Auto {
            told.insert(sent_key(due), underway(case, due, today));
        }
        push(plan, Intent { basis: basis.clone(), ..intent });
        told.insert(key, basis);
    }
}

/// The day on which CMS said last that the period is closed, where that is the last it said.
fn closed_on(case: &Case<'_>, due: &Due) -> Option<Date> {
    let last = answers(case, due).filter(|answer| !answer.code.is_empty()).last()?;
    let at = Moment::parse(&last.at).filter(|_| last.code == CLOSED)?;
    Some(Zone::of(case.profile).day(at.instant()))
}

/// Key of `told`: what a report was asked for with, so that it is asked for once.
pub(crate) fn asked_key(track: &str, period: &ReportPeriod) -> String {
    format!("report/{track}/{}/{}", period.period, period.alignment)
}

/// What `told` says of a report that went out by itself on a day: the day, and the answers its period had then.
fn underway(case: &Case<'_>, due: &Due, day: Date) -> String {
    format!("{day} {}", answered(case, due))
}

/// A digest of the answers of a period.
fn answered(case: &Case<'_>, due: &Due) -> String {
    let of_period = answers(case, due);
    of_period.fold(Digest::new(), |digest, answer| digest.text(&answer.submission).text(&answer.at)).finish()
}

/// Whether a report went out by itself and has no answer yet.
fn is_awaited(case: &Case<'_>, due: &Due, told: &Told) -> bool {
    let then = told.get(&sent_key(due)).and_then(|sent| sent.split_once(' '));
    then.is_some_and(|(_, then)| then == answered(case, due))
}

/// Whether the answer to a report that went out by itself may still come. One whose submission was cancelled or given up has none.
fn may_come(case: &Case<'_>, due: &Due, today: Date, told: &Told) -> bool {
    let is_near = before(due.guide_due, -AWAITED_DAYS).is_some_and(|last| today <= last);
    is_near && is_awaited(case, due, told)
}

/// Whether a report went out by itself since yesterday and has no answer yet.
fn is_underway(case: &Case<'_>, due: &Due, today: Date, told: &Told) -> bool {
    let since = [Some(today), before(today, 1)].into_iter().flatten();
    told.get(&sent_key(due)).is_some_and(|sent| since.into_iter().any(|day| *sent == underway(case, due, day)))
}

/// What CMS answered to the reports of a period, and what failed.
fn answers<'c>(case: &Case<'c>, due: &Due) -> impl Iterator<Item = &'c Reported> {
    let all = case.chart.reports.get(&due.track).into_iter().flatten();
    let own = due.report();
    all.filter(move |report| report.period.alignment == own.alignment && report.period.period == own.period)
}

fn intent(case: &Case<'_>, due: &Due, mode: Mode, rule: &str, why: &str) -> Result<Intent, Vec<Issue>> {
    let Some(track) = case.profile.guide.track(&due.track) else { return Err(Vec::new()) };
    let intent = case.intent(Operation::ReportData, track, mode, rule, why);
    Ok(Intent { report: Some(due.report()), ..intent })
}

/// Tells of a date that is near, open, late or missed, each once.
fn remind(case: &Case<'_>, due: &Due, missing: &[String], today: Date, told: &mut Told, plan: &mut Plan) {
    let key = format!("deadline/{}", name(due));
    let Some(stage) = stage(case, due, missing, today, told) else { return };
    if told.get(&key) == Some(&stage) {
        return;
    }
    told.insert(key, stage.clone());
    let is_asked = due.is_report() && told.contains_key(&asked_key(&due.track, &due.report()));
    if stage == "missed"
        && let Some(track) = case.profile.guide.track(&due.track).filter(|_| is_asked)
    {
        let text = "the last day of the report has passed; what waited for approval was withdrawn";
        let next = "ask CMS whether it can still be sent; `access-bridge report` with `--type` sends it";
        change::withdraw(case, &change::Lapse::of_report(track, text, next), plan);
    }
    let sending = Sending {
        trigger: trigger(case, &due.track),
        is_complete: due.state == State::Open && missing.is_empty(),
        is_answered: answers(case, due).next().is_some(),
    };
    let Some(words) = words(due, &stage, sending) else { return };
    let lacks = if missing.is_empty() { String::new() } else { format!("; it still lacks {}", missing.join(", ")) };
    let word = Word { text: &format!("{}{lacks}", words.text), ..words };
    let mut notice = Notice {
        kind: NoticeKind::Deadline,
        track: due.track.clone(),
        cms_submission: due.alignment.clone(),
        mbi: case.chart.notice_mbi(case.profile),
        ..feed_problem(&case.participant.id, case.facts, Some(case.chart), &word)
    };
    if due.is_report() {
        Operation::ReportData.as_str().clone_into(&mut notice.operation);
    }
    notice.dates.extend(due.opens.map(|day| date("opens", &day.to_string())));
    notice.dates.push(date("due", &due.due.to_string()));
    plan.notices.push(notice);
}

/// What is to be told about a date today: `missed`, `awaited` (over, and without an answer), `ended`, `late`, `unsent`, or the number of
/// days of the reminder that is due.
fn stage(case: &Case<'_>, due: &Due, missing: &[String], today: Date, told: &Told) -> Option<String> {
    let rules = &case.profile.reports;
    match due.state {
        State::Missed if may_come(case, due, today, told) => return Some("awaited".to_owned()),
        State::Missed => return Some("missed".to_owned()),
        State::Done if due.is_report() => return None,
        // What ended long before anybody looked is no news.
        State::Done => return (before(today, 1)? <= due.due).then(|| "ended".to_owned()),
        State::Open | State::Upcoming => {}
    }
    let left = i64::from((due.due - today).get_days());
    let is_complete = due.is_report() && due.state == State::Open && missing.is_empty();
    if is_complete && is_underway(case, due, today, told) {
        return None;
    }
    if due.is_report() && left <= i64::from(rules.late) {
        return Some(if is_complete { "unsent" } else { "late" }.to_owned());
    }
    let reminder = rules.remind.iter().copied().filter(|days| left <= i64::from(*days)).min();
    reminder.map(|days| days.to_string())
}

/// What a date is called within a chart.
fn name(due: &Due) -> String {
    format!("{}/{}/{}", due.track, if due.is_report() { &due.period } else { due.kind }, due.alignment)
}

/// Whether a key of `told` is about a date of an alignment.
pub(super) fn is_ours(key: &str) -> bool {
    ["deadline/", "report/", SENT].iter().any(|start| key.starts_with(start))
}

const SENT: &str = "sent/";
/// Key of `told`: when the first entry that is dated ahead counts.
const AHEAD: &str = "entry-ahead";
/// Key of `told`: until when a report waits for more readings.
const SETTLING: &str = "report-settling";

fn sent_key(due: &Due) -> String {
    format!("{SENT}{}", name(due))
}

/// The day so many days before.
fn before(day: Date, days: i64) -> Option<Date> {
    day.checked_sub(days.days()).ok()
}
