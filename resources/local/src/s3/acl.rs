//! Access lists of buckets.

use super::xml::Element;
use super::{Buckets, document, empty, find, malformed, parsed};
use crate::answer::{Answered, Refusal};
use crate::world::{Context, World};

/// The canonical user that the account is.
const OWNER: &str = "5e1f00000000000000000000000000000000000000000000000000000000c0de";
/// The groups that are everybody.
const EVERYONE: [&str; 2] = [
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
];
const PERMISSIONS: [&str; 5] = ["FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"];

fn entry(id: &str, permission: &str) -> Element {
    let grantee =
        Element { kind: Some("CanonicalUser".to_owned()), ..Element::new("Grantee").with("ID", id) };
    Element::new("Grant").child(grantee).with("Permission", permission)
}

/// The list of a bucket on which nobody has put one.
fn own() -> Element {
    Element::new("AccessControlPolicy")
        .child(Element::new("Owner").with("ID", OWNER))
        .child(Element::new("AccessControlList").child(entry(OWNER, "FULL_CONTROL")))
}

fn entries(list: &Element) -> Vec<&Element> {
    list.get("AccessControlList").map(|list| list.all("Grant").collect()).unwrap_or_default()
}

/// Whether only its owner is on a list.
fn is_own(list: &Element) -> bool {
    let other =
        |grant: &&Element| grant.get("Grantee").and_then(|grantee| grantee.text_of("ID")) != Some(OWNER);
    !entries(list).iter().any(other)
}

/// The region of a bucket.
pub(crate) fn region_of(world: &World, bucket: &str) -> Option<String> {
    world.s3.values().find_map(|all: &Buckets| all.buckets.get(bucket)).map(|bucket| bucket.region.clone())
}

/// Whether a bucket takes access lists: not where its owner alone counts. `None` if there is no such bucket.
pub(crate) fn takes_lists(world: &World, bucket: &str) -> Option<bool> {
    let bucket = world.s3.values().find_map(|all: &Buckets| all.buckets.get(bucket))?;
    Some(!enforced(&bucket.settings))
}

fn enforced(settings: &std::collections::BTreeMap<String, Element>) -> bool {
    let rule = settings.get("ownershipControls").and_then(|controls| controls.get("Rule"));
    rule.and_then(|rule| rule.text_of("ObjectOwnership")) == Some("BucketOwnerEnforced")
}

/// What a service gives itself.
pub(crate) fn grant(world: &mut World, bucket: &str, id: &str, permission: &str) {
    let buckets = world.s3.values_mut().find_map(|all| all.buckets.get_mut(bucket));
    let Some(bucket) = buckets else { return };
    let list = bucket.settings.entry("acl".to_owned()).or_insert_with(own);
    let new = entry(id, permission);
    let Some(grants) = list.children.iter_mut().find(|child| child.name == "AccessControlList") else {
        return;
    };
    if !grants.children.contains(&new) {
        grants.children.push(new);
    }
}

pub(super) fn get(cx: &mut Context<'_>) -> Answered {
    let bucket = find(cx)?;
    let list = bucket.settings.get("acl").filter(|_| !enforced(&bucket.settings)).cloned();
    Ok(document(&list.unwrap_or_else(own)))
}

/// A whole list, or one of AWS's by its name.
pub(super) fn put(cx: &mut Context<'_>) -> Answered {
    let canned = cx.call.headers.get("x-amz-acl").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let list = match canned.as_deref() {
        None => complete(parsed(cx)?)?,
        Some("private" | "bucket-owner-full-control" | "bucket-owner-read") => own(),
        Some("public-read") => with_group(own(), EVERYONE[0], &["READ"]),
        Some("public-read-write") => with_group(own(), EVERYONE[0], &["READ", "WRITE"]),
        Some("authenticated-read") => with_group(own(), EVERYONE[1], &["READ"]),
        Some("log-delivery-write") => {
            let group = "http://acs.amazonaws.com/groups/s3/LogDelivery";
            with_group(own(), group, &["WRITE", "READ_ACP"])
        }
        Some(_) => return Err(Refusal::bad("InvalidArgument", "The canned ACL is not valid")),
    };
    let bucket = find(cx)?;
    if enforced(&bucket.settings) && !is_own(&list) {
        return Err(Refusal::bad("AccessControlListNotSupported", "The bucket does not allow ACLs"));
    }
    let public = entries(&list).iter().any(|grant| {
        let uri = grant.get("Grantee").and_then(|grantee| grantee.text_of("URI"));
        uri.is_some_and(|uri| EVERYONE.contains(&uri))
    });
    let blocks = bucket.settings.get("publicAccessBlock").and_then(|b| b.text_of("BlockPublicAcls"));
    if public && blocks == Some("true") {
        let message = "User is not authorized to perform: s3:PutBucketAcl because public access control lists (ACLs) are prevented by the BlockPublicAcls setting in S3 Block Public Access.";
        return Err(Refusal::new(403, "AccessDenied", message));
    }
    bucket.settings.insert("acl".to_owned(), list);
    Ok(empty(200))
}

fn complete(list: Element) -> Result<Element, Refusal> {
    let fits = |grant: &&Element| {
        let known = grant.text_of("Permission").is_some_and(|name| PERMISSIONS.contains(&name));
        known && grant.get("Grantee").is_some_and(|grantee| grantee.kind.is_some())
    };
    let owner = list.get("Owner").and_then(|owner| owner.text_of("ID"));
    if list.name != "AccessControlPolicy" || !entries(&list).iter().all(fits) {
        return Err(malformed());
    }
    match owner {
        Some(OWNER) => Ok(list),
        _ => Err(Refusal::new(403, "AccessDenied", "Access Denied")),
    }
}

fn with_group(mut list: Element, uri: &str, permissions: &[&str]) -> Element {
    let grantee = Element { kind: Some("Group".to_owned()), ..Element::new("Grantee").with("URI", uri) };
    if let Some(grants) = list.children.iter_mut().find(|child| child.name == "AccessControlList") {
        let new =
            |permission: &&str| Element::new("Grant").child(grantee.clone()).with("Permission", *permission);
        grants.children.extend(permissions.iter().map(new));
    }
    list
}

/// Refuses an owner who alone counts where others are on the list.
pub(super) fn check_ownership(bucket: &super::bucket::Bucket, wanted: &Element) -> Result<(), Refusal> {
    let named = wanted.get("Rule").and_then(|rule| rule.text_of("ObjectOwnership"));
    if named == Some("BucketOwnerEnforced") && bucket.settings.get("acl").is_some_and(|list| !is_own(list)) {
        let message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
        return Err(Refusal::bad("InvalidBucketAclWithObjectOwnership", message));
    }
    Ok(())
}
