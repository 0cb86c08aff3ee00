//! Handlers of logs.
