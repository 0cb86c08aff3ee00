//! `aws:cloudtrail:Trail`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_cloudtrail::operation::get_trail_status::GetTrailStatusOutput;
use aws_sdk_cloudtrail::types::Trail as Sdk;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};

use super::common::{converge_tags, tags as tags_in, tags_of};
use super::selectors::{event_selectors, insight_selectors, put_event_selectors, put_insight_selectors};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The properties that `UpdateTrail` sets, all at once.
const UPDATED: [&str; 9] = [
    "s3_bucket_name",
    "s3_key_prefix",
    "sns_topic_name",
    "include_global_service_events",
    "is_multi_region_trail",
    "enable_log_file_validation",
    "cloud_watch_logs_log_group_arn",
    "cloud_watch_logs_role_arn",
    "kms_key_id",
];

/// The handler of `aws:cloudtrail:Trail`.
pub struct Trail;

#[async_trait]
impl Handler for Trail {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let trails = described(aws, targets.iter().map(|target| target.id.clone()).collect()).await?;
        let arns: Vec<String> = trails.iter().filter_map(|trail| trail.trail_arn.clone()).collect();
        let Some(mut tags) = absent_as_none(tags_of(aws, &arns).await)? else {
            // One went between the calls: each is asked for again on its own.
            return one_by_one(self, aws, targets).await;
        };
        let mut live = Vec::new();
        for trail in &trails {
            let tags = tags.remove(trail.trail_arn().unwrap_or_default()).unwrap_or_default();
            live.extend(absent_as_none(values(aws, trail, tags).await)?);
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("name")?;
        let trails = described(aws, vec![name.to_owned()]).await?;
        let Some(arn) = trails.first().and_then(Sdk::trail_arn) else { return Ok(Vec::new()) };
        let Some(mut tags) = absent_as_none(tags_of(aws, &[arn.to_owned()]).await)? else {
            return Ok(Vec::new());
        };
        let tags = tags.remove(arn).unwrap_or_default();
        let ours = tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
        Ok(vec![Candidate { id: name.to_owned(), ours }])
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("name")?;
        let text = |name: &str| inputs.text(name).map(str::to_owned);
        aws.cloudtrail()
            .create_trail()
            .name(name)
            .s3_bucket_name(inputs.required("s3_bucket_name")?)
            .set_s3_key_prefix(text("s3_key_prefix"))
            .set_sns_topic_name(text("sns_topic_name"))
            .set_include_global_service_events(inputs.flag("include_global_service_events"))
            .set_is_multi_region_trail(inputs.flag("is_multi_region_trail"))
            .set_enable_log_file_validation(inputs.flag("enable_log_file_validation"))
            .set_cloud_watch_logs_log_group_arn(log_group(inputs))
            .set_cloud_watch_logs_role_arn(text("cloud_watch_logs_role_arn"))
            .set_kms_key_id(text("kms_key_id"))
            .set_tags_list(Some(tags_in(inputs.tags())?))
            .send()
            .await
            .map_err(|error| refused("cloudtrail:CreateTrail", &error))?;
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
        let name = &target.id;
        let differs = |names: &[&str]| differing.iter().any(|item| names.contains(&item.as_str()));
        if differs(&UPDATED) {
            update(aws, name, desired).await?;
        }
        if differs(&["event_selectors", "advanced_event_selectors"]) {
            put_event_selectors(aws, name, desired).await?;
        }
        if differs(&["insight_selectors"]) {
            put_insight_selectors(aws, name, desired).await?;
        }
        if differs(&["tags"]) {
            converge_tags(aws, live.outputs.required("arn")?, &live.properties, desired).await?;
        }
        // Last, so that it records by the selectors that are wanted.
        if differs(&["is_logging"]) {
            if desired.flag("is_logging").unwrap_or(true) {
                let call = aws.cloudtrail().start_logging().name(name);
                call.send().await.map_err(|error| refused("cloudtrail:StartLogging", &error))?;
            } else {
                let call = aws.cloudtrail().stop_logging().name(name);
                call.send().await.map_err(|error| refused("cloudtrail:StopLogging", &error))?;
            }
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.cloudtrail().delete_trail().name(&target.id);
        call.send().await.map_err(|error| refused("cloudtrail:DeleteTrail", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn one_by_one(handler: &Trail, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
    if let [_] = targets {
        return Ok(vec![Reading::Absent]);
    }
    let mut readings = Vec::new();
    for target in targets {
        readings.extend(handler.read(aws, std::slice::from_ref(target)).await?);
    }
    Ok(readings)
}

/// The trails of this region that stand among those named.
async fn described(aws: &Region, names: Vec<String>) -> Result<Vec<Sdk>, Failure> {
    let answer = aws
        .cloudtrail()
        .describe_trails()
        .set_trail_name_list(Some(names.clone()))
        .include_shadow_trails(false)
        .send()
        .await
        .map_err(|error| unread("cloudtrail:DescribeTrails", &error));
    let trails = absent_as_none(answer)?.and_then(|answer| answer.trail_list).unwrap_or_default();
    let fits = |trail: &Sdk| {
        trail.home_region().is_none_or(|home| home == aws.name())
            && trail.name().is_some_and(|name| names.iter().any(|wanted| wanted == name))
    };
    Ok(trails.into_iter().filter(fits).collect())
}

/// The log group's ARN, which CloudTrail wants with `:*`.
fn log_group(inputs: &Map) -> Option<String> {
    let arn = inputs.text("cloud_watch_logs_log_group_arn")?;
    Some(format!("{}:*", arn.trim_end_matches(":*")))
}

async fn update(aws: &Region, name: &str, desired: &Map) -> Result<(), Failure> {
    // What is not wanted any more is sent as an empty text.
    let text = |name: &str| desired.text(name).unwrap_or_default().to_owned();
    aws.cloudtrail()
        .update_trail()
        .name(name)
        .s3_bucket_name(desired.required("s3_bucket_name")?)
        .s3_key_prefix(text("s3_key_prefix"))
        .sns_topic_name(text("sns_topic_name"))
        .set_include_global_service_events(desired.flag("include_global_service_events"))
        .set_is_multi_region_trail(desired.flag("is_multi_region_trail"))
        .set_enable_log_file_validation(desired.flag("enable_log_file_validation"))
        // Group and role go together.
        .cloud_watch_logs_log_group_arn(log_group(desired).unwrap_or_default())
        .cloud_watch_logs_role_arn(text("cloud_watch_logs_role_arn"))
        .kms_key_id(text("kms_key_id"))
        .send()
        .await
        .map_err(|error| refused("cloudtrail:UpdateTrail", &error))?;
    Ok(())
}

async fn values(aws: &Region, trail: &Sdk, tags: BTreeMap<String, String>) -> Result<Live, Failure> {
    let name = trail.name().unwrap_or_default();
    let call = aws.cloudtrail().get_trail_status().name(name);
    let status = call.send().await.map_err(|error| unread("cloudtrail:GetTrailStatus", &error))?;
    let custom = trail.has_custom_event_selectors().unwrap_or(true);
    let (basic, advanced) = event_selectors(aws, name, custom).await?;
    let insight = insight_selectors(aws, name, trail.has_insight_selectors().unwrap_or(false)).await?;
    let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(Value::text);
    let group = trail.cloud_watch_logs_log_group_arn().map(|arn| arn.trim_end_matches(":*"));
    let properties = Values::new()
        .set("name", name)
        .set("s3_bucket_name", trail.s3_bucket_name())
        .set("s3_key_prefix", filled(trail.s3_key_prefix()))
        .set("sns_topic_name", filled(trail.sns_topic_arn()))
        .set("include_global_service_events", trail.include_global_service_events().unwrap_or(true))
        .set("is_multi_region_trail", trail.is_multi_region_trail().unwrap_or(false))
        .set("enable_log_file_validation", trail.log_file_validation_enabled().unwrap_or(false))
        .set("cloud_watch_logs_log_group_arn", filled(group))
        .set("cloud_watch_logs_role_arn", filled(trail.cloud_watch_logs_role_arn()))
        .set("kms_key_id", filled(trail.kms_key_id()))
        .set("is_logging", status.is_logging().unwrap_or(false))
        .set("delivery", delivery(&status))
        .set("event_selectors", basic)
        .set("advanced_event_selectors", advanced)
        .set("insight_selectors", insight)
        .tags(tags);
    let outputs = Values::new().set("arn", trail.trail_arn()).set("home_region", trail.home_region());
    Ok(Live {
        id: name.to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    })
}

/// Whether what it records arrives; before the first attempt nothing is said. What S3 says of itself passes.
fn delivery(status: &GetTrailStatusOutput) -> String {
    const PASSING: [&str; 4] = ["InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown"];
    let errors = [
        ("files", status.latest_delivery_error()),
        ("digests", status.latest_digest_delivery_error()),
        ("events in the log group", status.latest_cloud_watch_logs_delivery_error()),
        ("notices", status.latest_notification_error()),
    ];
    let lasting = |why: &&str| !why.is_empty() && !PASSING.iter().any(|word| why.contains(word));
    let said: Vec<String> = errors
        .into_iter()
        .filter_map(|(what, why)| Some(format!("{what}: {}", why.filter(lasting)?)))
        .collect();
    match status.is_logging().unwrap_or(false) && !said.is_empty() {
        true => format!("FAILED: {}", said.join("; ")),
        false => "SUCCESS".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_arrive_is_said_and_what_passes_is_not() {
        let of = |logging: bool, files: &str, digests: &str| {
            let status = GetTrailStatusOutput::builder().is_logging(logging).latest_delivery_error(files);
            delivery(&status.latest_digest_delivery_error(digests).build())
        };
        assert_eq!(
            of(true, "AccessDenied", "NoSuchBucket"),
            "FAILED: files: AccessDenied; digests: NoSuchBucket"
        );
        assert_eq!(of(true, "", "SlowDown"), "SUCCESS");
        assert_eq!(of(false, "AccessDenied", ""), "SUCCESS", "it tries no more");
        assert_eq!(delivery(&GetTrailStatusOutput::builder().is_logging(true).build()), "SUCCESS");
    }
}
