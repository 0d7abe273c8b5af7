//! `access-bridge config`: files to start from.

use crate::cli::ConfigWhat;
use crate::output::{Done, Ending, emit};

/// Prints one.
///
/// # Errors
/// None.
pub fn print(what: ConfigWhat) -> Done {
    let text = match what {
        ConfigWhat::Example => crate::config::EXAMPLE.to_owned(),
        ConfigWhat::Profile => access_mappings::example_site().text,
        ConfigWhat::Base => access_mappings::base_layer().to_owned(),
        ConfigWhat::Scenario => bridge_sandbox::Scenario::default_text().to_owned(),
    };
    emit(text.as_bytes());
    Ok(Ending::Fine)
}
