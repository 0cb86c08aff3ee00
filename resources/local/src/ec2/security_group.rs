//! Security groups.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::describe::{Described, Listing, View, describe as list, tag_set};
use super::permission::{Source, Traffic};
use super::security_group_rule::Rule;
use super::{Network, interface, new_id, permission, tags, vpc};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::wire::query::Params;
use crate::world::Context;

/// A security group; its rules stand beside it, by their ids.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SecurityGroup {
    pub id: String,
    pub vpc: String,
    pub name: String,
    description: String,
}

pub(crate) fn missing(id: &str) -> Refusal {
    Refusal::bad("InvalidGroup.NotFound", format!("The security group '{id}' does not exist"))
}

impl SecurityGroup {
    /// The group that every VPC has, with AWS's rules.
    pub(crate) fn default_of(vpc: &str) -> (SecurityGroup, [Rule; 2]) {
        let group = SecurityGroup {
            id: new_id("sg"),
            vpc: vpc.to_owned(),
            name: "default".to_owned(),
            description: "default VPC security group".to_owned(),
        };
        let within = Traffic::all(Source::Group { id: group.id.clone(), user: ACCOUNT.to_owned() });
        let rules = [Rule::new(&group.id, false, within, None), Rule::all_egress(&group.id)];
        (group, rules)
    }

    pub(crate) fn is_default(&self) -> bool {
        self.name == "default"
    }

    fn rules<'a>(&'a self, net: &'a Network) -> impl Iterator<Item = &'a Rule> {
        net.rules.values().filter(|r| r.group == self.id)
    }
}

impl Network {
    /// Removes a group with its rules and tags.
    pub(crate) fn forget_group(&mut self, id: &str) {
        let rules: Vec<String> =
            self.rules.values().filter(|r| r.group == id).map(|r| r.id.clone()).collect();
        for rule in rules {
            self.rules.remove(&rule);
            self.tags.remove(&rule);
        }
        self.security_groups.remove(id);
        self.tags.remove(id);
    }
}

impl Described for SecurityGroup {
    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, filter: &str, view: &View<'_>) -> Option<Vec<String>> {
        let one = |value: &str| Some(vec![value.to_owned()]);
        match filter {
            "group-id" => one(&self.id),
            "group-name" => one(&self.name),
            "vpc-id" => one(&self.vpc),
            "description" => one(&self.description),
            "owner-id" => one(ACCOUNT),
            _ => {
                let (egress, rest) = match filter.strip_prefix("egress.ip-permission.") {
                    Some(rest) => (true, rest),
                    None => (false, filter.strip_prefix("ip-permission.")?),
                };
                let rules = self.rules(view.net).filter(|r| r.egress == egress);
                let values: Option<Vec<Option<String>>> = rules.map(|r| r.traffic.field(rest)).collect();
                Some(values?.into_iter().flatten().collect())
            }
        }
    }

    fn render(&self, view: &View<'_>) -> Value {
        let of = |egress: bool| {
            let rules: Vec<&Rule> = self.rules(view.net).filter(|r| r.egress == egress).collect();
            permission::merged(&rules)
        };
        json!({
            "groupId": self.id,
            "groupName": self.name,
            "groupDescription": self.description,
            "vpcId": self.vpc,
            "ownerId": ACCOUNT,
            "securityGroupArn": view.arn("security-group", &self.id),
            "ipPermissions": of(false),
            "ipPermissionsEgress": of(true),
            "tagSet": tag_set(view.net, &self.id),
        })
    }
}

/// Characters that names and descriptions may have besides letters and digits.
const MARKS: &str = " ._-:/()#,@[]+=&;{}!$*";

/// Refuses text that EC2 does not take for names and descriptions: more than 255 characters, or
/// any outside ASCII.
pub(crate) fn plain(what: &str, text: &str) -> Result<(), Refusal> {
    if text.chars().count() <= 255 && text.chars().all(|c| c.is_ascii_alphanumeric() || MARKS.contains(c)) {
        return Ok(());
    }
    Err(Refusal::bad(
        "InvalidParameterValue",
        format!(
            "Invalid {what}. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{{}}!$*"
        ),
    ))
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let tags = tags::inline(params, "security-group")?;
    let name = params.required("GroupName")?;
    // The wire name of the description is not that of the answer.
    let description = params.filled("GroupDescription").or_else(|| params.filled("Description"));
    let description = description.ok_or_else(|| Refusal::missing("GroupDescription"))?;
    plain("security group description", &description)?;
    plain("security group name", &name)?;
    let vpc_id = params.filled("VpcId");
    let (now, region) = (cx.now(), cx.region().to_owned());
    let net = cx.network();
    let no_default = || Refusal::bad("VPCIdNotSpecified", "No default VPC for this user");
    let vpc_id = vpc_id.ok_or_else(no_default)?;
    if !net.vpcs.contains_key(&vpc_id) {
        return Err(vpc::missing(&vpc_id));
    }
    if name.eq_ignore_ascii_case("default") {
        let message = format!("Cannot use reserved security group name: {name}");
        return Err(Refusal::bad("InvalidParameterValue", message));
    }
    if name.starts_with("sg-") {
        let message = format!(
            "Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
        );
        return Err(Refusal::bad("InvalidParameterValue", message));
    }
    if net.security_groups.values().any(|g| g.vpc == vpc_id && g.name == name) {
        let message = format!("The security group '{name}' already exists for VPC '{vpc_id}'");
        return Err(Refusal::bad("InvalidGroup.Duplicate", message));
    }
    let group = SecurityGroup { id: new_id("sg"), vpc: vpc_id, name, description };
    let egress = Rule::all_egress(&group.id);
    net.rules.insert(egress.id.clone(), egress);
    net.tags.insert(group.id.clone(), tags);
    net.security_groups.insert(group.id.clone(), group.clone());
    let view = View { net, now, region: &region };
    let body = json!({
        "return": true,
        "groupId": group.id,
        "securityGroupArn": view.arn("security-group", &group.id),
        "tagSet": tag_set(net, &group.id),
    });
    Ok(answer::ec2("CreateSecurityGroup", body))
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    const LISTING: Listing =
        Listing { ids: "GroupId", set: "securityGroupInfo", missing: Some(missing), page: Some((5, 1000)) };
    cx.network();
    let net = &cx.world.ec2[cx.region()];
    let names = params.texts("GroupName");
    if let Some(unknown) = names.iter().find(|n| !net.security_groups.values().any(|g| g.name == **n)) {
        return Err(missing(unknown));
    }
    let view = View { net, now: cx.now(), region: cx.region() };
    let chosen = net.security_groups.values().filter(|g| names.is_empty() || names.contains(&g.name));
    list(cx, &view, params, &LISTING, chosen)
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = match params.filled("GroupId") {
        Some(id) => id,
        None => params.required("GroupName")?,
    };
    let group = cx.network().security_groups.get(&id).ok_or_else(|| missing(&id))?;
    if group.is_default() {
        let message = format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user");
        return Err(Refusal::bad("CannotDelete", message));
    }
    let in_use = interface::all(cx.world, cx.region(), cx.now()).iter().any(|i| i.groups.contains(&id));
    let net = cx.network();
    let referenced =
        net.rules.values().any(|r| r.group != id && r.traffic.source.group() == Some(id.as_str()));
    if in_use || referenced {
        return Err(Refusal::bad("DependencyViolation", format!("resource {id} has a dependent object")));
    }
    net.forget_group(&id);
    Ok(answer::ec2("DeleteSecurityGroup", json!({"return": true, "groupId": id})))
}
