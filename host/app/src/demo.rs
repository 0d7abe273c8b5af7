//! `access-bridge demo`: a small day and the year after it, in under a minute. Sandbox and service on free loopback ports, a feed played over MLLP,
//! the notices received as an interface engine would, and every step told.
//!
//! Nothing is staged: the service is the one that `run` starts, the answers are the sandbox's, and a scene that does not end
//! as the programme's rules say makes the demo fail.

mod cast;
mod day;
mod engine;
mod narrator;
mod stage;
mod year;

use crate::output::{Done, Ending, Trouble, say};
use stage::Stage;

/// Plays the day.
///
/// # Errors
/// A part that cannot be started.
pub fn demo(keep: bool) -> Done {
    super::commands::run::runtime()?.block_on(async {
        let stage = Stage::set(keep).await?;
        narrator::opening(&stage);
        let mut told = day::play(&stage).await;
        told.extend(year::play(&stage).await);
        narrator::closing(&stage, &told).await.map_err(Trouble::failed)?;
        let missed = told.iter().filter(|scene| !scene.as_expected()).count();
        let folder = stage.strike().await;
        if let Some(folder) = folder {
            say(&format!("\nkept: {} (ledger, configuration, notices, traffic)", folder.display()));
        }
        if missed == 0 {
            return Ok(Ending::Fine);
        }
        Err(Trouble::failed(format!("{missed} scene(s) did not end as expected")))
    })
}
