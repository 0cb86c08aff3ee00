//! `aws:secretsmanager:SecretVersion`

use async_trait::async_trait;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use super::common::{described, holder, remove_stage};
use crate::client_token::uuid;
use crate::failure::{refused, unexpected};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// Secrets are described so many at a time.
const AT_ONCE: usize = 20;
/// The label of the version in force, which can be moved and not removed.
const CURRENT: &str = "AWSCURRENT";
/// The label that AWS gives to the one before.
const PREVIOUS: &str = "AWSPREVIOUS";

/// The handler of `aws:secretsmanager:SecretVersion`.
///
/// Its physical id is `<secret ARN>|<incarnation>`. The incarnation is a label of the version, by
/// which it is found again, and part of the version's id, which then says nothing of the value.
pub struct SecretVersion;

#[async_trait]
impl Handler for SecretVersion {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            found.extend(try_join_all(batch.iter().map(|target| live(aws, &target.id))).await?);
        }
        Ok(in_order(targets, found.into_iter().flatten()))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let id = physical_id(inputs.required("secret_id")?, owner.as_str());
        let found = live(aws, &id).await?;
        Ok(found.into_iter().map(|live| Candidate { id: live.id, ours: true }).collect())
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let secret = inputs.required("secret_id")?;
        put(aws, secret, owner.as_str(), inputs).await?;
        Ok(physical_id(secret, owner.as_str()))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let (secret, owner) = parts(&target.id)?;
        let changed = differing.iter().any(|name| name == "secret_string");
        let version = if changed {
            put(aws, secret, owner, desired).await?
        } else {
            live.outputs.required("version_id")?.to_owned()
        };
        let Some(described) = described(aws, secret).await? else { return Ok(Vec::new()) };
        // A value that stood before is taken as done, and its labels stay where they are.
        for stage in stages(desired, owner) {
            move_stage(aws, &described, &stage, &version).await?;
        }
        let unwanted = labels(&described, &version).iter().filter(|label| *label != PREVIOUS);
        let wanted = stages(desired, owner);
        for stage in unwanted.filter(|label| !wanted.contains(label)) {
            remove_stage(aws, secret, stage, &version).await?;
        }
        Ok(if changed { vec!["secret_string".to_owned()] } else { Vec::new() })
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let (secret, owner) = parts(&target.id)?;
        let standing = described(aws, secret).await?.filter(|secret| secret.deleted_date().is_none());
        let Some(described) = standing else { return Ok(Deleted::Gone) };
        let mark = mark(owner);
        let Some(version) = holder(&described, &mark) else { return Ok(Deleted::Gone) };
        let mut loose = labels(&described, &version).to_vec();
        loose.retain(|label| label != CURRENT && label != PREVIOUS);
        // The mark goes last: with it the rest is found again.
        loose.sort_by_key(|label| *label == mark);
        for stage in loose {
            remove_stage(aws, secret, &stage, &version).await?;
        }
        Ok(Deleted::Gone)
    }
}

fn physical_id(secret: &str, owner: &str) -> String {
    format!("{secret}|{owner}")
}

fn parts(id: &str) -> Result<(&str, &str), Failure> {
    id.split_once('|').ok_or_else(|| {
        let message = format!("`{id}` is not `<secret ARN>|<incarnation>`");
        let mut failure = unexpected("request", &message);
        failure.class = FailureClass::Invalid;
        failure
    })
}

/// The label that marks a version as ours.
fn mark(owner: &str) -> String {
    format!("finsight-{owner}")
}

/// The labels that the version is to have.
fn stages(desired: &Map, owner: &str) -> Vec<String> {
    desired.texts("version_stages").into_iter().chain([mark(owner)]).collect()
}

fn labels<'a>(secret: &'a DescribeSecretOutput, version: &str) -> &'a [String] {
    secret.version_ids_to_stages().and_then(|all| all.get(version)).map_or(&[], Vec::as_slice)
}

async fn live(aws: &Region, id: &str) -> Result<Option<Live>, Failure> {
    let (secret, owner) = parts(id)?;
    // One of a secret that waits for its end stands as long as the secret can come back.
    let Some(described) = described(aws, secret).await? else { return Ok(None) };
    let mark = mark(owner);
    let Some(version) = holder(&described, &mark) else { return Ok(None) };
    let shown = labels(&described, &version).iter().filter(|label| **label != mark && *label != PREVIOUS);
    let properties = Values::new().set("secret_id", secret).list("version_stages", shown);
    Ok(Some(Live {
        id: id.to_owned(),
        properties: properties.build(),
        outputs: Values::new().set("version_id", version.as_str()).build(),
        health: Health::Ready,
    }))
}

/// Puts the value as a version that carries the labels; gives its id, the same for the same value.
async fn put(aws: &Region, secret: &str, owner: &str, inputs: &Map) -> Result<String, Failure> {
    let value = inputs.required("secret_string")?;
    let version = uuid(&[owner, value]);
    aws.secretsmanager()
        .put_secret_value()
        .secret_id(secret)
        .client_request_token(&version)
        .secret_string(value)
        .set_version_stages(Some(stages(inputs, owner)))
        .send()
        .await
        .map_err(|error| refused("secretsmanager:PutSecretValue", &error))?;
    Ok(version)
}

async fn move_stage(
    aws: &Region,
    secret: &DescribeSecretOutput,
    stage: &str,
    version: &str,
) -> Result<(), Failure> {
    let from = holder(secret, stage);
    if from.as_deref() == Some(version) {
        return Ok(());
    }
    aws.secretsmanager()
        .update_secret_version_stage()
        .secret_id(secret.arn().unwrap_or_default())
        .version_stage(stage)
        .move_to_version_id(version)
        .set_remove_from_version_id(from)
        .send()
        .await
        .map_err(|error| refused("secretsmanager:UpdateSecretVersionStage", &error))?;
    Ok(())
}
