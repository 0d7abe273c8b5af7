//! A feed cannot take more than an instance may use, and the next feed gets a fresh instance.

use bridge_runtime::{Adapter, ComponentBytes, Limits, Pool, RuntimeError};
use std::time::Duration;

/// A limit on memory that loading the profile and reading an ordinary feed stay below.
const LITTLE: usize = 8 << 20;

fn pool(limits: Limits) -> Pool {
    let bytes = ComponentBytes::read(&kit::component()).unwrap();
    Pool::new(Adapter::new(&bytes, &kit::profile().1, Limits { instances: 1, ..limits }, None).unwrap())
}

/// An ordinary feed with results behind it, about so many bytes in all.
fn long(bytes: usize) -> Vec<u8> {
    let mut feed = kit::fixture("a01-ckm.hl7");
    let mut position = 0;
    while feed.len() < bytes {
        position += 1;
        let text = "result ".repeat(200);
        feed.extend_from_slice(format!("OBX|{position}|TX|1^Note^L||{text}||||||F\r").as_bytes());
    }
    feed
}

/// A feed with nearly as many parts as a reader takes.
fn dense() -> Vec<u8> {
    let mut feed = long(14 << 20);
    for position in 0..380 {
        feed.extend_from_slice(format!("ZZZ|{position}{}\r", "|a&b^c~d".repeat(240)).as_bytes());
    }
    feed
}

/// Reads a feed in the pool, and gives back how many subjects it has.
async fn read(pool: &Pool, feed: Vec<u8>) -> Result<usize, RuntimeError> {
    pool.with(move |instance| instance.read(&feed).map(|read| read.unwrap().subjects.len())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_takes_too_long_is_stopped_and_the_next_is_read() {
    // Only the call with the long feed is short of time, and no machine reads 14 MiB in two ticks of 10 ms; everything else
    // has plenty, however busy the machine is.
    let pool = pool(Limits { time: Duration::from_secs(60), ..Limits::default() });
    let feed = dense();
    let stopped = pool
        .with(move |instance| {
            instance.limit_time(Duration::ZERO);
            instance.read(&feed).map(|read| read.map(|reading| reading.subjects.len()))
        })
        .await;
    assert!(matches!(stopped, Err(RuntimeError::OutOfTime { .. })), "{stopped:?}");
    assert_eq!(read(&pool, kit::fixture("a01-ckm.hl7")).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_takes_too_much_memory_is_stopped_and_the_next_is_read() {
    let pool = pool(Limits { memory: LITTLE, time: Duration::from_secs(60), ..Limits::default() });
    let stopped = read(&pool, long(LITTLE + (1 << 20))).await;
    assert!(matches!(stopped, Err(RuntimeError::OutOfMemory { bytes: LITTLE })), "{stopped:?}");
    assert_eq!(read(&pool, kit::fixture("a01-ckm.hl7")).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_is_too_large_is_dropped_and_the_pool_goes_on() {
    let pool = pool(Limits { output: 400, time: Duration::from_secs(60), ..Limits::default() });
    let dropped = read(&pool, kit::fixture("a01-ckm.hl7")).await;
    assert!(matches!(dropped, Err(RuntimeError::OutputTooLarge { bytes: 400 })), "{dropped:?}");
    let described = pool.with(|instance| instance.describe()).await.unwrap();
    assert_eq!(described.participants, ["ACCES12345"]);
}

/// A panic in the work once looked like the end of the program: the feed was sent again for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_panics_is_told_from_the_end_of_the_program() {
    let pool = pool(Limits { time: Duration::from_secs(60), ..Limits::default() });
    // Alone, work runs on the thread at hand; on a runtime of one thread it is handed to another.
    let alone = pool.with(|_| -> Result<(), RuntimeError> { panic!("on purpose") }).await;
    assert!(matches!(alone, Err(RuntimeError::Panicked)), "{alone:?}");
    let handed = {
        let pool = pool.clone();
        tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(pool.with(|_| -> Result<(), RuntimeError> { panic!("on purpose") }))
        })
    };
    let handed = handed.await.unwrap();
    assert!(matches!(handed, Err(RuntimeError::Panicked)), "{handed:?}");
    assert_eq!(read(&pool, kit::fixture("a01-ckm.hl7")).await.unwrap(), 1);
}

/// The new profile's idle instance once had the only place, and a plan under the old one could not be made anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pinned_pool_finds_a_place_after_the_profile_was_replaced() {
    let pool = pool(Limits { time: Duration::from_secs(60), ..Limits::default() });
    let pinned = pool.pinned();
    assert_eq!(read(&pinned, kit::fixture("a01-ckm.hl7")).await.unwrap(), 1);
    pool.replace(&kit::profile().1).await.unwrap();
    for pool in [&pinned, &pool, &pinned, &pool] {
        assert_eq!(read(pool, kit::fixture("a01-ckm.hl7")).await.unwrap(), 1);
    }
}

#[test]
fn a_component_that_wants_an_import_is_refused() {
    // (component (type (func (result u64))) (import "now" (func (type 0))))
    let bytes = b"\0asm\x0d\0\x01\0\x07\x05\x01\x40\0\0\x77\x0a\x08\x01\0\x03now\x01\0";
    let bytes = ComponentBytes::Read(bytes.to_vec());
    let refused = Adapter::new(&bytes, &kit::profile().1, Limits { instances: 1, ..Limits::default() }, None);
    let Err(RuntimeError::Component(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("now"), "{why}");
}
