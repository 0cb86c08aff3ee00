//! `aws:s3:Object`

use async_trait::async_trait;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectIdentifier;
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};
use futures::FutureExt as _;

use super::bucket::{delete_versions, identifier};
use super::common::{answered, unfit};
use crate::failure::refused;
use crate::handler::{Deleted, Handler};
use crate::pages::each;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// How many objects are read at a time.
const AT_ONCE: usize = 10;
/// The metadata with an archive's SHA-256; what someone else put there does not have it.
const SHA256: &str = "finsight-sha256";
/// The most bytes of an object whose content is read.
const READABLE: i64 = 1024 * 1024;
/// The metadata with the owner id of the call that made the object.
const OWNER: &str = "finsight-id";

/// The handler of `aws:s3:Object`; its physical id is `<bucket>/<key>`.
pub struct Object;

#[async_trait]
impl Handler for Object {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        each(targets, AT_ONCE, |target| read_one(aws, target).boxed()).await
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (bucket, key) = (inputs.required("bucket")?, inputs.required("key")?);
        let found = head(aws, bucket, key).await?;
        Ok(found
            .map(|head| Candidate {
                id: format!("{bucket}/{key}"),
                ours: metadata(&head, OWNER) == Some(owner.as_str()),
            })
            .into_iter()
            .collect())
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let (bucket, key) = (inputs.required("bucket")?, inputs.required("key")?);
        let call = upload(aws, bucket, key, inputs).await?;
        // Only where none stands: a put would take another's place without a word.
        let call = call.metadata(OWNER, owner.as_str()).if_none_match("*");
        call.send().await.map_err(|error| refused("s3:PutObject", &error))?;
        Ok(format!("{bucket}/{key}"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let (bucket, key) = parts(&target.id);
        // A put leaves nothing of what stood: whose it is goes along.
        let stands = head(aws, bucket, key).await?;
        let owner = stands.as_ref().and_then(|head| metadata(head, OWNER));
        let mut call = upload(aws, bucket, key, desired).await?;
        if let Some(owner) = owner {
            call = call.metadata(OWNER, owner);
        }
        call.send().await.map_err(|error| refused("s3:PutObject", &error))?;
        Ok(Vec::new())
    }

    /// Takes all its versions away.
    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let (bucket, key) = parts(&target.id);
        loop {
            let page = aws.s3().list_object_versions().bucket(bucket).prefix(key).send().await;
            let Some(page) = answered("s3:ListObjectVersions", page)? else { return Ok(Deleted::Gone) };
            let versions = page.versions().iter().map(|item| (item.key(), item.version_id()));
            let markers = page.delete_markers().iter().map(|item| (item.key(), item.version_id()));
            // The key itself comes before all keys that begin with it.
            let found: Vec<ObjectIdentifier> = versions
                .chain(markers)
                .filter(|(found, _)| *found == Some(key))
                .filter_map(|(_, version)| identifier(key, version))
                .collect();
            if found.is_empty() {
                return Ok(Deleted::Gone);
            }
            delete_versions(aws, bucket, found).await?;
        }
    }
}

fn parts(id: &str) -> (&str, &str) {
    id.split_once('/').unwrap_or((id, ""))
}

fn metadata<'a>(head: &'a HeadObjectOutput, name: &str) -> Option<&'a str> {
    head.metadata()?.get(name).map(String::as_str)
}

async fn upload(
    aws: &Region,
    bucket: &str,
    key: &str,
    inputs: &Map,
) -> Result<PutObjectFluentBuilder, Failure> {
    let call = aws.s3().put_object().bucket(bucket).key(key);
    let call = call.set_content_type(inputs.text("content_type").map(str::to_owned));
    match (inputs.text("content"), inputs.text("artifact")) {
        (Some(text), None) => Ok(call.body(ByteStream::from(text.as_bytes().to_vec()))),
        (None, Some(sha256)) => {
            let bytes = aws.artifact(sha256).await?;
            Ok(call.metadata(SHA256, sha256).body(ByteStream::from(bytes)))
        }
        _ => {
            let message = "an object has either `content` or `artifact`";
            Err(unfit("s3:PutObject", "ContentUnclear", message))
        }
    }
}

async fn head(aws: &Region, bucket: &str, key: &str) -> Result<Option<HeadObjectOutput>, Failure> {
    answered("s3:HeadObject", aws.s3().head_object().bucket(bucket).key(key).send().await)
}

/// The text of an object that is no archive of ours; what cannot be a text is described. It is unknown where its key
/// is disabled or closed to us.
async fn content(aws: &Region, bucket: &str, key: &str, head: &HeadObjectOutput) -> Result<Value, Failure> {
    let size = head.content_length().unwrap_or_default();
    let described = format!("{size} bytes that are no text");
    if size > READABLE {
        return Ok(described.into());
    }
    let answer = aws.s3().get_object().bucket(bucket).key(key).send().await;
    let answer = match answered("s3:GetObject", answer) {
        Ok(Some(answer)) => answer,
        Ok(None) => return Ok(described.into()),
        Err(failure) if failure.class == FailureClass::Denied || failure.code.starts_with("KMS.") => {
            return Ok(Value::Unknown);
        }
        Err(failure) => return Err(failure),
    };
    let bytes = answer.body.collect().await.map_err(|error| {
        let mut failure = unfit("s3:GetObject", "ConnectionLost", error);
        failure.class = FailureClass::Transient;
        failure
    })?;
    Ok(String::from_utf8(bytes.to_vec()).unwrap_or(described).into())
}

async fn read_one(aws: &Region, target: &Target) -> Result<Option<Live>, Failure> {
    let (bucket, key) = parts(&target.id);
    let Some(head) = head(aws, bucket, key).await? else { return Ok(None) };
    let values = Values::new().set("bucket", bucket).set("key", key).set("content_type", head.content_type());
    let properties = match metadata(&head, SHA256) {
        Some(sha256) => values.set("artifact", sha256),
        None => values.set("content", content(aws, bucket, key, &head).await?),
    };
    let outputs = Values::new().set("version_id", head.version_id()).set("etag", head.e_tag());
    Ok(Some(Live {
        id: target.id.clone(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }))
}
