//! `aws:secretsmanager:Secret`

use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::Tag;
use finsight_driver::clock::wall;
use finsight_engine::contract::{
    Candidate, Failure, FailureClass, Health, Live, OWNER_TAG, OwnerId, Reading, STACK_TAG, Standing, Target,
};
use finsight_engine::value::{Map, Value};
use futures::future::{join_all, try_join3};

use super::common::{described, holder, remove_stage, tag_pairs};
use super::generate::generate;
use crate::client_token::uuid;
use crate::document::{from_text, to_text};
use crate::failure::{never, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::ops::rotation::Rotation;
use crate::session::Region;
use crate::values::{Inputs, Values, tag_changes};

/// Secrets are read so many at a time: three calls each.
const AT_ONCE: usize = 10;
/// Used by the create or the delete alone: on record is where they belong.
const WRITE_ONLY: [&str; 3] = ["generate", "recovery_window_in_days", "rotation"];
/// How long a secret that was deleted at once may keep its name.
const LINGERS: Duration = Duration::from_secs(3600);

/// The labels of the value in force, and of the one before it.
const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// The handler of `aws:secretsmanager:Secret`. One that waits for its end can be read and restored.
pub struct Secret;

#[async_trait]
impl Handler for Secret {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let reads = join_all(batch.iter().map(|target| read_one(aws, target))).await;
            found.extend(reads.into_iter().map(|read| match read {
                Ok(Some(live)) => Reading::Found(Box::new(live)),
                Ok(None) => Reading::Absent,
                Err(failure) => Reading::Unknown(failure),
            }));
        }
        Ok(found)
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let found = described(aws, inputs.required("name")?).await?.filter(|s| s.deleted_date().is_none());
        let candidate = |secret: DescribeSecretOutput| {
            Some(Candidate { ours: is_of(&secret, owner), id: secret.arn?.clone() })
        };
        Ok(found.and_then(candidate).into_iter().collect())
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("name")?;
        let value = match inputs.get("generate").and_then(Value::as_map) {
            Some(wanted) => Some(generate(aws, wanted).await?),
            None => None,
        };
        let answer = aws
            .secretsmanager()
            .create_secret()
            .name(name)
            .client_request_token(uuid(&[owner.as_str()]))
            .set_description(inputs.text("description").filter(|text| !text.is_empty()).map(str::to_owned))
            .set_kms_key_id(inputs.text("kms_key_id").map(str::to_owned))
            .set_secret_string(value)
            .set_tags(Some(inputs.tags().into_iter().map(tag).collect()))
            .send()
            .await
            .map_err(|error| refused("secretsmanager:CreateSecret", &error));
        let arn = match answer {
            Ok(answer) => answer.arn,
            Err(failure) if failure.code == "InvalidRequestException" => {
                name_is_kept(aws, owner, name, failure).await?
            }
            Err(failure) => return Err(failure),
        };
        arn.ok_or_else(|| unexpected("secretsmanager:CreateSecret", "the answer has no ARN"))
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
        if differs("description") || differs("kms_key_id") {
            // An empty text is AWS's own key.
            let key = desired.text("kms_key_id").unwrap_or_default();
            aws.secretsmanager()
                .update_secret()
                .secret_id(id)
                .set_description(
                    differs("description")
                        .then(|| desired.text("description").unwrap_or_default().to_owned()),
                )
                .set_kms_key_id(differs("kms_key_id").then(|| key.to_owned()))
                .send()
                .await
                .map_err(|error| refused("secretsmanager:UpdateSecret", &error))?;
        }
        if differs("resource_policy") {
            converge_policy(aws, id, desired.get("resource_policy")).await?;
        }
        converge_tags(aws, id, &live.properties, desired).await?;
        if differs("rotation") {
            rotate(aws, id, desired).await?;
        }
        Ok(differing.iter().filter(|name| WRITE_ONLY.contains(&name.as_str())).cloned().collect())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let days = target.inputs.int("recovery_window_in_days").unwrap_or(30);
        let answer = aws
            .secretsmanager()
            .delete_secret()
            .secret_id(&target.id)
            .set_recovery_window_in_days((days > 0).then_some(days))
            .set_force_delete_without_recovery((days == 0).then_some(true))
            .send()
            .await
            .map_err(|error| refused("secretsmanager:DeleteSecret", &error));
        match answer {
            Ok(_) => Ok(Deleted::Gone),
            Err(failure) if failure.class == FailureClass::Absent || ends(&failure) => Ok(Deleted::Gone),
            Err(failure) => Err(failure),
        }
    }

    async fn restore(&self, aws: &Region, target: &Target) -> Result<(), Failure> {
        let answer = aws.secretsmanager().restore_secret().secret_id(&target.id).send().await;
        answer.map_err(|error| refused("secretsmanager:RestoreSecret", &error))?;
        Ok(())
    }

    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        let found = described(aws, inputs.required("name")?).await?.filter(|secret| !is_going(secret));
        Ok(found.and_then(standing).into_iter().collect())
    }
}

fn standing(secret: DescribeSecretOutput) -> Option<Standing> {
    let stack = tag_pairs(secret.tags()).remove(STACK_TAG);
    Some(Standing { deleting: secret.deleted_date().is_some(), stack, id: secret.arn? })
}

/// Whether a secret was deleted at once: it does not come back, and keeps its name for a moment only.
fn is_going(secret: &DescribeSecretOutput) -> bool {
    let now = wall().duration_since(UNIX_EPOCH).unwrap_or_default();
    let soon = i64::try_from((now + LINGERS).as_secs()).unwrap_or(i64::MAX);
    secret.deleted_date().is_some_and(|end| end.secs() <= soon)
}

/// Whether a call was refused because the secret waits for its end or just had it.
fn ends(failure: &Failure) -> bool {
    let words = ["scheduled for deletion", "marked for deletion", "was deleted", "marked deleted"];
    failure.code == "InvalidRequestException" && words.iter().any(|words| failure.message.contains(words))
}

fn is_of(secret: &DescribeSecretOutput, owner: &OwnerId) -> bool {
    tag_pairs(secret.tags()).get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str())
}

/// A secret on its way out keeps its name. The one that this very create made comes back; another one
/// is its owner's to decide on, and one that was deleted at once is gone soon.
async fn name_is_kept(
    aws: &Region,
    owner: &OwnerId,
    name: &str,
    mut failure: Failure,
) -> Result<Option<String>, Failure> {
    if !ends(&failure) {
        return Err(failure);
    }
    failure.class = FailureClass::NotYet;
    let Some(secret) = described(aws, name).await? else { return Err(failure) };
    if secret.deleted_date().is_none() {
        return Err(failure);
    }
    if is_of(&secret, owner) {
        let answer = aws.secretsmanager().restore_secret().secret_id(name).send().await;
        let answer = answer.map_err(|error| refused("secretsmanager:RestoreSecret", &error))?;
        return Ok(answer.arn);
    }
    if !is_going(&secret) {
        failure.class = FailureClass::Invalid;
        failure.code = "SecretScheduledForDeletion".to_owned();
        failure.message = format!(
            "a secret named `{name}` is scheduled for deletion and keeps its name until then: restore it \
             (aws secretsmanager restore-secret --secret-id {name}) and import it, or end it now \
             (aws secretsmanager delete-secret --force-delete-without-recovery --secret-id {name})"
        );
    }
    Err(failure)
}

async fn read_one(aws: &Region, target: &Target) -> Result<Option<Live>, Failure> {
    let id = target.id.as_str();
    let Some(secret) = described(aws, id).await?.filter(|secret| !is_going(secret)) else {
        return Ok(None);
    };
    if let Some(service) = secret.owning_service() {
        let message = format!("`{id}` is managed by {service}: what made it changes and deletes it");
        let mut failure = unexpected("secretsmanager:DescribeSecret", &message);
        failure.class = FailureClass::Invalid;
        failure.code = "SecretIsManaged".to_owned();
        return Err(failure);
    }
    let generated = !target.inputs.get("generate").is_none_or(Value::is_null);
    // What waits for its end tells neither its policy nor its value.
    let (policy, value, other, health) = if secret.deleted_date().is_some() {
        let value = if generated { Value::Unknown } else { Value::Null };
        (Value::Unknown, value.clone(), value, Health::Deleting("scheduled for deletion".to_owned()))
    } else {
        let before = generated && holder(&secret, PREVIOUS).is_some();
        let (policy, value, other) = try_join3(
            policy_of(aws, id),
            value_of(aws, target, CURRENT, generated),
            value_of(aws, target, PREVIOUS, before),
        )
        .await?;
        let other = if other.is_null() { value.clone() } else { other };
        (policy, value, other, Health::Ready)
    };
    let own_key = |key: &&str| !key.ends_with("alias/aws/secretsmanager");
    let properties = Values::new()
        .set("name", secret.name())
        .set("description", secret.description().unwrap_or_default())
        .set("kms_key_id", secret.kms_key_id().filter(own_key))
        .set("resource_policy", policy)
        .tags(tag_pairs(secret.tags()));
    let versions = secret.version_ids_to_stages().map_or(0, std::collections::HashMap::len);
    let outputs = Values::new()
        .set("arn", secret.arn())
        .set("secret_string", value)
        .set("other_string", other)
        // The one before keeps a label (`AWSPREVIOUS`).
        .set("replaced", versions > 1);
    Ok(Some(Live {
        id: secret.arn().unwrap_or(id).to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health,
    }))
}

async fn policy_of(aws: &Region, id: &str) -> Result<Value, Failure> {
    let answer = aws.secretsmanager().get_resource_policy().secret_id(id).send().await;
    let answer = answer.map_err(|error| settling("secretsmanager:GetResourcePolicy", &error))?;
    Ok(answer.resource_policy().filter(|text| !text.is_empty()).map_or(Value::Null, from_text))
}

/// The value with a label, of a secret that began with a generated one; unknown where its key does not open it.
///
/// What others put into a secret, a `SecretVersion` of the program among them, is not given on from here.
async fn value_of(aws: &Region, target: &Target, label: &str, wanted: bool) -> Result<Value, Failure> {
    if !wanted {
        return Ok(Value::Null);
    }
    let call = aws.secretsmanager().get_secret_value().secret_id(&target.id).version_stage(label);
    let answer = call.send().await;
    match answer.map_err(|error| unread("secretsmanager:GetSecretValue", &error)) {
        Ok(answer) => {
            let value = answer.secret_string.map(finsight_engine::secret::Secret::new);
            Ok(value.map_or(Value::Null, Value::Secret))
        }
        // There is no version yet.
        Err(failure) if failure.class == FailureClass::Absent => Ok(Value::Null),
        // Its key is disabled, gone or closed to us, or the value is: it is there all the same.
        Err(failure) if sealed(&failure) => target.unread(failure),
        Err(failure) => Err(failure),
    }
}

fn sealed(failure: &Failure) -> bool {
    failure.class == FailureClass::Denied
        || failure.code == "DecryptionFailure"
        || failure.message.contains("KMS")
}

/// A secret just made may be known to one call and not to the next.
fn settling<E>(
    operation: &str,
    error: &aws_smithy_runtime_api::client::result::SdkError<
        E,
        aws_smithy_runtime_api::client::orchestrator::HttpResponse,
    >,
) -> Failure
where
    E: aws_smithy_types::error::metadata::ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut failure = unread(operation, error);
    if failure.class == FailureClass::Absent || ends(&failure) {
        failure.class = FailureClass::Transient;
    }
    failure
}

/// Has a new value made after the version that `rotation` names, once, or takes the one before out of force.
///
/// The token of the new version follows from the old one: however often it is begun, one is made.
async fn rotate(aws: &Region, id: &str, desired: &Map) -> Result<(), Failure> {
    let Some(rotation) = desired.text("rotation").and_then(Rotation::parse) else { return Ok(()) };
    let Some(secret) = described(aws, id).await? else { return Ok(()) };
    if holder(&secret, CURRENT).is_some_and(|current| current == rotation.after) {
        let Some(wanted) = desired.get("generate").and_then(Value::as_map) else {
            return Err(never("request", "NotGenerated", "only a value that was generated is made anew"));
        };
        let value = generate(aws, wanted).await?;
        let call = aws.secretsmanager().put_secret_value().secret_id(id).secret_string(value);
        let answer = call.client_request_token(uuid(&[id, &rotation.after])).send().await;
        match answer.map_err(|error| refused("secretsmanager:PutSecretValue", &error)) {
            // An earlier call made it, and the description has not caught up.
            Err(failure) if failure.code == "ResourceExistsException" => {}
            answer => {
                answer?;
            }
        }
    }
    match holder(&secret, PREVIOUS).filter(|_| rotation.alone) {
        Some(previous) => remove_stage(aws, id, PREVIOUS, &previous).await,
        None => Ok(()),
    }
}

async fn converge_policy(aws: &Region, id: &str, wanted: Option<&Value>) -> Result<(), Failure> {
    match wanted.filter(|policy| !policy.is_null()) {
        Some(policy) => {
            let call = aws.secretsmanager().put_resource_policy().secret_id(id).block_public_policy(true);
            let answer = call.resource_policy(to_text(policy)).send().await;
            answer.map_err(|error| refused("secretsmanager:PutResourcePolicy", &error))?;
        }
        None => {
            let answer = aws.secretsmanager().delete_resource_policy().secret_id(id).send().await;
            answer.map_err(|error| refused("secretsmanager:DeleteResourcePolicy", &error))?;
        }
    }
    Ok(())
}

fn tag((key, value): (String, String)) -> Tag {
    Tag::builder().key(key).value(value).build()
}

async fn converge_tags(aws: &Region, id: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let tags = set.into_iter().map(tag).collect();
        let call = aws.secretsmanager().tag_resource().secret_id(id).set_tags(Some(tags));
        call.send().await.map_err(|error| refused("secretsmanager:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.secretsmanager().untag_resource().secret_id(id).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("secretsmanager:UntagResource", &error))?;
    }
    Ok(())
}
