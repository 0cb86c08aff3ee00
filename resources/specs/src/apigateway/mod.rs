//! API Gateway, REST.

mod account;
mod api_key;
mod authorizer;
mod base_path_mapping;
mod cors;
mod deployment;
mod domain_name;
mod gateway_response;
mod openapi;
mod rest_api;
mod security;
mod stage;
mod stage_settings;
mod usage_plan;
mod usage_plan_key;

pub use account::*;
pub use api_key::*;
pub use authorizer::*;
pub use base_path_mapping::*;
pub use cors::*;
pub use deployment::*;
pub use domain_name::*;
pub use gateway_response::*;
pub use openapi::*;
pub use rest_api::*;
pub use security::*;
pub use stage::*;
pub use stage_settings::*;
pub use usage_plan::*;
pub use usage_plan_key::*;
