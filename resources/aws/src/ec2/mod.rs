//! Handlers of EC2 networking.

pub(crate) mod common;
mod holders;
mod routes;
mod rule_changes;
mod rules;

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

pub use default_security_group::DefaultSecurityGroup;
pub use elastic_ip::ElasticIp;
pub use flow_log::FlowLog;
pub use internet_gateway::InternetGateway;
pub use nat_gateway::NatGateway;
pub use route_table::RouteTable;
pub use security_group::SecurityGroup;
pub use security_group_egress::SecurityGroupEgress;
pub use subnet::Subnet;
pub use subnet_route_table_association::SubnetRouteTableAssociation;
pub use vpc::Vpc;
pub use vpc_endpoint::VpcEndpoint;
pub use vpc_gateway_attachment::VpcGatewayAttachment;
