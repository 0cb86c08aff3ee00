//! Handlers of lambda.
