//! bridge-sandbox
