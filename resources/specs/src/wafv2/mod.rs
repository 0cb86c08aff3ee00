//! WAF.

mod action;
mod field;
mod ip_set;
mod logging_configuration;
mod logging_filter;
mod managed_group;
mod rate;
mod rule;
mod statement;
mod web_acl;
mod web_acl_association;
mod web_acl_parts;

pub use action::*;
pub use field::*;
pub use ip_set::*;
pub use logging_configuration::*;
pub use logging_filter::*;
pub use managed_group::*;
pub use rate::*;
pub use rule::*;
pub use statement::*;
pub use web_acl::*;
pub use web_acl_association::*;
pub use web_acl_parts::*;
