//! The interface of every store.

use crate::{
    Acceptance, Acted, ChartFilter, Claimed, ClaimedDelivery, Claimer, CmsMatch, CmsNoticeFilter, CmsNoticeSummary,
    CmsTaken, Cursor, DeliveryLease, Ending, FeedIdentity, FeedSummary, FinishResult, Health, Inquiry, Intake,
    IntakeResult, Known, KnownFeed, Lease, LedgerError, Look, NewCmsNotice, NewNotice, NewQuarantineEntry,
    NoticeFilter, NoticeSummary, Page, Postponement, Presence, Pruned, QuarantineEntry, QuarantineFilter, Quarantined,
    Retention, Sending, StoredChart, StoredCmsNotice, StoredFeed, StoredNotice, StoredQuarantineEntry, Submission,
    SubmissionFilter, SubmissionStory, UnmappedFilter, UnmappedRow, Violation,
};
use access_contract::Entry;
use async_trait::async_trait;
use bridge_types::{Phi, Timestamp};
use std::time::Duration;
use tokio::sync::mpsc;

/// The durable truth.
///
/// Every method is one transaction: when it returns `Ok`, what it did survives a crash; when it returns `Err`, nothing of it
/// happened, but for one case. Several processes may use one ledger at the same time; on how many hosts, and how many services among
/// them, is the store's to say. The present is the store's own clock, given to it when it is opened. Dropping a future does not take its
/// transaction back.
///
/// The one case: a commit that fails may have happened all the same. The connection to a server broke before it answered, or a disk
/// reported a failure and a loss of power brings back what it had written. Nobody can know, so it is told like any own trouble, as
/// [`LedgerError::Unavailable`], and whoever repeats the call must meet what it did. What has a name (a feed, a mail of CMS, a mark) is
/// known again by it. What is done under a lease ends the lease, and its number is refused from then on. Each method that writes says
/// under "Repeated" what its repetition does.
///
/// Lists are read in pages, newest first, with a cursor that stays valid while rows are added. A `limit` is clamped to
/// between 1 and [`crate::Bounds::ROWS`].
///
/// # Errors
///
/// Every method may return [`LedgerError::Unavailable`] (own trouble; the same call may work later) or
/// [`LedgerError::Damaged`]; further ones are named with each method.
#[async_trait]
pub trait Ledger: Send + Sync + std::fmt::Debug {
    /// Begins to work on the ledger under a name. To be held for as long as anything is claimed; commands that only look or act need
    /// it not. Work that a killed process had in hand is given back.
    ///
    /// # Errors
    ///
    /// [`LedgerError::InUse`] where the store serves one service at a time and there is one.
    async fn presence(&self, owner: &str) -> Result<Presence, LedgerError>;

    // Feeds

    /// The accepted feed of that identity, the newest if there are several. None without a control id.
    async fn known_feed(&self, identity: &FeedIdentity) -> Result<Option<KnownFeed>, LedgerError>;

    /// One feed with its bytes.
    async fn feed(&self, id: &str) -> Result<Option<StoredFeed>, LedgerError>;

    /// Accepted feeds, of one participant if given.
    async fn feeds_page(
        &self,
        participant: Option<&str>,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<FeedSummary>, LedgerError>;

    /// Stores a feed and everything that follows from it.
    ///
    /// Repeated: the feed is known by its identity and content, as a duplicate. Without a feed, the chart moved: a conflict, and the new
    /// plan meets the submissions that are open.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Invalid`] if the intake contradicts itself, [`LedgerError::TooLarge`] beyond [`crate::Bounds`].
    async fn intake(&self, intake: Intake) -> Result<IntakeResult, LedgerError>;

    // Codes of senders that the profile has no row for

    /// The codes, by sender, those that came most often first; [`crate::Bounds::UNMAPPED`] at most.
    async fn unmapped(&self, filter: &UnmappedFilter) -> Result<Vec<UnmappedRow>, LedgerError>;

    /// Forgets codes that the profile knows now; gives how many there were. Repeated: none are left.
    async fn forget_unmapped(&self, rows: &[UnmappedRow]) -> Result<usize, LedgerError>;

    // Charts

    /// The charts found under the keys: in the order of the first key that leads to each, each once.
    async fn charts(&self, participant: &str, keys: &[String]) -> Result<Vec<StoredChart>, LedgerError>;

    /// One chart, also if it was joined into another.
    async fn chart(&self, id: &str) -> Result<Option<StoredChart>, LedgerError>;

    /// Charts for a list.
    async fn charts_page(
        &self,
        filter: &ChartFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<StoredChart>, LedgerError>;

    /// All that is looked up before a plan is made, of one moment. Blocks the thread that asks, as the component does: not for threads
    /// that drive a runtime.
    ///
    /// # Errors
    ///
    /// [`LedgerError::TooLarge`] beyond [`crate::Bounds`].
    fn inquire(&self, inquiry: Inquiry) -> Result<Known, LedgerError>;

    // Dated pieces of charts

    /// The entries of a chart under the keys, each once, with when each was last changed.
    async fn entries(&self, chart: &str, keys: &[String]) -> Result<Vec<(Entry, Timestamp)>, LedgerError>;

    /// The newest entries of a chart, at most so many of each code ([`crate::Bounds::OF_EACH`] at most).
    async fn newest_entries(&self, chart: &str, of_each: usize) -> Result<Vec<Entry>, LedgerError>;

    // Quarantine

    /// Keeps a refused feed. The same feed (identity and content) refused again is counted, and waits again if it had been
    /// replayed.
    ///
    /// Repeated: it is counted once too often; its notices are made once.
    ///
    /// # Errors
    ///
    /// [`LedgerError::TooLarge`] beyond [`crate::Bounds`].
    async fn quarantine(&self, entry: NewQuarantineEntry) -> Result<Quarantined, LedgerError>;

    /// Refused feeds.
    async fn quarantine_page(
        &self,
        filter: &QuarantineFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<QuarantineEntry>, LedgerError>;

    /// One refused feed with its bytes.
    async fn quarantined(&self, id: &str) -> Result<Option<StoredQuarantineEntry>, LedgerError>;

    /// Marks a refused feed as replayed with success, as the feed it became. Repeated: it stays so.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotFound`]
    async fn replayed(&self, id: &str, feed: Option<&str>) -> Result<(), LedgerError>;

    // Work on submissions

    /// Takes work that is due, at most `limit` pieces, the longest due first, each for as long as `lease`. No piece is taken
    /// by two at once. Of one chart at most one piece is being sent or about to be; polls are independent of that. See
    /// [`Claimed::state`] for what to do with a piece.
    ///
    /// Repeated: what was taken rests until it is given back ([`Ledger::give_back`]), or its lease runs out. The same holds of
    /// [`Ledger::claim_looks`] and [`Ledger::claim_deliveries`], where the route waits with it.
    async fn claim(&self, owner: &str, lease: Duration, limit: usize) -> Result<Vec<Claimed>, LedgerError> {
        self.claim_as(&Claimer::named(owner), lease, limit).await
    }

    /// The same for somebody who has work in hand already, or leaves some where it is. On a ledger of several hosts, a lease that has
    /// run out still holds while its owner is known to be at work ([`Ledger::presence`]): a clock may have jumped.
    async fn claim_as(&self, claimer: &Claimer, lease: Duration, limit: usize) -> Result<Vec<Claimed>, LedgerError>;

    /// Gives work back untouched; it is due at once. A `sending` piece cannot be given back. Repeated: the lease is lost.
    ///
    /// # Errors
    ///
    /// [`LedgerError::LeaseLost`], [`LedgerError::Invalid`] for a `sending` one
    async fn release(&self, lease: &Lease) -> Result<(), LedgerError>;

    /// Ends the leases of an owner on submissions and charts that it has not in its hands, of which it gives the ids; gives how many
    /// there were. Such leases are left by a claim whose answer was lost with the connection, and by steps that the ledger could not be
    /// told of. What is `sending` is claimed as that. Repeated: none are left.
    ///
    /// # Errors
    ///
    /// [`LedgerError::TooLarge`] beyond [`crate::Bounds`]
    async fn give_back(&self, owner: &str, in_hand: &[String]) -> Result<usize, LedgerError>;

    /// Renews a lease from now. Repeated: it is renewed again.
    ///
    /// # Errors
    ///
    /// [`LedgerError::LeaseLost`]
    async fn extend(&self, lease: &Lease, by: Duration) -> Result<(), LedgerError>;

    /// When `claim` or `claim_looks` will next find something: now or earlier if it would at once. Work whose chart is busy counts from the
    /// moment that the chart is free again.
    async fn next_due(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.next_due_as(&Claimer::default()).await
    }

    /// The same for `claim_as`; where it takes work of some participants only, `claim_looks` does not count.
    async fn next_due_as(&self, claimer: &Claimer) -> Result<Option<Timestamp>, LedgerError>;

    /// Records the payload that is about to be sent, and moves to `sending`. Only after this may the POST begin.
    ///
    /// Repeated: it is refused, since the piece is `sending`. To be left alone instead: when its lease runs out it is claimed as
    /// `sending`, and doubted like any POST of which nobody knows. Nothing is sent twice.
    ///
    /// # Errors
    ///
    /// [`LedgerError::LeaseLost`] (also if it was cancelled meanwhile), [`LedgerError::Refused`], [`LedgerError::TooLarge`]
    async fn begin_sending(&self, lease: &Lease, sending: Sending) -> Result<(), LedgerError>;

    /// CMS accepted it: records the location for good, moves to `polling` and ends the lease. Repeated: the lease is lost, and what was
    /// recorded stays.
    ///
    /// # Errors
    ///
    /// [`LedgerError::LeaseLost`], [`LedgerError::Refused`]
    async fn accepted(&self, lease: &Lease, acceptance: Acceptance) -> Result<(), LedgerError>;

    /// Puts work off and ends the lease. Repeated: the lease is lost.
    ///
    /// # Errors
    ///
    /// [`LedgerError::LeaseLost`], [`LedgerError::Refused`]
    async fn postpone(&self, lease: &Lease, postponement: Postponement) -> Result<(), LedgerError>;

    /// It may have arrived, or its result cannot be learnt in time: waits for a person (or a feed) in state `uncertain`.
    /// What waits for it goes on waiting. Ends the lease. Repeated: the lease is lost.
    ///
    /// # Errors
    ///
    /// [`LedgerError::LeaseLost`], [`LedgerError::Refused`]
    async fn uncertain(&self, lease: &Lease, cause: &str, notices: Vec<NewNotice>) -> Result<(), LedgerError>;

    /// Ends a submission, with its outcome in the chart, in one transaction. Ends the lease unless the result is a conflict. Repeated: the
    /// lease is lost, and the outcome is there once.
    ///
    /// # Errors
    ///
    /// [`LedgerError::LeaseLost`], [`LedgerError::Refused`], [`LedgerError::TooLarge`], [`LedgerError::Invalid`]
    async fn finish(&self, lease: &Lease, ending: Ending) -> Result<FinishResult, LedgerError>;

    /// Takes charts that are to be looked at: because a submission ended and nobody said since that it was done, or because the time
    /// came that their last change named; each for as long as `lease`.
    async fn claim_looks(&self, owner: &str, lease: Duration, limit: usize) -> Result<Vec<Look>, LedgerError>;

    /// The chart was looked at. Repeated: nothing is left to mark.
    async fn looked(&self, look: &Look) -> Result<(), LedgerError>;

    /// The chart could not be looked at; somebody does at `at`. A time that was set meanwhile stays.
    async fn put_off_look(&self, look: &Look, at: Timestamp) -> Result<(), LedgerError>;

    // Acts of a person; `who` goes into the history. Repeated, they are refused where they left the state they start from, and the person
    // is told the state; a successor of `retry` is told as `OpenAlready`.

    /// Lets a held submission go, together with those that wait for it: they were planned as one.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotFound`], [`LedgerError::Refused`]
    async fn approve(&self, submission: &str, who: &str) -> Result<Acted, LedgerError>;

    /// Takes back what was not sent, or gives up what is in doubt or polled without end; what waits for it is cancelled too. Location
    /// and id of one that was accepted are kept.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotFound`], [`LedgerError::Refused`]
    async fn cancel(&self, submission: &str, who: &str) -> Result<Acted, LedgerError>;

    /// Has it sent again, knowingly: from `failed`, `cancelled`, or `uncertain` without a location. Where CMS has an id for
    /// it already, a successor is made and the old one stays as it is. One that waits for its next try, and for no other, is due now.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotFound`], [`LedgerError::Refused`], [`LedgerError::OpenAlready`]
    async fn retry(&self, submission: &str, who: &str) -> Result<Acted, LedgerError>;

    /// Has the result of an accepted submission asked for at its location: again if it is in doubt or failed, now if it is polled.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotFound`], [`LedgerError::Refused`], [`LedgerError::OpenAlready`]
    async fn resume(&self, submission: &str, who: &str) -> Result<Acted, LedgerError>;

    // Submissions

    /// Submissions.
    async fn submissions_page(
        &self,
        filter: &SubmissionFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<Submission>, LedgerError>;

    /// One submission with its whole story.
    async fn submission(&self, id: &str) -> Result<Option<SubmissionStory>, LedgerError>;

    /// What the last attempt of a submission sent; `None` where nothing was sent or it is no longer kept.
    async fn last_payload(&self, submission: &str) -> Result<Option<Phi<String>>, LedgerError>;

    // Notices

    /// Stores notices that follow from no feed and no submission. Gives their ids.
    ///
    /// Repeated: they are told twice. Not to be repeated, therefore, where that would harm.
    ///
    /// # Errors
    ///
    /// [`LedgerError::TooLarge`], [`LedgerError::Invalid`]
    async fn notify(&self, notices: Vec<NewNotice>) -> Result<Vec<String>, LedgerError>;

    /// Notices.
    async fn notices_page(
        &self,
        filter: &NoticeFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<NoticeSummary>, LedgerError>;

    /// One notice with its deliveries.
    async fn notice(&self, id: &str) -> Result<Option<StoredNotice>, LedgerError>;

    /// Takes the next deliveries of a route, in order: a delivery that waits or is held by another stops those behind it.
    async fn claim_deliveries(
        &self,
        route: &str,
        owner: &str,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<ClaimedDelivery>, LedgerError>;

    /// When `claim_deliveries` will next find something for the route.
    async fn next_delivery(&self, route: &str) -> Result<Option<Timestamp>, LedgerError>;

    /// The other end acknowledged it. Repeated: the lease is lost, and it stays delivered.
    ///
    /// # Errors
    ///
    /// [`LedgerError::LeaseLost`]
    async fn delivered(&self, lease: &DeliveryLease, note: &str) -> Result<(), LedgerError>;

    /// It failed: to be tried again at that moment, or given up if there is none. Repeated: the lease is lost.
    ///
    /// # Errors
    ///
    /// [`LedgerError::LeaseLost`]
    async fn delivery_failed(
        &self,
        lease: &DeliveryLease,
        next_at: Option<Timestamp>,
        cause: &str,
    ) -> Result<(), LedgerError>;

    /// Ends the leases of an owner who delivers nothing on a route now, as [`Ledger::give_back`] does.
    async fn give_back_deliveries(&self, route: &str, owner: &str) -> Result<usize, LedgerError>;

    /// Gives a claimed delivery back untouched; it is due at once. Repeated: the lease is lost.
    ///
    /// # Errors
    ///
    /// [`LedgerError::LeaseLost`]
    async fn release_delivery(&self, lease: &DeliveryLease) -> Result<(), LedgerError>;

    /// The routes for which notices wait, by name, with how many.
    async fn waiting_routes(&self) -> Result<Vec<(String, u64)>, LedgerError>;

    /// Hands what waits for one route to another, in its order, for a route that was renamed or taken away; what the other has already
    /// is let go. Gives how many. Repeated, it finds nothing more.
    async fn hand_over(&self, from: &str, to: &str) -> Result<usize, LedgerError>;

    /// Has a notice delivered again to one route, behind what waits there: one that was given up, or delivered already. Repeated: it stays
    /// where it waits.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotFound`]
    async fn redeliver(&self, notice: &str, route: &str) -> Result<(), LedgerError>;

    // What CMS told by itself

    /// Stores a mail or message with what follows from it: the chart, and the notices. One that is known, by its content or
    /// its identity, has no second effect, so that it may be repeated.
    ///
    /// # Errors
    ///
    /// [`LedgerError::TooLarge`], [`LedgerError::Invalid`], [`LedgerError::NotFound`] for the submission of a match
    async fn take_cms_notice(&self, new: NewCmsNotice) -> Result<CmsTaken, LedgerError>;

    /// Matches a mail or message that waits for a person. Never gives [`CmsTaken::Duplicate`]. Repeated: it is matched already.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotFound`], [`LedgerError::Invalid`] where it is matched already, [`LedgerError::TooLarge`]
    async fn match_cms_notice(
        &self,
        id: &str,
        found: CmsMatch,
        notices: Vec<NewNotice>,
        who: &str,
    ) -> Result<CmsTaken, LedgerError>;

    /// Mails and messages of CMS.
    async fn cms_notices_page(
        &self,
        filter: &CmsNoticeFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<CmsNoticeSummary>, LedgerError>;

    /// One of them with its bytes.
    async fn cms_notice(&self, id: &str) -> Result<Option<StoredCmsNotice>, LedgerError>;

    /// How far a source has been read, as [`Ledger::set_mark`] was told last.
    async fn mark(&self, name: &str) -> Result<Option<String>, LedgerError>;

    /// Remembers how far a source has been read. Repeated: it is remembered.
    ///
    /// # Errors
    ///
    /// [`LedgerError::TooLarge`]
    async fn set_mark(&self, name: &str, mark: &str) -> Result<(), LedgerError>;

    /// Sets a mark where it is missing or empty, or empties it where it is set, and stores what is told of that. False where it was so
    /// already: of several services that come upon the same, one tells.
    ///
    /// # Errors
    ///
    /// [`LedgerError::TooLarge`], [`LedgerError::Invalid`]
    async fn turn_mark(&self, name: &str, to: Option<&str>, notices: Vec<NewNotice>) -> Result<bool, LedgerError>;

    // The whole

    /// Looks whether what must always hold does hold, in one snapshot; reads everything. Gives what does not, nothing where all is
    /// well.
    async fn verify(&self) -> Result<Vec<Violation>, LedgerError>;

    /// Sends everything there is as lines of JSON, of one moment: a first line that names the format, `{"table","row"}` for each row
    /// with all its columns (bytes as `{"base64"}`), and a last one with the numbers of rows. Gives their sum. They hold patient data.
    async fn export(&self, lines: mpsc::Sender<String>) -> Result<u64, LedgerError>;

    /// Takes away content that is older than the policy says, at most so many pieces of each kind. To be called again until nothing is
    /// left. Repeated: the next pieces go.
    async fn prune(&self, retention: Retention, limit: usize) -> Result<Pruned, LedgerError>;

    /// Whether the ledger answers at all: one row of one table is looked at. Costs the same however much is stored, so anybody may ask
    /// at any time.
    async fn ready(&self) -> Result<(), LedgerError>;

    /// How the ledger is. Counts whole tables: for commands, not for probes; they ask [`Ledger::ready`].
    async fn health(&self) -> Result<Health, LedgerError>;

    /// The key's chart for a person who asks by MBI; a shorthand for [`Ledger::charts`].
    async fn chart_by_mbi(&self, participant: &str, mbi: &Phi<String>) -> Result<Option<StoredChart>, LedgerError> {
        let key = format!("mbi:{}", mbi.expose());
        Ok(self.charts(participant, std::slice::from_ref(&key)).await?.into_iter().next())
    }
}
