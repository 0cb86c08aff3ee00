//! `aws:wafv2:IPSet`

use async_trait::async_trait;
use aws_sdk_wafv2::operation::get_ip_set::GetIpSetOutput;
use aws_sdk_wafv2::types::{IpAddressVersion, Scope};
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{Id, joined};
use super::tags::{converge_tags, owned, tag_list, tags_of};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:wafv2:IPSet`.
pub struct IpSet;

#[async_trait]
impl Handler for IpSet {
    /// A list has no addresses: each is read by itself.
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for target in targets {
            found.extend(read_one(aws, &target.id).await?);
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (name, scope) = (inputs.required("name")?, inputs.required("scope")?);
        let mut found = Vec::new();
        let mut marker = None;
        loop {
            let call = aws.wafv2().list_ip_sets().scope(Scope::from(scope)).limit(100);
            let answer = call.set_next_marker(marker).send().await;
            let answer = answer.map_err(|error| unread("wafv2:ListIPSets", &error))?;
            for set in answer.ip_sets().iter().filter(|set| set.name() == Some(name)) {
                let ours = owned(aws, set.arn().unwrap_or_default(), owner).await?;
                found.push(Candidate { id: joined(name, set.id().unwrap_or_default(), scope), ours });
            }
            marker = answer.next_marker.filter(|marker| !marker.is_empty());
            if marker.is_none() {
                return Ok(found);
            }
        }
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let (name, scope) = (inputs.required("name")?, inputs.required("scope")?);
        let answer = aws
            .wafv2()
            .create_ip_set()
            .name(name)
            .scope(Scope::from(scope))
            .set_description(description(inputs))
            .ip_address_version(IpAddressVersion::from(inputs.required("ip_address_version")?))
            .set_addresses(Some(inputs.texts("addresses")))
            .set_tags(tag_list(inputs.tags())?)
            .send()
            .await
            .map_err(|error| refused("wafv2:CreateIPSet", &error))?;
        let id = answer.summary().and_then(|summary| summary.id());
        id.map(|id| joined(name, id, scope))
            .ok_or_else(|| unexpected("wafv2:CreateIPSet", "the answer has no id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        converge_tags(aws, live, desired).await?;
        if differing.iter().all(|name| name == "tags") {
            return Ok(Vec::new());
        }
        let id = Id::of(&target.id)?;
        let lock = got(aws, &target.id).await?.and_then(|standing| standing.lock_token);
        let call = aws
            .wafv2()
            .update_ip_set()
            .name(id.name)
            .id(id.id)
            .scope(id.scope)
            .set_description(description(desired))
            .set_addresses(Some(desired.texts("addresses")))
            .set_lock_token(lock);
        call.send().await.map_err(|error| refused("wafv2:UpdateIPSet", &error))?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let id = Id::of(&target.id)?;
        let Some(standing) = got(aws, &target.id).await? else { return Ok(Deleted::Gone) };
        let call = aws.wafv2().delete_ip_set().name(id.name).id(id.id).scope(id.scope);
        let call = call.set_lock_token(standing.lock_token);
        call.send().await.map_err(|error| refused("wafv2:DeleteIPSet", &error))?;
        Ok(Deleted::Gone)
    }
}

/// AWS takes no empty description.
fn description(inputs: &Map) -> Option<String> {
    inputs.text("description").filter(|text| !text.is_empty()).map(str::to_owned)
}

async fn got(aws: &Region, id: &str) -> Result<Option<GetIpSetOutput>, Failure> {
    let id = Id::of(id)?;
    let call = aws.wafv2().get_ip_set().name(id.name).id(id.id).scope(id.scope);
    absent_as_none(call.send().await.map_err(|error| unread("wafv2:GetIPSet", &error)))
}

async fn read_one(aws: &Region, id: &str) -> Result<Option<Live>, Failure> {
    let Some(set) = got(aws, id).await?.and_then(|answer| answer.ip_set) else { return Ok(None) };
    // A set just made may be known to one call and not to the next.
    let tags = tags_of(aws, set.arn()).await.map_err(|mut failure| {
        if failure.class == FailureClass::Absent {
            failure.class = FailureClass::Transient;
        }
        failure
    })?;
    let properties = Values::new()
        .set("scope", Id::of(id)?.scope.as_str())
        .set("name", set.name())
        .set("description", set.description().unwrap_or_default())
        .set("ip_address_version", set.ip_address_version().as_str())
        .list("addresses", set.addresses())
        .tags(tags);
    let outputs = Values::new().set("arn", set.arn());
    Ok(Some(Live {
        id: id.to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }))
}
