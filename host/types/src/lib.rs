//! What every host crate shares: the vocabulary of the contract, wrappers for values that must not leak, the clock, the
//! source of ids, and the disposition of failures.

mod clock;
mod disposition;
pub mod failpoint;
mod ids;
pub mod mllp;
mod sensitive;

pub use access_contract as contract;
pub use clock::{Clock, MovedClock, SystemClock, TestClock, Timestamp};
pub use disposition::Disposition;
pub use ids::{Ids, RandomIds, SequentialIds, content_hash};
pub use sensitive::{Phi, Secret};
