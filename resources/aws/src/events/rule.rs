//! `aws:events:Rule`

use async_trait::async_trait;
use aws_sdk_eventbridge::operation::describe_rule::DescribeRuleOutput;
use aws_sdk_eventbridge::types::{RuleState, Target as Goal};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};

use super::common::{converge_tags, tags, tags_of, whole};
use crate::document::{from_text, to_text};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::each;
use crate::session::Region;
use crate::standing::stands_already;
use crate::values::{Inputs, Values};

/// Rules are read one by one, for lists have neither targets nor tags; so many at a time.
const AT_ONCE: usize = 5;
/// A rule has so many targets at most ("Amazon EventBridge quotas").
const MOST: usize = 5;
/// What the call that makes a rule sets.
const SETTINGS: [&str; 3] = ["event_pattern", "description", "state"];

/// The handler of `aws:events:Rule`.
pub struct Rule;

#[async_trait]
impl Handler for Rule {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        each(targets, AT_ONCE, |target| Box::pin(live(aws, &target.id))).await
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("name")?;
        let Some(rule) = described(aws, name).await? else { return Ok(Vec::new()) };
        let Some(tags) = tags_of(aws, rule.arn().unwrap_or_default()).await? else { return Ok(Vec::new()) };
        let ours = tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
        Ok(vec![Candidate { id: name.to_owned(), ours }])
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("name")?;
        if described(aws, name).await?.is_some() {
            return Err(stands_already("events:PutRule", &format!("the rule {name}")));
        }
        // The targets follow.
        let call = aws.eventbridge().put_rule().name(name).set_tags(Some(tags(inputs.tags())?));
        let call = call
            .event_pattern(pattern(inputs)?)
            .set_description(inputs.text("description").map(str::to_owned))
            .set_state(inputs.text("state").map(RuleState::from));
        call.send().await.map_err(|error| refused("events:PutRule", &error))?;
        Ok(name.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let differs = |name: &str| differing.iter().any(|item| item == name);
        if SETTINGS.into_iter().any(differs) {
            // The call replaces the rule: what is not ours to set goes along.
            let standing = described(aws, &target.id).await?;
            aws.eventbridge()
                .put_rule()
                .name(&target.id)
                .event_pattern(pattern(desired)?)
                .set_description(desired.text("description").map(str::to_owned))
                .set_state(desired.text("state").map(RuleState::from))
                .set_role_arn(standing.as_ref().and_then(|rule| rule.role_arn.clone()))
                .set_schedule_expression(standing.and_then(|rule| rule.schedule_expression))
                .send()
                .await
                .map_err(|error| refused("events:PutRule", &error))?;
        }
        if differs("targets") {
            converge_targets(aws, &target.id, &desired.maps("targets")).await?;
        }
        if differs("tags") {
            converge_tags(aws, live.outputs.required("arn")?, &live.properties, desired).await?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let Some(standing) = targets_of(aws, &target.id).await? else { return Ok(Deleted::Gone) };
        // A rule with targets is not deleted.
        remove(aws, &target.id, standing.iter().map(|goal| goal.id.clone()).collect()).await?;
        let call = aws.eventbridge().delete_rule().name(&target.id);
        call.send().await.map_err(|error| refused("events:DeleteRule", &error))?;
        Ok(Deleted::Gone)
    }
}

fn pattern(inputs: &Map) -> Result<String, Failure> {
    let pattern = inputs.get("event_pattern").map(to_text);
    pattern.ok_or_else(|| unexpected("request", "the pattern has no value"))
}

async fn described(aws: &Region, name: &str) -> Result<Option<DescribeRuleOutput>, Failure> {
    let answer = aws.eventbridge().describe_rule().name(name).send().await;
    absent_as_none(answer.map_err(|error| unread("events:DescribeRule", &error)))
}

/// The targets of a rule; `None` where it does not exist.
async fn targets_of(aws: &Region, name: &str) -> Result<Option<Vec<Goal>>, Failure> {
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let call = aws.eventbridge().list_targets_by_rule().rule(name).set_next_token(next);
        let answer = call.send().await.map_err(|error| unread("events:ListTargetsByRule", &error));
        let Some(answer) = absent_as_none(answer)? else { return Ok(None) };
        found.extend(answer.targets.unwrap_or_default());
        next = answer.next_token;
        if next.is_none() {
            return Ok(Some(found));
        }
    }
}

async fn converge_targets(aws: &Region, name: &str, desired: &[&Map]) -> Result<(), Failure> {
    let standing = targets_of(aws, name).await?.unwrap_or_default();
    let mut put = Vec::new();
    for wanted in desired {
        let (id, arn) = (wanted.required("id")?, wanted.required("arn")?);
        match standing.iter().find(|goal| goal.id == id) {
            Some(goal) if goal.arn == arn => {}
            // What is not ours to set stays.
            Some(goal) => {
                let mut goal = goal.clone();
                arn.clone_into(&mut goal.arn);
                put.push(goal);
            }
            None => {
                let goal = Goal::builder().id(id).arn(arn).build();
                put.push(goal.map_err(|error| unexpected("request", &error.to_string()))?);
            }
        }
    }
    let is_gone = |goal: &&Goal| !desired.iter().any(|one| one.text("id") == Some(&goal.id));
    let gone: Vec<String> = standing.iter().filter(is_gone).map(|goal| goal.id.clone()).collect();
    // First those that come: an event in between would go nowhere. Only where they do not fit beside the others they wait.
    if gone.len() + desired.len() > MOST {
        remove(aws, name, gone).await?;
        return set(aws, name, put).await;
    }
    set(aws, name, put).await?;
    remove(aws, name, gone).await
}

async fn set(aws: &Region, name: &str, put: Vec<Goal>) -> Result<(), Failure> {
    if put.is_empty() {
        return Ok(());
    }
    let answer = aws.eventbridge().put_targets().rule(name).set_targets(Some(put)).send().await;
    let answer = answer.map_err(|error| refused("events:PutTargets", &error))?;
    let failed = answer.failed_entries().first();
    whole("events:PutTargets", failed.map(|entry| (entry.error_code(), entry.error_message())))
}

async fn remove(aws: &Region, name: &str, ids: Vec<String>) -> Result<(), Failure> {
    if ids.is_empty() {
        return Ok(());
    }
    let answer = aws.eventbridge().remove_targets().rule(name).set_ids(Some(ids)).send().await;
    let answer = answer.map_err(|error| refused("events:RemoveTargets", &error))?;
    let failed = answer.failed_entries().first();
    whole("events:RemoveTargets", failed.map(|entry| (entry.error_code(), entry.error_message())))
}

async fn live(aws: &Region, name: &str) -> Result<Option<Live>, Failure> {
    let Some(rule) = described(aws, name).await? else { return Ok(None) };
    let Some(targets) = targets_of(aws, name).await? else { return Ok(None) };
    let arn = rule.arn().unwrap_or_default();
    let Some(tags) = tags_of(aws, arn).await? else { return Ok(None) };
    let goal = |goal: &Goal| Value::Map(Values::new().set("id", goal.id()).set("arn", goal.arn()).build());
    let properties = Values::new()
        .set("name", name)
        .set("event_pattern", rule.event_pattern().map_or(Value::Null, from_text))
        .set("description", rule.description().filter(|text| !text.is_empty()))
        .set("state", rule.state().map(RuleState::as_str))
        .set("targets", Value::List(targets.iter().map(goal).collect()))
        .tags(tags);
    Ok(Some(Live {
        id: name.to_owned(),
        properties: properties.build(),
        outputs: Values::new().set("arn", arn).build(),
        health: Health::Ready,
    }))
}
