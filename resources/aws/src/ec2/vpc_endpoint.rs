//! `aws:ec2:VpcEndpoint`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_ec2::types::{self, ResourceType, VpcEndpointType};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Standing, Target};
use finsight_engine::normal::same;
use finsight_engine::schema::Equality;
use finsight_engine::value::{Map, Value};

use super::common::{
    FILTER_VALUES, by_id, by_owner, converge_tags, delete_failure, differs, filter, on_delete, owned,
    tag_pairs, tag_specifications,
};
use crate::document::{from_text, to_text};
use crate::failure::{refused, reported, unexpected, unread};
use crate::handler::{Deleted, Handler, standing_as};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The properties that one ModifyVpcEndpoint call changes.
const MODIFIED: [&str; 5] =
    ["route_table_ids", "subnet_ids", "security_group_ids", "private_dns_enabled", "policy_document"];

/// How EC2 says that it does not find one.
const OWN: &[&str] = &["InvalidVpcEndpoint"];

/// The handler of `aws:ec2:VpcEndpoint`, gateway and interface.
pub struct VpcEndpoint;

#[async_trait]
impl Handler for VpcEndpoint {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(FILTER_VALUES) {
            live.extend(described(aws, vec![by_id("vpc-endpoint-id", batch)]).await?);
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        // Not by DescribeTags: a deleted endpoint may keep its tags for a while.
        Ok(owned(owner, &described(aws, vec![by_owner(owner)]).await?))
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let kind = VpcEndpointType::from(inputs.text("vpc_endpoint_type").unwrap_or("Gateway"));
        let list = |name: &str| Some(inputs.texts(name)).filter(|ids| !ids.is_empty());
        let answer = aws
            .ec2()
            .create_vpc_endpoint()
            .vpc_id(inputs.required("vpc_id")?)
            .service_name(inputs.required("service_name")?)
            .set_route_table_ids(list("route_table_ids"))
            .set_subnet_ids(list("subnet_ids"))
            .set_security_group_ids(list("security_group_ids"))
            // Only interface endpoints take it, and for them AWS assumes true.
            .set_private_dns_enabled(
                inputs.flag("private_dns_enabled").filter(|_| kind == VpcEndpointType::Interface),
            )
            .set_policy_document(
                inputs.get("policy_document").filter(|policy| !policy.is_null()).map(to_text),
            )
            .vpc_endpoint_type(kind)
            .set_tag_specifications(tag_specifications(ResourceType::VpcEndpoint, inputs))
            .client_token(owner.as_str())
            .send()
            .await
            .map_err(|error| refused("ec2:CreateVpcEndpoint", &error))?;
        answer
            .vpc_endpoint()
            .and_then(|endpoint| endpoint.vpc_endpoint_id())
            .map(str::to_owned)
            .ok_or_else(|| unexpected("ec2:CreateVpcEndpoint", "the answer has no endpoint id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if MODIFIED.iter().any(|name| differs(differing, name)) {
            modify(aws, &target.id, &live.properties, desired, differing).await?;
        }
        converge_tags(aws, &target.id, &live.properties, desired, differing).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let answer = aws
            .ec2()
            .delete_vpc_endpoints()
            .vpc_endpoint_ids(&target.id)
            .send()
            .await
            .map_err(|error| delete_failure("ec2:DeleteVpcEndpoints", OWN, &error))?;
        match answer.unsuccessful().iter().find_map(|item| item.error()) {
            Some(error) => {
                Err(on_delete(reported("ec2:DeleteVpcEndpoints", error.code(), error.message()), OWN))
            }
            None => Ok(Deleted::Pending),
        }
    }

    /// Who has a route table's way to the service, or the service's private name in the VPC.
    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        let tables = inputs.texts("route_table_ids");
        let named = |map: &Map| map.flag("private_dns_enabled") == Some(true);
        let shares = |live: &&Live| {
            let theirs = live.properties.texts("route_table_ids");
            theirs.iter().any(|table| tables.contains(table)) || (named(inputs) && named(&live.properties))
        };
        let place = vec![
            filter("vpc-id", [inputs.required("vpc_id")?]),
            filter("service-name", [inputs.required("service_name")?]),
        ];
        Ok(described(aws, place).await?.iter().filter(shares).map(standing_as).collect())
    }
}

/// Adds and removes in one call; what does not differ is not named.
async fn modify(
    aws: &Region,
    id: &str,
    live: &Map,
    desired: &Map,
    differing: &[String],
) -> Result<(), Failure> {
    // What `one` has and `other` has not, for a property that differs.
    let beyond = |name: &str, one: &Map, other: &Map| {
        let known = other.texts(name);
        let ids: Vec<String> = one.texts(name).into_iter().filter(|id| !known.contains(id)).collect();
        Some(ids).filter(|ids| differs(differing, name) && !ids.is_empty())
    };
    let added = |name: &str| beyond(name, desired, live);
    let removed = |name: &str| beyond(name, live, desired);
    let (subnets_in, subnets_out) =
        by_zone(aws, added("subnet_ids").unwrap_or_default(), removed("subnet_ids").unwrap_or_default())
            .await?;
    let some = |ids: Vec<String>| Some(ids).filter(|ids| !ids.is_empty());
    let policy = differs(differing, "policy_document")
        .then(|| desired.get("policy_document").filter(|policy| !policy.is_null()).map(to_text));
    let private_dns = desired.flag("private_dns_enabled");
    aws.ec2()
        .modify_vpc_endpoint()
        .vpc_endpoint_id(id)
        .set_add_route_table_ids(added("route_table_ids"))
        .set_remove_route_table_ids(removed("route_table_ids"))
        .set_add_subnet_ids(some(subnets_in))
        .set_remove_subnet_ids(some(subnets_out))
        .set_add_security_group_ids(added("security_group_ids"))
        .set_remove_security_group_ids(removed("security_group_ids"))
        .set_private_dns_enabled(private_dns.filter(|_| differs(differing, "private_dns_enabled")))
        .set_reset_policy(matches!(policy, Some(None)).then_some(true))
        .set_policy_document(policy.flatten())
        .send()
        .await
        .map_err(|error| refused("ec2:ModifyVpcEndpoint", &error))?;
    Ok(())
}

/// The subnets that the next call adds and removes: an endpoint stands in one subnet of a zone, so one makes way before
/// another of its zone comes, zone after zone (DuplicateSubnetsInSameZone, terraform-aws-vpc#583).
async fn by_zone(
    aws: &Region,
    added: Vec<String>,
    removed: Vec<String>,
) -> Result<(Vec<String>, Vec<String>), Failure> {
    if added.is_empty() || removed.is_empty() {
        return Ok((added, removed));
    }
    let all: Vec<&String> = added.iter().chain(&removed).collect();
    let mut zones = BTreeMap::new();
    let mut pages = aws.ec2().describe_subnets().filters(filter("subnet-id", all)).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("ec2:DescribeSubnets", &error))?;
        for subnet in page.subnets.unwrap_or_default() {
            zones.extend(subnet.subnet_id.zip(subnet.availability_zone));
        }
    }
    Ok(step(&zones, added, removed))
}

/// First what is free, then one that makes way.
fn step(
    zones: &BTreeMap<String, String>,
    added: Vec<String>,
    removed: Vec<String>,
) -> (Vec<String>, Vec<String>) {
    let shares = |one: &String, others: &[String]| {
        others.iter().any(|other| zones.contains_key(one) && zones.get(one) == zones.get(other))
    };
    let free: Vec<String> = added.iter().filter(|id| !shares(id, &removed)).cloned().collect();
    if !free.is_empty() {
        return (free, Vec::new());
    }
    let in_the_way = removed.iter().find(|id| shares(id, &added)).cloned();
    (Vec::new(), in_the_way.map_or(removed, |id| vec![id]))
}

/// The endpoints that a filter lets through, without the deleted ones, which EC2 goes on listing.
async fn described(aws: &Region, filters: Vec<types::Filter>) -> Result<Vec<Live>, Failure> {
    let mut pages = aws.ec2().describe_vpc_endpoints().set_filters(Some(filters)).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("ec2:DescribeVpcEndpoints", &error))?;
        found.extend(page.vpc_endpoints().iter().filter_map(live));
    }
    Ok(found)
}

/// Whether a policy is the one that stands where none is set: everybody may do everything.
fn is_open(policy: &Value) -> bool {
    let open = Value::from_plain_json(&serde_json::json!({
        "Version": "2008-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    }));
    let newer = Value::from_plain_json(&serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    }));
    [open, newer].iter().any(|one| same(Equality::Policy, policy, one))
}

fn live(endpoint: &types::VpcEndpoint) -> Option<Live> {
    // The model writes states with a capital, EC2 without.
    let state = endpoint.state().map(|state| state.as_str().to_ascii_lowercase());
    let health = match state.as_deref() {
        Some("deleted") => return None,
        Some("available") | None => Health::Ready,
        Some("deleting") => Health::Deleting("deleting".to_owned()),
        Some(state @ ("failed" | "rejected" | "expired")) => {
            let reason = endpoint.last_error().and_then(|error| error.message());
            let reason = reason.or(endpoint.failure_reason()).unwrap_or("no reason given");
            Health::Failed(format!("{state}: {reason}"))
        }
        Some(state) => Health::Pending(state.to_owned()),
    };
    let interface = endpoint.vpc_endpoint_type() == Some(&VpcEndpointType::Interface);
    let groups: Vec<&str> = endpoint.groups().iter().filter_map(|group| group.group_id()).collect();
    let properties = Values::new()
        .set("vpc_id", endpoint.vpc_id())
        .set("service_name", endpoint.service_name())
        .set("vpc_endpoint_type", endpoint.vpc_endpoint_type().map(VpcEndpointType::as_str))
        .list("route_table_ids", endpoint.route_table_ids())
        .list("subnet_ids", endpoint.subnet_ids())
        .list("security_group_ids", groups)
        // Of a gateway endpoint it means nothing.
        .set("private_dns_enabled", interface && endpoint.private_dns_enabled().unwrap_or_default())
        .set("policy_document", endpoint.policy_document().map(from_text).filter(|policy| !is_open(policy)))
        .tags(tag_pairs(endpoint.tags()));
    Some(Live {
        id: endpoint.vpc_endpoint_id().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: Map::new(),
        health,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// H22: subnets of one zone are never in one call, and what is free comes first.
    #[test]
    fn one_makes_way_before_the_other_of_its_zone_comes() {
        let pairs = [("old-a", "a"), ("old-c", "c"), ("new-a", "a"), ("new-c", "c"), ("new-d", "d")];
        let zones: BTreeMap<String, String> =
            pairs.iter().map(|(id, zone)| ((*id).to_owned(), (*zone).to_owned())).collect();
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let next = |added: &[&str], removed: &[&str]| step(&zones, ids(added), ids(removed));
        assert_eq!(next(&["new-a", "new-c", "new-d"], &["old-a", "old-c"]), (ids(&["new-d"]), ids(&[])));
        assert_eq!(next(&["new-a", "new-c"], &["old-a", "old-c"]), (ids(&[]), ids(&["old-a"])));
        assert_eq!(next(&["new-a", "new-c"], &["old-c"]), (ids(&["new-a"]), ids(&[])));
        assert_eq!(next(&["new-c"], &["old-c"]), (ids(&[]), ids(&["old-c"])));
        assert_eq!(next(&["new-d"], &["old-c"]), (ids(&["new-d"]), ids(&[])));
    }
}
