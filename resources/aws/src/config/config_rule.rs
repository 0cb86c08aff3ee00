//! `aws:config:ConfigRule`

use async_trait::async_trait;
use aws_sdk_config::types::{ConfigRule as Rule, ConfigRuleState, Tag};
use finsight_engine::contract::{Candidate, Failure, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{converge_tags, tags as tags_in, tags_of};
use super::config_rule_values::{rule, values};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::standing::stands_already;
use crate::values::Inputs;

/// One call describes at most this many rules (`aws-semantics.md` 23).
const BATCH: usize = 25;

/// The handler of `aws:config:ConfigRule`.
pub struct ConfigRule;

#[async_trait]
impl Handler for ConfigRule {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let names: Vec<String> = targets.iter().map(|target| target.id.clone()).collect();
        let mut live = Vec::new();
        for rule in described(aws, &names).await? {
            if let Some(tags) = tags_of(aws, rule.config_rule_arn().unwrap_or_default()).await? {
                live.push(values(&rule, tags));
            }
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("config_rule_name")?;
        let Some(rule) = standing(aws, name).await? else { return Ok(Vec::new()) };
        let Some(tags) = tags_of(aws, rule.config_rule_arn().unwrap_or_default()).await? else {
            return Ok(Vec::new());
        };
        let ours = tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
        Ok(vec![Candidate { id: name.to_owned(), ours }])
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("config_rule_name")?;
        if standing(aws, name).await?.is_some() {
            return Err(stands_already("config:PutConfigRule", &format!("the rule {name}")));
        }
        put(aws, rule(name, inputs)?, Some(tags_in(inputs.tags()))).await?;
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
        if differing.iter().any(|name| name != "tags") {
            let mut wanted = rule(&target.id, desired)?;
            // The call replaces the rule: what is not ours to set goes along.
            let standing = standing(aws, &target.id).await?;
            wanted.evaluation_modes = standing.and_then(|rule| rule.evaluation_modes);
            put(aws, wanted, None).await?;
        }
        if differing.iter().any(|name| name == "tags") {
            converge_tags(aws, live.outputs.required("arn")?, &live.properties, desired).await?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.config().delete_config_rule().config_rule_name(&target.id);
        call.send().await.map_err(|error| refused("config:DeleteConfigRule", &error))?;
        Ok(Deleted::Pending)
    }
}

/// A rule of this name that is not on its way out.
async fn standing(aws: &Region, name: &str) -> Result<Option<Rule>, Failure> {
    let rules = described(aws, &[name.to_owned()]).await?;
    let leaving = [ConfigRuleState::Deleting, ConfigRuleState::DeletingResults];
    let stays = |rule: &Rule| rule.config_rule_state().is_none_or(|state| !leaving.contains(state));
    Ok(rules.into_iter().find(stays))
}

async fn put(aws: &Region, rule: Rule, tags: Option<Vec<Tag>>) -> Result<(), Failure> {
    let call = aws.config().put_config_rule().config_rule(rule).set_tags(tags);
    call.send().await.map_err(|error| refused("config:PutConfigRule", &error))?;
    Ok(())
}

/// The rules that stand among those named.
async fn described(aws: &Region, names: &[String]) -> Result<Vec<Rule>, Failure> {
    let mut found = Vec::new();
    for batch in names.chunks(BATCH) {
        match absent_as_none(batch_of(aws, batch).await)? {
            Some(rules) => found.extend(rules),
            // A name that is unknown refuses the whole call: each is asked for on its own.
            None if batch.len() > 1 => {
                for name in batch {
                    found.extend(
                        absent_as_none(batch_of(aws, std::slice::from_ref(name)).await)?.unwrap_or_default(),
                    );
                }
            }
            None => {}
        }
    }
    Ok(found)
}

async fn batch_of(aws: &Region, names: &[String]) -> Result<Vec<Rule>, Failure> {
    let call = aws.config().describe_config_rules().set_config_rule_names(Some(names.to_vec()));
    let answer = call.send().await.map_err(|error| unread("config:DescribeConfigRules", &error))?;
    Ok(answer.config_rules.unwrap_or_default())
}
