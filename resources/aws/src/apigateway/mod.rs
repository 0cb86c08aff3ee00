//! Handlers of apigateway.
