//! `aws:cloudwatch:CompositeAlarm`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_cloudwatch::operation::put_composite_alarm::builders::PutCompositeAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::CompositeAlarm as Alarm;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{
    alarm_arn, all_tags, converge_tags, delete_alarm, described, find_alarm, tags as tags_in,
};
use crate::failure::refused;
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::standing::stands_already;
use crate::values::{Inputs, Values};

/// The handler of `aws:cloudwatch:CompositeAlarm`.
pub struct CompositeAlarm;

#[async_trait]
impl Handler for CompositeAlarm {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let names: Vec<String> = targets.iter().map(|target| target.id.clone()).collect();
        let alarms = described(aws, &names).await?.composite;
        let arns: Vec<String> =
            alarms.iter().map(|alarm| alarm_arn(aws, alarm.alarm_name().unwrap_or_default())).collect();
        let tags = all_tags(aws, &arns).await?;
        Ok(in_order(targets, alarms.iter().zip(tags).filter_map(|(alarm, tags)| Some(values(alarm, tags?)))))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        find_alarm(aws, owner, inputs.required("alarm_name")?).await
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("alarm_name")?;
        if !described(aws, &[name.to_owned()]).await?.is_empty() {
            return Err(stands_already("cloudwatch:PutCompositeAlarm", &format!("the alarm {name}")));
        }
        put(aws, name, inputs)
            .set_tags(Some(tags_in(inputs.tags())))
            .send()
            .await
            .map_err(|error| refused("cloudwatch:PutCompositeAlarm", &error))?;
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
        // The call replaces the alarm whole, but for its tags.
        if differing.iter().any(|name| name != "tags") {
            put(aws, &target.id, desired)
                .send()
                .await
                .map_err(|error| refused("cloudwatch:PutCompositeAlarm", &error))?;
        }
        converge_tags(aws, &alarm_arn(aws, &target.id), &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        delete_alarm(aws, &target.id).await?;
        Ok(Deleted::Gone)
    }
}

fn put(aws: &Region, name: &str, inputs: &Map) -> PutCompositeAlarmFluentBuilder {
    let text = |name: &str| inputs.text(name).map(str::to_owned);
    aws.cloudwatch()
        .put_composite_alarm()
        .alarm_name(name)
        .set_alarm_rule(text("alarm_rule"))
        .set_alarm_description(text("alarm_description"))
        .set_actions_enabled(inputs.flag("actions_enabled"))
        .set_ok_actions(Some(inputs.texts("ok_actions")))
        .set_alarm_actions(Some(inputs.texts("alarm_actions")))
        .set_insufficient_data_actions(Some(inputs.texts("insufficient_data_actions")))
        .set_actions_suppressor(text("actions_suppressor"))
        .set_actions_suppressor_wait_period(inputs.int32("actions_suppressor_wait_period"))
        .set_actions_suppressor_extension_period(inputs.int32("actions_suppressor_extension_period"))
}

fn values(alarm: &Alarm, tags: BTreeMap<String, String>) -> Live {
    let properties = Values::new()
        .set("alarm_name", alarm.alarm_name())
        .set("alarm_rule", alarm.alarm_rule())
        .set("alarm_description", alarm.alarm_description().unwrap_or_default())
        .set("actions_enabled", alarm.actions_enabled().unwrap_or(true))
        .list("ok_actions", alarm.ok_actions())
        .list("alarm_actions", alarm.alarm_actions())
        .list("insufficient_data_actions", alarm.insufficient_data_actions())
        .set("actions_suppressor", alarm.actions_suppressor())
        .set("actions_suppressor_wait_period", alarm.actions_suppressor_wait_period())
        .set("actions_suppressor_extension_period", alarm.actions_suppressor_extension_period())
        .tags(tags);
    Live {
        id: alarm.alarm_name().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: Values::new().set("arn", alarm.alarm_arn()).build(),
        health: Health::Ready,
    }
}
