//! `aws:route53:HostedZone`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_route53::operation::get_hosted_zone::GetHostedZoneOutput;
use aws_sdk_route53::types::{HostedZone as Zone, HostedZoneConfig, TagResourceType, Vpc, VpcRegion};
use finsight_engine::contract::{
    Candidate, Failure, Health, Live, OwnerId, Reading, STACK_TAG, Standing, Target,
};
use finsight_engine::normal::dns_name;
use finsight_engine::value::{Map, Value};
use futures::future::try_join_all;

use super::record_set;
use super::tags::{converge_tags, tags_of};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// Zones are read one by one, for lists do not have their name servers; this many at a time.
const AT_ONCE: usize = 5;

/// The handler of `aws:route53:HostedZone`. The owner id is the caller reference: a zone takes no tags in its
/// create call.
pub struct HostedZone;

#[async_trait]
impl Handler for HostedZone {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut zones = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let mut reads = Vec::new();
            for target in batch {
                reads.push(zone(aws, &target.id));
            }
            zones.extend(try_join_all(reads).await?.into_iter().flatten());
        }
        let ids: Vec<String> = zones.iter().filter_map(id_of).collect();
        let mut tags = tags_of(aws, &TagResourceType::Hostedzone, &ids).await?;
        let live = zones.iter().filter_map(|zone| {
            let id = id_of(zone)?;
            let tags = tags.remove(&id).unwrap_or_default();
            Some(live(aws, id, zone, tags))
        });
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let mut found = Vec::new();
        let mut pages = aws.route53().list_hosted_zones().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("route53:ListHostedZones", &error))?;
            let ours = page.hosted_zones().iter().filter(|zone| zone.caller_reference() == owner.as_str());
            found.extend(ours.map(|zone| Candidate { id: bare(zone.id()).to_owned(), ours: true }));
        }
        Ok(found)
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let config = HostedZoneConfig::builder()
            .set_comment(inputs.text("comment").map(str::to_owned))
            .private_zone(!vpcs(inputs).is_empty())
            .build();
        let answer = aws
            .route53()
            .create_hosted_zone()
            .name(inputs.required("name")?)
            .caller_reference(owner.as_str())
            .hosted_zone_config(config)
            // The other VPCs of a private zone follow.
            .set_vpc(vpcs(inputs).first().map(|(id, region)| vpc(id, region)))
            .send()
            .await
            .map_err(|error| refused("route53:CreateHostedZone", &error))?;
        answer
            .hosted_zone()
            .map(|zone| bare(zone.id()).to_owned())
            .ok_or_else(|| unexpected("route53:CreateHostedZone", "the answer has no zone"))
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
        if differs("comment") {
            let comment = desired.text("comment").unwrap_or_default();
            let call = aws.route53().update_hosted_zone_comment().id(id).comment(comment);
            call.send().await.map_err(|error| refused("route53:UpdateHostedZoneComment", &error))?;
        }
        if differs("vpcs") {
            converge_vpcs(aws, id, &vpcs(&live.properties), &vpcs(desired)).await?;
        }
        if differs("tags") {
            converge_tags(aws, &TagResourceType::Hostedzone, id, &live.properties, desired).await?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.route53().delete_hosted_zone().id(&target.id);
        call.send().await.map_err(|error| refused("route53:DeleteHostedZone", &error))?;
        Ok(Deleted::Gone)
    }

    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        let (name, private) = (dns_name(inputs.required("name")?), !vpcs(inputs).is_empty());
        let mut ids = Vec::new();
        let mut call = aws.route53().list_hosted_zones_by_name().dns_name(&name).max_items(100);
        loop {
            let answer = call.send().await;
            let answer = answer.map_err(|error| unread("route53:ListHostedZonesByName", &error))?;
            let is_private = |zone: &Zone| zone.config().is_some_and(|config| config.private_zone());
            let same = answer.hosted_zones().iter().filter(|zone| dns_name(zone.name()) == name);
            ids.extend(
                same.filter(|zone| is_private(zone) == private).map(|zone| bare(zone.id()).to_owned()),
            );
            // Zones come in order of name.
            let more =
                answer.is_truncated && answer.next_dns_name().is_some_and(|next| dns_name(next) == name);
            if !more {
                break;
            }
            call = aws.route53().list_hosted_zones_by_name().max_items(100);
            call = call.set_dns_name(answer.next_dns_name).set_hosted_zone_id(answer.next_hosted_zone_id);
        }
        let tags = tags_of(aws, &TagResourceType::Hostedzone, &ids).await?;
        let stack = |id: &String| tags.get(id).and_then(|tags| tags.get(STACK_TAG)).cloned();
        Ok(ids.iter().map(|id| Standing { id: id.clone(), stack: stack(id), deleting: false }).collect())
    }

    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        let apex = dns_name(target.inputs.text("name").unwrap_or_default());
        let own = |id: &str| {
            let mut parts = id.split('|').skip(1);
            parts.next() == Some(&apex) && matches!(parts.next(), Some("NS" | "SOA"))
        };
        let ids = record_set::ids(aws, &target.id).await?;
        Ok(ids.into_iter().filter(|id| !own(id)).map(|id| format!("{id} (record set)")).collect())
    }
}

/// An id without the path that Route 53 answers with.
fn bare(id: &str) -> &str {
    id.strip_prefix("/hostedzone/").unwrap_or(id)
}

fn id_of(zone: &GetHostedZoneOutput) -> Option<String> {
    zone.hosted_zone().map(|zone| bare(zone.id()).to_owned())
}

async fn zone(aws: &Region, id: &str) -> Result<Option<GetHostedZoneOutput>, Failure> {
    let answer = aws.route53().get_hosted_zone().id(id).send().await;
    absent_as_none(answer.map_err(|error| unread("route53:GetHostedZone", &error)))
}

fn live(aws: &Region, id: String, zone: &GetHostedZoneOutput, tags: BTreeMap<String, String>) -> Live {
    let about = zone.hosted_zone();
    let comment = about.and_then(|zone| zone.config()).and_then(|config| config.comment());
    let vpcs = zone.vpcs().iter().map(|vpc| {
        let region = vpc.vpc_region().map(VpcRegion::as_str);
        Value::Map(Values::new().set("vpc_id", vpc.vpc_id()).set("vpc_region", region).build())
    });
    let properties = Values::new()
        .set("name", about.map(|zone| zone.name().trim_end_matches('.')))
        .set("comment", comment.unwrap_or_default())
        .set("vpcs", Value::List(vpcs.collect()))
        .tags(tags);
    let servers = zone.delegation_set().map(|set| set.name_servers().to_vec()).unwrap_or_default();
    let outputs = Values::new()
        .set("arn", format!("arn:{}:route53:::hostedzone/{id}", aws.account().partition))
        .list("name_servers", servers);
    Live { id, properties: properties.build(), outputs: outputs.build(), health: Health::Ready }
}

/// VPCs by id and region.
fn vpcs(map: &Map) -> Vec<(String, String)> {
    let items = map.get("vpcs").and_then(Value::as_list).unwrap_or_default().iter();
    items
        .filter_map(Value::as_map)
        .filter_map(|vpc| Some((vpc.text("vpc_id")?.to_owned(), vpc.text("vpc_region")?.to_owned())))
        .collect()
}

fn vpc(id: &str, region: &str) -> Vpc {
    Vpc::builder().vpc_id(id).vpc_region(VpcRegion::from(region)).build()
}

/// First those that come, for a private zone is never without one.
async fn converge_vpcs(
    aws: &Region,
    zone: &str,
    live: &[(String, String)],
    desired: &[(String, String)],
) -> Result<(), Failure> {
    for (id, region) in desired.iter().filter(|item| !live.contains(item)) {
        let call = aws.route53().associate_vpc_with_hosted_zone().hosted_zone_id(zone).vpc(vpc(id, region));
        call.send().await.map_err(|error| refused("route53:AssociateVPCWithHostedZone", &error))?;
    }
    for (id, region) in live.iter().filter(|item| !desired.contains(item)) {
        let call =
            aws.route53().disassociate_vpc_from_hosted_zone().hosted_zone_id(zone).vpc(vpc(id, region));
        call.send().await.map_err(|error| refused("route53:DisassociateVPCFromHostedZone", &error))?;
    }
    Ok(())
}
