//! Handlers of iam.
