//! Route 53.
