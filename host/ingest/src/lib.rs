//! bridge-ingest
