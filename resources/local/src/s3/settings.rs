//! What hangs on a bucket: each setting is put, read and deleted whole.

use std::collections::BTreeMap;

use serde_json::Value;
use winterbaume_core::MockResponse;

use super::checks::{
    check_cors, check_logging, check_ownership, check_tags, check_versioning, complete_encryption,
    complete_lifecycle, public,
};
use super::xml::Element;
use super::{acl, body, document, empty, find, header, malformed, parsed};
use crate::answer::{Answered, Refusal};
use crate::iam::unknown_principal;
use crate::world::Context;

/// A kind of setting.
pub(crate) struct Kind {
    /// The parameter that names it.
    pub parameter: &'static str,
    /// The operation that puts it.
    pub put: &'static str,
    /// The element that it is.
    root: &'static str,
    /// The refusal where there is none; without it, the root stands empty.
    absent: Option<(&'static str, &'static str)>,
}

pub(crate) const KINDS: [Kind; 13] = [
    Kind {
        parameter: "versioning",
        put: "PutBucketVersioning",
        root: "VersioningConfiguration",
        absent: None,
    },
    Kind { parameter: "logging", put: "PutBucketLogging", root: "BucketLoggingStatus", absent: None },
    Kind {
        parameter: "encryption",
        put: "PutBucketEncryption",
        root: "ServerSideEncryptionConfiguration",
        absent: Some((
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found",
        )),
    },
    Kind {
        parameter: "publicAccessBlock",
        put: "PutPublicAccessBlock",
        root: "PublicAccessBlockConfiguration",
        absent: Some((
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        )),
    },
    Kind {
        parameter: "ownershipControls",
        put: "PutBucketOwnershipControls",
        root: "OwnershipControls",
        absent: Some(("OwnershipControlsNotFoundError", "The bucket ownership controls were not found")),
    },
    Kind {
        parameter: "policy",
        put: "PutBucketPolicy",
        root: "Policy",
        absent: Some(("NoSuchBucketPolicy", "The bucket policy does not exist")),
    },
    Kind {
        parameter: "lifecycle",
        put: "PutBucketLifecycleConfiguration",
        root: "LifecycleConfiguration",
        absent: Some(("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")),
    },
    Kind {
        parameter: "tagging",
        put: "PutBucketTagging",
        root: "Tagging",
        absent: Some(("NoSuchTagSet", "The TagSet does not exist")),
    },
    Kind {
        parameter: "cors",
        put: "PutBucketCors",
        root: "CORSConfiguration",
        absent: Some(("NoSuchCORSConfiguration", "The CORS configuration does not exist")),
    },
    Kind { parameter: "acl", put: "PutBucketAcl", root: "AccessControlPolicy", absent: None },
    Kind {
        parameter: "website",
        put: "PutBucketWebsite",
        root: "WebsiteConfiguration",
        absent: Some((
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        )),
    },
    Kind {
        parameter: "notification",
        put: "PutBucketNotificationConfiguration",
        root: "NotificationConfiguration",
        absent: None,
    },
    Kind {
        parameter: "replication",
        put: "PutBucketReplication",
        root: "ReplicationConfiguration",
        absent: Some((
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        )),
    },
];

/// What is done with a setting.
#[derive(Clone, Copy)]
pub(crate) enum Verb {
    Put,
    Get,
    Delete,
}

/// The setting that an operation is about.
pub(crate) fn of(operation: &str) -> Option<(&'static Kind, Verb)> {
    let verbs = [("Put", Verb::Put), ("Get", Verb::Get), ("Delete", Verb::Delete)];
    let (rest, verb) =
        verbs.into_iter().find_map(|(word, verb)| Some((operation.strip_prefix(word)?, verb)))?;
    let fits = |kind: &&Kind| {
        let name = kind.put.strip_prefix("Put").unwrap_or_default();
        name == rest || name.strip_suffix("Configuration") == Some(rest)
    };
    KINDS.iter().find(fits).map(|kind| (kind, verb))
}

/// The settings of a new bucket.
pub(crate) fn defaults(ownership: &str) -> BTreeMap<String, Element> {
    let owners = Element::new("Rule").with("ObjectOwnership", ownership);
    let mut block = Element::new("PublicAccessBlockConfiguration");
    for flag in ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"] {
        block = block.with(flag, "true");
    }
    BTreeMap::from([
        ("encryption".to_owned(), encryption()),
        ("publicAccessBlock".to_owned(), block),
        ("ownershipControls".to_owned(), Element::new("OwnershipControls").child(owners)),
    ])
}

/// The encryption of a bucket that asks for none; keys of the caller's are blocked in new buckets since April 2026 (S3
/// User Guide, "Default SSE-C setting for new buckets FAQ").
fn encryption() -> Element {
    let by = Element::new("ApplyServerSideEncryptionByDefault").with("SSEAlgorithm", "AES256");
    let blocked = Element::new("BlockedEncryptionTypes").with("EncryptionType", "SSE-C");
    let rule = Element::new("Rule").child(by).with("BucketKeyEnabled", "false").child(blocked);
    Element::new("ServerSideEncryptionConfiguration").child(rule)
}

pub(crate) fn answer(cx: &mut Context<'_>, kind: &Kind, verb: Verb) -> Answered {
    match (verb, kind.parameter) {
        (Verb::Put, "policy") => put_policy(cx),
        (Verb::Put, "acl") => acl::put(cx),
        (Verb::Get, "acl") => acl::get(cx),
        (Verb::Put, _) => put(cx, kind),
        (Verb::Get, "policy") => match find(cx)?.policy.clone() {
            Some(policy) => Ok(MockResponse::rest_json(200, policy)),
            None => Err(absent(kind)),
        },
        (Verb::Get, _) => match find(cx)?.settings.get(kind.parameter) {
            Some(setting) => {
                let answer = document(setting);
                let size = find(cx)?.settings.get(SIZE).and_then(|size| size.text_of("Size"));
                Ok(with_size(answer, kind, size.unwrap_or(USUAL_SIZE)))
            }
            None if kind.absent.is_none() => Ok(document(&Element::new(kind.root))),
            None => Err(absent(kind)),
        },
        (Verb::Delete, "policy") => {
            find(cx)?.policy = None;
            Ok(empty(204))
        }
        (Verb::Delete, "encryption") => {
            find(cx)?.settings.insert(kind.parameter.to_owned(), encryption());
            Ok(empty(204))
        }
        (Verb::Delete, "versioning" | "logging" | "acl" | "notification") => {
            Err(Refusal::new(405, "MethodNotAllowed", "The specified method is not allowed"))
        }
        (Verb::Delete, _) => {
            let settings = &mut find(cx)?.settings;
            settings.remove(kind.parameter);
            if kind.parameter == "lifecycle" {
                settings.remove(SIZE);
            }
            Ok(empty(204))
        }
    }
}

/// Which small objects the rules move: AWS says it with them, and clients wait until it is what they put.
fn with_size(answer: MockResponse, kind: &Kind, size: &str) -> MockResponse {
    if kind.parameter != "lifecycle" {
        return answer;
    }
    header(answer, SIZE_HEADER, size)
}

/// Where it is kept beside the rules; the header that says it, and what holds where a call does not.
const SIZE: &str = "lifecycle-size";
const SIZE_HEADER: &str = "x-amz-transition-default-minimum-object-size";
const USUAL_SIZE: &str = "all_storage_classes_128K";

fn absent(kind: &Kind) -> Refusal {
    let (code, message) = kind.absent.unwrap_or(("NoSuchConfiguration", "The configuration does not exist"));
    Refusal::new(404, code, message)
}

fn put(cx: &mut Context<'_>, kind: &Kind) -> Answered {
    find(cx)?;
    let mut setting = parsed(cx)?;
    if setting.name != kind.root {
        return Err(malformed());
    }
    match kind.parameter {
        "versioning" => check_versioning(&setting)?,
        "encryption" => complete_encryption(&mut setting)?,
        "ownershipControls" => {
            check_ownership(&setting)?;
            acl::check_ownership(find(cx)?, &setting)?;
        }
        "lifecycle" => complete_lifecycle(&mut setting)?,
        "tagging" => check_tags(&setting)?,
        "logging" => check_logging(cx, &setting)?,
        "cors" => check_cors(&setting)?,
        "replication" if find(cx)?.versioning() != "Enabled" => {
            let message = "Versioning must be 'Enabled' on the bucket to apply a replication configuration";
            return Err(Refusal::bad("InvalidRequest", message));
        }
        _ => {}
    }
    let said = cx.call.headers.get(SIZE_HEADER).and_then(|size| size.to_str().ok());
    let size = said.unwrap_or(USUAL_SIZE).to_owned();
    if kind.parameter == "lifecycle" {
        find(cx)?.settings.insert(SIZE.to_owned(), Element::new("Default").with("Size", &size));
    }
    find(cx)?.settings.insert(kind.parameter.to_owned(), setting);
    Ok(with_size(empty(if kind.parameter == "tagging" { 204 } else { 200 }), kind, &size))
}

fn put_policy(cx: &mut Context<'_>) -> Answered {
    let bytes = body::decoded(&cx.call.headers, &cx.call.body)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let malformed = |message: &str| Refusal::bad("MalformedPolicy", message);
    let document: Value =
        serde_json::from_str(&text).map_err(|_| malformed("Policies must be valid JSON"))?;
    let statements: Vec<&Value> = match &document["Statement"] {
        Value::Array(items) => items.iter().collect(),
        one @ Value::Object(_) => vec![one],
        _ => return Err(malformed("Missing required field Statement")),
    };
    if unknown_principal(&cx.world.iam, &text).is_some() {
        return Err(malformed("Invalid principal in policy"));
    }
    let bucket = find(cx)?;
    let arn = format!("arn:aws:s3:::{}", bucket.name);
    let inside = |resource: &Value| {
        let fits = |item: &Value| {
            item.as_str().is_some_and(|text| {
                text == arn || text.starts_with(&format!("{arn}/")) || text.starts_with(&format!("{arn}*"))
            })
        };
        match resource {
            Value::Array(items) => items.iter().all(fits),
            other => other.is_null() || fits(other),
        }
    };
    if !statements.iter().all(|statement| inside(&statement["Resource"])) {
        return Err(malformed("Policy has invalid resource"));
    }
    let blocks = bucket.settings.get("publicAccessBlock").and_then(|b| b.text_of("BlockPublicPolicy"));
    if blocks == Some("true") && statements.iter().any(|statement| public(statement)) {
        let message = "User is not authorized to perform: s3:PutBucketPolicy because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.";
        return Err(Refusal::new(403, "AccessDenied", message));
    }
    bucket.policy = Some(text);
    Ok(empty(204))
}
