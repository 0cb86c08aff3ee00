//! Route 53: hosted zones, their records, changes and tags.

mod change;
mod health_check;
mod list;
mod record;
mod serve;
mod tags;
mod zone;

pub(crate) use serve::leads_to;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use winterbaume_core::MockResponse;

use crate::answer::{Answered, Outcome, Refusal};
use crate::status::Status;
use crate::wire::xml_in;
use crate::world::{Context, Counted, Tags, World};

/// Route 53 belongs to the account; its state stands in this region.
const HOME: &str = "us-east-1";
const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";

/// The hosted zones of the account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Zones {
    zones: BTreeMap<String, zone::Zone>,
    /// When each change is in sync, by id, with the moment it was made.
    changes: BTreeMap<String, change::Submitted>,
    /// Validation records that stood once: what they proved stays proven.
    past: Vec<change::Past>,
    checks: BTreeMap<String, health_check::HealthCheck>,
    /// The references of checks that are deleted.
    past_checks: BTreeSet<String>,
}

impl Counted for Zones {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:route53:HealthCheck", self.checks.len());
        status.add("aws:route53:HostedZone", self.zones.len());
        let own = |zone: &zone::Zone| zone.records.iter().filter(|r| !r.of_the_zone(&zone.name)).count();
        status.add("aws:route53:RecordSet", self.zones.values().map(own).sum());
    }

    fn tagged(&self, _region: &str) -> Vec<(String, &Tags)> {
        let arn = |kind: &str, id: &str| format!("arn:aws:route53:::{kind}/{id}");
        let zones = self.zones.values().map(|zone| (arn("hostedzone", &zone.id), &zone.tags));
        let checks = self.checks.values().map(|check| (arn("healthcheck", &check.id), &check.tags));
        zones.chain(checks).collect()
    }
}

impl Context<'_> {
    fn zones(&mut self) -> &mut Zones {
        self.world.route53.entry(HOME.to_owned()).or_default()
    }
}

/// When public zones gave a value for a name and type, for other services: from when, and until when if they
/// do no longer.
pub(crate) fn stood(world: &World, name: &str, kind: &str, value: &str) -> Vec<(i64, Option<i64>)> {
    let (name, value) = (record::dns(name), record::dns(value));
    let zones = || world.route53.get(HOME).into_iter();
    let now = zones()
        .flat_map(|all| all.zones.values())
        .filter(|zone| !zone.private())
        .flat_map(|zone| &zone.records)
        .filter(|record| record.name == name && record.kind == kind)
        .filter(|record| record.values.iter().any(|own| record::dns(own) == value))
        .map(|record| (record.since, None));
    let past = zones()
        .flat_map(|all| &all.past)
        .filter(|past| past.name == name && kind == "CNAME" && past.value == value)
        .map(|past| (past.since, Some(past.until)));
    now.chain(past).collect()
}

/// A record that another service writes for itself: a CNAME, or an alias of a distribution.
pub(crate) struct Own {
    pub name: String,
    pub target: String,
    pub alias: bool,
    /// From when on it stands.
    pub since: i64,
}

/// The zone of every distribution.
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";
/// The time to live that Amplify gives its records.
const TTL: i64 = 500;

impl Own {
    fn record(&self) -> record::Record {
        let name = record::dns(&self.name);
        if self.alias {
            let zone = CLOUDFRONT_ZONE.to_owned();
            let alias = record::Alias { zone, name: record::dns(&self.target), evaluate: false };
            return record::Record {
                name,
                kind: "A".to_owned(),
                alias: Some(alias),
                since: self.since,
                ..record::Record::default()
            };
        }
        record::Record {
            name,
            kind: "CNAME".to_owned(),
            ttl: Some(TTL),
            values: vec![self.target.clone()],
            since: self.since,
            ..record::Record::default()
        }
    }
}

/// The public zone of the account that a name is in: the longest one.
fn zone_of<'a>(world: &'a mut World, name: &str) -> Option<&'a mut zone::Zone> {
    let name = record::dns(name);
    let zones = world.route53.get_mut(HOME)?.zones.values_mut();
    let holds = |zone: &&mut zone::Zone| {
        !zone.private() && (name == zone.name || name.ends_with(&format!(".{}", zone.name)))
    };
    zones.filter(holds).max_by_key(|zone| zone.name.len())
}

/// Writes the records of another service as Route 53 takes anybody's: in one batch for each zone, whole or not at
/// all. What is refused is said to nobody, and is what the other service goes without.
pub(crate) fn write(world: &mut World, own: &[Own]) {
    let mut batches: BTreeMap<String, Vec<record::Record>> = BTreeMap::new();
    for one in own {
        if let Some(zone) = zone_of(world, &one.name) {
            batches.entry(zone.id.clone()).or_default().push(one.record());
        }
    }
    let Some(all) = world.route53.get_mut(HOME) else { return };
    for (id, records) in batches {
        let Some(zone) = all.zones.get_mut(&id) else { continue };
        let mut changed = zone.clone();
        if records.into_iter().try_for_each(|record| change::own(&mut changed, record)).is_ok() {
            *zone = changed;
        }
    }
}

/// Takes the records of another service away, as far as they still say what it wrote.
pub(crate) fn unwrite(world: &mut World, own: &[Own]) {
    for one in own {
        let Some(zone) = zone_of(world, &one.name) else { continue };
        let written = one.record();
        let says = |record: &record::Record| {
            let values = |record: &record::Record| -> Vec<String> {
                record.values.iter().map(|value| record::dns(value)).collect()
            };
            record.name == written.name
                && record.kind == written.kind
                && record.alias == written.alias
                && values(record) == values(&written)
        };
        zone.records.retain(|record| !says(record));
    }
}

/// The operation of a request.
pub(crate) fn operation(method: &str, path: &[&str], _query: &str) -> Option<String> {
    let ["2013-04-01", path @ ..] = path else { return None };
    let name = match (method, path) {
        ("POST", ["hostedzone"]) => "CreateHostedZone",
        ("GET", ["hostedzone"]) => "ListHostedZones",
        ("GET", ["hostedzonesbyname"]) => "ListHostedZonesByName",
        ("GET", ["hostedzonesbyvpc"]) => "ListHostedZonesByVPC",
        ("GET", ["hostedzonecount"]) => "GetHostedZoneCount",
        ("GET", ["hostedzone", _]) => "GetHostedZone",
        ("POST", ["hostedzone", _]) => "UpdateHostedZoneComment",
        ("DELETE", ["hostedzone", _]) => "DeleteHostedZone",
        ("POST", ["hostedzone", _, "associatevpc"]) => "AssociateVPCWithHostedZone",
        ("POST", ["hostedzone", _, "disassociatevpc"]) => "DisassociateVPCFromHostedZone",
        ("POST", ["hostedzone", _, "rrset"]) => "ChangeResourceRecordSets",
        ("GET", ["hostedzone", _, "rrset"]) => "ListResourceRecordSets",
        ("GET", ["change", _]) => "GetChange",
        ("POST", ["healthcheck"]) => "CreateHealthCheck",
        ("GET", ["healthcheck"]) => "ListHealthChecks",
        ("GET", ["healthcheck", _]) => "GetHealthCheck",
        ("POST", ["healthcheck", _]) => "UpdateHealthCheck",
        ("DELETE", ["healthcheck", _]) => "DeleteHealthCheck",
        ("POST", ["tags", _]) => "ListTagsForResources",
        ("GET", ["tags", _, _]) => "ListTagsForResource",
        ("POST", ["tags", _, _]) => "ChangeTagsForResource",
        _ => return None,
    };
    Some(name.to_owned())
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>) -> Answered = match cx.call.operation.as_str() {
        "CreateHostedZone" => zone::create,
        "GetHostedZone" => zone::get,
        "ListHostedZones" => zone::list,
        "ListHostedZonesByName" => zone::list_by_name,
        "GetHostedZoneCount" => zone::count,
        "UpdateHostedZoneComment" => zone::comment,
        "DeleteHostedZone" => zone::delete,
        "AssociateVPCWithHostedZone" => zone::associate,
        "DisassociateVPCFromHostedZone" => zone::disassociate,
        "ChangeResourceRecordSets" => change::change,
        "ListResourceRecordSets" => list::records,
        "GetChange" => change::get,
        "CreateHealthCheck" => health_check::create,
        "GetHealthCheck" => health_check::get,
        "ListHealthChecks" => health_check::list,
        "UpdateHealthCheck" => health_check::update,
        "DeleteHealthCheck" => health_check::delete,
        "ListTagsForResource" => tags::one,
        "ListTagsForResources" => tags::many,
        "ChangeTagsForResource" => tags::change,
        _ => return Ok(Outcome::Beneath),
    };
    operation(cx).map(Outcome::Done)
}

fn reply(status: u16, root: &str, body: &Value) -> MockResponse {
    xml_in::answer(status, root, NAMESPACE, body, &|list| match list {
        "HostedZones" => "HostedZone",
        "NameServers" => "NameServer",
        "VPCs" => "VPC",
        "ResourceRecordSets" => "ResourceRecordSet",
        "ResourceRecords" => "ResourceRecord",
        "ResourceTagSets" => "ResourceTagSet",
        "Tags" => "Tag",
        "HealthChecks" => "HealthCheck",
        "Regions" => "Region",
        _ => "member",
    })
}

fn no_zone(id: &str) -> Refusal {
    Refusal::new(404, "NoSuchHostedZone", format!("No hosted zone found with ID: {id}"))
}

/// The zone that a call names in its path.
fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut zone::Zone, Refusal> {
    let id = cx.call.segments().get(2).cloned().unwrap_or_default();
    cx.zones().zones.get_mut(&id).ok_or_else(|| no_zone(&id))
}
