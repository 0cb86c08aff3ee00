//! The network interfaces that Lambda keeps for functions in a VPC.
//!
//! There is one for each subnet and set of security groups, for all functions and published versions in them. Lambda
//! takes it away 20 to 45 minutes after the last of them has left, with the rights of that function's role
//! (aws-support-tools#174, aws-cdk#34400): a role that goes before leaves interfaces for good, and with them
//! the security group and the subnet. So a function leaves its VPC while it still stands, and goes when nothing is left.

use std::collections::BTreeSet;

use aws_sdk_lambda::types::{FunctionConfiguration, State, VpcConfig};
use finsight_engine::contract::{Failure, FailureClass, STACK_TAG, Target};
use finsight_engine::value::Map;

use super::versions::{self, number};
use crate::ec2::common::filter;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::session::Region;
use crate::values::Inputs;

/// How long it takes, in words.
const SOON: &str = "Lambda takes it away 20 to 45 minutes after the last function or version has left";

/// Where an interface is: a subnet, and security groups.
pub(crate) type Place = (String, BTreeSet<String>);

/// A network interface of Lambda's.
struct Interface {
    id: String,
    place: Place,
}

fn places(subnets: &[String], groups: &[String]) -> Vec<Place> {
    let groups: BTreeSet<String> = groups.iter().cloned().collect();
    subnets.iter().map(|subnet| (subnet.clone(), groups.clone())).collect()
}

/// The places of a function or version.
pub(crate) fn places_of(function: &FunctionConfiguration) -> Vec<Place> {
    let vpc = function.vpc_config();
    vpc.map(|vpc| places(vpc.subnet_ids(), vpc.security_group_ids())).unwrap_or_default()
}

/// Lambda's interfaces that a filter finds.
async fn interfaces(
    aws: &Region,
    name: &str,
    values: impl IntoIterator<Item = String>,
) -> Result<Vec<Interface>, Failure> {
    let call = aws.ec2().describe_network_interfaces().filters(filter(name, values));
    let mut pages = call.filters(filter("description", ["AWS Lambda VPC ENI-*"])).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("ec2:DescribeNetworkInterfaces", &error))?;
        found.extend(page.network_interfaces().iter().filter_map(|one| {
            let groups = one.groups().iter().filter_map(|group| group.group_id().map(str::to_owned));
            let place = (one.subnet_id()?.to_owned(), groups.collect());
            Some(Interface { id: one.network_interface_id()?.to_owned(), place })
        }));
    }
    Ok(found)
}

/// Every function and published version of the region that is in a VPC.
pub(crate) async fn in_a_vpc(aws: &Region) -> Result<Vec<FunctionConfiguration>, Failure> {
    let call = aws.lambda().list_functions().function_version(aws_sdk_lambda::types::FunctionVersion::All);
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("lambda:ListFunctions", &error))?;
        let functions = page.functions.unwrap_or_default();
        found.extend(functions.into_iter().filter(|function| !places_of(function).is_empty()));
    }
    Ok(found)
}

/// Takes a function that is to be deleted out of its VPC, with all its versions, and waits until Lambda has taken its
/// interfaces away. Where other functions are in the same place, they are theirs, and nothing is waited for.
///
/// # Errors
/// That it is blocked, as long as there is something to wait for; what AWS said.
pub async fn leave(aws: &Region, target: &Target, function: &FunctionConfiguration) -> Result<(), Failure> {
    let name = target.id.as_str();
    // What has failed takes no change, and its interfaces may never have come about.
    if function.state() == Some(&State::Failed) {
        return Ok(());
    }
    let published = versions::published(aws, name).await?;
    let mut left: BTreeSet<Place> =
        places(&target.inputs.texts("subnet_ids"), &target.inputs.texts("security_group_ids"))
            .into_iter()
            .collect();
    let frozen = published.iter().any(|version| !places_of(version).is_empty());
    left.extend(published.iter().chain([function]).flat_map(places_of));
    if left.is_empty() {
        return Ok(());
    }
    let subnets: BTreeSet<String> = left.iter().map(|(subnet, _)| subnet.clone()).collect();
    let mut standing = interfaces(aws, "subnet-id", subnets).await?;
    standing.retain(|one| left.contains(&one.place));
    let Some(first) = standing.first() else { return Ok(()) };
    if frozen || !places_of(function).is_empty() {
        return match detach(aws, name, &published).await {
            Ok(()) => Err(waits(name, &format!("it leaves its VPC; network interface {}: {SOON}", first.id))),
            Err(failure) if is_final(&failure) => Ok(()),
            Err(failure) => Err(failure),
        };
    }
    let others = in_a_vpc(aws).await?;
    let used: BTreeSet<Place> = others.iter().flat_map(places_of).collect();
    match standing.iter().find(|one| !used.contains(&one.place)) {
        Some(one) => Err(waits(name, &format!("network interface {} is left: {SOON}", one.id))),
        None => Ok(()),
    }
}

/// Versions hold interfaces as the function does, and aliases hold versions.
async fn detach(aws: &Region, name: &str, published: &[FunctionConfiguration]) -> Result<(), Failure> {
    for alias in versions::aliases(aws, name).await? {
        let call = aws.lambda().delete_alias().function_name(name).set_name(alias.name);
        absent_as_none(call.send().await.map_err(|error| refused("lambda:DeleteAlias", &error)))?;
    }
    for version in published {
        versions::delete(aws, name, version.version().unwrap_or_default()).await?;
    }
    let nowhere = VpcConfig::builder().set_subnet_ids(Some(Vec::new()));
    let nowhere = nowhere.set_security_group_ids(Some(Vec::new())).build();
    let call = aws.lambda().update_function_configuration().function_name(name).vpc_config(nowhere);
    call.send().await.map_err(|error| {
        let mut failure = refused("lambda:UpdateFunctionConfiguration", &error);
        // An update is under way, which in a VPC takes a while.
        if failure.class == FailureClass::Transient {
            failure.class = FailureClass::Blocked;
        }
        failure
    })?;
    Ok(())
}

/// Whether the function will never take the change: its role or key is gone, so nothing is gained by waiting.
fn is_final(failure: &Failure) -> bool {
    matches!(
        failure.class,
        FailureClass::Invalid | FailureClass::NotYet | FailureClass::Absent | FailureClass::Quota
    ) || failure.code.starts_with("KMS")
}

fn waits(name: &str, why: &str) -> Failure {
    let message = format!("{name} stands until its network is free, because its role has to: {why}");
    let mut failure = unexpected("lambda:DeleteFunction", &message);
    failure.class = FailureClass::Blocked;
    failure.code = "NetworkInterfaceInUse".to_owned();
    failure
}

/// Makes way where a security group or subnet cannot be deleted for Lambda's interfaces: published versions that no
/// alias stands for and that nothing calls any more go; says what is waited for.
pub(crate) async fn make_way(aws: &Region, target: &Target, by: &str, blocked: Failure) -> Failure {
    if blocked.class != FailureClass::Blocked {
        return blocked;
    }
    match vacated(aws, target, by).await {
        Ok(Some(why)) => Failure { message: format!("{}: {why}", blocked.message), ..blocked },
        // That it is blocked is certain, and the next try looks again.
        Ok(None) | Err(_) => blocked,
    }
}

async fn vacated(aws: &Region, target: &Target, by: &str) -> Result<Option<String>, Failure> {
    let standing = interfaces(aws, by, [target.id.clone()]).await?;
    let Some(one) = standing.first() else { return Ok(None) };
    let here = |function: &FunctionConfiguration| {
        let mut places = places_of(function).into_iter();
        places.any(|(subnet, groups)| subnet == target.id || groups.contains(&target.id))
    };
    let mut users = in_a_vpc(aws).await?;
    users.retain(here);
    let names: BTreeSet<&str> = users.iter().filter_map(|user| user.function_name()).collect();
    for name in names {
        let of = |user: &&FunctionConfiguration| user.function_name() == Some(name);
        if users.iter().filter(of).any(|user| number(user).is_none()) {
            return Ok(Some(format!("{name} (function) is in it, by network interface {}", one.id)));
        }
        if !is_ours(aws, name, target.urn.stack()).await? {
            return Ok(Some(format!(
                "a published version of {name} is in it, by network interface {}",
                one.id
            )));
        }
        let numbers = users.iter().filter(of).filter_map(number).collect();
        if let Some(why) = versions::retire(aws, name, &numbers).await? {
            return Ok(Some(why));
        }
    }
    Ok(Some(format!("network interface {} is left: {SOON}", one.id)))
}

async fn is_ours(aws: &Region, name: &str, stack: &str) -> Result<bool, Failure> {
    let call = aws.lambda().get_function().function_name(name).send().await;
    let answer = absent_as_none(call.map_err(|error| unread("lambda:GetFunction", &error)))?;
    Ok(answer.and_then(|answer| answer.tags?.remove(STACK_TAG)).is_some_and(|tag| tag == stack))
}

/// Whether a delete makes way for a successor, which takes over role and network: then it does not wait.
pub fn makes_way(inputs: &Map) -> bool {
    inputs.flag(finsight_engine::contract::MAKES_WAY).unwrap_or(false)
}
