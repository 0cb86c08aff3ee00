//! `aws:rds:DBSnapshot`

use async_trait::async_trait;
use aws_sdk_rds::types::{DbSnapshot as Described, Filter};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{converge_tags, deleted, tag_pairs, tags_of};
use crate::failure::{refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// One page describes at most this many.
const BATCH: usize = 100;

/// The handler of `aws:rds:DBSnapshot`.
pub struct DbSnapshot;

#[async_trait]
impl Handler for DbSnapshot {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for batch in targets.chunks(BATCH) {
            let snapshots = described(aws, batch.iter().map(|target| target.id.clone()).collect()).await?;
            found.extend(snapshots.iter().map(live));
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("db_snapshot_identifier")?.to_ascii_lowercase();
        let found = described(aws, vec![name.clone()]).await?;
        let named = found.iter().filter(|snapshot| snapshot.db_snapshot_identifier() == Some(&name));
        Ok(named
            .map(|snapshot| {
                let tags = tag_pairs(snapshot.tag_list());
                let ours = tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
                Candidate { id: name.clone(), ours }
            })
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .rds()
            .create_db_snapshot()
            .db_snapshot_identifier(inputs.required("db_snapshot_identifier")?)
            .db_instance_identifier(inputs.required("db_instance_identifier")?)
            .set_tags(Some(tags_of(inputs.tags())))
            .send()
            .await
            .map_err(|error| refused("rds:CreateDBSnapshot", &error))?;
        let name = answer.db_snapshot().and_then(|snapshot| snapshot.db_snapshot_identifier());
        name.map(str::to_owned)
            .ok_or_else(|| unexpected("rds:CreateDBSnapshot", "the answer has no identifier"))
    }

    async fn converge(
        &self,
        aws: &Region,
        _target: &Target,
        live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if let Some(arn) = live.outputs.text("arn") {
            converge_tags(aws, arn, &live.properties, desired).await?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.rds().delete_db_snapshot().db_snapshot_identifier(&target.id);
        deleted("rds:DeleteDBSnapshot", call.send().await)
    }
}

/// The snapshots that stand among those named. A filter omits what is missing.
async fn described(aws: &Region, ids: Vec<String>) -> Result<Vec<Described>, Failure> {
    let mut found = Vec::new();
    let filter = Filter::builder().name("db-snapshot-id").set_values(Some(ids)).build();
    let mut pages = aws.rds().describe_db_snapshots().filters(filter).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("rds:DescribeDBSnapshots", &error))?;
        found.extend(page.db_snapshots.unwrap_or_default());
    }
    Ok(found)
}

fn live(snapshot: &Described) -> Live {
    let properties = Values::new()
        .set("db_snapshot_identifier", snapshot.db_snapshot_identifier())
        .set("db_instance_identifier", snapshot.db_instance_identifier())
        .tags(tag_pairs(snapshot.tag_list()));
    let outputs = Values::new()
        .set("arn", snapshot.db_snapshot_arn())
        .set("engine_version", snapshot.engine_version())
        .set("kms_key_id", snapshot.kms_key_id());
    let health = match snapshot.status().unwrap_or_default() {
        "available" => Health::Ready,
        "deleting" | "deleted" => Health::Deleting("deleting".to_owned()),
        status if status == "failed" || status.starts_with("incompatible-") => {
            Health::Failed(status.to_owned())
        }
        status => Health::Pending(format!("{status}, {} %", snapshot.percent_progress().unwrap_or(0))),
    };
    Live {
        id: snapshot.db_snapshot_identifier().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health,
    }
}
