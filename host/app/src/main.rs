//! access-bridge
fn main() {}
