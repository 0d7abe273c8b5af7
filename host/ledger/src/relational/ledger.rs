//! The trait, method by method: what is checked before, and whether it reads or writes.

use super::session::Session;
use super::store::Store;
use super::{
    acts, charts, claims, cms_notices, deliveries, endings, entries, export, feeds, health, inquiry, intake, leavings,
    listing, looks, notices, progress, quarantine, retention, unmapped, verify,
};
use crate::bounds::{Check, at_most, document, name};
use crate::{
    Acceptance, Acted, Backend, BackendFailure, Bounds, ChartFilter, Claimed, ClaimedDelivery, Claimer, CmsMatch,
    CmsNoticeFilter, CmsNoticeSummary, CmsTaken, Cursor, DeliveryLease, Ending, FeedIdentity, FeedSummary,
    FinishResult, Health, Inquiry, Intake, IntakeResult, Known, KnownFeed, Lease, Ledger, LedgerError, Look,
    NewCmsNotice, NewNotice, NewQuarantineEntry, NoticeFilter, NoticeSummary, Page, Postponement, Presence, Pruned,
    QuarantineEntry, QuarantineFilter, Quarantined, Retention, Sending, StoredChart, StoredCmsNotice, StoredFeed,
    StoredNotice, StoredQuarantineEntry, Submission, SubmissionFilter, SubmissionStory, UnmappedFilter, UnmappedRow,
    Violation,
};
use access_contract::Entry;
use async_trait::async_trait;
use bridge_types::{Phi, Timestamp};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

#[async_trait]
impl<S: Store> Ledger for S {
    async fn presence(&self, owner: &str) -> Result<Presence, LedgerError> {
        name("owner bytes", owner)?;
        self.appear(owner).await
    }

    async fn known_feed(&self, identity: &FeedIdentity) -> Result<Option<KnownFeed>, LedgerError> {
        let identity = identity.clone();
        self.read("look up a feed", move |view| feeds::known(view, &identity)).await
    }

    async fn feed(&self, id: &str) -> Result<Option<StoredFeed>, LedgerError> {
        let id = id.to_owned();
        self.read("read a feed", move |view| feeds::show(view, &id)).await
    }

    async fn feeds_page(
        &self,
        participant: Option<&str>,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<FeedSummary>, LedgerError> {
        let participant = participant.map(str::to_owned);
        self.read("list feeds", move |view| feeds::page(view, participant.as_deref(), after, limit)).await
    }

    async fn intake(&self, intake: Intake) -> Result<IntakeResult, LedgerError> {
        intake.check()?;
        self.decide("store a feed", move |session| intake::store(session, &intake)).await
    }

    async fn unmapped(&self, filter: &UnmappedFilter) -> Result<Vec<UnmappedRow>, LedgerError> {
        let filter = filter.clone();
        self.read("list unmapped codes", move |view| unmapped::list(view, &filter)).await
    }

    async fn forget_unmapped(&self, rows: &[UnmappedRow]) -> Result<usize, LedgerError> {
        at_most("unmapped codes", rows.len(), Bounds::UNMAPPED)?;
        let rows = rows.to_vec();
        self.write("forget unmapped codes", move |session| unmapped::forget(session, &rows)).await
    }

    async fn charts(&self, participant: &str, keys: &[String]) -> Result<Vec<StoredChart>, LedgerError> {
        at_most("keys", keys.len(), Bounds::KEYS)?;
        let (participant, keys) = (participant.to_owned(), keys.to_vec());
        self.read("look up charts", move |view| charts::find(view, &participant, &keys)).await
    }

    async fn chart(&self, id: &str) -> Result<Option<StoredChart>, LedgerError> {
        let id = id.to_owned();
        self.read("read a chart", move |view| charts::show(view, &id)).await
    }

    async fn charts_page(
        &self,
        filter: &ChartFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<StoredChart>, LedgerError> {
        let filter = filter.clone();
        self.read("list charts", move |view| charts::page(view, &filter, after, limit)).await
    }

    fn inquire(&self, inquiry: Inquiry) -> Result<Known, LedgerError> {
        inquiry.check()?;
        self.glance("look up what is known", move |view| inquiry::answer(view, &inquiry))
    }

    async fn entries(&self, chart: &str, keys: &[String]) -> Result<Vec<(Entry, Timestamp)>, LedgerError> {
        at_most("entry keys", keys.len(), Bounds::ENTRIES)?;
        let (chart, keys) = (chart.to_owned(), keys.to_vec());
        self.read("load entries", move |view| entries::under(view, &chart, &keys)).await
    }

    async fn newest_entries(&self, chart: &str, of_each: usize) -> Result<Vec<Entry>, LedgerError> {
        let (chart, of_each) = (chart.to_owned(), of_each.clamp(1, Bounds::OF_EACH));
        self.read("load the newest entries", move |view| entries::newest(view, &chart, of_each)).await
    }

    async fn quarantine(&self, entry: NewQuarantineEntry) -> Result<Quarantined, LedgerError> {
        entry.check()?;
        self.write("quarantine a feed", move |session| quarantine::store(session, &entry)).await
    }

    async fn quarantine_page(
        &self,
        filter: &QuarantineFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<QuarantineEntry>, LedgerError> {
        let filter = filter.clone();
        self.read("list the quarantine", move |view| quarantine::page(view, &filter, after, limit)).await
    }

    async fn quarantined(&self, id: &str) -> Result<Option<StoredQuarantineEntry>, LedgerError> {
        let id = id.to_owned();
        self.read("read a quarantined feed", move |view| quarantine::show(view, &id)).await
    }

    async fn replayed(&self, id: &str, feed: Option<&str>) -> Result<(), LedgerError> {
        let (id, feed) = (id.to_owned(), feed.map(str::to_owned));
        self.write("mark a quarantined feed", move |session| quarantine::replayed(session, &id, feed.as_deref())).await
    }

    async fn claim_as(&self, claimer: &Claimer, lease: Duration, limit: usize) -> Result<Vec<Claimed>, LedgerError> {
        claimer.check()?;
        let claimer = claimer.clone();
        self.write("claim work", move |session| claims::claim(session, &claimer, lease, limit)).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), LedgerError> {
        let lease = lease.clone();
        self.write("give work back", move |session| claims::release(session, &lease)).await
    }

    async fn give_back(&self, owner: &str, in_hand: &[String]) -> Result<usize, LedgerError> {
        name("owner bytes", owner)?;
        at_most("names in hand", in_hand.len(), Bounds::ENTRIES)?;
        let (owner, in_hand) = (owner.to_owned(), in_hand.to_vec());
        self.write("give stray work back", move |session| leavings::give_back_but(session, &owner, &in_hand)).await
    }

    async fn extend(&self, lease: &Lease, by: Duration) -> Result<(), LedgerError> {
        let lease = lease.clone();
        self.write("renew a lease", move |session| claims::extend(session, &lease, by)).await
    }

    async fn next_due_as(&self, claimer: &Claimer) -> Result<Option<Timestamp>, LedgerError> {
        claimer.check()?;
        let (claimer, now) = (claimer.clone(), self.now());
        self.read("look for work", move |view| claims::next_due(view, &claimer, now)).await
    }

    async fn begin_sending(&self, lease: &Lease, sending: Sending) -> Result<(), LedgerError> {
        document("payload bytes", &sending.payload)?;
        let lease = lease.clone();
        self.write("record a payload", move |session| progress::begin(session, &lease, &sending)).await
    }

    async fn accepted(&self, lease: &Lease, acceptance: Acceptance) -> Result<(), LedgerError> {
        acceptance.check()?;
        let lease = lease.clone();
        self.write("record an acceptance", move |session| progress::accept(session, &lease, &acceptance)).await
    }

    async fn postpone(&self, lease: &Lease, postponement: Postponement) -> Result<(), LedgerError> {
        postponement.check()?;
        let lease = lease.clone();
        self.write("put work off", move |session| progress::postpone(session, &lease, &postponement)).await
    }

    async fn uncertain(&self, lease: &Lease, cause: &str, notices: Vec<NewNotice>) -> Result<(), LedgerError> {
        notices.check()?;
        let (lease, cause) = (lease.clone(), cause.to_owned());
        self.write("record a doubt", move |session| progress::doubt(session, &lease, &cause, &notices)).await
    }

    async fn finish(&self, lease: &Lease, ending: Ending) -> Result<FinishResult, LedgerError> {
        ending.check()?;
        let lease = lease.clone();
        self.decide("record an outcome", move |session| endings::store(session, &lease, &ending)).await
    }

    async fn claim_looks(&self, owner: &str, lease: Duration, limit: usize) -> Result<Vec<Look>, LedgerError> {
        name("owner bytes", owner)?;
        let owner = owner.to_owned();
        self.write("claim charts to look at", move |session| looks::claim(session, &owner, lease, limit)).await
    }

    async fn looked(&self, look: &Look) -> Result<(), LedgerError> {
        let look = look.clone();
        self.write("mark a chart as looked at", move |session| looks::done(session, &look)).await
    }

    async fn put_off_look(&self, look: &Look, at: Timestamp) -> Result<(), LedgerError> {
        let look = look.clone();
        self.write("put a look at a chart off", move |session| looks::put_off(session, &look, at)).await
    }

    async fn approve(&self, submission: &str, who: &str) -> Result<Acted, LedgerError> {
        let (id, who) = (submission.to_owned(), who.to_owned());
        self.write("approve a submission", move |session| acts::approve(session, &id, &who)).await
    }

    async fn cancel(&self, submission: &str, who: &str) -> Result<Acted, LedgerError> {
        let (id, who) = (submission.to_owned(), who.to_owned());
        self.write("cancel a submission", move |session| acts::cancel(session, &id, &who)).await
    }

    async fn retry(&self, submission: &str, who: &str) -> Result<Acted, LedgerError> {
        let (id, who) = (submission.to_owned(), who.to_owned());
        self.write("retry a submission", move |session| acts::retry(session, &id, &who)).await
    }

    async fn resume(&self, submission: &str, who: &str) -> Result<Acted, LedgerError> {
        let (id, who) = (submission.to_owned(), who.to_owned());
        self.write("resume a submission", move |session| acts::resume(session, &id, &who)).await
    }

    async fn submissions_page(
        &self,
        filter: &SubmissionFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<Submission>, LedgerError> {
        let filter = filter.clone();
        self.read("list submissions", move |view| listing::page(view, &filter, after, limit)).await
    }

    async fn submission(&self, id: &str) -> Result<Option<SubmissionStory>, LedgerError> {
        let id = id.to_owned();
        self.read("read a submission", move |view| listing::story(view, &id)).await
    }

    async fn last_payload(&self, submission: &str) -> Result<Option<Phi<String>>, LedgerError> {
        let submission = submission.to_owned();
        self.read("read a payload", move |view| listing::last_payload(view, &submission)).await
    }

    async fn notify(&self, notices: Vec<NewNotice>) -> Result<Vec<String>, LedgerError> {
        notices.check()?;
        self.write("store notices", move |session| notices::store_all(session, &notices, notices::Topic::default()))
            .await
    }

    async fn notices_page(
        &self,
        filter: &NoticeFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<NoticeSummary>, LedgerError> {
        let filter = filter.clone();
        self.read("list notices", move |view| notices::page(view, &filter, after, limit)).await
    }

    async fn notice(&self, id: &str) -> Result<Option<StoredNotice>, LedgerError> {
        let id = id.to_owned();
        self.read("read a notice", move |view| notices::show(view, &id)).await
    }

    async fn claim_deliveries(
        &self,
        route: &str,
        owner: &str,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<ClaimedDelivery>, LedgerError> {
        name("owner bytes", owner)?;
        let (route, owner) = (route.to_owned(), owner.to_owned());
        self.write("claim deliveries", move |session| deliveries::claim(session, &route, &owner, lease, limit)).await
    }

    async fn next_delivery(&self, route: &str) -> Result<Option<Timestamp>, LedgerError> {
        let route = route.to_owned();
        self.read("look for deliveries", move |view| deliveries::next(view, &route)).await
    }

    async fn delivered(&self, lease: &DeliveryLease, note: &str) -> Result<(), LedgerError> {
        let (lease, note) = (lease.clone(), note.to_owned());
        self.write("record a delivery", move |session| deliveries::delivered(session, &lease, &note)).await
    }

    async fn delivery_failed(
        &self,
        lease: &DeliveryLease,
        next_at: Option<Timestamp>,
        cause: &str,
    ) -> Result<(), LedgerError> {
        let (lease, cause) = (lease.clone(), cause.to_owned());
        self.write("record a failed delivery", move |session| deliveries::failed(session, &lease, next_at, &cause))
            .await
    }

    async fn give_back_deliveries(&self, route: &str, owner: &str) -> Result<usize, LedgerError> {
        let (route, owner) = (route.to_owned(), owner.to_owned());
        self.write("give stray deliveries back", move |session| leavings::deliveries(session, &route, &owner)).await
    }

    async fn release_delivery(&self, lease: &DeliveryLease) -> Result<(), LedgerError> {
        let lease = lease.clone();
        self.write("give a delivery back", move |session| deliveries::release(session, &lease)).await
    }

    async fn waiting_routes(&self) -> Result<Vec<(String, u64)>, LedgerError> {
        self.read("look which routes have work", deliveries::waiting).await
    }

    async fn hand_over(&self, from: &str, to: &str) -> Result<usize, LedgerError> {
        name("route bytes", to)?;
        let (from, to) = (from.to_owned(), to.to_owned());
        self.write("hand over to another route", move |session| deliveries::hand_over(session, &from, &to)).await
    }

    async fn redeliver(&self, notice: &str, route: &str) -> Result<(), LedgerError> {
        let (notice, route) = (notice.to_owned(), route.to_owned());
        self.write("deliver again", move |session| deliveries::redeliver(session, &notice, &route)).await
    }

    async fn take_cms_notice(&self, new: NewCmsNotice) -> Result<CmsTaken, LedgerError> {
        new.check()?;
        self.decide("store a notice of CMS", move |session| cms_notices::store(session, &new)).await
    }

    async fn match_cms_notice(
        &self,
        id: &str,
        found: CmsMatch,
        notices: Vec<NewNotice>,
        who: &str,
    ) -> Result<CmsTaken, LedgerError> {
        found.check()?;
        notices.check()?;
        let (id, who) = (id.to_owned(), who.to_owned());
        let work = move |session: &Session<'_>| cms_notices::connect(session, &id, &found, &notices, &who);
        self.decide("match a notice of CMS", work).await
    }

    async fn cms_notices_page(
        &self,
        filter: &CmsNoticeFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<CmsNoticeSummary>, LedgerError> {
        let filter = filter.clone();
        self.read("list notices of CMS", move |view| cms_notices::page(view, &filter, after, limit)).await
    }

    async fn cms_notice(&self, id: &str) -> Result<Option<StoredCmsNotice>, LedgerError> {
        let id = id.to_owned();
        self.read("read a notice of CMS", move |view| cms_notices::show(view, &id)).await
    }

    async fn mark(&self, name: &str) -> Result<Option<String>, LedgerError> {
        let name = name.to_owned();
        self.read("read a mark", move |view| cms_notices::mark(view, &name)).await
    }

    async fn set_mark(&self, mark_of: &str, mark: &str) -> Result<(), LedgerError> {
        name("mark name bytes", mark_of)?;
        name("mark bytes", mark)?;
        let (mark_of, mark) = (mark_of.to_owned(), mark.to_owned());
        self.write("remember a mark", move |session| cms_notices::set_mark(session, &mark_of, &mark)).await
    }

    async fn turn_mark(&self, mark_of: &str, to: Option<&str>, notices: Vec<NewNotice>) -> Result<bool, LedgerError> {
        name("mark name bytes", mark_of)?;
        name("mark bytes", to.unwrap_or_default())?;
        notices.check()?;
        let (mark_of, to) = (mark_of.to_owned(), to.map(str::to_owned));
        let work = move |session: &Session<'_>| {
            let turned = cms_notices::turn_mark(session, &mark_of, to.as_deref())?;
            if turned {
                notices::store_all(session, &notices, notices::Topic::default())?;
            }
            Ok(turned)
        };
        self.write("tell of a turn", work).await
    }

    async fn verify(&self) -> Result<Vec<Violation>, LedgerError> {
        self.read("verify the ledger", verify::look).await
    }

    async fn export(&self, lines: mpsc::Sender<String>) -> Result<u64, LedgerError> {
        let (schema, begun) = (self.schema(), AtomicBool::new(false));
        self.read("export the ledger", move |view| {
            // Lines that were sent cannot be taken back, so it is not tried again.
            if begun.swap(true, Ordering::Relaxed) {
                let source = BackendFailure::named(Backend::Server, "connection lost");
                return Err(LedgerError::Unavailable { step: "export the ledger", source }.into());
            }
            export::write(view, schema, &lines)
        })
        .await
    }

    async fn prune(&self, retention: Retention, limit: usize) -> Result<Pruned, LedgerError> {
        self.write("keep to the retention", move |session| retention::prune(session, retention, limit)).await
    }

    async fn ready(&self) -> Result<(), LedgerError> {
        self.read("look whether it answers", health::touch).await
    }

    async fn health(&self) -> Result<Health, LedgerError> {
        let (now, schema) = (self.now(), self.schema());
        self.read("count", move |view| health::look(view, now, schema)).await
    }
}
