//! Makes what a sandbox knows when it starts, from its scenario and its options.

use crate::calendar::Calendar;
use crate::clock::SandboxClock;
use crate::dispatch::{Dispatch, Queue, Tally};
use crate::faults::Faults;
use crate::keys::Keys;
use crate::notice::Outbox;
use crate::options::{Limits, Options};
use crate::post::Target;
use crate::registry::Registry;
use crate::scenario::{Notices, Scenario, ScenarioError};
use crate::server::StartError;
use crate::state::{Memory, Parts, State};
use crate::submissions::Submissions;
use crate::tokens::{Tokens, random_text};
use access_mappings::{Guide, Sources};
use bytes::Bytes;
use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::mpsc;
use url::Host;

/// The guide version whose wire this is.
const GUIDE: &str = "0.9.12";
/// Characters of the salt of fingerprints.
const SALT_LENGTH: usize = 32;
/// Characters that tell the ids of one run from those of another.
const RUN_LENGTH: usize = 6;

/// The messages to post, and where to.
pub(crate) struct Posts {
    pub(crate) target: Target,
    pub(crate) messages: mpsc::Receiver<Bytes>,
}

pub(crate) fn state(
    local_addr: SocketAddr,
    scenario: Scenario,
    options: Options,
) -> Result<(State, Option<Posts>), StartError> {
    let guide: Guide = match options.guide {
        Some(guide) => guide,
        None => access_mappings::load_guide(&Sources::embedded(), GUIDE)
            .map_err(|findings| StartError::Guide(findings.len()))?,
    };
    scenario.check_tracks(&guide)?;
    let clock = SandboxClock::new(options.clock_millis, options.clock_runs_on);
    let today = clock.today();
    let limits: Limits = options.limits;
    let calendar = Calendar { guide: &guide, reporting: &scenario.reporting, notices: &scenario.notices };
    let mut registry = Registry::new(limits.beneficiaries);
    let mut news = Vec::new();
    for beneficiary in scenario.beneficiaries {
        news.extend(registry.add(beneficiary, today, calendar).map_err(|_| {
            let message = format!("the scenario has more beneficiaries than the limit of {}", limits.beneficiaries);
            ScenarioError::at_run_time(message)
        })?);
    }
    let mut outbox = Outbox::new(limits.notices);
    outbox.add(news);
    let folder = options.mail.or_else(|| scenario.notices.mail.clone());
    if let Some(folder) = &folder {
        std::fs::create_dir_all(folder).map_err(|error| StartError::Mail(folder.clone(), error))?;
    }
    let (queue, posts) = posts(&scenario.notices, &guide, limits.notices, options.allow_other_machines)?.unzip();
    let random = |length| random_text(length).map_err(|_| StartError::Random);
    let state = State::new(Parts {
        wire: scenario.wire,
        programme: scenario.programme,
        reporting: scenario.reporting,
        notices: scenario.notices,
        clients: scenario.clients,
        limits,
        keep_payloads: options.keep_payloads,
        clock,
        authority: local_addr.to_string(),
        memory: Memory {
            registry,
            submissions: Submissions::new(limits.submissions, random(RUN_LENGTH)?),
            tokens: Tokens::new(limits.tokens),
            faults: Faults::new(scenario.faults),
            requests: VecDeque::new(),
            keys: Keys::new(limits.keys, random(SALT_LENGTH)?),
            outbox,
            taken: BTreeSet::new(),
            settled: today,
        },
        traffic: options.traffic,
        dispatch: Dispatch { folder, queue, tally: Arc::new(Tally::default()) },
        guide,
    });
    Ok((state, posts))
}

/// The queue of messages with both its ends, where the scenario names an address for them.
fn posts(
    notices: &Notices,
    guide: &Guide,
    limit: usize,
    allow_other_machines: bool,
) -> Result<Option<(Queue, Posts)>, StartError> {
    let Some(url) = notices.target() else { return Ok(None) };
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if !loopback && !allow_other_machines {
        return Err(StartError::PostsElsewhere);
    }
    let (sender, messages) = mpsc::channel(limit.max(1));
    let target = Target { url, token: notices.token.clone() };
    Ok(Some((Queue::new(sender, guide), Posts { target, messages })))
}
