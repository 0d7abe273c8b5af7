//! bridge-ledger
