//! Handlers of kms.
