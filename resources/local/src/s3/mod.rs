//! S3: buckets, their settings and objects are answered here. Nothing goes beneath: what is not
//! known here is refused as not implemented.

mod acl;
mod body;
mod bucket;
mod checks;
mod delivery;
mod list;
mod object;
mod serve;
mod settings;
mod xml;

use std::collections::BTreeMap;

pub(crate) use acl::{grant, region_of, takes_lists};
pub(crate) use delivery::Delivered;
use delivery::deliver;
use serde::{Deserialize, Serialize};
pub(crate) use serve::read_by;
use winterbaume_core::MockResponse;

use crate::answer::{self, Outcome, Refusal};
use crate::quota::Tally;
use crate::status::Status;
use crate::wire::query::decode_path;
use crate::world::{Context, Counted, Tags, World};

/// The buckets of the account, of all regions: their names are the world's.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Buckets {
    buckets: BTreeMap<String, bucket::Bucket>,
    /// Names that were given up, and until when nobody may have them.
    given_up: BTreeMap<String, i64>,
}

impl Buckets {
    /// The policies of all buckets, to change.
    pub(crate) fn policies_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.buckets.values_mut().filter_map(|bucket| bucket.policy.as_mut())
    }
}

impl Counted for Buckets {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:s3:Bucket", self.buckets.len());
        status.add("aws:s3:Object", self.buckets.values().map(bucket::Bucket::standing).sum());
    }

    fn tally(&self, _now: i64, tally: &mut Tally) {
        for (name, bucket) in &self.buckets {
            let rules = bucket
                .settings
                .get("lifecycle")
                .map_or(0, |setting| setting.children.iter().filter(|child| child.name == "Rule").count());
            tally.add("aws:s3:Bucket.lifecycle_rules", name, rules);
        }
    }
}

impl Buckets {
    /// Whether a bucket has this name.
    pub(crate) fn stands(&self, name: &str) -> bool {
        self.buckets.contains_key(name)
    }

    /// The content of an object for a service that reads it; `Err` carries S3's code and message.
    pub(crate) fn content(
        &self,
        region: &str,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Vec<u8>, (&'static str, &'static str)> {
        let missing = ("NoSuchBucket", "The specified bucket does not exist");
        let bucket = self.buckets.get(bucket).ok_or(missing)?;
        if bucket.region != region {
            return Err(("PermanentRedirect", "The bucket is in another region"));
        }
        let object = bucket.object(key, version).filter(|object| !object.marker);
        object.map(object::Object::bytes).ok_or(("NoSuchKey", "The specified key does not exist."))
    }
}

/// The buckets of a region with their tags, by ARN.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<(String, Tags)> {
    let buckets = world.s3.values().flat_map(|all| all.buckets.values());
    let here = buckets.filter(|bucket| bucket.region == region);
    here.map(|bucket| (format!("arn:aws:s3:::{}", bucket.name), bucket.tags())).collect()
}

impl Context<'_> {
    /// The names that were given up a while ago, without those that are free again.
    fn given_up(&mut self) -> &mut BTreeMap<String, i64> {
        let now = self.now();
        let names = &mut self.world.s3.entry(self.call.region.clone()).or_default().given_up;
        names.retain(|_, until| *until > now);
        names
    }

    fn buckets(&mut self) -> &mut BTreeMap<String, bucket::Bucket> {
        &mut self.world.s3.entry(self.call.region.clone()).or_default().buckets
    }
}

/// The path with the bucket in it, wherever the caller named the bucket.
pub(crate) fn path_style(host: &str, path: &str) -> String {
    let bucket = [".s3.", ".s3-"].iter().find_map(|mark| host.find(mark)).map(|end| &host[..end]);
    match bucket.filter(|_| host.contains("amazonaws.com") && !host.starts_with("s3.")) {
        Some(bucket) => format!("/{bucket}{path}"),
        None => path.to_owned(),
    }
}

/// The operation of a request.
pub(crate) fn operation(method: &str, path: &[&str], query: &str) -> Option<String> {
    let keys: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    let has = |name: &str| keys.contains(&name);
    let name = match path.len() {
        0 if method == "GET" => "ListBuckets".to_owned(),
        1 => match settings::KINDS.iter().find(|kind| has(kind.parameter)) {
            Some(kind) => match method {
                "PUT" => kind.put.to_owned(),
                "GET" => kind.put.replacen("Put", "Get", 1),
                "DELETE" => {
                    kind.put.replacen("Put", "Delete", 1).replace("LifecycleConfiguration", "Lifecycle")
                }
                _ => return None,
            },
            None if has("location") => "GetBucketLocation".to_owned(),
            None if has("versions") => "ListObjectVersions".to_owned(),
            None if has("uploads") => "ListMultipartUploads".to_owned(),
            None if has("delete") => "DeleteObjects".to_owned(),
            None if has("list-type") => "ListObjectsV2".to_owned(),
            None if keys.iter().any(|key| OTHER.contains(key)) => return None,
            None => match method {
                "PUT" => "CreateBucket",
                "HEAD" => "HeadBucket",
                "DELETE" => "DeleteBucket",
                "GET" => "ListObjects",
                _ => return None,
            }
            .to_owned(),
        },
        _ if keys.iter().any(|key| OTHER.contains(key) || *key == "tagging") => return None,
        _ => match method {
            "PUT" => "PutObject",
            "GET" => "GetObject",
            "HEAD" => "HeadObject",
            "DELETE" => "DeleteObject",
            _ => return None,
        }
        .to_owned(),
    };
    Some(name)
}

/// Parameters of operations that are not here.
const OTHER: [&str; 17] = [
    "acl",
    "accelerate",
    "analytics",
    "attributes",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "metrics",
    "notification",
    "object-lock",
    "policyStatus",
    "replication",
    "requestPayment",
    "retention",
    "uploadId",
    "uploads",
    "website",
];

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation = cx.call.operation.clone();
    let now = cx.now();
    deliver(cx.world, now);
    let answered = match operation.as_str() {
        "ListBuckets" => bucket::list(cx),
        "CreateBucket" => bucket::create(cx),
        "HeadBucket" => bucket::head(cx),
        "GetBucketLocation" => bucket::location(cx),
        "DeleteBucket" => bucket::delete(cx),
        "ListObjects" | "ListObjectsV2" => list::objects(cx),
        "ListObjectVersions" => list::versions(cx),
        "ListMultipartUploads" => list::uploads(cx),
        "PutObject" => object::put(cx),
        "GetObject" => object::get(cx),
        "HeadObject" => object::head(cx),
        "DeleteObject" => object::delete(cx),
        "DeleteObjects" => object::delete_many(cx),
        _ => match settings::of(&operation) {
            Some((kind, verb)) => settings::answer(cx, kind, verb),
            None => Err(Refusal::new(501, "NotImplemented", format!("{operation} is not here"))),
        },
    };
    match answered {
        // Where it is instead, HEAD says too.
        Err(refusal) if refusal.code == "PermanentRedirect" => {
            let (name, _) = names(cx);
            let region = cx.buckets().get(&name).map(|bucket| bucket.region.clone()).unwrap_or_default();
            let answer = answer::refuse(cx.call, &refusal);
            Ok(Outcome::Done(header(answer, "x-amz-bucket-region", &region)))
        }
        answered => answered.map(Outcome::Done),
    }
}

/// Bucket and key of a call.
fn names(cx: &Context<'_>) -> (String, String) {
    let path = cx.call.path.trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    (decode_path(bucket), decode_path(key))
}

/// The bucket that a call names, at its own region's address.
fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut bucket::Bucket, Refusal> {
    let (name, _) = names(cx);
    let asked = cx.call.signed_region.clone();
    let missing = || Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist");
    let bucket = cx.buckets().get_mut(&name).ok_or_else(missing)?;
    if bucket.region != asked {
        let message = "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.";
        return Err(Refusal::new(301, "PermanentRedirect", message));
    }
    Ok(bucket)
}

fn document(element: &xml::Element) -> MockResponse {
    MockResponse::xml(200, element.document())
}

fn empty(status: u16) -> MockResponse {
    MockResponse::xml(status, "")
}

/// The answer with a header, unless its value cannot be one.
fn header(mut answer: MockResponse, name: &'static str, value: &str) -> MockResponse {
    if let Ok(value) = value.parse() {
        answer.headers.insert(name, value);
    }
    answer
}

/// The document in a call's body.
fn parsed(cx: &Context<'_>) -> Result<xml::Element, Refusal> {
    let body = body::decoded(&cx.call.headers, &cx.call.body)?;
    xml::Element::parse(&String::from_utf8_lossy(&body)).ok_or_else(malformed)
}

fn malformed() -> Refusal {
    let message = "The XML you provided was not well-formed or did not validate against our published schema";
    Refusal::bad("MalformedXML", message)
}

#[cfg(test)]
mod tests {
    use super::path_style;

    #[test]
    fn the_bucket_is_in_the_host_or_in_the_path() {
        assert_eq!(path_style("b-1.s3.ap-northeast-1.amazonaws.com", "/k"), "/b-1/k");
        assert_eq!(path_style("b.s3.amazonaws.com", "/"), "/b/");
        assert_eq!(path_style("s3.ap-northeast-1.amazonaws.com", "/a.b/k"), "/a.b/k");
        assert_eq!(path_style("127.0.0.1", "/b/k"), "/b/k");
    }
}
