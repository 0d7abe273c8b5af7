//! What the integration tests stand on: the sandbox, an engine and the program itself, on free loopback ports in a folder of
//! their own. Every wait is bounded.

mod balancer;
mod cases;
pub mod crash;
pub mod disk;
mod engine;
pub mod people;
mod places;
mod program;
mod proxy;
pub mod sender;
pub mod soak;
mod stage;
mod wait;

pub use balancer::Balancer;
pub use cases::{Case, cases};
pub use engine::{Engine, Heard};
pub use places::{
    cache, chmod, component, copy_cache, fixture, fixtures, messages, package, profile, program, resources, taken_apart,
};
pub use program::{Finished, Program, Reply, exchange, offline};
pub use proxy::{Proxy, Weather};
pub use stage::Stage;
pub use wait::{until, until_ok};
