//! `aws:route53:RecordSet`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecordSet, RrType};
use finsight_engine::contract::{Candidate, Failure, INSTEAD_OF, Live, OwnerId, Reading, Standing, Target};
use finsight_engine::normal::dns_name;
use finsight_engine::value::Map;

use super::record_set_values::{live, record, same_content};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::Inputs;

/// The largest page of records.
const PAGE: i32 = 300;

/// The handler of `aws:route53:RecordSet`; its physical id is `<zone>|<name>|<type>|<set identifier>`.
pub struct RecordSet;

#[async_trait]
impl Handler for RecordSet {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut by_zone: BTreeMap<String, Vec<&Target>> = BTreeMap::new();
        for target in targets {
            by_zone.entry(Key::parse(&target.id)?.zone).or_default().push(target);
        }
        let mut found = Vec::new();
        for (zone, wanted) in by_zone {
            // One sweep serves all records of a zone; one alone is asked for by name.
            let standing = match wanted.as_slice() {
                [one] => current(aws, &Key::parse(&one.id)?).await?.into_iter().collect(),
                _ => all(aws, &zone).await?,
            };
            for target in wanted {
                let key = Key::parse(&target.id)?;
                if let Some(record) = standing.iter().find(|record| key.fits(record)) {
                    found.push(live(target, &zone, record));
                }
            }
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let key = Key::of(inputs)?;
        let wanted = record(inputs)?;
        let found = current(aws, &key).await?;
        // Records take no tags; that one says what we wanted to say proves it ours.
        Ok(found
            .map(|record| Candidate { id: key.id(), ours: same_content(&record, &wanted) })
            .into_iter()
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let key = Key::of(inputs)?;
        let mut changes = Vec::new();
        // In one batch: without any record of a name, resolvers keep that there is none for a quarter of an hour.
        if let Some(old) = inputs.text(INSTEAD_OF).map(Key::parse).transpose()?
            && old.is_beside(&key)
            && let Some(standing) = current(aws, &old).await?
        {
            changes.push((ChangeAction::Delete, standing));
        }
        changes.push((ChangeAction::Create, record(inputs)?));
        send(aws, &key.zone, changes).await?;
        Ok(key.id())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let key = Key::parse(&target.id)?;
        let standing = current(aws, &key).await?;
        let mut wanted = record(desired)?;
        if let Some(standing) = standing {
            wanted = merged(standing, wanted);
        }
        change(aws, &key.zone, ChangeAction::Upsert, wanted).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        // A delete must name all values exactly, and those on record may be out of date.
        let key = Key::parse(&target.id)?;
        // That the zone is not found does not say that the record is gone.
        if let Some(record) = in_zone(aws, &key).await? {
            change(aws, &key.zone, ChangeAction::Delete, record).await?;
        }
        Ok(Deleted::Gone)
    }

    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        // The zone may be one that is still to come.
        if inputs.text("hosted_zone_id").is_none() {
            return Ok(Vec::new());
        }
        let key = Key::of(inputs)?;
        let found = current(aws, &key).await?;
        Ok(found.map(|_| Standing { id: key.id(), stack: None, deleting: false }).into_iter().collect())
    }
}

/// An upsert replaces the record set: what is not ours to set goes along.
fn merged(standing: ResourceRecordSet, mut wanted: ResourceRecordSet) -> ResourceRecordSet {
    wanted.health_check_id = standing.health_check_id;
    // A record set is routed in one way.
    if wanted.weight.is_none() {
        wanted.region = standing.region;
        wanted.failover = standing.failover;
        wanted.multi_value_answer = standing.multi_value_answer;
        wanted.geo_location = standing.geo_location;
        wanted.geo_proximity_location = standing.geo_proximity_location;
        wanted.cidr_routing_config = standing.cidr_routing_config;
    }
    wanted
}

/// What tells a record set from others.
struct Key {
    zone: String,
    name: String,
    kind: String,
    set: String,
}

impl Key {
    fn of(inputs: &Map) -> Result<Self, Failure> {
        Ok(Self {
            zone: inputs.required("hosted_zone_id")?.to_owned(),
            name: dns_name(inputs.required("name")?),
            kind: inputs.required("record_type")?.to_owned(),
            set: inputs.text("set_identifier").unwrap_or_default().to_owned(),
        })
    }

    fn parse(id: &str) -> Result<Self, Failure> {
        let mut parts = id.splitn(4, '|').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(zone), Some(name), Some(kind)) => {
                Ok(Self { zone, name: dns_name(&name), kind, set: parts.next().unwrap_or_default() })
            }
            _ => {
                let message = format!("`{id}` is not <zone>|<name>|<type>|<set identifier>");
                let mut failure = unexpected("route53:ListResourceRecordSets", &message);
                failure.class = finsight_engine::contract::FailureClass::Invalid;
                Err(failure)
            }
        }
    }

    fn id(&self) -> String {
        format!("{}|{}|{}|{}", self.zone, self.name, self.kind, self.set)
    }

    /// Whether both are of one name.
    fn is_beside(&self, other: &Self) -> bool {
        self.zone == other.zone && self.name == other.name
    }

    fn fits(&self, record: &ResourceRecordSet) -> bool {
        dns_name(record.name()) == self.name
            && record.r#type().as_str() == self.kind
            && record.set_identifier().unwrap_or_default() == self.set
    }
}

/// The record set as it stands; lists can begin at one.
async fn current(aws: &Region, key: &Key) -> Result<Option<ResourceRecordSet>, Failure> {
    Ok(absent_as_none(in_zone(aws, key).await)?.flatten())
}

async fn in_zone(aws: &Region, key: &Key) -> Result<Option<ResourceRecordSet>, Failure> {
    let call = aws
        .route53()
        .list_resource_record_sets()
        .hosted_zone_id(&key.zone)
        .start_record_name(&key.name)
        .start_record_type(RrType::from(key.kind.as_str()))
        .set_start_record_identifier((!key.set.is_empty()).then(|| key.set.clone()))
        .max_items(1);
    let answer = call.send().await;
    let answer = answer.map_err(|error| unread("route53:ListResourceRecordSets", &error))?;
    Ok(answer.resource_record_sets.into_iter().find(|record| key.fits(record)))
}

/// The physical ids of all record sets of a zone.
pub(super) async fn ids(aws: &Region, zone: &str) -> Result<Vec<String>, Failure> {
    let id = |record: &ResourceRecordSet| {
        let set = record.set_identifier().unwrap_or_default().to_owned();
        let kind = record.r#type().as_str().to_owned();
        Key { zone: zone.to_owned(), name: dns_name(record.name()), kind, set }.id()
    };
    Ok(all(aws, zone).await?.iter().map(id).collect())
}

/// All record sets of a zone; none of a zone that is gone.
pub(crate) async fn all(aws: &Region, zone: &str) -> Result<Vec<ResourceRecordSet>, Failure> {
    let mut found = Vec::new();
    let mut call = aws.route53().list_resource_record_sets().hosted_zone_id(zone).max_items(PAGE);
    loop {
        let answer = call.send().await;
        let answer =
            absent_as_none(answer.map_err(|error| unread("route53:ListResourceRecordSets", &error)))?;
        let Some(page) = answer else { return Ok(Vec::new()) };
        found.extend(page.resource_record_sets);
        if !page.is_truncated || page.next_record_name.is_none() {
            return Ok(found);
        }
        call = aws
            .route53()
            .list_resource_record_sets()
            .hosted_zone_id(zone)
            .max_items(PAGE)
            .set_start_record_name(page.next_record_name)
            .set_start_record_type(page.next_record_type)
            .set_start_record_identifier(page.next_record_identifier);
    }
}

async fn change(
    aws: &Region,
    zone: &str,
    action: ChangeAction,
    record: ResourceRecordSet,
) -> Result<(), Failure> {
    change_all(aws, zone, action, vec![record]).await
}

/// One batch, which Route 53 carries out whole or not at all; nothing where there are no records.
pub(crate) async fn change_all(
    aws: &Region,
    zone: &str,
    action: ChangeAction,
    records: Vec<ResourceRecordSet>,
) -> Result<(), Failure> {
    let changes: Vec<_> = records.into_iter().map(|record| (action.clone(), record)).collect();
    if changes.is_empty() { Ok(()) } else { send(aws, zone, changes).await }
}

/// One batch of changes.
async fn send(
    aws: &Region,
    zone: &str,
    changes: Vec<(ChangeAction, ResourceRecordSet)>,
) -> Result<(), Failure> {
    let operation = "route53:ChangeResourceRecordSets";
    let incomplete = |error: &dyn std::error::Error| unexpected(operation, &error.to_string());
    let mut batch = Vec::new();
    for (action, record) in changes {
        let change = Change::builder().action(action).resource_record_set(record).build();
        batch.push(change.map_err(|error| incomplete(&error))?);
    }
    let batch = ChangeBatch::builder().set_changes(Some(batch)).build();
    let batch = batch.map_err(|error| incomplete(&error))?;
    let call = aws.route53().change_resource_record_sets().hosted_zone_id(zone).change_batch(batch);
    call.send().await.map_err(|error| refused(operation, &error))?;
    Ok(())
}
