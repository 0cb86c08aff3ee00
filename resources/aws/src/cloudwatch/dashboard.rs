//! `aws:cloudwatch:Dashboard`

use async_trait::async_trait;
use aws_sdk_cloudwatch::types::Tag;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};

use super::common::{all_tags, candidate, converge_tags, tags as tags_in, tags_of};
use crate::document::{from_text, to_text};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::standing::stands_already;
use crate::values::{Inputs, Values};

/// The handler of `aws:cloudwatch:Dashboard`.
pub struct Dashboard;

#[async_trait]
impl Handler for Dashboard {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        // Lists have no bodies: one call each.
        let mut found = Vec::new();
        for target in targets {
            if let Some(body) = body_of(aws, &target.id).await? {
                found.push((target.id.clone(), body));
            }
        }
        let arns: Vec<String> = found.iter().map(|(name, _)| arn_of(aws, name)).collect();
        let tags = all_tags(aws, &arns).await?;
        let live = found.into_iter().zip(arns).zip(tags).filter_map(|(((name, body), arn), tags)| {
            let properties = Values::new()
                .set("dashboard_name", name.as_str())
                .set("dashboard_body", body)
                .tags(tags?)
                .build();
            let outputs = Values::new().set("arn", arn).build();
            Some(Live { id: name, properties, outputs, health: Health::Ready })
        });
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("dashboard_name")?;
        if body_of(aws, name).await?.is_none() {
            return Ok(Vec::new());
        }
        let Some(tags) = tags_of(aws, &arn_of(aws, name)).await? else { return Ok(Vec::new()) };
        Ok(vec![candidate(name, &tags, owner)])
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("dashboard_name")?;
        if body_of(aws, name).await?.is_some() {
            return Err(stands_already("cloudwatch:PutDashboard", &format!("the dashboard {name}")));
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
        if differing.iter().any(|name| name == "dashboard_body") {
            put(aws, &target.id, desired, None).await?;
        }
        converge_tags(aws, &arn_of(aws, &target.id), &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.cloudwatch().delete_dashboards().dashboard_names(&target.id);
        call.send().await.map_err(|error| refused("cloudwatch:DeleteDashboards", &error))?;
        Ok(Deleted::Gone)
    }
}

/// Dashboards belong to the account: their ARN has no region.
fn arn_of(aws: &Region, name: &str) -> String {
    let account = aws.account();
    format!("arn:{}:cloudwatch::{}:dashboard/{name}", account.partition, account.id)
}

async fn put(aws: &Region, name: &str, inputs: &Map, tags: Option<Vec<Tag>>) -> Result<(), Failure> {
    let body = inputs.get("dashboard_body").map(to_text).unwrap_or_default();
    let answer = aws
        .cloudwatch()
        .put_dashboard()
        .dashboard_name(name)
        .dashboard_body(body)
        .set_tags(tags)
        .send()
        .await
        .map_err(|error| refused("cloudwatch:PutDashboard", &error))?;
    for message in answer.dashboard_validation_messages() {
        tracing::warn!(dashboard = name, at = message.data_path(), why = message.message(), "dashboard body");
    }
    Ok(())
}

async fn body_of(aws: &Region, name: &str) -> Result<Option<Value>, Failure> {
    let answer = aws
        .cloudwatch()
        .get_dashboard()
        .dashboard_name(name)
        .send()
        .await
        .map_err(|error| unread("cloudwatch:GetDashboard", &error));
    Ok(absent_as_none(answer)?.map(|answer| from_text(answer.dashboard_body().unwrap_or_default())))
}
