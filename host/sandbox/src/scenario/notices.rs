//! What CMS tells by itself: when it is told, and where to.

use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;
use url::Url;

/// Longest lead in days.
const MAX_DAYS: u16 = 365;

/// What CMS tells by itself: table `[notices]`. The guide does not say how many days before an end a notice comes; these are
/// plain choices. Quarterly and end-of-period reporting are told on the day their window opens.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notices {
    /// Folder that gets an e-mail file for each notice. Unset: none is written.
    pub mail: Option<PathBuf>,
    /// Where a FHIR message is posted for each notice. Unset: none is posted.
    pub url: Option<String>,
    /// Bearer token for `url`.
    pub token: Option<String>,
    /// Days before the lock-in ends. 14.
    pub lock_in_before: u16,
    /// Days before the control group ends. 30.
    pub control_group_before: u16,
    /// Days before the last day for the baseline. 30.
    pub baseline_before: u16,
    /// Days before the period of care ends. 30.
    pub renewal_before: u16,
}

impl Default for Notices {
    fn default() -> Self {
        Self {
            mail: None,
            url: None,
            token: None,
            lock_in_before: 14,
            control_group_before: 30,
            baseline_before: 30,
            renewal_before: 30,
        }
    }
}

impl Notices {
    pub(super) fn check(&self) -> Result<(), String> {
        let leads = [self.lock_in_before, self.control_group_before, self.baseline_before, self.renewal_before];
        if leads.into_iter().any(|days| days > MAX_DAYS) {
            return Err(format!("a notice comes at most {MAX_DAYS} days before"));
        }
        if self.url.is_some() && self.target().is_none() {
            return Err("`url` must be an address that begins with http://; the sandbox has no TLS".to_owned());
        }
        if self.token.is_some() && self.url.is_none() {
            return Err("`token` needs a `url`".to_owned());
        }
        let plain = |token: &String| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        if !self.token.iter().all(plain) {
            return Err("`token` must be printable ASCII without blanks".to_owned());
        }
        Ok(())
    }

    /// Where messages are posted.
    pub(crate) fn target(&self) -> Option<Url> {
        let url = Url::parse(self.url.as_deref()?).ok()?;
        (url.scheme() == "http" && url.host().is_some()).then_some(url)
    }
}

/// Shows neither the address nor the token.
impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notices").field("mail", &self.mail).field("posts", &self.url.is_some()).finish_non_exhaustive()
    }
}
