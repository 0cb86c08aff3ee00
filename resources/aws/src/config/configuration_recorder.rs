//! `aws:config:ConfigurationRecorder`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_config::types::{
    ConfigurationRecorder as Recorder, ExclusionByResourceTypes, RecordingFrequency, RecordingGroup,
    RecordingMode, RecordingModeOverride, RecordingStrategy, RecordingStrategyType, ResourceType, Tag,
};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};

use super::common::{converge_tags, tags as tags_in, tags_of};
use crate::failure::{refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::standing::stands_already;
use crate::values::{Inputs, Values};

/// The handler of `aws:config:ConfigurationRecorder`.
pub struct ConfigurationRecorder;

#[async_trait]
impl Handler for ConfigurationRecorder {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for recorder in described(aws).await? {
            if let Some(tags) = tags_of(aws, recorder.arn().unwrap_or_default()).await? {
                live.push(values(&recorder, tags));
            }
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let wanted = inputs.required("name")?;
        let mut found = Vec::new();
        for recorder in described(aws).await? {
            let Some(tags) = tags_of(aws, recorder.arn().unwrap_or_default()).await? else { continue };
            let id = recorder.name().unwrap_or_default().to_owned();
            // There is one in a region: another one stands in the way whatever its name is.
            let ours = id == wanted && tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
            found.push(Candidate { id, ours });
        }
        Ok(found)
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("name")?;
        if let Some(other) = described(aws).await?.first() {
            let what = format!("the recorder {}", other.name().unwrap_or_default());
            return Err(stands_already("config:PutConfigurationRecorder", &what));
        }
        put(aws, name, inputs, Some(tags_in(inputs.tags()))).await?;
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
            put(aws, &target.id, desired, None).await?;
        }
        if differing.iter().any(|name| name == "tags") {
            converge_tags(aws, live.outputs.required("arn")?, &live.properties, desired).await?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.config().delete_configuration_recorder().configuration_recorder_name(&target.id);
        call.send().await.map_err(|error| refused("config:DeleteConfigurationRecorder", &error))?;
        Ok(Deleted::Gone)
    }
}

/// The account's own recorders; those of AWS services have a principal.
async fn described(aws: &Region) -> Result<Vec<Recorder>, Failure> {
    let answer = aws
        .config()
        .describe_configuration_recorders()
        .send()
        .await
        .map_err(|error| unread("config:DescribeConfigurationRecorders", &error))?;
    let mut found = answer.configuration_recorders.unwrap_or_default();
    found.retain(|recorder| recorder.service_principal.is_none());
    Ok(found)
}

async fn put(aws: &Region, name: &str, inputs: &Map, tags: Option<Vec<Tag>>) -> Result<(), Failure> {
    let nothing = Map::new();
    let part = |name: &str| inputs.get(name).and_then(Value::as_map).unwrap_or(&nothing);
    let recorder = Recorder::builder()
        .name(name)
        .role_arn(inputs.required("role_arn")?)
        .recording_group(group(part("recording_group")))
        .recording_mode(mode(part("recording_mode"))?)
        .build();
    aws.config()
        .put_configuration_recorder()
        .configuration_recorder(recorder)
        .set_tags(tags)
        .send()
        .await
        .map_err(|error| refused("config:PutConfigurationRecorder", &error))?;
    Ok(())
}

fn types(map: &Map, name: &str) -> Vec<ResourceType> {
    map.texts(name).iter().map(|kind| ResourceType::from(kind.as_str())).collect()
}

/// AWS's three ways to say which types are recorded.
fn group(map: &Map) -> RecordingGroup {
    let built = RecordingGroup::builder();
    let (built, strategy) = if map.contains_key("resource_types") {
        let built = built.set_resource_types(Some(types(map, "resource_types")));
        (built, RecordingStrategyType::InclusionByResourceTypes)
    } else if map.contains_key("exclusion_by_resource_types") {
        let excluded = types(map, "exclusion_by_resource_types");
        let excluded = ExclusionByResourceTypes::builder().set_resource_types(Some(excluded)).build();
        (built.exclusion_by_resource_types(excluded), RecordingStrategyType::ExclusionByResourceTypes)
    } else {
        let global = map.flag("include_global_resource_types").unwrap_or(false);
        let built = built.all_supported(true).include_global_resource_types(global);
        (built, RecordingStrategyType::AllSupportedResourceTypes)
    };
    built.recording_strategy(RecordingStrategy::builder().use_only(strategy).build()).build()
}

fn mode(map: &Map) -> Result<RecordingMode, Failure> {
    let frequency =
        |map: &Map| RecordingFrequency::from(map.text("recording_frequency").unwrap_or("CONTINUOUS"));
    let mut built = RecordingMode::builder().recording_frequency(frequency(map));
    for other in map.maps("recording_mode_overrides") {
        let other = RecordingModeOverride::builder()
            .set_description(other.text("description").map(str::to_owned))
            .set_resource_types(Some(types(other, "resource_types")))
            .recording_frequency(frequency(other))
            .build();
        let other = other.map_err(|error| unexpected("request", &error.to_string()))?;
        built = built.recording_mode_overrides(other);
    }
    built.build().map_err(|error| unexpected("request", &error.to_string()))
}

fn group_values(group: &RecordingGroup) -> Map {
    let included = group.resource_types();
    let excluded = group.exclusion_by_resource_types().map(ExclusionByResourceTypes::resource_types);
    match excluded.filter(|types| !types.is_empty()) {
        Some(types) => {
            Values::new().list("exclusion_by_resource_types", types.iter().map(ResourceType::as_str))
        }
        None if !included.is_empty() && !group.all_supported => {
            Values::new().list("resource_types", included.iter().map(ResourceType::as_str))
        }
        None => Values::new()
            .set("all_supported", group.all_supported)
            .set("include_global_resource_types", group.include_global_resource_types),
    }
    .build()
}

fn mode_values(mode: &RecordingMode) -> Map {
    let other = |other: &RecordingModeOverride| {
        let values = Values::new()
            .set("description", other.description().filter(|text| !text.is_empty()))
            .set("recording_frequency", other.recording_frequency().as_str())
            .list("resource_types", other.resource_types().iter().map(ResourceType::as_str));
        Value::Map(values.build())
    };
    let others: Vec<Value> = mode.recording_mode_overrides().iter().map(other).collect();
    Values::new()
        .set("recording_frequency", mode.recording_frequency().as_str())
        .set("recording_mode_overrides", (!others.is_empty()).then_some(others))
        .build()
}

fn values(recorder: &Recorder, tags: BTreeMap<String, String>) -> Live {
    let continuous = || Map::from([("recording_frequency".to_owned(), Value::text("CONTINUOUS"))]);
    let properties = Values::new()
        .set("name", recorder.name())
        .set("role_arn", recorder.role_arn())
        .set("recording_group", recorder.recording_group().map(group_values))
        .set("recording_mode", recorder.recording_mode().map_or_else(continuous, mode_values))
        .tags(tags);
    Live {
        id: recorder.name().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: Values::new().set("arn", recorder.arn()).build(),
        health: Health::Ready,
    }
}
