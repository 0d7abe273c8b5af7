//! The service is killed at every step of the way and at random moments: a short run of `cargo xtask crash`.

use kit::crash::{Plan, crash};
use postgres_kit::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_every_step_lose_nothing_and_double_nothing() {
    let tally = crash(Plan { server: None, rounds: 60, seed: 5 }, |_| {}).await;
    println!("{tally}");
    assert!(tally.wrongs.is_empty(), "{tally}\n{}", tally.log);
    assert_eq!(tally.untouched(), Vec::<&str>::new());
    assert_eq!(tally.kills(), 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_every_step_lose_nothing_on_postgresql_either() {
    let Some(server) = Server::shared("kills_at_every_step_lose_nothing_on_postgresql_either") else { return };
    let tally = crash(Plan { server: Some(server), rounds: 40, seed: 7 }, |_| {}).await;
    println!("{tally}");
    assert!(tally.wrongs.is_empty(), "{tally}\n{}", tally.log);
    assert_eq!(tally.kills(), 40);
}
