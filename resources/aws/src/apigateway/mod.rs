//! Handlers of API Gateway.

mod common;
mod content;
mod rest_api;
mod rest_api_values;

pub use rest_api::RestApi;
