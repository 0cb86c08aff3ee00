//! Lists of records, by name from the right.

use serde_json::{Value, json};

use super::record::{Record, dns, invalid, labels};
use super::{find, reply};
use crate::answer::Answered;
use crate::world::Context;

/// The largest page.
const PAGE: usize = 300;

pub(super) fn records(cx: &mut Context<'_>) -> Answered {
    let query = cx.call.query_params();
    let (name, kind) = (query.filled("name").map(|name| dns(&name)), query.filled("type"));
    let set = query.filled("identifier");
    if kind.is_some() && name.is_none() {
        return Err(invalid("The input with a type must also have a name".to_owned()));
    }
    let most = query.number::<usize>("maxitems").ok().flatten().unwrap_or(PAGE).clamp(1, PAGE);
    let start = name.map(|name| (labels(&name), kind.unwrap_or_default(), set.unwrap_or_default()));
    let mut all: Vec<Record> = find(cx)?.records.clone();
    all.sort_by_key(Record::order);
    if let Some(start) = start {
        all.retain(|record| record.order() >= start);
    }
    let next = all.get(most).cloned();
    let page: Vec<Value> = all.iter().take(most).map(Record::render).collect();
    let body = json!({
        "ResourceRecordSets": page,
        "IsTruncated": next.is_some(),
        "MaxItems": most.to_string(),
        "NextRecordName": next.as_ref().map(|record| &record.name),
        "NextRecordType": next.as_ref().map(|record| &record.kind),
        "NextRecordIdentifier": next.as_ref().and_then(|record| record.set.as_ref()),
    });
    Ok(reply(200, "ListResourceRecordSetsResponse", &body))
}
