//! What carries a stack's tag and is not on record.
//!
//! EC2 lists its own tags, IAM its own, and the Tagging API those of all other services: a few calls a region. The
//! lists know what is gone already and what waits for its end, so what they name is read before it counts.

use finsight_engine::contract::{Failure, Health, Reading, STACK_TAG, Target};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use crate::arn::of_arn;
use crate::failure::{absent_as_none, unexpected, unread};
use crate::handler::{Handlers, handlers};
use crate::session::{Region, Session};

/// A live resource that carries a stack's tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tagged {
    /// Its type, as far as it is one of ours.
    pub type_name: String,
    /// Its physical id, where its ARN tells it; else the ARN.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The region that lists it.
    pub region: String,
}

impl Tagged {
    fn of(arn: &str, region: &str) -> Self {
        let (type_name, id) = of_arn(arn);
        Self { type_name, id, arn: arn.to_owned(), region: region.to_owned() }
    }

    /// Whether it is the resource with this id, region and outputs on record.
    #[must_use]
    pub fn is(&self, id: &str, region: &str, outputs: &Map) -> bool {
        // What is the account's, or the world's, has no region in its ARN.
        let anywhere = self.arn.split(':').nth(3).is_none_or(str::is_empty);
        (anywhere || region == self.region)
            && (id == self.id
                || id == self.arn
                || outputs.get("arn").and_then(Value::as_text).is_some_and(|arn| arn == self.arn))
    }
}

/// What stands in these regions with the stack's tag, global things included, and is not known to the caller.
///
/// # Errors
/// What AWS said.
pub async fn strangers(
    session: &Session,
    regions: &[&str],
    stack: &str,
    known: &(dyn Fn(&Tagged) -> bool + Sync),
) -> Result<Vec<Tagged>, Failure> {
    // Where global services list theirs.
    let mut regions: Vec<&str> = regions.iter().copied().chain(["us-east-1"]).collect();
    regions.sort_unstable();
    regions.dedup();
    let mut found = Vec::new();
    for name in regions {
        let region = session.region(name);
        found.extend(of_ec2(&region, stack).await?);
        found.extend(of_others(&region, stack).await?);
        if name == "us-east-1" {
            found.extend(roles(&region, stack).await?);
            found.extend(policies(&region, stack).await?);
        }
    }
    found.sort();
    found.dedup();
    found.retain(|tagged| !known(tagged));
    let handlers = handlers();
    let mut standing = Vec::new();
    for tagged in found {
        if stands(session, &handlers, &tagged).await? {
            standing.push(tagged);
        }
    }
    Ok(standing)
}

/// Types whose ARNs do not tell their ids.
const UNTOLD: &[&str] = &["aws:config:ConfigRule", "aws:rds:DBProxy"];

/// Whether it is there, and does not wait for its end. What cannot be read is taken to be there.
async fn stands(session: &Session, handlers: &Handlers, tagged: &Tagged) -> Result<bool, Failure> {
    let name = tagged.type_name.as_str();
    if UNTOLD.contains(&name) || !handlers.contains_key(name) {
        return Ok(true);
    }
    // An alarm's ARN does not tell which of the two kinds it is.
    let other = (name == "aws:cloudwatch:Alarm").then_some("aws:cloudwatch:CompositeAlarm");
    for name in [name].into_iter().chain(other) {
        let Some(handler) = handlers.get(name) else { continue };
        let urn = Urn::new("none", "none", name, "none");
        let urn = urn.map_err(|error| unexpected("look", &error.to_string()))?;
        let target =
            Target { urn, id: tagged.id.clone(), inputs: Map::new(), outputs: Map::new(), awaited: false };
        let readings = handler.read(&session.region(&tagged.region), &[target]).await?;
        match readings.first() {
            Some(Reading::Found(live)) => return Ok(!matches!(live.health, Health::Deleting(_))),
            Some(Reading::Absent) => {}
            Some(Reading::Unknown(_)) | None => return Ok(true),
        }
    }
    Ok(false)
}

/// EC2's words for the types that we make.
const EC2_TYPES: &[(&str, &str)] = &[
    ("vpc", "aws:ec2:Vpc"),
    ("subnet", "aws:ec2:Subnet"),
    ("internet-gateway", "aws:ec2:InternetGateway"),
    ("elastic-ip", "aws:ec2:EIP"),
    ("natgateway", "aws:ec2:NatGateway"),
    ("route-table", "aws:ec2:RouteTable"),
    ("security-group", "aws:ec2:SecurityGroup"),
    ("vpc-endpoint", "aws:ec2:VpcEndpoint"),
    ("vpc-flow-log", "aws:ec2:FlowLog"),
];

/// EC2's own list: one call a page of 1,000.
async fn of_ec2(aws: &Region, stack: &str) -> Result<Vec<Tagged>, Failure> {
    use aws_sdk_ec2::types::Filter;
    let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
    let call = aws.ec2().describe_tags().filters(filter("key", STACK_TAG)).filters(filter("value", stack));
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("ec2:DescribeTags", &error))?;
        for tag in page.tags() {
            let (Some(kind), Some(id)) = (tag.resource_type(), tag.resource_id()) else { continue };
            let kind = kind.as_str();
            let type_name =
                EC2_TYPES.iter().find(|(word, _)| *word == kind).map(|(_, name)| (*name).to_owned());
            let account = aws.account();
            found.push(Tagged {
                type_name: type_name.unwrap_or_else(|| format!("aws:ec2:{kind}")),
                id: id.to_owned(),
                arn: format!("arn:{}:ec2:{}:{}:{kind}/{id}", account.partition, aws.name(), account.id),
                region: aws.name().to_owned(),
            });
        }
    }
    Ok(found)
}

/// What the Tagging API knows of all other services: one call a page of 100.
async fn of_others(aws: &Region, stack: &str) -> Result<Vec<Tagged>, Failure> {
    use aws_sdk_resourcegroupstagging::types::TagFilter;
    let filter = TagFilter::builder().key(STACK_TAG).values(stack).build();
    let mut pages = aws.tagging().get_resources().tag_filters(filter).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("tagging:GetResources", &error))?;
        let arns = page.resource_tag_mapping_list().iter().filter_map(|one| one.resource_arn());
        // Backups are meant to outlive what they are of.
        let ours = arns
            .filter(|arn| !arn.contains(":ec2:") && !arn.contains(":snapshot:") && !arn.contains("backup:"));
        found.extend(ours.map(|arn| Tagged::of(arn, aws.name())));
    }
    Ok(found)
}

/// Roles with their tags: one call a page.
async fn roles(aws: &Region, stack: &str) -> Result<Vec<Tagged>, Failure> {
    use aws_sdk_iam::types::EntityType;
    let call = aws.iam().get_account_authorization_details().filter(EntityType::Role);
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("iam:GetAccountAuthorizationDetails", &error))?;
        let has_tag = |tag: &aws_sdk_iam::types::Tag| tag.key() == STACK_TAG && tag.value() == stack;
        let ours = page.role_detail_list().iter().filter(|role| role.tags().iter().any(has_tag));
        found.extend(ours.filter_map(|role| Some(Tagged::of(role.arn()?, aws.name()))));
    }
    Ok(found)
}

/// Policies of the account, whose tags are asked for one by one.
async fn policies(aws: &Region, stack: &str) -> Result<Vec<Tagged>, Failure> {
    use aws_sdk_iam::types::PolicyScopeType;
    let mut pages = aws.iam().list_policies().scope(PolicyScopeType::Local).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("iam:ListPolicies", &error))?;
        for arn in page.policies().iter().filter_map(|policy| policy.arn()) {
            let answer = aws.iam().list_policy_tags().policy_arn(arn).send().await;
            let answer = absent_as_none(answer.map_err(|error| unread("iam:ListPolicyTags", &error)))?;
            let tags = answer.map(|answer| answer.tags).unwrap_or_default();
            if tags.iter().any(|tag| tag.key() == STACK_TAG && tag.value() == stack) {
                found.push(Tagged::of(arn, aws.name()));
            }
        }
    }
    Ok(found)
}
