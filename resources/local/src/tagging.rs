//! The Resource Groups Tagging API: what stands in a region with which tags. It knows neither IAM nor what takes
//! no tags, and changes nothing here.

use serde_json::{Value, json};

use crate::answer::{self, Outcome, Refusal};
use crate::world::{Context, Tags};

/// The most that a page has.
const PAGE: usize = 100;

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    if cx.call.operation != "GetResources" {
        return Err(Refusal::bad(
            "InvalidParameterException",
            "The local cloud lists tags, and changes none here.",
        ));
    }
    let body = cx.call.json()?;
    let filters = filters(&body)?;
    let start = match body.get("PaginationToken").and_then(Value::as_str).unwrap_or_default() {
        "" => 0,
        token => token.parse().map_err(|_| {
            Refusal::bad(
                "PaginationTokenExpiredException",
                "A PaginationToken is valid for a maximum of 15 minutes.",
            )
        })?,
    };
    let asked = body.get("ResourcesPerPage").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let size = asked.unwrap_or(PAGE).clamp(1, PAGE);
    let all = cx.world.tagged(cx.region());
    let fitting: Vec<_> =
        all.into_iter().filter(|(_, tags)| !tags.is_empty() && fits(tags, &filters)).collect();
    let page = fitting.iter().skip(start).take(size).map(|(arn, tags)| {
        let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        json!({"ResourceARN": arn, "Tags": tags})
    });
    let page: Vec<Value> = page.collect();
    let end = start + page.len();
    let next = if end < fitting.len() { end.to_string() } else { String::new() };
    Ok(Outcome::Done(answer::json(json!({"ResourceTagMappingList": page, "PaginationToken": next}))))
}

/// Keys with the values that are let through; any where none is named.
type Filters = Vec<(String, Vec<String>)>;

fn filters(body: &Value) -> Result<Filters, Refusal> {
    let list = body.get("TagFilters").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|filter| {
            let key = filter.get("Key").and_then(Value::as_str).filter(|key| !key.is_empty());
            let key =
                key.ok_or_else(|| Refusal::bad("InvalidParameterException", "A tag filter has a key."))?;
            let values = filter.get("Values").and_then(Value::as_array).into_iter().flatten();
            Ok((key.to_owned(), values.filter_map(Value::as_str).map(str::to_owned).collect()))
        })
        .collect()
}

fn fits(tags: &Tags, filters: &Filters) -> bool {
    filters
        .iter()
        .all(|(key, values)| tags.get(key).is_some_and(|value| values.is_empty() || values.contains(value)))
}
