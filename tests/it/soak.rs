//! The short form of `cargo xtask soak`.
#![cfg(target_os = "linux")]

use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_and_descriptors_stay_flat_under_a_steady_load() {
    let course = kit::soak::soak(Duration::from_secs(20)).await;
    println!("{course}");
    assert_eq!(course.growth(), Vec::<String>::new(), "{course}");
}
