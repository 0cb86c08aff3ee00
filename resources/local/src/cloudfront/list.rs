//! Lists of distributions.

use super::tree::Tree;
use super::{argument, document};
use crate::answer::{Answered, Refusal};
use crate::world::Context;

/// A page of a list by `Marker` and `MaxItems`: the items, what the next page begins after, and the size.
pub(super) fn page<T>(
    cx: &Context<'_>,
    items: Vec<(String, T)>,
) -> Result<(Vec<T>, Option<String>, usize), Refusal> {
    let query = cx.call.query_params();
    let invalid = |_| argument("The parameter MaxItems is not a number.");
    let most: usize = query.number("MaxItems").map_err(invalid)?.unwrap_or(100);
    let after = query.filled("Marker");
    let mut rest: Vec<(String, T)> =
        items.into_iter().filter(|(id, _)| after.as_ref().is_none_or(|after| id > after)).collect();
    let more = rest.len() > most;
    rest.truncate(most);
    let next = rest.last().map(|(id, _)| id.clone()).filter(|_| more);
    Ok((rest.into_iter().map(|(_, item)| item).collect(), next, most))
}

/// The list's own members before its items.
pub(super) fn listed(cx: &Context<'_>, root: &str, items: Vec<(String, Tree)>) -> Answered {
    let (items, next, most) = page(cx, items)?;
    let marker = cx.call.query_params().text("Marker").unwrap_or_default();
    let mut list = Tree::list(root, items);
    list.children.push(Tree::leaf("Marker", marker));
    list.children.push(Tree::leaf("MaxItems", most));
    list.children.push(Tree::leaf("IsTruncated", next.is_some()));
    list.children.extend(next.map(|next| Tree::leaf("NextMarker", next)));
    Ok(document(200, list, None))
}

pub(super) fn all(cx: &mut Context<'_>) -> Answered {
    summaries(cx, |_| true)
}

pub(super) fn by_web_acl(cx: &mut Context<'_>) -> Answered {
    let wanted = super::id_of(cx);
    summaries(cx, |acl| acl.unwrap_or("null") == wanted)
}

fn summaries(cx: &mut Context<'_>, fits: impl Fn(Option<&str>) -> bool) -> Answered {
    const LEFT_OUT: [&str; 5] =
        ["CallerReference", "DefaultRootObject", "Logging", "HttpVersion", "ContinuousDeploymentPolicyId"];
    let now = cx.now();
    let mut items = Vec::new();
    for (id, distribution) in &cx.edge().distributions {
        if !fits(distribution.web_acl()) {
            continue;
        }
        let mut children = distribution.head(now);
        children.push(Tree::leaf("ETag", &distribution.etag));
        let shown = |child: &&Tree| !LEFT_OUT.contains(&child.name.as_str());
        children.extend(distribution.config.children.iter().filter(shown).cloned());
        let version = distribution.config.text("HttpVersion").unwrap_or("http2").to_ascii_uppercase();
        children.push(Tree::leaf("HttpVersion", version));
        items.push((id.clone(), Tree::node("DistributionSummary", children)));
    }
    listed(cx, "DistributionList", items)
}
