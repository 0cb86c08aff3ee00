//! Availability zones.

use serde_json::{Value, json};

use super::describe::{filters, invalid_filter, matches};
use crate::answer::{self, Answered, Refusal};
use crate::region;
use crate::wire::query::Params;
use crate::world::Context;

/// The zones of a region that the account sees: name and id.
pub(crate) fn zones(cx: &Context<'_>) -> Vec<(String, String)> {
    region::zones(cx.region(), cx.facts().every_zone)
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let region = cx.region().to_owned();
    let (names, ids) = (params.texts("ZoneName"), params.texts("ZoneId"));
    let all = zones(cx);
    let unknown = |id: &&String| !all.iter().any(|(n, i)| n == *id || i == *id);
    if let Some(bad) = names.iter().chain(&ids).find(unknown) {
        return Err(Refusal::bad("InvalidParameterValue", format!("Invalid availability zone: [{bad}]")));
    }
    let filters = filters(params)?;
    let mut found: Vec<Value> = Vec::new();
    for (name, id) in &all {
        let mut passes = (names.is_empty() || names.contains(name)) && (ids.is_empty() || ids.contains(id));
        for (filter, wanted) in &filters {
            let have = match filter.as_str() {
                "state" => "available",
                "zone-name" => name,
                "zone-id" => id,
                "region-name" | "group-name" => &region,
                "zone-type" => "availability-zone",
                "opt-in-status" => "opt-in-not-required",
                _ => return Err(invalid_filter(filter)),
            };
            passes &= wanted.iter().any(|pattern| matches(pattern, have));
        }
        if passes {
            found.push(json!({
                "zoneName": name, "zoneId": id, "zoneState": "available", "regionName": region,
                "zoneType": "availability-zone", "groupName": region, "networkBorderGroup": region,
                "optInStatus": "opt-in-not-required", "messageSet": [],
            }));
        }
    }
    Ok(answer::ec2("DescribeAvailabilityZones", json!({"availabilityZoneInfo": found})))
}
