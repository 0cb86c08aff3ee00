//! `aws:kms:Alias`

use async_trait::async_trait;
use aws_sdk_kms::types::AliasListEntry;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Standing, Target};
use finsight_engine::value::Map;

use super::common::key_id;
use crate::failure::{refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:kms:Alias`.
pub struct Alias;

#[async_trait]
impl Handler for Alias {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        // There is no call for one alias: one sweep serves all.
        let live = all(aws).await?.into_iter().map(|alias| {
            let name = alias.alias_name().unwrap_or_default();
            let properties =
                Values::new().set("alias_name", name).set("target_key_id", alias.target_key_id()).build();
            Live { id: name.to_owned(), properties, outputs: Map::new(), health: Health::Ready }
        });
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (name, key) = (inputs.required("alias_name")?, inputs.required("target_key_id")?);
        Ok(all(aws)
            .await?
            .into_iter()
            .filter(|alias| alias.alias_name() == Some(name))
            .map(|alias| {
                // An alias takes no tags; that it points at our key proves it ours.
                let ours = alias.target_key_id().is_some_and(|id| key_id(id) == key_id(key));
                Candidate { id: name.to_owned(), ours }
            })
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("alias_name")?;
        aws.kms()
            .create_alias()
            .alias_name(name)
            .target_key_id(inputs.required("target_key_id")?)
            .send()
            .await
            .map_err(|error| refused("kms:CreateAlias", &error))?;
        Ok(name.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        aws.kms()
            .update_alias()
            .alias_name(&target.id)
            .target_key_id(desired.required("target_key_id")?)
            .send()
            .await
            .map_err(|error| refused("kms:UpdateAlias", &error))?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.kms().delete_alias().alias_name(&target.id);
        call.send().await.map_err(|error| refused("kms:DeleteAlias", &error))?;
        Ok(Deleted::Gone)
    }

    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        let name = inputs.required("alias_name")?;
        let standing = all(aws).await?.into_iter().any(|alias| alias.alias_name() == Some(name));
        let here = || Standing { id: name.to_owned(), stack: None, deleting: false };
        Ok(standing.then(here).into_iter().collect())
    }
}

async fn all(aws: &Region) -> Result<Vec<AliasListEntry>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.kms().list_aliases().limit(100).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("kms:ListAliases", &error))?;
        found.extend(page.aliases.unwrap_or_default());
    }
    Ok(found)
}
