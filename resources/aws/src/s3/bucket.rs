//! `aws:s3:Bucket`

use async_trait::async_trait;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, Delete, ObjectIdentifier, ObjectOwnership,
};
use finsight_engine::contract::{
    Candidate, Failure, FailureClass, Live, OWNER_TAG, OwnerId, Reading, Standing, Target,
};
use finsight_engine::value::Map;
use futures::FutureExt as _;

use super::bucket_read::{read_one, stands, tags_of};
use super::bucket_settings::converge;
use super::bucket_values::sdk_tags;
use super::common::{answered, failure_of_one, unfit};
use crate::failure::refused;
use crate::handler::{Deleted, Handler, look_by_find};
use crate::pages::each;
use crate::session::Region;
use crate::values::Inputs;

/// Each bucket is read with fourteen calls.
const AT_ONCE: usize = 3;
/// So many objects are named of what a bucket holds.
const FEW: i32 = 100;
/// The region in which S3 takes no name of a region.
const FIRST: &str = "us-east-1";

/// The handler of `aws:s3:Bucket`; its physical id is its name.
pub struct Bucket;

#[async_trait]
impl Handler for Bucket {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        each(targets, AT_ONCE, |target| read_one(aws, &target.id).boxed()).await
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("bucket")?;
        if !stands(aws, name).await? {
            return Ok(Vec::new());
        }
        let tags = tags_of(aws, name).await?;
        let ours = tags.iter().any(|tag| tag.key() == OWNER_TAG && tag.value() == owner.as_str());
        Ok(vec![Candidate { id: name.to_owned(), ours }])
    }

    /// Its name is taken in every region where it stands in one.
    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        match look_by_find(self, aws, inputs).await {
            Err(failure) if failure.class == FailureClass::Exists => {
                let id = format!("{} ({})", inputs.required("bucket")?, failure.message);
                Ok(vec![Standing { id, stack: None, deleting: false }])
            }
            found => found,
        }
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("bucket")?;
        if aws.name() == FIRST && stands(aws, name).await? {
            // There S3 says that it made a bucket which stood already.
            let mut failure =
                unfit("s3:CreateBucket", "BucketAlreadyOwnedByYou", "the bucket stands already");
            failure.class = FailureClass::Exists;
            return Err(failure);
        }
        let place = (aws.name() != FIRST).then(|| BucketLocationConstraint::from(aws.name()));
        let configuration = CreateBucketConfiguration::builder()
            .set_location_constraint(place)
            .set_tags(Some(sdk_tags(inputs)?))
            .build();
        aws.s3()
            .create_bucket()
            .bucket(name)
            .create_bucket_configuration(configuration)
            .set_object_ownership(inputs.text("object_ownership").map(ObjectOwnership::from))
            .send()
            .await
            .map_err(|error| refused("s3:CreateBucket", &error))?;
        Ok(name.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        converge(aws, &target.id, desired, &|name| differing.iter().any(|item| item == name)).await?;
        // Used by the delete alone: on record is where it belongs.
        Ok(differing.iter().filter(|name| *name == "force_destroy").cloned().collect())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let name = target.id.as_str();
        let force = target.inputs.flag("force_destroy").unwrap_or(false);
        if force && let Some(so_far) = empty(aws, name).await? {
            return Ok(Deleted::Emptying(so_far));
        }
        let answer = aws.s3().delete_bucket().bucket(name).send().await;
        answer.map_err(|error| {
            let mut failure = refused("s3:DeleteBucket", &error);
            if failure.code == "BucketNotEmpty" && !force {
                failure.class = FailureClass::Invalid;
                failure.message.push_str(" (it is emptied first where `force_destroy` is set)");
            }
            failure
        })?;
        Ok(Deleted::Gone)
    }

    /// Objects, where the delete does not take them out: the first few.
    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        let bucket = target.id.as_str();
        if target.inputs.flag("force_destroy").unwrap_or(false) {
            return Ok(Vec::new());
        }
        let page = aws.s3().list_object_versions().bucket(bucket).max_keys(FEW).send().await;
        let Some(page) = answered("s3:ListObjectVersions", page)? else { return Ok(Vec::new()) };
        let versions = page.versions().iter().filter_map(|item| item.key());
        let markers = page.delete_markers().iter().filter_map(|item| item.key());
        let mut found: Vec<String> =
            versions.chain(markers).map(|key| format!("{bucket}/{key} (object)")).collect();
        found.dedup();
        Ok(found)
    }
}

/// Takes a page of objects out, with all their versions, or else gives up uploads that are under way. `None`
/// where nothing was in it: a bucket of logs holds millions, and each call is one page of them.
async fn empty(aws: &Region, bucket: &str) -> Result<Option<String>, Failure> {
    let page = aws.s3().list_object_versions().bucket(bucket).send().await;
    let Some(page) = answered("s3:ListObjectVersions", page)? else { return Ok(None) };
    let versions = page.versions().iter().map(|item| (item.key(), item.version_id()));
    let markers = page.delete_markers().iter().map(|item| (item.key(), item.version_id()));
    let found: Vec<ObjectIdentifier> =
        versions.chain(markers).filter_map(|(key, version)| identifier(key?, version)).collect();
    if let Some(first) = found.first() {
        let so_far =
            format!("it is being emptied: {} versions up from `{}` are gone", found.len(), first.key());
        delete_versions(aws, bucket, found).await?;
        return Ok(Some(so_far));
    }
    let uploads = aws.s3().list_multipart_uploads().bucket(bucket).send().await;
    let Some(uploads) = answered("s3:ListMultipartUploads", uploads)? else { return Ok(None) };
    for upload in uploads.uploads() {
        let call = aws.s3().abort_multipart_upload().bucket(bucket);
        let call = call.set_key(upload.key().map(str::to_owned));
        let call = call.set_upload_id(upload.upload_id().map(str::to_owned));
        call.send().await.map_err(|error| refused("s3:AbortMultipartUpload", &error))?;
    }
    let gone = uploads.uploads().len();
    Ok((gone > 0).then(|| format!("it is being emptied: {gone} uploads are given up")))
}

/// One version of an object, as S3 names it.
pub fn identifier(key: &str, version: Option<&str>) -> Option<ObjectIdentifier> {
    ObjectIdentifier::builder().key(key).set_version_id(version.map(str::to_owned)).build().ok()
}

/// Deletes up to a thousand versions.
pub async fn delete_versions(
    aws: &Region,
    bucket: &str,
    objects: Vec<ObjectIdentifier>,
) -> Result<(), Failure> {
    let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build();
    let delete = delete.map_err(|error| unfit("s3:DeleteObjects", "RequestNotBuilt", error))?;
    let answer = aws.s3().delete_objects().bucket(bucket).delete(delete).send().await;
    let answer = answer.map_err(|error| refused("s3:DeleteObjects", &error))?;
    // What fails for one key has a code of its own: S3 is slow for some, and none of ours to delete are others.
    match answer.errors().first() {
        Some(error) => Err(failure_of_one("s3:DeleteObjects", error.code(), error.message())),
        None => Ok(()),
    }
}
