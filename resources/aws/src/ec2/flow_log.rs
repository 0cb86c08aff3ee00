//! `aws:ec2:FlowLog`

use async_trait::async_trait;
use aws_sdk_ec2::types::{self, FlowLogsResourceType, LogDestinationType, ResourceType, TrafficType};
use finsight_engine::contract::{
    Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Standing, Target,
};
use finsight_engine::value::Map;

use super::common::{
    FILTER_VALUES, by_id, by_owner, converge_tags, delete_failure, differs, filter, on_delete, owned,
    tag_pairs, tag_specifications,
};
use crate::failure::{refused, reported, unexpected, unread};
use crate::handler::{Deleted, Handler, standing_as};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// How EC2 says that it does not find one.
const OWN: &[&str] = &["InvalidFlowLog"];

/// The handler of `aws:ec2:FlowLog`.
pub struct FlowLog;

#[async_trait]
impl Handler for FlowLog {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(FILTER_VALUES) {
            live.extend(described(aws, by_id("flow-log-id", batch)).await?);
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        Ok(owned(owner, &described(aws, by_owner(owner)).await?))
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .ec2()
            .create_flow_logs()
            .resource_type(FlowLogsResourceType::Vpc)
            .resource_ids(inputs.required("resource_id")?)
            .log_destination_type(LogDestinationType::CloudWatchLogs)
            .log_destination(inputs.required("log_destination")?)
            .deliver_logs_permission_arn(inputs.required("deliver_logs_permission_arn")?)
            .set_traffic_type(inputs.text("traffic_type").map(TrafficType::from))
            .set_max_aggregation_interval(inputs.int32("max_aggregation_interval"))
            .set_log_format(inputs.text("log_format").map(str::to_owned))
            .set_tag_specifications(tag_specifications(ResourceType::VpcFlowLog, inputs))
            .client_token(owner.as_str())
            .send()
            .await
            .map_err(|error| refused("ec2:CreateFlowLogs", &error))?;
        // A refusal comes in a list beside HTTP 200.
        if let Some(error) = answer.unsuccessful().iter().find_map(|item| item.error()) {
            return Err(reported("ec2:CreateFlowLogs", error.code(), error.message()));
        }
        answer
            .flow_log_ids()
            .first()
            .cloned()
            .ok_or_else(|| unexpected("ec2:CreateFlowLogs", "the answer has no flow log id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        converge_tags(aws, &target.id, &live.properties, desired, differing).await?;
        if differs(differing, "delivery") {
            return Err(undelivered(&target.id, live.properties.text("delivery").unwrap_or_default()));
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let answer = aws
            .ec2()
            .delete_flow_logs()
            .flow_log_ids(&target.id)
            .send()
            .await
            .map_err(|error| delete_failure("ec2:DeleteFlowLogs", OWN, &error))?;
        match answer.unsuccessful().iter().find_map(|item| item.error()) {
            Some(error) => Err(on_delete(reported("ec2:DeleteFlowLogs", error.code(), error.message()), OWN)),
            None => Ok(Deleted::Gone),
        }
    }

    /// Who tells the same place of the same traffic.
    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        let place = inputs.required("log_destination")?;
        let there = |live: &&Live| live.properties.text("log_destination") == Some(place);
        let found = described(aws, filter("resource-id", [inputs.required("resource_id")?])).await?;
        Ok(found.iter().filter(there).map(standing_as).collect())
    }
}

/// A flow log is active though nothing arrives. It tries again by itself: its role may have been put right a moment ago.
fn undelivered(id: &str, delivery: &str) -> Failure {
    let message = format!(
        "nothing of {id} arrives ({delivery}): its role has to trust vpc-flow-logs.amazonaws.com and may \
                 write into its log group"
    );
    let mut failure = unexpected("ec2:DescribeFlowLogs", &message);
    failure.class = FailureClass::NotYet;
    failure.code = "DeliveryFails".to_owned();
    failure
}

/// The flow logs that a filter lets through.
async fn described(aws: &Region, filter: types::Filter) -> Result<Vec<Live>, Failure> {
    let mut pages = aws.ec2().describe_flow_logs().filter(filter).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("ec2:DescribeFlowLogs", &error))?;
        found.extend(page.flow_logs().iter().map(live));
    }
    Ok(found)
}

fn live(log: &types::FlowLog) -> Live {
    let properties = Values::new()
        .set("resource_id", log.resource_id())
        .set("log_destination", log.log_destination().map(|arn| arn.strip_suffix(":*").unwrap_or(arn)))
        .set("deliver_logs_permission_arn", log.deliver_logs_permission_arn())
        .set("traffic_type", log.traffic_type().map(TrafficType::as_str))
        .set("max_aggregation_interval", log.max_aggregation_interval())
        .set("log_format", log.log_format())
        .set("delivery", delivery(log))
        .tags(tag_pairs(log.tags()));
    Live {
        id: log.flow_log_id().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: Map::new(),
        health: Health::Ready,
    }
}

/// Whether its records arrive; before the first attempt nothing is said. What passes by itself is no reason to change
/// anything: "Rate limited" is Logs' throttling, "Unknown error" AWS's own (`FlowLog` of the API).
fn delivery(log: &types::FlowLog) -> String {
    const PASSING: [&str; 2] = ["rate limited", "unknown error"];
    let why = log.deliver_logs_error_message().unwrap_or("no reason given");
    let passes = PASSING.iter().any(|text| why.to_ascii_lowercase().starts_with(text));
    match log.deliver_logs_status() {
        Some("FAILED") if !passes => format!("FAILED: {why}"),
        _ => "SUCCESS".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_nobody_s_mistake() {
        let log = |why: &str| {
            let log = types::FlowLog::builder().deliver_logs_status("FAILED");
            delivery(&log.deliver_logs_error_message(why).build())
        };
        assert_eq!(log("Access error"), "FAILED: Access error");
        assert_eq!(log("Rate limited"), "SUCCESS");
        assert_eq!(log("Unknown error"), "SUCCESS");
    }

    #[test]
    fn a_role_just_made_is_waited_for() {
        let check = |code: &str, message: &str, expected| {
            let failure = reported("ec2:CreateFlowLogs", Some(code), Some(message));
            assert_eq!((failure.class, failure.code.as_str()), (expected, code));
        };
        check("InvalidParameter", "Access Denied for LogDestination: x.", FailureClass::NotYet);
        check("400", "Unable to assume given IAM role", FailureClass::NotYet);
        check("FlowLogAlreadyExists", "There is an existing Flow Log.", FailureClass::Exists);
        check("InvalidParameter", "Something else.", FailureClass::Invalid);
    }
}
