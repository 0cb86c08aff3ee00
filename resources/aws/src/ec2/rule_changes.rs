//! Changes of a security group's rules.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::SecurityGroupRule;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::{Map, Value};

use super::common::differs;
use super::rules::{Direction, Identity, identity, permission, rules_of, shape};
use crate::failure::refused;
use crate::session::Region;
use crate::values::Inputs;

/// Adds what is missing, then sets descriptions, then takes away what is too much.
///
/// It looks at the rules itself: it needs their ids, and what they are now.
pub async fn converge(aws: &Region, group: &str, desired: &Map, differing: &[String]) -> Result<(), Failure> {
    if !Direction::BOTH.iter().any(|direction| differs(differing, direction.property())) {
        return Ok(());
    }
    let standing = rules_of(aws, &[group]).await?.remove(group).unwrap_or_default();
    for direction in Direction::BOTH {
        if differs(differing, direction.property()) {
            converge_one(aws, group, direction, desired, &standing).await?;
        }
    }
    Ok(())
}

async fn converge_one(
    aws: &Region,
    group: &str,
    direction: Direction,
    desired: &Map,
    standing: &[SecurityGroupRule],
) -> Result<(), Failure> {
    let wanted = desired.get(direction.property()).and_then(Value::as_list).unwrap_or_default();
    let mut missing: BTreeMap<Identity, &Map> =
        wanted.iter().filter_map(Value::as_map).map(|rule| (identity(rule), rule)).collect();
    let mut described = Vec::new();
    let mut surplus = Vec::new();
    for rule in standing.iter().filter(|rule| direction.has(rule)) {
        let live = shape(rule);
        let id = rule.security_group_rule_id().unwrap_or_default();
        match missing.remove(&identity(&live)) {
            Some(wanted) if wanted.text("description") == live.text("description") => {}
            Some(wanted) => described.push(wanted),
            None => surplus.push(id.to_owned()),
        }
    }
    let missing: Vec<&Map> = missing.into_values().collect();
    match authorize(aws, group, direction, &missing).await {
        // The quota leaves no room for both the old and the new rules.
        Err(failure) if failure.class == FailureClass::Quota && !surplus.is_empty() => {
            revoke(aws, group, direction, std::mem::take(&mut surplus)).await?;
            authorize(aws, group, direction, &missing).await?;
        }
        done => done?,
    }
    describe(aws, group, direction, &described).await?;
    revoke(aws, group, direction, surplus).await
}

/// Adds rules in one call, or, as one that stands already fails them all, one by one.
async fn authorize(aws: &Region, group: &str, direction: Direction, rules: &[&Map]) -> Result<(), Failure> {
    if rules.is_empty() {
        return Ok(());
    }
    match authorize_all(aws, group, direction, rules).await {
        Err(failure) if failure.class == FailureClass::Exists => {
            for rule in rules {
                match authorize_all(aws, group, direction, &[rule]).await {
                    Err(failure) if failure.class == FailureClass::Exists => {}
                    done => done?,
                }
            }
            Ok(())
        }
        done => done,
    }
}

async fn authorize_all(
    aws: &Region,
    group: &str,
    direction: Direction,
    rules: &[&Map],
) -> Result<(), Failure> {
    let permissions = Some(rules.iter().map(|rule| permission(rule)).collect());
    match direction {
        Direction::Ingress => {
            let call = aws.ec2().authorize_security_group_ingress().group_id(group);
            let answer = call.set_ip_permissions(permissions).send().await;
            answer.map(drop).map_err(|error| refused("ec2:AuthorizeSecurityGroupIngress", &error))
        }
        Direction::Egress => {
            let call = aws.ec2().authorize_security_group_egress().group_id(group);
            let answer = call.set_ip_permissions(permissions).send().await;
            answer.map(drop).map_err(|error| refused("ec2:AuthorizeSecurityGroupEgress", &error))
        }
    }
}

/// Sets the descriptions of rules that stand; one left out is taken away.
async fn describe(aws: &Region, group: &str, direction: Direction, rules: &[&Map]) -> Result<(), Failure> {
    if rules.is_empty() {
        return Ok(());
    }
    let permissions = Some(rules.iter().map(|rule| permission(rule)).collect());
    match direction {
        Direction::Ingress => {
            let call = aws.ec2().update_security_group_rule_descriptions_ingress().group_id(group);
            let answer = call.set_ip_permissions(permissions).send().await;
            answer
                .map(drop)
                .map_err(|error| refused("ec2:UpdateSecurityGroupRuleDescriptionsIngress", &error))
        }
        Direction::Egress => {
            let call = aws.ec2().update_security_group_rule_descriptions_egress().group_id(group);
            let answer = call.set_ip_permissions(permissions).send().await;
            answer.map(drop).map_err(|error| refused("ec2:UpdateSecurityGroupRuleDescriptionsEgress", &error))
        }
    }
}

/// Takes rules away in one call, or, as one that is gone already fails them all, one by one.
async fn revoke(aws: &Region, group: &str, direction: Direction, rules: Vec<String>) -> Result<(), Failure> {
    if rules.is_empty() {
        return Ok(());
    }
    match revoke_all(aws, group, direction, rules.clone()).await {
        Err(failure) if is_missing_rule(&failure.code) => {
            for rule in rules {
                match revoke_all(aws, group, direction, vec![rule]).await {
                    Err(failure) if is_missing_rule(&failure.code) => {}
                    done => done?,
                }
            }
            Ok(())
        }
        done => done,
    }
}

async fn revoke_all(
    aws: &Region,
    group: &str,
    direction: Direction,
    rules: Vec<String>,
) -> Result<(), Failure> {
    match direction {
        Direction::Ingress => {
            let call = aws.ec2().revoke_security_group_ingress().group_id(group);
            let answer = call.set_security_group_rule_ids(Some(rules)).send().await;
            answer.map(drop).map_err(|error| refused("ec2:RevokeSecurityGroupIngress", &error))
        }
        Direction::Egress => {
            let call = aws.ec2().revoke_security_group_egress().group_id(group);
            let answer = call.set_security_group_rule_ids(Some(rules)).send().await;
            answer.map(drop).map_err(|error| refused("ec2:RevokeSecurityGroupEgress", &error))
        }
    }
}

fn is_missing_rule(code: &str) -> bool {
    code == "InvalidPermission.NotFound" || code.eq_ignore_ascii_case("InvalidSecurityGroupRuleId.NotFound")
}
