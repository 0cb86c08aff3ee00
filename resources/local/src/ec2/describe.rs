//! What all of EC2's describes share: explicit ids, filters, pages.

use serde_json::{Value, json};

use super::Network;
use crate::answer::{self, Answered, Refusal};
use crate::wire::query::Params;
use crate::world::{Context, Tags};

/// What a resource is described against.
pub(crate) struct View<'a> {
    pub net: &'a Network,
    pub now: i64,
    pub region: &'a str,
}

impl View<'_> {
    pub(crate) fn arn(&self, kind: &str, id: &str) -> String {
        format!("arn:aws:ec2:{}:{}:{kind}/{id}", self.region, crate::call::ACCOUNT)
    }
}

/// A resource that can be described.
pub(crate) trait Described {
    fn id(&self) -> &str;
    /// The values that a filter looks at; `None` for a filter that does not exist.
    fn field(&self, filter: &str, view: &View<'_>) -> Option<Vec<String>>;
    fn render(&self, view: &View<'_>) -> Value;
}

/// How a describe is called.
pub(crate) struct Listing {
    /// The parameter that names ids.
    pub ids: &'static str,
    /// The element of the answer.
    pub set: &'static str,
    /// What AWS says of an id that it does not know; `None` leaves unknown ids out.
    pub missing: Option<fn(&str) -> Refusal>,
    /// The largest and smallest page; `None` if there are no pages.
    pub page: Option<(usize, usize)>,
}

/// Answers a describe.
pub(crate) fn describe<'a, T: Described + 'a>(
    cx: &Context<'_>,
    view: &View<'a>,
    params: &Params,
    listing: &Listing,
    items: impl Iterator<Item = &'a T>,
) -> Answered {
    let items: Vec<&T> = items.collect();
    let ids = params.texts(listing.ids);
    if let Some(missing) = listing.missing
        && let Some(unknown) = ids.iter().find(|id| !items.iter().any(|item| item.id() == id.as_str()))
    {
        return Err(missing(unknown));
    }
    let filters = filters(params)?;
    let mut chosen = Vec::new();
    for item in items {
        if (ids.is_empty() || ids.iter().any(|id| id == item.id())) && passes(item, &filters, view)? {
            chosen.push(item);
        }
    }
    let (chosen, next) = page(chosen, params, listing.page)?;
    let rendered: Vec<Value> = chosen.iter().map(|item| item.render(view)).collect();
    Ok(answer::ec2(&cx.call.operation, json!({listing.set: rendered, "nextToken": next})))
}

/// A filter: its name and the values that it lets through.
pub(crate) type Filter = (String, Vec<String>);

/// The filters of a call.
pub(crate) fn filters(params: &Params) -> Result<Vec<Filter>, Refusal> {
    params
        .list("Filter")
        .iter()
        .map(|f| {
            let values = f.texts("Value");
            if values.len() > 200 {
                return Err(Refusal::bad(
                    "FilterLimitExceeded",
                    "The maximum number of filter values is 200",
                ));
            }
            Ok((f.required("Name")?, values))
        })
        .collect()
}

fn passes<T: Described>(item: &T, filters: &[Filter], view: &View<'_>) -> Result<bool, Refusal> {
    for (name, wanted) in filters {
        let tags = view.net.tags.get(item.id());
        let have = match tag_field(name, tags) {
            Some(values) => values,
            None => item.field(name, view).ok_or_else(|| invalid_filter(name))?,
        };
        if !have.iter().any(|value| wanted.iter().any(|pattern| matches(pattern, value))) {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) fn invalid_filter(name: &str) -> Refusal {
    Refusal::bad("InvalidParameterValue", format!("The filter '{name}' is invalid"))
}

fn tag_field(filter: &str, tags: Option<&Tags>) -> Option<Vec<String>> {
    if let Some(key) = filter.strip_prefix("tag:") {
        return Some(tags.and_then(|t| t.get(key)).cloned().into_iter().collect());
    }
    match filter {
        "tag-key" => Some(tags.map(|t| t.keys().cloned().collect()).unwrap_or_default()),
        "tag-value" => Some(tags.map(|t| t.values().cloned().collect()).unwrap_or_default()),
        _ => None,
    }
}

/// Matches a filter value, in which `*` is any text and `?` any character.
pub(crate) fn matches(pattern: &str, value: &str) -> bool {
    fn go(p: &[char], v: &[char]) -> bool {
        match p.split_first() {
            None => v.is_empty(),
            Some(('*', rest)) => (0..=v.len()).any(|skip| go(rest, &v[skip..])),
            Some(('?', rest)) => v.split_first().is_some_and(|(_, tail)| go(rest, tail)),
            Some((c, rest)) => v.split_first().is_some_and(|(head, tail)| head == c && go(rest, tail)),
        }
    }
    if !pattern.contains(['*', '?']) {
        return pattern == value;
    }
    let (p, v): (Vec<char>, Vec<char>) = (pattern.chars().collect(), value.chars().collect());
    go(&p, &v)
}

/// One page, and the token of the next.
pub(crate) fn page<T>(
    items: Vec<T>,
    params: &Params,
    bounds: Option<(usize, usize)>,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let Some((least, most)) = bounds else { return Ok((items, None)) };
    let size: Option<usize> = params.number("MaxResults")?;
    if let Some(n) = size
        && !(least..=most).contains(&n)
    {
        return Err(Refusal::bad(
            "InvalidParameterValue",
            format!(
                "Value ( {n} ) for parameter maxResults is invalid. Expecting a value between {least} and {most}."
            ),
        ));
    }
    let start = match params.filled("NextToken") {
        None => 0,
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|n| n.parse::<usize>().ok())
            .ok_or_else(|| Refusal::bad("InvalidNextToken", "The token is not valid"))?,
    };
    let total = items.len();
    let end = size.map_or(total, |n| start.saturating_add(n)).min(total);
    let next = (end < total).then(|| format!("page-{end}"));
    Ok((items.into_iter().skip(start).take(end.saturating_sub(start)).collect(), next))
}

/// Tags as EC2 writes them.
pub(crate) fn tag_set(net: &Network, id: &str) -> Value {
    net.tags_of(id).into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn wildcards() {
        assert!(matches("a*c", "abbc") && matches("a?c", "abc") && matches("*", ""));
        assert!(!matches("a?c", "ac") && !matches("abc", "abcd"));
    }
}
