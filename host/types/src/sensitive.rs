//! Values that must never reach a log, a metric or an error text.

use std::fmt;

/// Protected health information. `Debug` prints a placeholder, there is no `Display`, and reading it is a named act.
///
/// ```
/// let name = bridge_types::Phi::new("Example".to_owned());
/// assert_eq!(format!("{name:?}"), "Phi(…)");
/// assert_eq!(name.expose(), "Example");
/// ```
///
/// It cannot be printed by accident:
///
/// ```compile_fail
/// println!("{}", bridge_types::Phi::new("Example".to_owned()));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the places that may have it: the ledger, the component, the wire.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Unwraps the value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phi(…)")
    }
}

/// A credential or a token.
///
/// ```
/// let secret = bridge_types::Secret::new("hunter2");
/// assert_eq!(format!("{secret:?}"), "Secret(…)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a credential.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The credential, for the request that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
