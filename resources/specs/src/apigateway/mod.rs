//! API Gateway, REST.

mod rest_api;

pub use rest_api::*;
