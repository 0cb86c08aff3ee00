//! The records of a domain in a zone of the account: Amplify writes them, changes them and takes them away by itself
//! (amplify-hosting#3934), and sometimes it does not (#814, #2051).

use aws_sdk_route53::types::{AliasTarget, ChangeAction, ResourceRecord, ResourceRecordSet, RrType};
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::normal::dns_name;
use finsight_engine::value::{Map, Value};

use crate::failure::{absent_as_none, unexpected, unread};
use crate::route53::{all, change_all};
use crate::session::Region;
use crate::values::Inputs;

/// The hosted zone of every distribution, which Amplify's domains are in.
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";
/// Seconds that answers may be kept, as Amplify writes it.
const TTL: i64 = 500;

/// A record that a domain wants.
struct Wanted {
    name: String,
    target: String,
    /// The zone's own name can have no CNAME.
    apex: bool,
}

/// The records of a domain, and which of them are the zone's own name's.
fn records(outputs: &Map) -> impl Iterator<Item = (&Map, bool)> {
    let proofs = outputs.maps("certificate_verification_records").into_iter().map(|record| (record, false));
    let subs = outputs.maps("sub_domain_records").into_iter();
    proofs.chain(subs.map(|record| (record, record.text("prefix").unwrap_or_default().is_empty())))
}

/// The records of a domain as far as their targets are known.
fn wanted(outputs: &Map) -> Vec<Wanted> {
    let one = |(record, apex): (&Map, bool)| {
        let target = record.text("value").filter(|value| !value.is_empty())?;
        Some(Wanted { name: dns_name(record.text("name")?), target: dns_name(target), apex })
    };
    records(outputs).filter_map(one).collect()
}

impl Wanted {
    /// Whether a record leads where this one does, however long it may be kept.
    fn is(&self, record: &ResourceRecordSet) -> bool {
        let value = record.resource_records().iter().any(|item| dns_name(item.value()) == self.target);
        let alias = record.alias_target().is_some_and(|alias| dns_name(alias.dns_name()) == self.target);
        dns_name(record.name()) == self.name && (value || alias)
    }

    fn record(&self) -> Result<ResourceRecordSet, Failure> {
        let incomplete =
            |error: aws_sdk_route53::error::BuildError| unexpected("request", &error.to_string());
        let record = ResourceRecordSet::builder().name(&self.name);
        if self.apex {
            let alias = AliasTarget::builder()
                .dns_name(&self.target)
                .hosted_zone_id(CLOUDFRONT_ZONE)
                .evaluate_target_health(false);
            let alias = alias.build().map_err(incomplete)?;
            return record.r#type(RrType::A).alias_target(alias).build().map_err(incomplete);
        }
        let value = ResourceRecord::builder().value(&self.target).build().map_err(incomplete)?;
        record.r#type(RrType::Cname).ttl(TTL).resource_records(value).build().map_err(incomplete)
    }
}

/// The names whose record does not lead where it should.
pub(super) async fn missing(aws: &Region, zone: &str, outputs: &Map) -> Result<Value, Failure> {
    let wanted = wanted(outputs);
    let standing = if wanted.is_empty() { Vec::new() } else { all(aws, zone).await? };
    let missing = wanted.iter().filter(|wanted| !standing.iter().any(|record| wanted.is(record)));
    Ok(Value::List(missing.map(|wanted| Value::from(wanted.name.as_str())).collect()))
}

/// The ids of the record sets, as `aws:route53:RecordSet` has them: also of those whose target is not told yet, which
/// may stand at any moment.
pub(super) fn ids(zone: &str, outputs: &Map) -> Value {
    let id = |(record, apex): (&Map, bool)| {
        let kind = if apex { RrType::A } else { RrType::Cname };
        Some(Value::from(format!("{zone}|{}|{}|", dns_name(record.text("name")?), kind.as_str())))
    };
    Value::List(records(outputs).filter_map(id).collect())
}

/// Refuses a zone in which no record of the domain can stand, or which nobody asks from outside: a wait for what would
/// be written there had no end.
pub(super) async fn require_leading(aws: &Region, zone: &str, domain: &str) -> Result<(), Failure> {
    let answer = aws.route53().get_hosted_zone().id(zone).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("route53:GetHostedZone", &error)))?;
    let Some(found) = answer.as_ref().and_then(|answer| answer.hosted_zone()) else { return Ok(()) };
    let (name, domain) = (dns_name(found.name()), dns_name(domain));
    let private = found.config().is_some_and(|config| config.private_zone());
    if !private && (domain == name || domain.ends_with(&format!(".{name}"))) {
        return Ok(());
    }
    let kind = if private { "private zone" } else { "zone" };
    let message =
        format!("{kind} {zone} of {name} does not lead to {domain}: nothing was written or taken away");
    let mut failure = unexpected("route53:GetHostedZone", &message);
    failure.class = FailureClass::Invalid;
    failure.code = "ZoneDoesNotLead".to_owned();
    Err(failure)
}

/// Writes what is not there.
pub(super) async fn write(aws: &Region, zone: &str, outputs: &Map) -> Result<(), Failure> {
    let standing = all(aws, zone).await?;
    let missing =
        wanted(outputs).into_iter().filter(|wanted| !standing.iter().any(|record| wanted.is(record)));
    let records = missing.map(|wanted| wanted.record()).collect::<Result<Vec<_>, _>>()?;
    change_all(aws, zone, ChangeAction::Upsert, records).await
}

/// Takes away what leads to the domain; what Amplify has taken away meanwhile is gone just as well.
pub(super) async fn remove(aws: &Region, zone: &str, outputs: &Map) -> Result<(), Failure> {
    let wanted = wanted(outputs);
    let standing = all(aws, zone).await?.into_iter();
    let ours: Vec<_> = standing.filter(|record| wanted.iter().any(|wanted| wanted.is(record))).collect();
    absent_as_none(change_all(aws, zone, ChangeAction::Delete, ours).await).map_err(|mut failure| {
        if failure.class == FailureClass::Invalid {
            failure.class = FailureClass::Transient;
        }
        failure
    })?;
    Ok(())
}

/// Records that stand under these names: no two can have one name of a site.
pub(super) async fn standing(aws: &Region, zone: &str, names: Vec<String>) -> Result<Vec<String>, Failure> {
    let of_site = ["A", "AAAA", "CNAME"];
    let held = |record: &ResourceRecordSet| {
        names.contains(&dns_name(record.name())) && of_site.contains(&record.r#type().as_str())
    };
    let found = all(aws, zone).await?.into_iter().filter(held);
    Ok(found
        .map(|record| format!("{} {} of {zone}", dns_name(record.name()), record.r#type().as_str()))
        .collect())
}
