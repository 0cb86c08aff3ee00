//! Tags of distributions, by ARN.

use super::tree::Tree;
use super::{argument, document, empty};
use crate::answer::{Answered, Refusal};
use crate::world::{Context, Tags};

/// The tags of a `Tags` element.
pub(super) fn read(tags: &Tree) -> Result<Tags, Refusal> {
    let mut found = Tags::new();
    for tag in tags.child("Items").map(|items| items.children.as_slice()).unwrap_or_default() {
        let key = tag.text("Key").unwrap_or_default();
        if key.is_empty() || key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Refusal::bad("InvalidTagging", format!("The tag key is not valid: {key}")));
        }
        found.insert(key.to_owned(), tag.text("Value").unwrap_or_default().to_owned());
    }
    limited(found)
}

fn limited(tags: Tags) -> Result<Tags, Refusal> {
    if tags.len() <= 50 {
        return Ok(tags);
    }
    Err(Refusal::bad("InvalidTagging", "A resource has at most 50 tags"))
}

fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Tags, Refusal> {
    let query = cx.call.query_params();
    let arn = query.filled("Resource").ok_or_else(|| argument("The parameter Resource is required."))?;
    let found = cx.edge().distributions.values_mut().find(|distribution| distribution.arn() == arn);
    let missing = || Refusal::new(404, "NoSuchResource", "A resource that was specified is not valid.");
    found.map(|distribution| &mut distribution.tags).ok_or_else(missing)
}

pub(super) fn list(cx: &mut Context<'_>) -> Answered {
    let tag = |(key, value): (&String, &String)| {
        Tree::node("Tag", vec![Tree::leaf("Key", key), Tree::leaf("Value", value)])
    };
    let items = find(cx)?.iter().map(tag).collect();
    Ok(document(200, Tree::node("Tags", vec![Tree::node("Items", items)]), None))
}

pub(super) fn tag(cx: &mut Context<'_>) -> Answered {
    let new = read(&Tree::parse(&cx.call.body)?)?;
    let tags = find(cx)?;
    let mut merged = tags.clone();
    merged.extend(new);
    *tags = limited(merged)?;
    Ok(empty())
}

pub(super) fn untag(cx: &mut Context<'_>) -> Answered {
    let body = Tree::parse(&cx.call.body)?;
    let keys: Vec<&str> = body
        .child("Items")
        .map(|items| items.children.iter().map(|key| key.text.as_str()).collect())
        .unwrap_or_default();
    find(cx)?.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(empty())
}
