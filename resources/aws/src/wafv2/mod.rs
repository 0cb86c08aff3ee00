//! WAF.

mod action_values;
mod common;
mod field_values;
mod ip_set;
mod logging_configuration;
mod logging_values;
mod rule_values;
mod statement_live;
mod statement_values;
mod tags;
mod web_acl;
mod web_acl_association;
mod web_acl_values;

pub(crate) use common::joined;
pub use ip_set::IpSet;
pub use logging_configuration::LoggingConfiguration;
pub use web_acl::WebAcl;
pub use web_acl_association::WebAclAssociation;
