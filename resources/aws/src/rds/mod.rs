//! Handlers of rds.
