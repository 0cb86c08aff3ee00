//! Handlers of API Gateway.

mod account;
mod api_key;
mod authorizer;
mod base_path_mapping;
mod common;
mod content;
mod deployment;
mod domain_name;
mod imported;
mod rest_api;
mod rest_api_values;
mod stage;
mod stage_values;
mod usage_plan;
mod usage_plan_key;

pub use account::Account;
pub use api_key::ApiKey;
pub use authorizer::Authorizer;
pub use base_path_mapping::BasePathMapping;
pub use deployment::Deployment;
pub use domain_name::DomainName;
pub use rest_api::RestApi;
pub use stage::Stage;
pub use usage_plan::UsagePlan;
pub use usage_plan_key::UsagePlanKey;
