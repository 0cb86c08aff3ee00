//! `aws:apigateway:BasePathMapping`

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use aws_sdk_apigateway::types::BasePathMapping as Standing;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{SEPARATOR, filled, replacements};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:apigateway:BasePathMapping`.
pub struct BasePathMapping;

/// AWS's word for the path of everything.
const ROOT: &str = "(none)";

#[async_trait]
impl Handler for BasePathMapping {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let domains: BTreeSet<&str> = targets.iter().map(|target| split(&target.id).0).collect();
        let mut found: BTreeMap<String, Live> = BTreeMap::new();
        for domain in domains {
            for one in absent_as_none(all(aws, domain).await)?.unwrap_or_default() {
                let live = live(domain, &one);
                found.insert(live.id.clone(), live);
            }
        }
        Ok(in_order(targets, found.into_values()))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let domain = inputs.required("domain_name")?;
        let path = inputs.text("base_path").unwrap_or_default();
        let standing = absent_as_none(all(aws, domain).await)?.unwrap_or_default();
        let found = standing.iter().map(|one| live(domain, one)).filter(|one| one.id == id_of(domain, path));
        // It takes no tags; that it leads to our API proves it ours.
        let ours = |one: &Live| one.properties.text("rest_api_id") == inputs.text("rest_api_id");
        Ok(found.map(|one| Candidate { ours: ours(&one), id: one.id }).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let domain = inputs.required("domain_name")?;
        aws.apigateway()
            .create_base_path_mapping()
            .domain_name(domain)
            .set_base_path(filled(inputs, "base_path"))
            .rest_api_id(inputs.required("rest_api_id")?)
            .set_stage(filled(inputs, "stage"))
            .send()
            .await
            .map_err(|error| refused("apigateway:CreateBasePathMapping", &error))?;
        Ok(id_of(domain, inputs.text("base_path").unwrap_or_default()))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        const PATHS: &[(&str, &str)] = &[("rest_api_id", "/restapiId"), ("stage", "/stage")];
        let (domain, path) = split(&target.id);
        aws.apigateway()
            .update_base_path_mapping()
            .domain_name(domain)
            .base_path(if path.is_empty() { ROOT } else { path })
            .set_patch_operations(Some(replacements(PATHS, desired, differing)))
            .send()
            .await
            .map_err(|error| refused("apigateway:UpdateBasePathMapping", &error))?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let (domain, path) = split(&target.id);
        let path = if path.is_empty() { ROOT } else { path };
        let call = aws.apigateway().delete_base_path_mapping().domain_name(domain).base_path(path);
        call.send().await.map_err(|error| refused("apigateway:DeleteBasePathMapping", &error))?;
        Ok(Deleted::Gone)
    }
}

fn id_of(domain: &str, path: &str) -> String {
    format!("{domain}{SEPARATOR}{path}")
}

fn split(id: &str) -> (&str, &str) {
    id.split_once(SEPARATOR).unwrap_or((id, ""))
}

fn live(domain: &str, one: &Standing) -> Live {
    let path = one.base_path().filter(|path| *path != ROOT).unwrap_or_default();
    // AWS writes the path of everything for a stage that is not set, too.
    let stage = one.stage().filter(|stage| *stage != ROOT).unwrap_or_default();
    let properties = Values::new()
        .set("domain_name", domain)
        .set("base_path", path)
        .set("rest_api_id", one.rest_api_id())
        .set("stage", stage);
    Live {
        id: id_of(domain, path),
        properties: properties.build(),
        outputs: Map::new(),
        health: Health::Ready,
    }
}

async fn all(aws: &Region, domain: &str) -> Result<Vec<Standing>, Failure> {
    let mut found = Vec::new();
    let call = aws.apigateway().get_base_path_mappings().domain_name(domain).limit(500);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("apigateway:GetBasePathMappings", &error))?;
        found.extend(page.items.unwrap_or_default());
    }
    Ok(found)
}
