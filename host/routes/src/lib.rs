//! bridge-routes
