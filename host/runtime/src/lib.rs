//! bridge-runtime
