//! Takes a changed profile into use while the service runs.
//!
//! The profile's files are looked at every `times.profile`, and at once on SIGHUP. A change is taken up when the files have
//! been quiet for one such time, so that a file that is still being written is not read. Then everything is loaded and
//! checked as at the start; only a profile that the component has taken replaces the one in use. A feed that is under way
//! finishes with the profile it began with.
//!
//! Invariant: whatever is wrong with the new files, the old profile stays in use, and every reason is logged once.

use crate::profile::{Look, Place, resolved};
use access_mappings::{Finding, LocalCode, Profile};
use bridge_ledger::{Ledger, LedgerError, UnmappedFilter, UnmappedRow};
use bridge_net::Hangup;
use bridge_runtime::Pool;
use std::sync::Arc;
use std::time::Duration;

/// Watches one profile.
pub struct Reloader {
    /// Where it is.
    pub place: Place,
    /// What uses it.
    pub pool: Pool,
    /// Where the codes are that it may know now.
    pub ledger: Arc<dyn Ledger>,
    /// Participants the service was started for, ascending.
    pub participants: Vec<String>,
    /// The profile in use, as the component was loaded with it.
    pub loaded: String,
    /// How often the files are looked at.
    pub every: Duration,
}

impl std::fmt::Debug for Reloader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reloader").field("place", &self.place).finish_non_exhaustive()
    }
}

/// What is new.
enum News {
    /// Nothing that matters.
    Nothing,
    /// Another profile.
    Profile(Box<Profile>, String, Vec<Finding>),
    /// Nothing that can be used.
    Broken(Vec<Finding>),
    /// Files that cannot even be read.
    Unreadable(String),
}

impl Reloader {
    /// Watches until `stop` resolves. `seen` is what the files looked like before they were loaded.
    pub async fn run(mut self, mut seen: Look, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut hangup = Hangup::default();
        let mut last = seen.clone();
        loop {
            let asked = tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(self.every) => false,
                () = hangup.heard() => true,
            };
            let place = self.place.clone();
            let Ok(now) = tokio::task::spawn_blocking(move || place.look()).await else { continue };
            let quiet = now == last;
            last.clone_from(&now);
            if asked || (quiet && now != seen) {
                seen = now;
                self.reload().await;
            }
        }
    }

    async fn reload(&mut self) {
        let (place, loaded) = (self.place.clone(), self.loaded.clone());
        let news = tokio::task::spawn_blocking(move || look_for_news(&place, &loaded)).await;
        match news.unwrap_or_else(|error| News::Unreadable(error.to_string())) {
            News::Nothing => tracing::info!("the profile's files changed, but not what they mean"),
            News::Broken(findings) => {
                findings.iter().for_each(tell);
                tracing::error!("the profile's files cannot be used; the profile before stays in use");
            }
            News::Unreadable(error) => {
                tracing::error!(error, "the profile cannot be read; the profile before stays in use");
            }
            News::Profile(profile, document, findings) => {
                findings.iter().for_each(tell);
                self.take(&profile, document).await;
            }
        }
    }

    async fn take(&mut self, profile: &Profile, document: String) {
        if participants_of(profile) != self.participants {
            tracing::error!(
                "the participants of the profile changed, and each needs its credentials; the profile before stays in use until the service is started again"
            );
            return;
        }
        if let Err(error) = self.pool.replace(&document).await {
            tracing::error!(error = %error, "the component refused the profile; the profile before stays in use");
            return;
        }
        self.loaded = document;
        tracing::info!(profile = profile.name, guide = profile.guide.version, "the profile was replaced");
        if let Err(error) = forget_known(self.ledger.as_ref(), profile).await {
            crate::ledger::report(&error);
        }
    }
}

/// The participants, ascending.
#[must_use]
pub fn participants_of(profile: &Profile) -> Vec<String> {
    let mut ids: Vec<String> = profile.participants.iter().map(|participant| participant.id.clone()).collect();
    ids.sort_unstable();
    ids
}

/// Forgets the unmapped codes that a profile has rows for.
///
/// # Errors
/// What is wrong with the ledger.
pub async fn forget_known(ledger: &dyn Ledger, profile: &Profile) -> Result<(), LedgerError> {
    let mut rows = ledger.unmapped(&UnmappedFilter::default()).await?;
    rows.retain(|row| is_known(profile, row));
    if !rows.is_empty() {
        let count = ledger.forget_unmapped(&rows).await?;
        tracing::info!(
            count,
            "codes that had no row in the profile have one now; `access-bridge unmapped --take-up` takes up the results that came before"
        );
    }
    Ok(())
}

/// Whether a profile has a row for a code.
#[must_use]
pub fn is_known(profile: &Profile, row: &UnmappedRow) -> bool {
    let code = &row.code;
    let local = LocalCode { table: &code.table, code: &code.code, system: &code.system, unit: &code.unit };
    profile.knows(&row.application, &row.facility, local)
}

fn look_for_news(place: &Place, loaded: &str) -> News {
    let report = match place.report() {
        Ok(report) => report,
        Err(trouble) => return News::Unreadable(trouble.message),
    };
    let Some(profile) = report.profile else { return News::Broken(report.findings) };
    match resolved(&profile) {
        Ok(document) if document == loaded => News::Nothing,
        Ok(document) => News::Profile(Box::new(profile), document, report.findings),
        Err(trouble) => News::Unreadable(trouble.message),
    }
}

/// Tells a finding of the linter.
pub fn tell(finding: &Finding) {
    let at = format!("{}:{}:{}", finding.file, finding.line, finding.column);
    let hint = finding.hint.as_deref().unwrap_or_default();
    if finding.is_error() {
        tracing::error!(at, problem = finding.message, hint, "wrong in the profile");
    } else {
        tracing::warn!(at, problem = finding.message, hint, "doubtful in the profile");
    }
}
