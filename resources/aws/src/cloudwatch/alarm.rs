//! `aws:cloudwatch:Alarm`

use async_trait::async_trait;
use finsight_engine::contract::{Candidate, Failure, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::alarm_values::{put, values};
use super::common::{
    alarm_arn, all_tags, converge_tags, delete_alarm, described, find_alarm, tags as tags_in,
};
use crate::failure::refused;
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::standing::stands_already;
use crate::values::Inputs;

/// The handler of `aws:cloudwatch:Alarm`.
pub struct Alarm;

#[async_trait]
impl Handler for Alarm {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let names: Vec<String> = targets.iter().map(|target| target.id.clone()).collect();
        let alarms = described(aws, &names).await?.metric;
        let arns: Vec<String> =
            alarms.iter().map(|alarm| alarm_arn(aws, alarm.alarm_name().unwrap_or_default())).collect();
        let tags = all_tags(aws, &arns).await?;
        let live = alarms.iter().zip(tags).filter_map(|(alarm, tags)| {
            let recorded = targets.iter().find(|target| Some(target.id.as_str()) == alarm.alarm_name())?;
            Some(values(alarm, tags?, &recorded.inputs))
        });
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        find_alarm(aws, owner, inputs.required("alarm_name")?).await
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("alarm_name")?;
        if !described(aws, &[name.to_owned()]).await?.is_empty() {
            return Err(stands_already("cloudwatch:PutMetricAlarm", &format!("the alarm {name}")));
        }
        put(aws, name, inputs)
            .set_tags(Some(tags_in(inputs.tags())))
            .send()
            .await
            .map_err(|error| refused("cloudwatch:PutMetricAlarm", &error))?;
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
                .map_err(|error| refused("cloudwatch:PutMetricAlarm", &error))?;
        }
        converge_tags(aws, &alarm_arn(aws, &target.id), &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        delete_alarm(aws, &target.id).await?;
        Ok(Deleted::Gone)
    }
}
