//! Objects and their versions.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use winterbaume_core::MockResponse;

use super::bucket::Bucket;
use super::xml::Element;
use super::{body, document, empty, find, header, names, parsed};
use crate::answer::{Answered, Refusal};
use crate::kms::Keys;
use crate::world::{Context, letters};

/// A version of an object, or a mark that it was deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Object {
    /// Its id, `null` where versions were not kept.
    pub version: String,
    pub marker: bool,
    content: String,
    pub size: usize,
    pub etag: String,
    content_type: String,
    metadata: BTreeMap<String, String>,
    /// The KMS key that it is encrypted with, if it is not S3's.
    #[serde(default)]
    key: Option<String>,
    pub modified_at: i64,
}

impl Object {
    /// One that a service wrote.
    pub(super) fn written(bucket: &Bucket, bytes: &[u8], at: i64) -> Object {
        Object {
            version: new_version(bucket),
            marker: false,
            content: body::kept(bytes),
            size: bytes.len(),
            etag: body::etag(bytes),
            content_type: "binary/octet-stream".to_owned(),
            metadata: BTreeMap::new(),
            key: None,
            modified_at: at,
        }
    }

    pub(super) fn content_type(&self) -> &str {
        &self.content_type
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        body::bytes(&self.content)
    }
}

fn new_version(bucket: &Bucket) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
    if bucket.versioning() == "Enabled" { letters(32, ALPHABET) } else { "null".to_owned() }
}

/// Adds a version; one without an id takes the place of the one before without an id.
pub(super) fn add(bucket: &mut Bucket, key: &str, object: Object) {
    let versions = bucket.objects.entry(key.to_owned()).or_default();
    if object.version == "null" {
        versions.retain(|before| before.version != "null");
    }
    versions.push(object);
}

fn text(cx: &Context<'_>, name: &str) -> Option<String> {
    cx.call.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

pub(crate) fn put(cx: &mut Context<'_>) -> Answered {
    if text(cx, "x-amz-copy-source").is_some() {
        return Err(Refusal::new(501, "NotImplemented", "CopyObject is not here"));
    }
    let (_, key) = names(cx);
    if key.len() > 1024 {
        return Err(Refusal::bad("KeyTooLongError", "Your key is too long"));
    }
    let bytes = body::decoded(&cx.call.headers, &cx.call.body)?;
    let metadata = cx.call.headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-amz-meta-")?;
        Some((name.to_owned(), value.to_str().ok()?.to_owned()))
    });
    let metadata = metadata.collect();
    let content_type = text(cx, "content-type").unwrap_or_else(|| "binary/octet-stream".to_owned());
    let only_new = text(cx, "if-none-match").as_deref() == Some("*");
    let now = cx.now();
    let encrypted_with = key_of(cx)?;
    let bucket = find(cx)?;
    if only_new && bucket.object(&key, None).is_some_and(|last| !last.marker) {
        let message = "At least one of the pre-conditions you specified did not hold";
        return Err(Refusal::new(412, "PreconditionFailed", message));
    }
    let object = Object {
        version: new_version(bucket),
        marker: false,
        content: body::kept(&bytes),
        size: bytes.len(),
        etag: body::etag(&bytes),
        content_type,
        metadata,
        key: encrypted_with,
        modified_at: now,
    };
    let answer = with_version(header(empty(200), "etag", &object.etag), bucket, &object.version);
    add(bucket, &key, object);
    Ok(answer)
}

/// The KMS key that an object is encrypted with, which must be usable: the call's, else the bucket's.
fn key_of(cx: &mut Context<'_>) -> Result<Option<String>, Refusal> {
    let key = match text(cx, "x-amz-server-side-encryption") {
        Some(_) => text(cx, "x-amz-server-side-encryption-aws-kms-key-id"),
        None => find(cx)?.key().map(str::to_owned),
    };
    require(cx, key.as_deref())?;
    Ok(key)
}

/// Refuses the use of a key as S3 does: in KMS's words, the code behind `KMS.` (localstack#7786 and #8423, which
/// were held against AWS).
fn require(cx: &mut Context<'_>, key: Option<&str>) -> Result<(), Refusal> {
    let Some(key) = key else { return Ok(()) };
    let (region, none) = (find(cx)?.region.clone(), Keys::default());
    let keys = cx.world.kms.get(&region).unwrap_or(&none);
    keys.require(&region, key).map_err(|refusal| Refusal { code: format!("KMS.{}", refusal.code), ..refusal })
}

/// Versions are named where the bucket keeps or kept them.
fn with_version(answer: MockResponse, bucket: &Bucket, version: &str) -> MockResponse {
    if bucket.versioning().is_empty() { answer } else { header(answer, "x-amz-version-id", version) }
}

fn read(cx: &mut Context<'_>) -> Result<(MockResponse, Object), Refusal> {
    let (_, key) = names(cx);
    let version = cx.call.query_params().filled("versionId");
    let bucket = find(cx)?;
    let Some(object) = bucket.object(&key, version.as_deref()) else {
        return Err(match version {
            Some(_) => Refusal::new(404, "NoSuchVersion", "The specified version does not exist."),
            None => Refusal::new(404, "NoSuchKey", "The specified key does not exist."),
        });
    };
    if object.marker {
        return Err(match version {
            Some(_) => Refusal::new(
                405,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
            ),
            None => Refusal::new(404, "NoSuchKey", "The specified key does not exist."),
        });
    }
    let mut answer = with_version(empty(200), bucket, &object.version);
    answer = header(answer, "etag", &object.etag);
    answer = header(answer, "content-type", &object.content_type);
    answer = header(answer, "last-modified", &http_date(object.modified_at));
    for (name, value) in &object.metadata {
        if let (Ok(name), Ok(value)) =
            (format!("x-amz-meta-{name}").parse::<http::HeaderName>(), value.parse::<http::HeaderValue>())
        {
            answer.headers.insert(name, value);
        }
    }
    Ok((answer, object.clone()))
}

/// `Thu, 01 Jan 2026 00:00:00 GMT`
fn http_date(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let (mut answer, object) = read(cx)?;
    require(cx, object.key.as_deref())?;
    answer.body = Bytes::from(object.bytes());
    Ok(answer)
}

pub(crate) fn head(cx: &mut Context<'_>) -> Answered {
    let (answer, object) = read(cx)?;
    Ok(header(answer, "content-length", &object.size.to_string()))
}

/// Deletes an object, or one of its versions; what is not there is deleted just as well.
fn remove(bucket: &mut Bucket, key: &str, version: Option<&str>, now: i64) -> Option<String> {
    let mut marker = None;
    match version {
        Some(id) => {
            if let Some(versions) = bucket.objects.get_mut(key) {
                versions.retain(|object| object.version != id);
            }
        }
        None if bucket.versioning().is_empty() => {
            bucket.objects.remove(key);
        }
        None => {
            let object = Object {
                version: new_version(bucket),
                marker: true,
                content: String::new(),
                size: 0,
                etag: String::new(),
                content_type: String::new(),
                metadata: BTreeMap::new(),
                key: None,
                modified_at: now,
            };
            marker = Some(object.version.clone());
            add(bucket, key, object);
        }
    }
    bucket.objects.retain(|_, versions| !versions.is_empty());
    marker
}

pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let (_, key) = names(cx);
    let version = cx.call.query_params().filled("versionId");
    let now = cx.now();
    let marker = remove(find(cx)?, &key, version.as_deref(), now);
    Ok(match marker {
        Some(id) => header(header(empty(204), "x-amz-delete-marker", "true"), "x-amz-version-id", &id),
        None => empty(204),
    })
}

pub(crate) fn delete_many(cx: &mut Context<'_>) -> Answered {
    let wish = parsed(cx)?;
    let now = cx.now();
    let bucket = find(cx)?;
    let objects: Vec<&Element> = wish.all("Object").collect();
    if objects.is_empty() || objects.len() > 1000 {
        return Err(super::malformed());
    }
    let mut result = Element::new("DeleteResult");
    for object in objects {
        let key = object.text_of("Key").unwrap_or_default();
        let version = object.text_of("VersionId").filter(|id| !id.is_empty());
        remove(bucket, key, version, now);
        if wish.text_of("Quiet") != Some("true") {
            let mut deleted = Element::new("Deleted").with("Key", key);
            if let Some(id) = version {
                deleted = deleted.with("VersionId", id);
            }
            result = result.child(deleted);
        }
    }
    Ok(document(&result))
}
