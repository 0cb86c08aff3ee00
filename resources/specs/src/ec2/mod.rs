//! EC2 networking.

mod default_security_group;
mod elastic_ip;
mod flow_log;
mod internet_gateway;
mod nat_gateway;
mod route_table;
mod security_group;
mod security_group_egress;
mod subnet;
mod subnet_route_table_association;
mod vpc;
mod vpc_endpoint;
mod vpc_gateway_attachment;

pub use default_security_group::*;
pub use elastic_ip::*;
pub use flow_log::*;
pub use internet_gateway::*;
pub use nat_gateway::*;
pub use route_table::*;
pub use security_group::*;
pub use security_group_egress::*;
pub use subnet::*;
pub use subnet_route_table_association::*;
pub use vpc::*;
pub use vpc_endpoint::*;
pub use vpc_gateway_attachment::*;
