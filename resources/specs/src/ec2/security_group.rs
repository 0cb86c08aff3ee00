//! `aws:ec2:SecurityGroup`

use std::collections::BTreeMap;

use finsight_engine::normal::network;
use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Grants, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::resource;
use crate::ids::{SecurityGroupId, VpcId};

/// One rule of a security group: protocol, ports, and who is on the other side.
#[derive(Clone)]
pub struct Rule(Map);

impl Rule {
    /// TCP on the ports from `from` to `to`, both included.
    #[must_use]
    pub fn tcp(from: u16, to: u16) -> Self {
        Self(Map::from([
            ("ip_protocol".to_owned(), "tcp".into()),
            ("from_port".to_owned(), Value::Int(from.into())),
            ("to_port".to_owned(), Value::Int(to.into())),
        ]))
    }

    /// Every protocol and port.
    #[must_use]
    pub fn all_traffic() -> Self {
        Self(Map::from([("ip_protocol".to_owned(), "-1".into())]))
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    /// The other side is an IPv4 range.
    #[must_use]
    pub fn cidr(self, range: &str) -> Self {
        self.with("cidr_ip", in_one_form(range))
    }

    /// The other side is an IPv6 range.
    #[must_use]
    pub fn cidr_ipv6(self, range: &str) -> Self {
        self.with("cidr_ipv6", in_one_form(range))
    }

    /// The other side is a security group.
    #[must_use]
    pub fn group(self, id: impl Into<Input<SecurityGroupId>>) -> Self {
        self.with("group_id", id.into().into_value())
    }

    /// The other side is a prefix list.
    #[must_use]
    pub fn prefix_list(self, id: &str) -> Self {
        self.with("prefix_list_id", id.into())
    }

    /// What the rule is for.
    #[must_use]
    pub fn description(self, text: &str) -> Self {
        self.with("description", text.into())
    }
}

/// AWS zeroes host bits.
fn in_one_form(range: &str) -> Value {
    Value::Text(network(range).unwrap_or_else(|| range.to_owned()))
}

impl Property for Rule {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

resource! {
    /// A security group with all its rules: a rule that someone else added is drift.
    SecurityGroup: "aws:ec2:SecurityGroup", id SecurityGroupId, outputs SecurityGroupOutputs {
        required {
            /// The VPC.
            vpc_id: VpcId { replace() },
            /// What the group is for.
            group_description: String { replace(), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name, unique in the VPC; generated where it is not set.
            group_name: String { replace(), lets_go(LetsGo::Free) },
            /// What may come in.
            ingress: Vec<Rule> {
                unordered(), opens(Grants::Network), default(Vec::<Value>::new()), lets_go(LetsGo::Emptied),
            },
            /// What may go out.
            egress: Vec<Rule> {
                unordered(), opens(Grants::Network), default(Vec::<Value>::new()), lets_go(LetsGo::Emptied),
            },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {}
        spec {
            exclusive: &[&["vpc_id", "group_name"]],
            generated_name: Some("group_name"),
            held: true,
            // Interfaces of functions that left it stay for 20 to 45 minutes, and longer.
            timing: Timing::new([3, 2, 3], [10, 10, 75]),
        }
    }
}
