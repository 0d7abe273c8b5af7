//! One sandbox with the profile loaded, and its typed calls.

use crate::adapter::Source;
use crate::bindings::{Adapter, AdapterPre, profiles};
use crate::{Limits, RuntimeError, epoch};
use access_contract::{
    Account, Announcement, Deadline, Entry, Envelope, Exchange, Format, Intent, Issue, Notice, Outcome, Payload, Plan,
    PlanRequest, Reading, Refusal, ReportRequest, Settled, Settlement,
};
use wasmtime::component::ResourceAny;
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder, Trap};

/// What a store holds: its limits, and nothing a guest could reach.
pub(crate) struct State {
    limits: StoreLimits,
}

/// What a component says of itself and of its profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Name of the profile.
    pub name: String,
    /// Version of the ACCESS guide.
    pub guide: String,
    /// Participants.
    pub participants: Vec<String>,
    /// Version of the adapter inside the component.
    pub adapter: String,
}

/// One sandbox. Not shared: a call takes it mutably. After an error of a call it must be dropped.
pub struct Instance {
    store: Store<State>,
    exports: Adapter,
    profile: ResourceAny,
    limits: Limits,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Instance {
    pub(crate) fn new(
        engine: &Engine,
        prepared: &AdapterPre<State>,
        profile: &Source,
        limits: Limits,
    ) -> Result<Self, RuntimeError> {
        let bounds = StoreLimitsBuilder::new().memory_size(limits.memory).trap_on_grow_failure(true).build();
        let mut store = Store::new(engine, State { limits: bounds });
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(epoch::ticks(limits.time));
        let exports =
            prepared.instantiate(&mut store).map_err(|error| RuntimeError::Instantiate(format!("{error:#}")))?;
        let access = exports.access_bridge_adapter_profiles().profile();
        let loaded = match profile.compact.get() {
            Some(compact) => access.call_restore(&mut store, compact),
            None => access.call_load(&mut store, &profile.json),
        };
        let loaded =
            loaded.map_err(|error| fault(&error, &limits))?.map_err(|issue| RuntimeError::Profile(issue.message))?;
        if profile.compact.get().is_none() {
            let compact = access
                .call_compact(&mut store, loaded)
                .map_err(|error| fault(&error, &limits))?
                .map_err(|issue| RuntimeError::Profile(issue.message))?;
            // Another instance may have been first, with the same.
            let _ = profile.compact.set(compact);
        }
        Ok(Self { store, exports, profile: loaded, limits })
    }

    /// Gives the calls from now on another time, rounded up to 10 ms and one tick.
    pub fn limit_time(&mut self, time: std::time::Duration) {
        self.limits.time = time;
    }

    /// Gives the next call its full time.
    fn wind(&mut self) {
        self.store.set_epoch_deadline(epoch::ticks(self.limits.time));
    }

    fn bounded(&self, size: usize) -> Result<(), RuntimeError> {
        if size > self.limits.output {
            return Err(RuntimeError::OutputTooLarge { bytes: self.limits.output });
        }
        Ok(())
    }

    /// What it is.
    ///
    /// # Errors
    /// When the component breaks down.
    pub fn describe(&mut self) -> Result<Description, RuntimeError> {
        self.wind();
        let profiles::Description { name, guide, participants, adapter } = self
            .exports
            .access_bridge_adapter_profiles()
            .profile()
            .call_describe(&mut self.store, self.profile)
            .map_err(|error| fault(&error, &self.limits))?;
        Ok(Description { name, guide, participants, adapter })
    }

    /// Reads one feed.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met. A feed that is refused is not an error of the call.
    pub fn read(&mut self, feed: &[u8]) -> Result<Result<Reading, Refusal>, RuntimeError> {
        self.wind();
        let result: Result<Reading, Refusal> = self
            .exports
            .access_bridge_adapter_feeds()
            .call_read(&mut self.store, self.profile, feed)
            .map_err(|error| fault(&error, &self.limits))?
            .map(Into::into)
            .map_err(Into::into);
        self.bounded(result.as_ref().map_or(0, |reading| reading.subjects.iter().map(|one| one.facts.len()).sum()))?;
        Ok(result)
    }

    /// Reads one feed that is text already.
    ///
    /// # Errors
    /// As [`Instance::read`].
    pub fn read_text(&mut self, feed: &str) -> Result<Result<Reading, Refusal>, RuntimeError> {
        self.wind();
        let result: Result<Reading, Refusal> = self
            .exports
            .access_bridge_adapter_feeds()
            .call_read_text(&mut self.store, self.profile, feed)
            .map_err(|error| fault(&error, &self.limits))?
            .map(Into::into)
            .map_err(Into::into);
        self.bounded(result.as_ref().map_or(0, |reading| reading.subjects.iter().map(|one| one.facts.len()).sum()))?;
        Ok(result)
    }

    /// Accounts for every populated piece of a feed; `values` adds the texts, which are patient data.
    ///
    /// # Errors
    /// As [`Instance::read`].
    pub fn account(&mut self, feed: &[u8], values: bool) -> Result<Result<Account, Refusal>, RuntimeError> {
        self.wind();
        let result: Result<Account, Refusal> = self
            .exports
            .access_bridge_adapter_feeds()
            .call_account_for(&mut self.store, self.profile, feed, values)
            .map_err(|error| fault(&error, &self.limits))?
            .map(Into::into)
            .map_err(Into::into);
        Ok(result)
    }

    /// Writes facts into a chart and says what follows.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn plan(&mut self, request: PlanRequest) -> Result<Result<Plan, Issue>, RuntimeError> {
        self.wind();
        let result: Result<Plan, Issue> = self
            .exports
            .access_bridge_adapter_feeds()
            .call_plan_intents(&mut self.store, self.profile, &request.into())
            .map_err(|error| fault(&error, &self.limits))?
            .map(Into::into)
            .map_err(Into::into);
        let size = result.as_ref().ok().and_then(|plan| plan.chart.as_ref()).map_or(0, |chart| chart.document.len());
        self.bounded(size)?;
        Ok(result)
    }

    /// Builds the payload of an intent.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn compose(
        &mut self,
        participant: &str,
        intent: Intent,
        chart: &str,
    ) -> Result<Result<Payload, Vec<Issue>>, RuntimeError> {
        self.wind();
        let result: Result<Payload, Vec<Issue>> = self
            .exports
            .access_bridge_adapter_submissions()
            .call_compose(&mut self.store, self.profile, participant, &intent.into(), chart)
            .map_err(|error| fault(&error, &self.limits))?
            .map(Into::into)
            .map_err(|issues| issues.into_iter().map(Into::into).collect());
        self.bounded(result.as_ref().map_or(0, |payload| payload.body.len()))?;
        Ok(result)
    }

    /// Builds the report of an intent.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn compose_report(&mut self, request: ReportRequest) -> Result<Result<Payload, Vec<Issue>>, RuntimeError> {
        self.wind();
        let result: Result<Payload, Vec<Issue>> = self
            .exports
            .access_bridge_adapter_submissions()
            .call_compose_report(&mut self.store, self.profile, &request.into())
            .map_err(|error| fault(&error, &self.limits))?
            .map(Into::into)
            .map_err(|issues| issues.into_iter().map(Into::into).collect());
        self.bounded(result.as_ref().map_or(0, |payload| payload.body.len()))?;
        Ok(result)
    }

    /// The dates that follow from a chart.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn calendar(
        &mut self,
        participant: &str,
        chart: &str,
        entries: Vec<Entry>,
        now: &str,
    ) -> Result<Result<Vec<Deadline>, Issue>, RuntimeError> {
        self.wind();
        let entries: Vec<_> = entries.into_iter().map(Into::into).collect();
        let result = self
            .exports
            .access_bridge_adapter_submissions()
            .call_calendar(&mut self.store, self.profile, participant, chart, &entries, now)
            .map_err(|error| fault(&error, &self.limits))?;
        Ok(result.map(|dates| dates.into_iter().map(Into::into).collect()).map_err(Into::into))
    }

    /// Checks a payload.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn validate(&mut self, payload: &str) -> Result<Vec<Issue>, RuntimeError> {
        self.wind();
        let issues = self
            .exports
            .access_bridge_adapter_submissions()
            .call_validate(&mut self.store, self.profile, payload)
            .map_err(|error| fault(&error, &self.limits))?;
        Ok(issues.into_iter().map(Into::into).collect())
    }

    /// Says what a final answer means.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn interpret(&mut self, exchange: Exchange) -> Result<Outcome, RuntimeError> {
        self.wind();
        self.exports
            .access_bridge_adapter_submissions()
            .call_interpret(&mut self.store, self.profile, &exchange.into())
            .map(Into::into)
            .map_err(|error| fault(&error, &self.limits))
    }

    /// Writes an outcome into a chart.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn settle(&mut self, chart: &str, settlement: Settlement) -> Result<Result<Settled, Issue>, RuntimeError> {
        self.wind();
        let result: Result<Settled, Issue> = self
            .exports
            .access_bridge_adapter_submissions()
            .call_settle(&mut self.store, self.profile, chart, &settlement.into())
            .map_err(|error| fault(&error, &self.limits))?
            .map(Into::into)
            .map_err(Into::into);
        self.bounded(result.as_ref().map_or(0, |settled| settled.document.len()))?;
        Ok(result)
    }

    /// Writes what CMS told by itself into a chart.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn announce(
        &mut self,
        chart: &str,
        announcement: Announcement,
    ) -> Result<Result<Settled, Issue>, RuntimeError> {
        self.wind();
        let result: Result<Settled, Issue> = self
            .exports
            .access_bridge_adapter_submissions()
            .call_announce(&mut self.store, self.profile, chart, &announcement.into())
            .map_err(|error| fault(&error, &self.limits))?
            .map(Into::into)
            .map_err(Into::into);
        self.bounded(result.as_ref().map_or(0, |settled| settled.document.len()))?;
        Ok(result)
    }

    /// Writes a notice down.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn render(
        &mut self,
        notice: Notice,
        envelope: Envelope,
        format: Format,
    ) -> Result<Result<String, Issue>, RuntimeError> {
        self.wind();
        let result: Result<String, Issue> = self
            .exports
            .access_bridge_adapter_notices()
            .call_render(&mut self.store, self.profile, &notice.into(), &envelope.into(), &format.into())
            .map_err(|error| fault(&error, &self.limits))?
            .map_err(Into::into);
        self.bounded(result.as_ref().map_or(0, String::len))?;
        Ok(result)
    }
}

/// Names a fault without what the guest was working on: wasmtime's own text holds only functions and codes.
fn fault(error: &wasmtime::Error, limits: &Limits) -> RuntimeError {
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => {
            RuntimeError::OutOfTime { millis: u64::try_from(limits.time.as_millis()).unwrap_or(u64::MAX) }
        }
        Some(trap) => RuntimeError::Trap(trap.to_string()),
        None if format!("{error:#}").contains("forcing trap when growing memory") => {
            RuntimeError::OutOfMemory { bytes: limits.memory }
        }
        None => RuntimeError::Trap(error.root_cause().to_string()),
    }
}
