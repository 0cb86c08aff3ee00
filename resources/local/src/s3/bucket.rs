//! Buckets themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::checks::check_tags;
use super::object::Object;
use super::settings;
use super::xml::Element;
use super::{document, empty, find, header, malformed, names, parsed};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::clock::iso;
use crate::world::{Context, Tags};

/// Seconds until a name that was given up can be taken again: "an hour or more" (aws-cli#2593).
const FREE_AGAIN: u32 = 3600;

/// A bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub name: String,
    pub region: String,
    created_at: i64,
    /// Its settings as they were put, by parameter.
    pub settings: BTreeMap<String, Element>,
    pub policy: Option<String>,
    /// The versions of each key, from old to new.
    pub objects: BTreeMap<String, Vec<Object>>,
}

impl Bucket {
    /// How many objects stand in it, without those that AWS's services write by themselves, which come with time.
    pub(crate) fn standing(&self) -> usize {
        let theirs = |key: &str| key.split('/').any(|part| part == "AWSLogs");
        let stands = |(key, versions): &(&String, &Vec<Object>)| {
            !theirs(key) && versions.last().is_some_and(|last| !last.marker)
        };
        self.objects.iter().filter(stands).count()
    }

    /// An object: a version of it, or the last one.
    pub(crate) fn object(&self, key: &str, version: Option<&str>) -> Option<&Object> {
        let versions = self.objects.get(key)?;
        match version {
            Some(id) => versions.iter().find(|object| object.version == id),
            None => versions.last(),
        }
    }

    pub(crate) fn tags(&self) -> Tags {
        let set = self.settings.get("tagging").and_then(|tagging| tagging.get("TagSet"));
        let pair = |tag: &Element| Some((tag.text_of("Key")?.to_owned(), tag.text_of("Value")?.to_owned()));
        set.into_iter().flat_map(|set| set.all("Tag")).filter_map(pair).collect()
    }

    /// The KMS key that it encrypts new objects with, if that is not S3's own.
    pub(super) fn key(&self) -> Option<&str> {
        let rule = self.settings.get("encryption")?.get("Rule")?;
        rule.get("ApplyServerSideEncryptionByDefault")?.text_of("KMSMasterKeyID")
    }

    /// `Enabled`, `Suspended`, or empty where versions were never kept.
    pub(crate) fn versioning(&self) -> &str {
        self.settings.get("versioning").and_then(|s| s.text_of("Status")).unwrap_or_default()
    }
}

/// Whether it can be a bucket's name.
fn fits(name: &str) -> bool {
    let character = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    let end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    (3..=63).contains(&name.len())
        && name.chars().all(character)
        && end(name.chars().next())
        && end(name.chars().last())
        && !name.contains("..")
}

/// The region that a bucket is to be in: in `us-east-1` the call must not name it.
fn placed(cx: &Context<'_>, wish: &Element) -> Result<String, Refusal> {
    let region = cx.call.signed_region.clone();
    let constraint = wish.text_of("LocationConstraint").filter(|text| !text.is_empty());
    match constraint {
        None if region == "us-east-1" => Ok(region),
        Some("us-east-1") => {
            Err(Refusal::bad("InvalidLocationConstraint", "The specified location-constraint is not valid"))
        }
        Some(constraint) if constraint == region => Ok(region),
        other => {
            let named = other.unwrap_or("unspecified");
            let message = format!(
                "The {named} location constraint is incompatible for the region specific endpoint this request was sent to."
            );
            Err(Refusal::bad("IllegalLocationConstraintException", message))
        }
    }
}

pub(crate) fn create(cx: &mut Context<'_>) -> Answered {
    let (name, _) = names(cx);
    if !fits(&name) {
        return Err(Refusal::bad("InvalidBucketName", "The specified bucket is not valid."));
    }
    let wish = if cx.call.body.is_empty() { Element::default() } else { parsed(cx)? };
    let region = placed(cx, &wish)?;
    let location = format!("/{name}");
    if let Some(bucket) = cx.buckets().get(&name) {
        if bucket.region == "us-east-1" && region == "us-east-1" {
            return Ok(header(empty(200), "location", &location));
        }
        let message = "Your previous request to create the named bucket succeeded and you already own it.";
        return Err(Refusal::new(409, "BucketAlreadyOwnedByYou", message));
    }
    if cx.given_up().contains_key(&name) {
        let message = "A conflicting conditional operation is currently in progress against this resource. Please try again.";
        return Err(Refusal::new(409, "OperationAborted", message));
    }
    let ownership = cx.call.headers.get("x-amz-object-ownership").and_then(|v| v.to_str().ok());
    let mut settings = settings::defaults(ownership.unwrap_or("BucketOwnerEnforced"));
    if let Some(tags) = wish.get("Tags") {
        let tagging = Element { name: "TagSet".to_owned(), ..tags.clone() };
        let tagging = Element::new("Tagging").child(tagging);
        check_tags(&tagging)?;
        settings.insert("tagging".to_owned(), tagging);
    }
    let bucket = Bucket {
        region,
        created_at: cx.now(),
        settings,
        policy: None,
        objects: BTreeMap::new(),
        name: name.clone(),
    };
    cx.buckets().insert(name, bucket);
    Ok(header(empty(200), "location", &location))
}

pub(crate) fn head(cx: &mut Context<'_>) -> Answered {
    let region = find(cx)?.region.clone();
    Ok(header(empty(200), "x-amz-bucket-region", &region))
}

pub(crate) fn location(cx: &mut Context<'_>) -> Answered {
    let (name, _) = names(cx);
    let missing = || Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist");
    let region = cx.buckets().get(&name).map(|bucket| bucket.region.clone()).ok_or_else(missing)?;
    let mut shown = Element::new("LocationConstraint");
    if region != "us-east-1" {
        shown.text = region;
    }
    Ok(document(&shown))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let query = cx.call.query_params();
    let (prefix, region) = (query.text("prefix").unwrap_or_default(), query.filled("bucket-region"));
    let most = query.number::<usize>("max-buckets").map_err(|_| malformed())?.unwrap_or(10_000);
    let after = query.filled("continuation-token").unwrap_or_default();
    let fits = |bucket: &&Bucket| {
        bucket.name.starts_with(&prefix)
            && bucket.name > after
            && region.as_ref().is_none_or(|region| bucket.region == *region)
    };
    let found: Vec<&Bucket> = cx.buckets().values().filter(fits).take(most + 1).collect();
    let mut buckets = Element::new("Buckets");
    for bucket in found.iter().take(most) {
        buckets = buckets.child(
            Element::new("Bucket")
                .with("Name", &bucket.name)
                .with("CreationDate", iso(bucket.created_at))
                .with("BucketRegion", &bucket.region),
        );
    }
    let owner = Element::new("Owner").with("ID", ACCOUNT);
    let mut shown = Element::new("ListAllMyBucketsResult").child(owner).child(buckets);
    if found.len() > most
        && let Some(last) = found.get(most.saturating_sub(1))
    {
        shown = shown.with("ContinuationToken", &last.name);
    }
    Ok(document(&shown))
}

/// Not while anything is in it, older versions and delete markers included.
pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let bucket = find(cx)?;
    if bucket.objects.values().any(|versions| !versions.is_empty()) {
        let message = if bucket.versioning().is_empty() {
            "The bucket you tried to delete is not empty"
        } else {
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        };
        return Err(Refusal::new(409, "BucketNotEmpty", message));
    }
    let name = bucket.name.clone();
    cx.buckets().remove(&name);
    let free = cx.clock.due(FREE_AGAIN);
    cx.given_up().insert(name, free);
    Ok(empty(204))
}
