//! Security-group rules, each with an id of its own.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::describe::{Described, Listing, View, describe as list_all, tag_set};
use super::permission::{self, Source, Traffic, asked};
use super::security_group::plain;
use super::{Network, new_id, security_group, tags};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::wire::query::Params;
use crate::world::Context;

/// A rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub id: String,
    pub group: String,
    pub egress: bool,
    pub traffic: Traffic,
    pub description: Option<String>,
}

pub(crate) fn missing(id: &str) -> Refusal {
    let message = format!("The security group rule ID '{id}' does not exist");
    Refusal::bad("InvalidSecurityGroupRuleId.NotFound", message)
}

impl Rule {
    pub(crate) fn new(group: &str, egress: bool, traffic: Traffic, description: Option<String>) -> Rule {
        Rule { id: new_id("sgr"), group: group.to_owned(), egress, traffic, description }
    }

    /// The rule that AWS gives each new group.
    pub(crate) fn all_egress(group: &str) -> Rule {
        Rule::new(group, true, Traffic::all(Source::V4("0.0.0.0/0".to_owned())), None)
    }
}

impl Described for Rule {
    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, filter: &str, _: &View<'_>) -> Option<Vec<String>> {
        match filter {
            "group-id" => Some(vec![self.group.clone()]),
            "security-group-rule-id" => Some(vec![self.id.clone()]),
            _ => None,
        }
    }

    fn render(&self, view: &View<'_>) -> Value {
        let source = &self.traffic.source;
        let referenced = match source {
            Source::Group { id, user } => Some(json!({
                "groupId": id, "userId": user, "vpcId": view.net.security_groups.get(id).map(|g| g.vpc.clone()),
            })),
            _ => None,
        };
        json!({
            "securityGroupRuleId": self.id,
            "securityGroupRuleArn": view.arn("security-group-rule", &self.id),
            "groupId": self.group,
            "groupOwnerId": ACCOUNT,
            "isEgress": self.egress,
            "ipProtocol": self.traffic.protocol,
            "fromPort": self.traffic.from.unwrap_or(-1),
            "toPort": self.traffic.to.unwrap_or(-1),
            "cidrIpv4": match source { Source::V4(cidr) => Some(cidr), _ => None },
            "cidrIpv6": match source { Source::V6(cidr) => Some(cidr), _ => None },
            "prefixListId": match source { Source::List(id) => Some(id), _ => None },
            "referencedGroupInfo": referenced,
            "description": self.description,
            "tagSet": tag_set(view.net, &self.id),
        })
    }
}

/// The group that a call names.
fn group_of(net: &Network, params: &Params) -> Result<String, Refusal> {
    let id = params.required("GroupId")?;
    if net.security_groups.contains_key(&id) { Ok(id) } else { Err(security_group::missing(&id)) }
}

/// The rules of a group in one direction, as the quota counts them: those for IPv4 and for IPv6 apart, those that name a
/// group or a prefix list with both.
pub(super) fn weight(net: &Network, group: &str, egress: bool) -> usize {
    let rules = || net.rules.values().filter(|rule| rule.group == group && rule.egress == egress);
    let v4 = rules().filter(|rule| !matches!(rule.traffic.source, Source::V6(_))).count();
    let v6 = rules().filter(|rule| !matches!(rule.traffic.source, Source::V4(_))).count();
    v4.max(v6)
}

pub(crate) fn authorize_ingress(cx: &mut Context<'_>, params: &Params) -> Answered {
    authorize(cx, params, false)
}

pub(crate) fn authorize_egress(cx: &mut Context<'_>, params: &Params) -> Answered {
    authorize(cx, params, true)
}

/// Adds all rules or, if one is a duplicate, none.
fn authorize(cx: &mut Context<'_>, params: &Params, egress: bool) -> Answered {
    let tags = tags::inline(params, "security-group-rule")?;
    let (now, region) = (cx.now(), cx.region().to_owned());
    let net = cx.network();
    let group = group_of(net, params)?;
    let wanted = asked(net, params)?;
    if wanted.is_empty() {
        return Err(Refusal::missing("IpPermissions"));
    }
    for (i, (traffic, _)) in wanted.iter().enumerate() {
        let stands = find(net, &group, egress, traffic).is_some();
        if stands || wanted[..i].iter().any(|(other, _)| other == traffic) {
            let message = format!("the specified rule \"{}\" already exists", words(traffic));
            return Err(Refusal::bad("InvalidPermission.Duplicate", message));
        }
    }
    let made: Vec<Rule> = wanted
        .into_iter()
        .map(|(traffic, description)| Rule::new(&group, egress, traffic, description))
        .collect();
    for rule in &made {
        net.rules.insert(rule.id.clone(), rule.clone());
        net.tags.insert(rule.id.clone(), tags.clone());
    }
    let view = View { net, now, region: &region };
    let rendered: Vec<Value> = made.iter().map(|r| r.render(&view)).collect();
    Ok(answer::ec2(&cx.call.operation, json!({"return": true, "securityGroupRuleSet": rendered})))
}

fn find(net: &Network, group: &str, egress: bool, traffic: &Traffic) -> Option<String> {
    net.rules
        .values()
        .find(|r| r.group == group && r.egress == egress && r.traffic == *traffic)
        .map(|r| r.id.clone())
}

fn words(traffic: &Traffic) -> String {
    let source = match &traffic.source {
        Source::V4(text) | Source::V6(text) | Source::List(text) => text,
        Source::Group { id, .. } => id,
    };
    let ports = traffic.from.zip(traffic.to).map(|(f, t)| format!(", from port: {f}, to port: {t}"));
    format!("peer: {source}, {}{}, ALLOW", traffic.protocol, ports.unwrap_or_default())
}

pub(crate) fn revoke_ingress(cx: &mut Context<'_>, params: &Params) -> Answered {
    revoke(cx, params, false)
}

pub(crate) fn revoke_egress(cx: &mut Context<'_>, params: &Params) -> Answered {
    revoke(cx, params, true)
}

fn revoke(cx: &mut Context<'_>, params: &Params, egress: bool) -> Answered {
    let net = cx.network();
    let group = group_of(net, params)?;
    let mut ids = params.texts("SecurityGroupRuleId");
    for id in &ids {
        net.rules.get(id).filter(|r| r.group == group && r.egress == egress).ok_or_else(|| missing(id))?;
    }
    for (traffic, _) in asked(net, params)? {
        let found = find(net, &group, egress, &traffic).ok_or_else(|| {
            Refusal::bad(
                "InvalidPermission.NotFound",
                "The specified rule does not exist in this security group.",
            )
        })?;
        ids.push(found);
    }
    if ids.is_empty() {
        return Err(Refusal::missing("IpPermissions"));
    }
    let mut revoked = Vec::new();
    for id in ids {
        net.tags.remove(&id);
        if let Some(rule) = net.rules.remove(&id) {
            revoked.push(json!({
                "securityGroupRuleId": rule.id, "groupId": rule.group, "isEgress": rule.egress,
                "ipProtocol": rule.traffic.protocol,
                "fromPort": rule.traffic.from.unwrap_or(-1), "toPort": rule.traffic.to.unwrap_or(-1),
                "description": rule.description,
            }));
        }
    }
    let body = json!({"return": true, "revokedSecurityGroupRuleSet": revoked});
    Ok(answer::ec2(&cx.call.operation, body))
}

/// Changes rules in place, keeping their ids.
pub(crate) fn modify(cx: &mut Context<'_>, params: &Params) -> Answered {
    let net = cx.network();
    let group = group_of(net, params)?;
    let mut changed = Vec::new();
    for update in params.list("SecurityGroupRule") {
        let id = update.required("SecurityGroupRuleId")?;
        let rule = net.rules.get(&id).filter(|r| r.group == group).ok_or_else(|| missing(&id))?;
        let wish = update.below("SecurityGroupRule");
        let (protocol, from, to) = permission::ports(&wish)?;
        let source = source_of(net, &wish)?;
        let traffic = Traffic { protocol, from, to, source };
        if find(net, &group, rule.egress, &traffic).is_some_and(|other| other != id) {
            let message = format!("the specified rule \"{}\" already exists", words(&traffic));
            return Err(Refusal::bad("InvalidPermission.Duplicate", message));
        }
        let description = wish.filled("Description");
        if let Some(text) = &description {
            plain("rule description", text)?;
        }
        changed.push(Rule { traffic, description, ..rule.clone() });
    }
    for rule in changed {
        net.rules.insert(rule.id.clone(), rule);
    }
    Ok(answer::ec2_true("ModifySecurityGroupRules"))
}

fn source_of(net: &Network, wish: &Params) -> Result<Source, Refusal> {
    if let Some(cidr) = wish.filled("CidrIpv4") {
        return permission::v4(&cidr);
    }
    if let Some(cidr) = wish.filled("CidrIpv6") {
        return permission::v6(&cidr);
    }
    if let Some(id) = wish.filled("PrefixListId") {
        return permission::list(&id);
    }
    permission::group(net, &wish.required("ReferencedGroupId")?, None)
}

/// Filters are `group-id`, `security-group-rule-id` and those on tags.
pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    const LISTING: Listing = Listing {
        ids: "SecurityGroupRuleId",
        set: "securityGroupRuleSet",
        missing: Some(missing),
        page: Some((5, 1000)),
    };
    cx.network();
    let net = &cx.world.ec2[cx.region()];
    let view = View { net, now: cx.now(), region: cx.region() };
    list_all(cx, &view, params, &LISTING, net.rules.values())
}

pub(crate) fn redescribe_ingress(cx: &mut Context<'_>, params: &Params) -> Answered {
    redescribe(cx, params, false)
}

pub(crate) fn redescribe_egress(cx: &mut Context<'_>, params: &Params) -> Answered {
    redescribe(cx, params, true)
}

fn redescribe(cx: &mut Context<'_>, params: &Params, egress: bool) -> Answered {
    let net = cx.network();
    let group = group_of(net, params)?;
    let mut changes: Vec<(String, Option<String>)> = Vec::new();
    for item in params.list("SecurityGroupRuleDescription") {
        let id = item.required("SecurityGroupRuleId")?;
        net.rules.get(&id).filter(|r| r.group == group && r.egress == egress).ok_or_else(|| missing(&id))?;
        changes.push((id, item.filled("Description")));
    }
    for (traffic, description) in asked(net, params)? {
        let id = find(net, &group, egress, &traffic).ok_or_else(|| {
            Refusal::bad(
                "InvalidPermission.NotFound",
                "The specified rule does not exist in this security group.",
            )
        })?;
        changes.push((id, description));
    }
    for (_, text) in &changes {
        plain("rule description", text.as_deref().unwrap_or_default())?;
    }
    for (id, description) in changes {
        net.rules.entry(id).and_modify(|r| r.description = description);
    }
    Ok(answer::ec2_true(&cx.call.operation))
}
