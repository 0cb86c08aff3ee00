//! `aws:kms:Key`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_kms::types::{KeyMetadata, KeySpec, KeyState, KeyUsageType, OriginType, Tag};
use finsight_engine::contract::{
    Candidate, Failure, FailureClass, Health, Live, OWNER_TAG, OwnerId, Reading, STACK_TAG, Standing, Target,
};
use finsight_engine::value::{Map, Value};
use futures::future::{try_join_all, try_join4};

use super::{grants, sealed};
use crate::document::{from_text, to_text};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values, tag_changes};

/// Keys are read so many at a time: four calls each.
const AT_ONCE: usize = 5;

/// The handler of `aws:kms:Key`. A key that waits for its end can be read and restored.
pub struct Key;

#[async_trait]
impl Handler for Key {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let mut reads = Vec::new();
            for target in batch {
                reads.push(read_one(aws, &target.id));
            }
            live.extend(try_join_all(reads).await?.into_iter().flatten());
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let is_of =
            |tags: &BTreeMap<String, String>| tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
        let mut found = Vec::new();
        for (id, _) in tagged(aws, &is_of).await? {
            if metadata(aws, &id).await?.is_some_and(|key| !waits(&key)) {
                found.push(Candidate { id, ours: true });
            }
        }
        Ok(found)
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .kms()
            .create_key()
            .set_policy(inputs.get("key_policy").map(to_text))
            .set_description(inputs.text("description").map(str::to_owned))
            .set_key_spec(inputs.text("key_spec").map(KeySpec::from))
            .set_key_usage(inputs.text("key_usage").map(KeyUsageType::from))
            .set_multi_region(inputs.flag("multi_region"))
            .set_tags(Some(tags_of(inputs.tags())?))
            .send()
            .await
            .map_err(|error| refused("kms:CreateKey", &error))?;
        answer
            .key_metadata()
            .map(|key| key.key_id().to_owned())
            .ok_or_else(|| unexpected("kms:CreateKey", "the answer has no key id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let id = target.id.as_str();
        let differs = |name: &str| differing.iter().any(|item| item == name);
        let rotation = differs("enable_key_rotation") || differs("rotation_period_in_days");
        let wanted = desired.flag("enabled").unwrap_or(true);
        let mut enabled = live.properties.flag("enabled").unwrap_or(true);
        // Rotation can be set on an enabled key only: enable first, disable last.
        if !enabled && (wanted || rotation) {
            let call = aws.kms().enable_key().key_id(id);
            call.send().await.map_err(|error| refused("kms:EnableKey", &error))?;
            enabled = true;
        }
        if differs("key_policy") {
            let call = aws
                .kms()
                .put_key_policy()
                .key_id(id)
                .policy_name("default")
                .set_policy(desired.get("key_policy").map(to_text));
            call.send().await.map_err(|error| refused("kms:PutKeyPolicy", &error))?;
        }
        if differs("description") {
            let text = desired.text("description").unwrap_or_default();
            let call = aws.kms().update_key_description().key_id(id).description(text);
            call.send().await.map_err(|error| refused("kms:UpdateKeyDescription", &error))?;
        }
        if rotation {
            converge_rotation(aws, id, desired).await?;
        }
        if differs("grants") {
            grants::revoke(aws, id, &live.properties.texts("grants")).await?;
        }
        converge_tags(aws, id, &live.properties, desired).await?;
        if enabled && !wanted {
            let call = aws.kms().disable_key().key_id(id);
            call.send().await.map_err(|error| refused("kms:DisableKey", &error))?;
        }
        // The window is used by the delete alone: on record is where it belongs.
        let window = "pending_window_in_days";
        Ok(if differs(window) { vec![window.to_owned()] } else { Vec::new() })
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let answer = aws
            .kms()
            .schedule_key_deletion()
            .key_id(&target.id)
            .set_pending_window_in_days(target.inputs.int32("pending_window_in_days"))
            .send()
            .await
            .map_err(|error| refused("kms:ScheduleKeyDeletion", &error));
        match answer {
            // Its end is fixed already.
            Err(failure)
                if failure.code == "KMSInvalidStateException" && failure.message.contains("pending") =>
            {
                Ok(Deleted::Gone)
            }
            Err(failure) => Err(failure),
            Ok(_) => Ok(Deleted::Gone),
        }
    }

    async fn restore(&self, aws: &Region, target: &Target) -> Result<(), Failure> {
        let id = target.id.as_str();
        if metadata(aws, id).await?.is_some_and(|key| waits(&key)) {
            let call = aws.kms().cancel_key_deletion().key_id(id);
            call.send().await.map_err(|error| refused("kms:CancelKeyDeletion", &error))?;
        }
        // It comes back disabled.
        let call = aws.kms().enable_key().key_id(id);
        call.send().await.map_err(|error| refused("kms:EnableKey", &error))?;
        Ok(())
    }

    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        sealed::with(aws, &target.id).await
    }

    /// Keys have no names. One that waits for its end and carries all tags that are wanted, but for the one of its
    /// incarnation, is the one that was here; where there are two, none can be told to be it.
    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        let wanted = inputs.tags();
        if !wanted.contains_key(STACK_TAG) {
            return Ok(Vec::new());
        }
        let was_here = |tags: &BTreeMap<String, String>| {
            wanted
                .iter()
                .filter(|(key, _)| *key != OWNER_TAG)
                .all(|(key, value)| tags.get(key) == Some(value))
        };
        let mut found = Vec::new();
        for (id, tags) in tagged(aws, &was_here).await? {
            if metadata(aws, &id).await?.is_some_and(|key| waits(&key)) {
                found.push(Standing { id, stack: tags.get(STACK_TAG).cloned(), deleting: true });
            }
        }
        Ok(if found.len() == 1 { found } else { Vec::new() })
    }
}

async fn metadata(aws: &Region, id: &str) -> Result<Option<KeyMetadata>, Failure> {
    let answer = aws.kms().describe_key().key_id(id).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("kms:DescribeKey", &error)))?;
    Ok(answer.and_then(|answer| answer.key_metadata))
}

/// Whether a key waits for its end.
fn waits(key: &KeyMetadata) -> bool {
    matches!(key.key_state(), Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion))
}

/// The keys whose tags are as asked for, with their tags.
async fn tagged(
    aws: &Region,
    asked: &(dyn Fn(&BTreeMap<String, String>) -> bool + Sync),
) -> Result<Vec<(String, BTreeMap<String, String>)>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.kms().list_keys().limit(1000).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("kms:ListKeys", &error))?;
        for batch in page.keys().chunks(2 * AT_ONCE) {
            let ids = batch.iter().filter_map(|key| key.key_id());
            let reads = try_join_all(ids.map(|id| own_tags(aws, id))).await?;
            found.extend(reads.into_iter().flatten().filter(|(_, tags)| asked(tags)));
        }
    }
    Ok(found)
}

/// A key with its tags; `None` where it is not ours to look at, or gone: AWS's own keys are among those listed.
async fn own_tags(aws: &Region, id: &str) -> Result<Option<(String, BTreeMap<String, String>)>, Failure> {
    match tags_at(aws, id).await {
        Ok(tags) => Ok(Some((id.to_owned(), tags))),
        Err(failure) if matches!(failure.class, FailureClass::Denied | FailureClass::Absent) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn read_one(aws: &Region, id: &str) -> Result<Option<Live>, Failure> {
    let Some(key) = metadata(aws, id).await? else { return Ok(None) };
    let rest =
        try_join4(policy_of(aws, id), rotation_of(aws, &key), tags_at(aws, id), grants::shown(aws, id)).await;
    // A key just made may be known to one call and not to the next.
    let (policy, (rotates, period), tags, grants) = rest.map_err(|mut failure| {
        if failure.class == FailureClass::Absent {
            failure.class = FailureClass::Transient;
        }
        failure
    })?;
    let state = key.key_state().cloned().unwrap_or(KeyState::Enabled);
    let properties = Values::new()
        .set("key_policy", policy)
        .set("description", key.description().unwrap_or_default())
        .set("enabled", if waits(&key) { Value::Unknown } else { (state != KeyState::Disabled).into() })
        .set("enable_key_rotation", rotates)
        .set("rotation_period_in_days", period)
        .set("key_spec", key.key_spec().map(KeySpec::as_str))
        .set("key_usage", key.key_usage().map(KeyUsageType::as_str))
        .set("multi_region", key.multi_region().unwrap_or(false))
        .list("grants", grants)
        .tags(tags);
    let health = match &state {
        KeyState::Enabled | KeyState::Disabled => Health::Ready,
        _ if waits(&key) => Health::Deleting(state.as_str().to_owned()),
        _ => Health::Pending(state.as_str().to_owned()),
    };
    let outputs = Values::new().set("arn", key.arn());
    Ok(Some(Live { id: id.to_owned(), properties: properties.build(), outputs: outputs.build(), health }))
}

async fn policy_of(aws: &Region, id: &str) -> Result<Option<Value>, Failure> {
    let answer = aws.kms().get_key_policy().key_id(id).policy_name("default").send().await;
    let answer = answer.map_err(|error| unread("kms:GetKeyPolicy", &error))?;
    Ok(answer.policy().map(from_text))
}

/// Whether the key rotates and how often; other kinds of key never do, and the call refuses them. One that waits
/// for its end does not say.
async fn rotation_of(aws: &Region, key: &KeyMetadata) -> Result<(Value, Value), Failure> {
    if waits(key) {
        return Ok((Value::Unknown, Value::Unknown));
    }
    let symmetric = key.key_spec().is_none_or(|spec| *spec == KeySpec::SymmetricDefault);
    if !symmetric || key.origin().is_some_and(|origin| *origin != OriginType::AwsKms) {
        return Ok((false.into(), Value::Null));
    }
    let answer = aws.kms().get_key_rotation_status().key_id(key.key_id()).send().await;
    let answer = answer.map_err(|error| unread("kms:GetKeyRotationStatus", &error))?;
    let rotates = answer.key_rotation_enabled();
    let period = answer.rotation_period_in_days().filter(|_| rotates);
    Ok((rotates.into(), period.map_or(Value::Null, Value::from)))
}

async fn tags_at(aws: &Region, id: &str) -> Result<BTreeMap<String, String>, Failure> {
    let mut found = BTreeMap::new();
    let mut pages = aws.kms().list_resource_tags().key_id(id).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("kms:ListResourceTags", &error))?;
        found.extend(page.tags().iter().map(|tag| (tag.tag_key().to_owned(), tag.tag_value().to_owned())));
    }
    Ok(found)
}

async fn converge_rotation(aws: &Region, id: &str, desired: &Map) -> Result<(), Failure> {
    let period = desired.int32("rotation_period_in_days");
    if desired.flag("enable_key_rotation") == Some(true) {
        let call = aws.kms().enable_key_rotation().key_id(id).set_rotation_period_in_days(period);
        call.send().await.map_err(|error| refused("kms:EnableKeyRotation", &error))?;
        return Ok(());
    }
    if period.is_some() {
        let mut failure =
            unexpected("kms:EnableKeyRotation", "`rotation_period_in_days` needs `enable_key_rotation`");
        failure.class = FailureClass::Invalid;
        failure.code = "RotationIsOff".to_owned();
        return Err(failure);
    }
    let call = aws.kms().disable_key_rotation().key_id(id);
    call.send().await.map_err(|error| refused("kms:DisableKeyRotation", &error))?;
    Ok(())
}

fn tags_of(pairs: BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    pairs
        .into_iter()
        .map(|(key, value)| {
            let tag = Tag::builder().tag_key(key).tag_value(value).build();
            tag.map_err(|error| unexpected("request", &error.to_string()))
        })
        .collect()
}

async fn converge_tags(aws: &Region, id: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let call = aws.kms().tag_resource().key_id(id).set_tags(Some(tags_of(set)?));
        call.send().await.map_err(|error| refused("kms:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.kms().untag_resource().key_id(id).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("kms:UntagResource", &error))?;
    }
    Ok(())
}
