//! `aws:cloudfront:OriginAccessControl`

use async_trait::async_trait;
use aws_sdk_cloudfront::types::{
    OriginAccessControlConfig, OriginAccessControlOriginTypes, OriginAccessControlSigningBehaviors,
    OriginAccessControlSigningProtocols, OriginAccessControlSummary,
};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{as_asked, built};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:cloudfront:OriginAccessControl`.
pub struct OriginAccessControl;

#[async_trait]
impl Handler for OriginAccessControl {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        if let [target] = targets {
            let found = got(aws, &target.id).await?;
            return Ok(in_order(targets, found.map(|(config, _)| live(&target.id, &config))));
        }
        Ok(in_order(targets, all(aws).await?))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let named = |live: &Live| live.properties.text("name") == inputs.text("name");
        let candidate = |live: Live| {
            let ours = as_asked(inputs, &live.properties);
            Candidate { id: live.id, ours }
        };
        Ok(all(aws).await?.into_iter().filter(named).map(candidate).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let operation = "cloudfront:CreateOriginAccessControl";
        let call = aws.cloudfront().create_origin_access_control();
        let answer = call.origin_access_control_config(config(inputs)?).send().await;
        let answer = answer.map_err(|error| refused(operation, &error))?;
        let id = answer.origin_access_control.map(|control| control.id);
        id.ok_or_else(|| unexpected(operation, "the answer has no id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let etag = got(aws, &target.id).await?.map(|(_, etag)| etag);
        let call = aws.cloudfront().update_origin_access_control().id(&target.id).set_if_match(etag);
        let call = call.origin_access_control_config(config(desired)?);
        let answer = call.send().await;
        answer.map_err(|error| refused("cloudfront:UpdateOriginAccessControl", &error))?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let Some((_, etag)) = got(aws, &target.id).await? else { return Ok(Deleted::Gone) };
        let call = aws.cloudfront().delete_origin_access_control().id(&target.id).if_match(etag);
        let answer = call.send().await;
        answer.map_err(|error| refused("cloudfront:DeleteOriginAccessControl", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn got(aws: &Region, id: &str) -> Result<Option<(OriginAccessControlConfig, String)>, Failure> {
    let answer = aws.cloudfront().get_origin_access_control().id(id).send().await;
    let answer = answer.map_err(|error| unread("cloudfront:GetOriginAccessControl", &error));
    let Some(answer) = absent_as_none(answer)? else { return Ok(None) };
    let etag = answer.e_tag.unwrap_or_default();
    let config = answer.origin_access_control.and_then(|control| control.origin_access_control_config);
    Ok(config.map(|config| (config, etag)))
}

/// All of the account, 100 a page.
async fn all(aws: &Region) -> Result<Vec<Live>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.cloudfront().list_origin_access_controls().max_items(100).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("cloudfront:ListOriginAccessControls", &error))?;
        let items = page.origin_access_control_list.and_then(|list| list.items).unwrap_or_default();
        for item in &items {
            found.push(live(&item.id, &of_summary(item)?));
        }
    }
    Ok(found)
}

fn of_summary(item: &OriginAccessControlSummary) -> Result<OriginAccessControlConfig, Failure> {
    built(
        OriginAccessControlConfig::builder()
            .name(item.name())
            .description(item.description())
            .signing_protocol(item.signing_protocol().clone())
            .signing_behavior(item.signing_behavior().clone())
            .origin_access_control_origin_type(item.origin_access_control_origin_type().clone())
            .build(),
    )
}

fn config(inputs: &Map) -> Result<OriginAccessControlConfig, Failure> {
    let kind = inputs.required("origin_access_control_origin_type")?;
    let (protocol, behavior) = (inputs.text("signing_protocol"), inputs.text("signing_behavior"));
    built(
        OriginAccessControlConfig::builder()
            .name(inputs.required("name")?)
            .description(inputs.text("description").unwrap_or_default())
            .set_signing_protocol(protocol.map(OriginAccessControlSigningProtocols::from))
            .set_signing_behavior(behavior.map(OriginAccessControlSigningBehaviors::from))
            .origin_access_control_origin_type(OriginAccessControlOriginTypes::from(kind))
            .build(),
    )
}

fn live(id: &str, config: &OriginAccessControlConfig) -> Live {
    let properties = Values::new()
        .set("name", config.name())
        .set("description", config.description().unwrap_or_default())
        .set("signing_protocol", config.signing_protocol().as_str())
        .set("signing_behavior", config.signing_behavior().as_str())
        .set("origin_access_control_origin_type", config.origin_access_control_origin_type().as_str());
    Live { id: id.to_owned(), properties: properties.build(), outputs: Map::new(), health: Health::Ready }
}
