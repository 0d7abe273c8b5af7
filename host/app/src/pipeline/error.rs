//! Why a feed could not be taken in, and which of it is about the feed.

use super::ReadFeed;
use super::refusing::Refused;
use crate::ledger::TRIES;
use access_contract::{Header, Issue, Refusal, Severity, Verdict};
use bridge_ledger::LedgerError;
use bridge_runtime::RuntimeError;
use std::sync::Arc;

/// Our own trouble: nothing was stored, the sender should try again.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The component could not be run.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// Another feed changed the same chart each time.
    #[error("the same chart was changed by other feeds {TRIES} times in a row")]
    Contended,
    /// The component answers with an issue where it was asked what is to be done about a chart, for example because the profile does
    /// not know the participant.
    #[error("nothing can be planned for it ({code})")]
    NotPlanned {
        /// The issue's code.
        code: String,
    },
}

impl PipelineError {
    /// Whether trying again at once changes nothing: the component stops on it or refuses it, or the ledger takes it from nobody.
    #[must_use]
    pub const fn is_lasting(&self) -> bool {
        match self {
            Self::Ledger(error) => error.is_unstorable(),
            Self::Runtime(error) => fault(error).is_some(),
            Self::Contended => false,
            Self::NotPlanned { .. } => true,
        }
    }
}

/// Nothing could be planned or stored; with the feed, where it had been read.
pub(super) struct Unplanned {
    error: PipelineError,
    read: Option<Arc<ReadFeed>>,
}

impl From<RuntimeError> for Unplanned {
    fn from(error: RuntimeError) -> Self {
        Self { error: error.into(), read: None }
    }
}

impl Unplanned {
    /// Trouble with a feed that had been read.
    pub(super) fn of(read: &Arc<ReadFeed>, error: impl Into<PipelineError>) -> Self {
        Self { error: error.into(), read: Some(Arc::clone(read)) }
    }

    /// The refusal of a feed that would meet the same trouble however often it is sent: a person must look.
    ///
    /// # Errors
    /// Trouble that has nothing to do with the feed.
    pub(super) fn refused(self) -> Result<Refused, PipelineError> {
        let refusal = match &self.error {
            PipelineError::Ledger(error) if error.is_unstorable() => beyond(error),
            PipelineError::Runtime(error) => match fault(error) {
                Some(code) => poison(code, error),
                None => return Err(self.error),
            },
            PipelineError::Ledger(_) | PipelineError::Contended | PipelineError::NotPlanned { .. } => {
                return Err(self.error);
            }
        };
        Ok(match self.read {
            Some(read) => Refused::after_reading(&read, refusal),
            None => Refused::unread(refusal),
        })
    }
}

/// The code of a component that stopped on what it was given and would stop on it again, or of the work around it that did; none
/// where the trouble has nothing to do with that.
pub(crate) const fn fault(error: &RuntimeError) -> Option<&'static str> {
    let code = match error {
        RuntimeError::OutOfTime { .. } => "limit-time",
        RuntimeError::OutOfMemory { .. } => "limit-memory",
        RuntimeError::OutputTooLarge { .. } => "limit-output",
        RuntimeError::Trap(_) | RuntimeError::Panicked => "component-stopped",
        _ => return None,
    };
    Some(code)
}

/// A feed on which the component stops.
fn poison(code: &str, error: &RuntimeError) -> Refusal {
    tracing::error!(code, %error, "the component stopped on a feed");
    let issue = Issue::new(Severity::Fatal, code, "", format!("the feed could not be read: {error}"))
        .hint("the bytes are in quarantine; replay them after an update, or report the code")
        .condition(207);
    Refusal { verdict: Verdict::NeedsPerson, header: Header::default(), issues: vec![issue] }
}

/// A feed with something in it that the ledger takes from nobody.
fn beyond(error: &LedgerError) -> Refusal {
    tracing::error!(%error, "a feed does not fit into the ledger");
    let issue = Issue::new(Severity::Fatal, "not-storable", "", format!("the feed cannot be stored: {error}"))
        .hint(
            "the bytes are in quarantine; have the sender send less at once, and one event about a person in a message",
        )
        .condition(207);
    Refusal { verdict: Verdict::NeedsPerson, header: Header::default(), issues: vec![issue] }
}
