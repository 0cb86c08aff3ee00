//! What a security-group rule lets through, and how EC2 writes it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::cidr::{Cidr, canonical_v6};
use super::security_group::plain;
use super::security_group_rule::Rule;
use super::{Network, prefix_list, security_group};
use crate::answer::Refusal;
use crate::call::ACCOUNT;
use crate::wire::query::Params;

/// Where traffic comes from or goes to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Source {
    V4(String),
    V6(String),
    List(String),
    Group { id: String, user: String },
}

impl Source {
    pub(crate) fn group(&self) -> Option<&str> {
        match self {
            Source::Group { id, .. } => Some(id),
            _ => None,
        }
    }
}

/// Protocol, ports and source: two rules of a group with the same are duplicates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Traffic {
    pub protocol: String,
    pub from: Option<i32>,
    pub to: Option<i32>,
    pub source: Source,
}

impl Traffic {
    /// Everything from or to a source.
    pub(crate) fn all(source: Source) -> Traffic {
        Traffic { protocol: "-1".to_owned(), from: None, to: None, source }
    }

    /// The value that a group filter looks at: `None` for an unknown one, `Some(None)` for none.
    pub(crate) fn field(&self, name: &str) -> Option<Option<String>> {
        Some(match (name, &self.source) {
            ("protocol", _) => Some(self.protocol.clone()),
            ("from-port", _) => self.from.map(|p| p.to_string()),
            ("to-port", _) => self.to.map(|p| p.to_string()),
            ("cidr", Source::V4(cidr)) | ("ipv6-cidr", Source::V6(cidr)) => Some(cidr.clone()),
            ("prefix-list-id", Source::List(id)) | ("group-id", Source::Group { id, .. }) => Some(id.clone()),
            ("user-id", Source::Group { user, .. }) => Some(user.clone()),
            ("cidr" | "ipv6-cidr" | "prefix-list-id" | "group-id" | "user-id", _) => None,
            _ => return None,
        })
    }
}

/// Protocol and ports in EC2's form: names for the well-known numbers, no ports for "all".
pub(crate) fn ports(params: &Params) -> Result<(String, Option<i32>, Option<i32>), Refusal> {
    let protocol = params.required("IpProtocol")?.to_ascii_lowercase();
    let protocol = match protocol.as_str() {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        "all" => "-1",
        other => other,
    };
    let (from, to): (Option<i32>, Option<i32>) = (params.number("FromPort")?, params.number("ToPort")?);
    match protocol {
        "-1" => Ok((protocol.to_owned(), None, None)),
        "tcp" | "udp" => {
            let invalid = || {
                Refusal::bad(
                    "InvalidParameterValue",
                    "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.",
                )
            };
            let (from, to) = from.zip(to).ok_or_else(invalid)?;
            if from > to || !(0..=65535).contains(&from) || !(0..=65535).contains(&to) {
                let message = format!("Invalid value for portRange: {from}-{to}");
                return Err(Refusal::bad("InvalidParameterValue", message));
            }
            Ok((protocol.to_owned(), Some(from), Some(to)))
        }
        "icmp" | "icmpv6" => Ok((protocol.to_owned(), Some(from.unwrap_or(-1)), Some(to.unwrap_or(-1)))),
        other if other.parse::<u8>().is_ok() => Ok((other.to_owned(), None, None)),
        other => {
            let message = format!("Invalid value '{other}' for IP protocol. Unknown protocol.");
            Err(Refusal::bad("InvalidParameterValue", message))
        }
    }
}

pub(crate) fn v4(text: &str) -> Result<Source, Refusal> {
    let invalid = || Refusal::bad("InvalidParameterValue", format!("CIDR block {text} is malformed"));
    Cidr::parse(text).map(|c| Source::V4(c.to_string())).ok_or_else(invalid)
}

pub(crate) fn v6(text: &str) -> Result<Source, Refusal> {
    let invalid = || Refusal::bad("InvalidParameterValue", format!("CIDR block {text} is malformed"));
    canonical_v6(text).map(Source::V6).ok_or_else(invalid)
}

pub(crate) fn list(id: &str) -> Result<Source, Refusal> {
    if prefix_list::exists(id) {
        return Ok(Source::List(id.to_owned()));
    }
    Err(Refusal::bad("InvalidPrefixListId.NotFound", format!("The prefix list ID '{id}' does not exist")))
}

pub(crate) fn group(net: &Network, id: &str, user: Option<String>) -> Result<Source, Refusal> {
    if !net.security_groups.contains_key(id) {
        return Err(security_group::missing(id));
    }
    Ok(Source::Group { id: id.to_owned(), user: user.unwrap_or_else(|| ACCOUNT.to_owned()) })
}

/// The rules that `IpPermissions`, or the older flat parameters, ask for, with descriptions.
pub(crate) fn asked(net: &Network, params: &Params) -> Result<Vec<(Traffic, Option<String>)>, Refusal> {
    let mut permissions = params.list("IpPermissions");
    if permissions.is_empty() && params.has("IpProtocol") {
        let mut flat = params.fingerprint(&["CidrIp"]);
        if let Some(cidr) = params.text("CidrIp") {
            flat.push_str(&format!("&IpRanges.1.CidrIp={cidr}"));
        }
        permissions.push(Params::parse(&flat));
    }
    let mut found = Vec::new();
    for permission in &permissions {
        let (protocol, from, to) = ports(permission)?;
        let before = found.len();
        let mut add = |source: Source, item: &Params| -> Result<(), Refusal> {
            let description = item.text("Description").filter(|d| !d.is_empty());
            if let Some(text) = &description {
                plain("rule description", text)?;
            }
            found.push((Traffic { protocol: protocol.clone(), from, to, source }, description));
            Ok(())
        };
        for item in permission.list("IpRanges") {
            add(v4(&item.required("CidrIp")?)?, &item)?;
        }
        for item in permission.list("Ipv6Ranges") {
            add(v6(&item.required("CidrIpv6")?)?, &item)?;
        }
        for item in permission.list("PrefixListIds") {
            add(list(&item.required("PrefixListId")?)?, &item)?;
        }
        for item in permission.list("Groups") {
            add(group(net, &item.required("GroupId")?, item.filled("UserId"))?, &item)?;
        }
        if found.len() == before {
            return Err(Refusal::bad("MissingParameter", "A rule needs a source or destination"));
        }
    }
    Ok(found)
}

/// Rules as `IpPermissions`: those with the same protocol and ports share one entry.
pub(crate) fn merged(rules: &[&Rule]) -> Vec<Value> {
    type Ports<'a> = (&'a str, Option<i32>, Option<i32>);
    let mut groups: Vec<(Ports<'_>, Vec<&Rule>)> = Vec::new();
    for rule in rules {
        let key = (rule.traffic.protocol.as_str(), rule.traffic.from, rule.traffic.to);
        match groups.iter_mut().find(|(k, _)| *k == key) {
            Some((_, members)) => members.push(rule),
            None => groups.push((key, vec![rule])),
        }
    }
    groups.into_iter().map(|((protocol, from, to), members)| one(protocol, from, to, &members)).collect()
}

fn one(protocol: &str, from: Option<i32>, to: Option<i32>, rules: &[&Rule]) -> Value {
    let (mut v4, mut v6, mut lists, mut groups) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for rule in rules {
        let description = &rule.description;
        match &rule.traffic.source {
            Source::V4(cidr) => v4.push(json!({"cidrIp": cidr, "description": description})),
            Source::V6(cidr) => v6.push(json!({"cidrIpv6": cidr, "description": description})),
            Source::List(id) => lists.push(json!({"prefixListId": id, "description": description})),
            Source::Group { id, user } => {
                groups.push(json!({"groupId": id, "userId": user, "description": description}));
            }
        }
    }
    json!({
        "ipProtocol": protocol, "fromPort": from, "toPort": to,
        "ipRanges": v4, "ipv6Ranges": v6, "prefixListIds": lists, "groups": groups,
    })
}
