//! Lists of objects and versions.

use super::object::Object;
use super::xml::Element;
use super::{document, find, malformed};
use crate::answer::Answered;
use crate::clock::iso;
use crate::world::Context;

/// The most entries of a page.
const PAGE: usize = 1000;

fn most(cx: &Context<'_>, parameter: &str) -> Result<usize, crate::answer::Refusal> {
    let asked = cx.call.query_params().number::<usize>(parameter).map_err(|_| malformed())?;
    Ok(asked.unwrap_or(PAGE).min(PAGE))
}

/// Lists by key; delimiters do not count.
pub(crate) fn objects(cx: &mut Context<'_>) -> Answered {
    let query = cx.call.query_params();
    let prefix = query.text("prefix").unwrap_or_default();
    let starts = ["continuation-token", "start-after", "marker"];
    let after = starts.iter().find_map(|name| query.filled(name)).unwrap_or_default();
    let most = most(cx, "max-keys")?;
    let bucket = find(cx)?;
    let standing = bucket.objects.iter().filter_map(|(key, versions)| {
        let last = versions.last().filter(|last| !last.marker)?;
        (key.starts_with(&prefix) && *key > after).then_some((key, last))
    });
    let found: Vec<(&String, &Object)> = standing.take(most + 1).collect();
    let more = found.len() > most;
    let mut shown = Element::new("ListBucketResult")
        .with("Name", &bucket.name)
        .with("Prefix", &prefix)
        .with("MaxKeys", most.to_string())
        .with("KeyCount", found.len().min(most).to_string())
        .with("IsTruncated", more.to_string());
    for (key, object) in found.iter().take(most) {
        shown = shown.child(
            Element::new("Contents")
                .with("Key", key.as_str())
                .with("LastModified", iso(object.modified_at))
                .with("ETag", &object.etag)
                .with("Size", object.size.to_string())
                .with("StorageClass", "STANDARD"),
        );
    }
    if more && let Some((key, _)) = most.checked_sub(1).and_then(|last| found.get(last)) {
        shown = shown.with("NextContinuationToken", key.as_str()).with("NextMarker", key.as_str());
    }
    Ok(document(&shown))
}

/// Lists all versions and delete markers, the newest of each key first.
pub(crate) fn versions(cx: &mut Context<'_>) -> Answered {
    let query = cx.call.query_params();
    let prefix = query.text("prefix").unwrap_or_default();
    let (after_key, after_version) = (query.filled("key-marker"), query.filled("version-id-marker"));
    let most = most(cx, "max-keys")?;
    let bucket = find(cx)?;
    let mut all: Vec<(&String, &Object, bool)> = Vec::new();
    for (key, versions) in bucket.objects.iter().filter(|(key, _)| key.starts_with(&prefix)) {
        let newest = versions.len().saturating_sub(1);
        all.extend(versions.iter().enumerate().rev().map(|(at, object)| (key, object, at == newest)));
    }
    let start = after_key.map_or(0, |marker| {
        let past = |(key, object, _): &(&String, &Object, bool)| {
            **key == marker && after_version.as_ref().is_none_or(|id| object.version == *id)
        };
        all.iter()
            .rposition(past)
            .map_or_else(|| all.partition_point(|(key, ..)| **key <= marker), |at| at + 1)
    });
    let rest = &all[start..];
    let more = rest.len() > most;
    let mut shown = Element::new("ListVersionsResult")
        .with("Name", &bucket.name)
        .with("Prefix", &prefix)
        .with("MaxKeys", most.to_string())
        .with("IsTruncated", more.to_string());
    for (key, object, latest) in rest.iter().take(most) {
        let mut entry = Element::new(if object.marker { "DeleteMarker" } else { "Version" })
            .with("Key", key.as_str())
            .with("VersionId", &object.version)
            .with("IsLatest", latest.to_string())
            .with("LastModified", iso(object.modified_at));
        if !object.marker {
            entry = entry.with("ETag", &object.etag).with("Size", object.size.to_string());
        }
        shown = shown.child(entry);
    }
    if more && let Some((key, object, _)) = most.checked_sub(1).and_then(|last| rest.get(last)) {
        shown = shown.with("NextKeyMarker", key.as_str()).with("NextVersionIdMarker", &object.version);
    }
    Ok(document(&shown))
}

/// Uploads in parts are not here, so there are none.
pub(crate) fn uploads(cx: &mut Context<'_>) -> Answered {
    let name = find(cx)?.name.clone();
    Ok(document(
        &Element::new("ListMultipartUploadsResult").with("Bucket", name).with("IsTruncated", "false"),
    ))
}
