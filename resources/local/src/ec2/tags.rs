//! Tags of EC2 resources.

use serde_json::{Value, json};

use super::describe::{filters, invalid_filter, matches, page};
use super::{
    Network, address, flow_log, internet_gateway, nat_gateway, route_table, security_group,
    security_group_rule, subnet, vpc, vpc_endpoint,
};
use crate::answer::{self, Answered, Refusal};
use crate::wire::query::Params;
use crate::world::{Context, Tags};

/// The most tags that a resource takes.
const LIMIT: usize = 50;

/// The tags that a create carries for what it creates.
pub(crate) fn inline(params: &Params, kind: &str) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for specification in params.list("TagSpecification") {
        let of = specification.required("ResourceType")?;
        if of != kind {
            return Err(Refusal::bad(
                "InvalidParameterValue",
                format!("'{of}' is not a valid taggable resource type for this operation."),
            ));
        }
        tags.extend(parse(&specification)?);
    }
    limited(&tags)?;
    Ok(tags)
}

fn parse(params: &Params) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in params.list("Tag") {
        let key = tag.text("Key").unwrap_or_default();
        if key.is_empty() || key.chars().count() > 127 {
            return Err(Refusal::bad("InvalidParameterValue", "Tag keys have 1 to 127 characters"));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Refusal::bad(
                "InvalidParameterValue",
                "Tag keys starting with 'aws:' are reserved for internal use",
            ));
        }
        let value = tag.text("Value").unwrap_or_default();
        if value.chars().count() > 256 {
            return Err(Refusal::bad("InvalidParameterValue", "Tag values have at most 256 characters"));
        }
        if tags.insert(key.clone(), value).is_some() {
            return Err(Refusal::bad(
                "InvalidParameterValue",
                format!("Duplicate tag key '{key}' specified."),
            ));
        }
    }
    Ok(tags)
}

fn limited(tags: &Tags) -> Result<(), Refusal> {
    if tags.len() > LIMIT {
        return Err(Refusal::bad("TagLimitExceeded", "The maximum number of tags on a resource is 50"));
    }
    Ok(())
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let ids = params.texts("ResourceId");
    let new = parse(params)?;
    let now = cx.now();
    let net = cx.network();
    for id in &ids {
        known(net, id, now)?;
        let mut merged = net.tags_of(id);
        merged.extend(new.clone());
        limited(&merged)?;
    }
    for id in ids {
        net.tags.entry(id).or_default().extend(new.clone());
    }
    Ok(answer::ec2_true("CreateTags"))
}

/// Without tags, all are removed; a tag with a value is removed only if it has that value.
pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let ids = params.texts("ResourceId");
    let named: Vec<(String, Option<String>)> =
        params.list("Tag").iter().map(|t| (t.text("Key").unwrap_or_default(), t.text("Value"))).collect();
    let now = cx.now();
    let net = cx.network();
    for id in &ids {
        known(net, id, now)?;
    }
    for id in ids {
        let Some(tags) = net.tags.get_mut(&id) else { continue };
        if named.is_empty() {
            tags.clear();
        }
        for (key, value) in &named {
            if value.as_ref().is_none_or(|v| tags.get(key) == Some(v)) {
                tags.remove(key);
            }
        }
    }
    Ok(answer::ec2_true("DeleteTags"))
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let filters = filters(params)?;
    let net = cx.network();
    let mut found = Vec::new();
    for (id, tags) in &net.tags {
        let kind = kind(id).unwrap_or_default();
        for (key, value) in tags {
            let mut passes = true;
            for (name, wanted) in &filters {
                let have = match name.as_str() {
                    "resource-id" => id,
                    "resource-type" => kind,
                    "key" | "tag-key" => key,
                    "value" | "tag-value" => value,
                    other => match other.strip_prefix("tag:") {
                        Some(of) if of == key => value,
                        Some(_) => "",
                        None => return Err(invalid_filter(name)),
                    },
                };
                passes &= wanted.iter().any(|pattern| matches(pattern, have));
            }
            if passes {
                found.push(json!({"resourceId": id, "resourceType": kind, "key": key, "value": value}));
            }
        }
    }
    let (found, next): (Vec<Value>, _) = page(found, params, Some((5, 1000)))?;
    Ok(answer::ec2("DescribeTags", json!({"tagSet": found, "nextToken": next})))
}

/// The type of a resource, from its id.
fn kind(id: &str) -> Option<&'static str> {
    Some(match id.split_once('-')?.0 {
        "vpc" => "vpc",
        "subnet" => "subnet",
        "igw" => "internet-gateway",
        "eipalloc" => "elastic-ip",
        "nat" => "natgateway",
        "rtb" => "route-table",
        "sg" => "security-group",
        "sgr" => "security-group-rule",
        "vpce" => "vpc-endpoint",
        "fl" => "vpc-flow-log",
        _ => return None,
    })
}

fn known(net: &Network, id: &str, now: i64) -> Result<(), Refusal> {
    let unknown = || Refusal::bad("InvalidID", format!("The ID '{id}' is not valid"));
    let (there, missing): (bool, fn(&str) -> Refusal) = match kind(id).ok_or_else(unknown)? {
        "vpc" => (net.vpcs.contains_key(id), vpc::missing),
        "subnet" => (net.subnets.contains_key(id), subnet::missing),
        "internet-gateway" => (net.internet_gateways.contains_key(id), internet_gateway::missing),
        "elastic-ip" => (net.addresses.contains_key(id), address::missing),
        "natgateway" => (net.nat_gateways.get(id).is_some_and(|n| n.listed(now)), nat_gateway::missing),
        "route-table" => (net.route_tables.contains_key(id), route_table::missing),
        "security-group" => (net.security_groups.contains_key(id), security_group::missing),
        "security-group-rule" => (net.rules.contains_key(id), security_group_rule::missing),
        "vpc-endpoint" => (net.endpoints.get(id).is_some_and(|e| !e.gone(now)), vpc_endpoint::missing),
        _ => (net.flow_logs.contains_key(id), flow_log::missing),
    };
    if there { Ok(()) } else { Err(missing(id)) }
}
