//! CloudFront.

mod behavior_values;
mod cache_policy;
mod common;
mod distribution;
mod distribution_config;
mod distribution_values;
mod origin_access_control;
mod origin_request_policy;
mod origin_values;
mod policy;
mod response_headers_policy;
mod response_headers_values;
mod selection;

pub use cache_policy::CachePolicy;
pub use distribution::Distribution;
pub use origin_access_control::OriginAccessControl;
pub use origin_request_policy::OriginRequestPolicy;
pub use response_headers_policy::ResponseHeadersPolicy;
