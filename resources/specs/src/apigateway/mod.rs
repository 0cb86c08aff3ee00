//! API Gateway, REST.

mod account;
mod api_key;
mod authorizer;
mod base_path_mapping;
mod cors;
mod deployment;
mod domain_name;
mod openapi;
mod rest_api;
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
pub use openapi::*;
pub use rest_api::*;
pub use stage::*;
pub use stage_settings::*;
pub use usage_plan::*;
pub use usage_plan_key::*;
