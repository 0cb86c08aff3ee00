//! CloudFront.

mod behavior;
mod cache_policy;
mod distribution;
mod distribution_parts;
mod managed;
mod origin;
mod origin_access_control;
mod origin_request_policy;
mod response_headers_parts;
mod response_headers_policy;
mod selection;

pub use behavior::*;
pub use cache_policy::*;
pub use distribution::*;
pub use distribution_parts::*;
pub use managed::*;
pub use origin::*;
pub use origin_access_control::*;
pub use origin_request_policy::*;
pub use response_headers_parts::*;
pub use response_headers_policy::*;
pub use selection::*;
