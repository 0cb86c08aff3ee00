//! `aws:sns:Topic`

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use aws_sdk_sns::types::Tag;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::future::{try_join, try_join_all};

use super::topic_policy::{is_standard, standard};
use crate::document::{from_text, to_text};
use crate::failure::{absent_as_none, never, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values, tag_changes};

/// Topics are read so many at a time: there is no call for many.
const AT_ONCE: usize = 5;

/// The handler of `aws:sns:Topic`.
pub struct Topic;

#[async_trait]
impl Handler for Topic {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let mut reads = Vec::new();
            for target in batch {
                reads.push(read_one(aws, &target.id));
            }
            found.extend(try_join_all(reads).await?.into_iter().flatten());
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let arn = arn_of(aws, inputs.required("topic_name")?);
        let Some(tags) = absent_as_none(tags_at(aws, &arn).await)? else { return Ok(Vec::new()) };
        let ours = tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
        Ok(vec![Candidate { id: arn, ours }])
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        // Without attributes: where a topic of this name stands, only its tags decide whose it is.
        let answer = aws
            .sns()
            .create_topic()
            .name(inputs.required("topic_name")?)
            .set_tags(Some(tags_of(inputs.tags())?))
            .send()
            .await
            .map_err(|error| refused("sns:CreateTopic", &error))?;
        answer.topic_arn.ok_or_else(|| unexpected("sns:CreateTopic", "the answer has no ARN"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let arn = target.id.as_str();
        for name in differing {
            let text = |name: &str| desired.text(name).unwrap_or_default().to_owned();
            let (attribute, value) = match name.as_str() {
                "display_name" => ("DisplayName", text("display_name")),
                "kms_master_key_id" => ("KmsMasterKeyId", text("kms_master_key_id")),
                "tracing_config" => ("TracingConfig", text("tracing_config")),
                "signature_version" => ("SignatureVersion", text("signature_version")),
                "delivery_policy" => (
                    "DeliveryPolicy",
                    desired.get("delivery_policy").map(to_text).filter(|t| t != "null").unwrap_or_default(),
                ),
                "policy" => ("Policy", policy_text(aws, arn, desired)?),
                _ => continue,
            };
            aws.sns()
                .set_topic_attributes()
                .topic_arn(arn)
                .attribute_name(attribute)
                .attribute_value(value)
                .send()
                .await
                .map_err(|error| refused("sns:SetTopicAttributes", &error))?;
        }
        converge_tags(aws, arn, &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.sns().delete_topic().topic_arn(&target.id);
        call.send().await.map_err(|error| refused("sns:DeleteTopic", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn read_one(aws: &Region, arn: &str) -> Result<Option<Live>, Failure> {
    let both = try_join(attributes_at(aws, arn), tags_at(aws, arn)).await;
    let Some((attributes, tags)) = absent_as_none(both)? else { return Ok(None) };
    let given = |name: &str| attributes.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let name = arn.rsplit(':').next().unwrap_or_default();
    let policy = given("Policy").map(from_text);
    let policy = policy.filter(|policy| !is_standard(policy, arn, &aws.account().id));
    let properties = Values::new()
        .set("topic_name", name)
        .set("display_name", given("DisplayName").unwrap_or_default())
        .set("kms_master_key_id", given("KmsMasterKeyId"))
        .set("policy", policy)
        .set("delivery_policy", given("DeliveryPolicy").map(from_text))
        .set("tracing_config", given("TracingConfig").unwrap_or("PassThrough"))
        .set("signature_version", given("SignatureVersion").unwrap_or("1"))
        .tags(tags);
    let outputs = Values::new().set("arn", arn).set("name", name);
    Ok(Some(Live {
        id: arn.to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }))
}

async fn attributes_at(aws: &Region, arn: &str) -> Result<HashMap<String, String>, Failure> {
    let answer = aws.sns().get_topic_attributes().topic_arn(arn).send().await;
    let answer = answer.map_err(|error| unread("sns:GetTopicAttributes", &error))?;
    Ok(answer.attributes.unwrap_or_default())
}

async fn tags_at(aws: &Region, arn: &str) -> Result<BTreeMap<String, String>, Failure> {
    let answer = aws.sns().list_tags_for_resource().resource_arn(arn).send().await;
    let answer = answer.map_err(|error| unread("sns:ListTagsForResource", &error))?;
    Ok(answer.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect())
}

/// The text of the wanted policy; the one of every topic where none is wanted.
fn policy_text(aws: &Region, arn: &str, desired: &Map) -> Result<String, Failure> {
    let account = &aws.account().id;
    match desired.get("policy").filter(|policy| !policy.is_null()) {
        None => Ok(standard(arn, account)),
        Some(policy) => {
            let text = to_text(policy);
            if is_standard(&from_text(&text), arn, account) {
                let message = "this is the policy that AWS gives every topic: leave `policy` out";
                return Err(never("sns:SetTopicAttributes", "StandardPolicy", message));
            }
            Ok(text)
        }
    }
}

fn tags_of(pairs: BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    pairs
        .into_iter()
        .map(|(key, value)| {
            let tag = Tag::builder().key(key).value(value).build();
            tag.map_err(|error| unexpected("request", &error.to_string()))
        })
        .collect()
}

async fn converge_tags(aws: &Region, arn: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let call = aws.sns().tag_resource().resource_arn(arn).set_tags(Some(tags_of(set)?));
        call.send().await.map_err(|error| refused("sns:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.sns().untag_resource().resource_arn(arn).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("sns:UntagResource", &error))?;
    }
    Ok(())
}

fn arn_of(aws: &Region, name: &str) -> String {
    let account = aws.account();
    format!("arn:{}:sns:{}:{}:{name}", account.partition, aws.name(), account.id)
}
