//! bridge-client
