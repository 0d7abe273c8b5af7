//! One sandbox with the profile loaded, and its typed calls.

use crate::adapter::Source;
use crate::bindings::{Adapter, AdapterPre, profiles};
use crate::limits::State;
use crate::size::{Size, records};
use crate::{Limits, RuntimeError, epoch};
use access_contract::{
    Account, Announcement, Deadline, Entry, Envelope, Exchange, Format, GatherRequest, Gathered, Intent, Issue, Notice,
    Outcome, Payload, Plan, PlanRequest, Reading, Refusal, ReportRequest, Settled, Settlement, TakeUpRequest,
};
use wasmtime::component::ResourceAny;
use wasmtime::{Engine, Store, Trap};

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

records! {
    Description { name, guide, participants, adapter }
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
        let mut store = Store::new(engine, State::new(&limits));
        store.limiter(|state| state);
        store.set_epoch_deadline(epoch::ticks(limits.time));
        let exports =
            prepared.instantiate(&mut store).map_err(|error| RuntimeError::Instantiate(format!("{error:#}")))?;
        let access = exports.access_bridge_adapter_profiles().profile();
        let loaded = match profile.compact.get() {
            Some(compact) => access.call_restore(&mut store, compact),
            None => access.call_load(&mut store, &profile.json),
        };
        let loaded = loaded
            .map_err(|error| fault(&error, &store, &limits))?
            .map_err(|issue| RuntimeError::Profile(issue.message))?;
        if profile.compact.get().is_none() {
            let compact = access
                .call_compact(&mut store, loaded)
                .map_err(|error| fault(&error, &store, &limits))?
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

    /// One call: with its full time, its fault named, and what it gives back bounded.
    fn call<R: Size>(
        &mut self,
        call: impl FnOnce(&Adapter, &mut Store<State>, ResourceAny) -> wasmtime::Result<R>,
    ) -> Result<R, RuntimeError> {
        self.store.set_epoch_deadline(epoch::ticks(self.limits.time));
        let result = call(&self.exports, &mut self.store, self.profile);
        let result = result.map_err(|error| fault(&error, &self.store, &self.limits))?;
        if result.size() > self.limits.output {
            return Err(RuntimeError::OutputTooLarge { bytes: self.limits.output });
        }
        Ok(result)
    }

    /// What it is.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn describe(&mut self) -> Result<Description, RuntimeError> {
        self.call(|adapter, store, profile| {
            let described = adapter.access_bridge_adapter_profiles().profile().call_describe(store, profile)?;
            let profiles::Description { name, guide, participants, adapter } = described;
            Ok(Description { name, guide, participants, adapter })
        })
    }

    /// Reads one feed.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met. A feed that is refused is not an error of the call.
    pub fn read(&mut self, feed: &[u8]) -> Result<Result<Reading, Refusal>, RuntimeError> {
        self.call(|adapter, store, profile| {
            adapter.access_bridge_adapter_feeds().call_read(store, profile, feed).map(either)
        })
    }

    /// Reads one feed that is text already.
    ///
    /// # Errors
    /// As [`Instance::read`].
    pub fn read_text(&mut self, feed: &str) -> Result<Result<Reading, Refusal>, RuntimeError> {
        self.call(|adapter, store, profile| {
            adapter.access_bridge_adapter_feeds().call_read_text(store, profile, feed).map(either)
        })
    }

    /// Accounts for every populated piece of a feed; `values` adds the texts, which are patient data.
    ///
    /// # Errors
    /// As [`Instance::read`].
    pub fn account(&mut self, feed: &[u8], values: bool) -> Result<Result<Account, Refusal>, RuntimeError> {
        self.call(|adapter, store, profile| {
            adapter.access_bridge_adapter_feeds().call_account_for(store, profile, feed, values).map(either)
        })
    }

    /// Writes facts into a chart and says what follows.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn plan(&mut self, request: PlanRequest) -> Result<Result<Plan, Issue>, RuntimeError> {
        let request = request.into();
        self.call(|adapter, store, profile| {
            adapter.access_bridge_adapter_feeds().call_plan_intents(store, profile, &request).map(either)
        })
    }

    /// Adds the results of a kept feed to what the kept feeds before it came to.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn gather(&mut self, request: GatherRequest) -> Result<Result<Gathered, Issue>, RuntimeError> {
        let request = request.into();
        self.call(|adapter, store, profile| {
            adapter.access_bridge_adapter_feeds().call_gather(store, profile, &request).map(either)
        })
    }

    /// Plans to store what was gathered.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn take_up(&mut self, request: TakeUpRequest) -> Result<Result<Plan, Issue>, RuntimeError> {
        let request = request.into();
        self.call(|adapter, store, profile| {
            adapter.access_bridge_adapter_feeds().call_take_up(store, profile, &request).map(either)
        })
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
        let intent = intent.into();
        self.call(|adapter, store, profile| {
            let submissions = adapter.access_bridge_adapter_submissions();
            let composed = submissions.call_compose(store, profile, participant, &intent, chart)?;
            Ok(composed.map(Into::into).map_err(each))
        })
    }

    /// Builds the report of an intent.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn compose_report(&mut self, request: ReportRequest) -> Result<Result<Payload, Vec<Issue>>, RuntimeError> {
        let request = request.into();
        self.call(|adapter, store, profile| {
            let composed = adapter.access_bridge_adapter_submissions().call_compose_report(store, profile, &request)?;
            Ok(composed.map(Into::into).map_err(each))
        })
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
        let entries: Vec<_> = each(entries);
        self.call(|adapter, store, profile| {
            let submissions = adapter.access_bridge_adapter_submissions();
            let dates = submissions.call_calendar(store, profile, participant, chart, &entries, now)?;
            Ok(dates.map(each).map_err(Into::into))
        })
    }

    /// Checks a payload.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn validate(&mut self, payload: &str) -> Result<Vec<Issue>, RuntimeError> {
        self.call(|adapter, store, profile| {
            adapter.access_bridge_adapter_submissions().call_validate(store, profile, payload).map(each)
        })
    }

    /// Says what a final answer means.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn interpret(&mut self, exchange: Exchange) -> Result<Outcome, RuntimeError> {
        let exchange = exchange.into();
        self.call(|adapter, store, profile| {
            adapter.access_bridge_adapter_submissions().call_interpret(store, profile, &exchange).map(Into::into)
        })
    }

    /// Writes an outcome into a chart.
    ///
    /// # Errors
    /// When the component breaks down or a limit is met.
    pub fn settle(&mut self, chart: &str, settlement: Settlement) -> Result<Result<Settled, Issue>, RuntimeError> {
        let settlement = settlement.into();
        self.call(|adapter, store, profile| {
            adapter.access_bridge_adapter_submissions().call_settle(store, profile, chart, &settlement).map(either)
        })
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
        let announcement = announcement.into();
        self.call(|adapter, store, profile| {
            adapter.access_bridge_adapter_submissions().call_announce(store, profile, chart, &announcement).map(either)
        })
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
        let (notice, envelope, format) = (notice.into(), envelope.into(), format.into());
        self.call(|adapter, store, profile| {
            adapter.access_bridge_adapter_notices().call_render(store, profile, &notice, &envelope, &format).map(either)
        })
    }
}

/// A result of the component, as the contract has it.
fn either<T: From<A>, E: From<B>, A, B>(result: Result<A, B>) -> Result<T, E> {
    result.map(Into::into).map_err(Into::into)
}

/// A list of the component's, as the contract has it, or the other way.
fn each<T: From<A>, A>(list: Vec<A>) -> Vec<T> {
    list.into_iter().map(Into::into).collect()
}

/// Names a fault without what the guest was working on: wasmtime's own text holds only functions and codes.
fn fault(error: &wasmtime::Error, store: &Store<State>, limits: &Limits) -> RuntimeError {
    if store.data().is_denied() {
        return RuntimeError::OutOfMemory { bytes: limits.memory };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => {
            RuntimeError::OutOfTime { millis: u64::try_from(limits.time.as_millis()).unwrap_or(u64::MAX) }
        }
        Some(trap) => RuntimeError::Trap(trap.to_string()),
        None => RuntimeError::Trap(error.root_cause().to_string()),
    }
}
