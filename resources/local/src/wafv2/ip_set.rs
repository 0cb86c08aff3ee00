//! IP sets.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Entity, associated, duplicate, invalid, items, listed, nonexistent, required, scope};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// An IP set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct IpSet {
    pub entity: Entity,
    version: String,
    addresses: Vec<String>,
}

fn find<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut IpSet, Refusal> {
    let found = cx.waf().ip_sets.values_mut().find(|set| set.entity.named(body));
    found.ok_or_else(nonexistent)
}

/// The ranges of a call, in the one form in which WAF keeps them.
fn addresses(body: &Value, version: &str) -> Result<Vec<String>, Refusal> {
    let said = items(body, "Addresses").iter().filter_map(Value::as_str);
    let mut found = said.map(|range| canonical(range, version)).collect::<Result<Vec<_>, _>>()?;
    if found.len() > 10_000 {
        let message = "An IP set has at most 10,000 ranges.";
        return Err(Refusal::bad("WAFLimitsExceededException", message));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn canonical(range: &str, version: &str) -> Result<String, Refusal> {
    let refused = || invalid("The parameter contains formatting that is not valid.", "IP_ADDRESS", range);
    let (address, bits) = range.split_once('/').ok_or_else(refused)?;
    let address: IpAddr = address.parse().map_err(|_| refused())?;
    let bits: u8 = bits.parse().map_err(|_| refused())?;
    let most = match (address, version) {
        (IpAddr::V4(_), "IPV4") => 32,
        (IpAddr::V6(_), "IPV6") => 128,
        _ => return Err(refused()),
    };
    if bits == 0 || bits > most || has_host_bits(address, bits) {
        return Err(refused());
    }
    Ok(match address {
        IpAddr::V4(address) => format!("{address}/{bits}"),
        // WAF writes all groups out (terraform-provider-aws#22797).
        IpAddr::V6(address) => {
            let groups: Vec<String> = address.segments().iter().map(|group| format!("{group:04x}")).collect();
            format!("{}/{bits}", groups.join(":"))
        }
    })
}

/// Whether an address says more than its range does.
fn has_host_bits(address: IpAddr, bits: u8) -> bool {
    match address {
        IpAddr::V4(address) => u32::from(address) & u32::MAX.checked_shr(bits.into()).unwrap_or(0) != 0,
        IpAddr::V6(address) => u128::from(address) & u128::MAX.checked_shr(bits.into()).unwrap_or(0) != 0,
    }
}

pub(super) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let entity = Entity::read(cx, body, "ipset")?;
    let version = required(body, "IPAddressVersion")?;
    let set = IpSet { addresses: addresses(body, &version)?, entity, version };
    let same = |other: &IpSet| other.entity.name == set.entity.name && other.entity.scope == set.entity.scope;
    if cx.waf().ip_sets.values().any(same) {
        return Err(duplicate());
    }
    let summary = set.entity.summary();
    cx.waf().ip_sets.insert(set.entity.arn.clone(), set);
    Ok(answer::json(json!({"Summary": summary})))
}

pub(super) fn get(cx: &mut Context<'_>, body: &Value) -> Answered {
    let set = find(cx, body)?;
    let entity = &set.entity;
    let shown = json!({
        "Name": entity.name, "Id": entity.id, "ARN": entity.arn, "Description": entity.description,
        "IPAddressVersion": set.version, "Addresses": set.addresses,
    });
    Ok(answer::json(json!({"IPSet": shown, "LockToken": entity.lock_token})))
}

pub(super) fn update(cx: &mut Context<'_>, body: &Value) -> Answered {
    let set = find(cx, body)?;
    set.entity.locked(body)?;
    let ranges = addresses(body, &set.version)?;
    set.entity.description = super::description(body)?;
    set.addresses = ranges;
    set.entity.changed()
}

pub(super) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let entity = find(cx, body)?.entity.clone();
    entity.locked(body)?;
    let waf = cx.waf();
    if waf.acls.values().any(|acl| acl.names(&entity.arn)) {
        return Err(associated());
    }
    waf.ip_sets.remove(&entity.arn);
    Ok(answer::json(json!({})))
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let scope = scope(cx, body)?;
    let sets = cx.waf().ip_sets.values().map(|set| &set.entity);
    listed(body, "IPSets", sets.filter(|entity| entity.scope == scope).collect())
}
