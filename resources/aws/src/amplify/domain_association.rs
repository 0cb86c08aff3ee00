//! `aws:amplify:DomainAssociation`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_amplify::types::{
    CertificateSettings, CertificateType, DomainAssociation as Standing, DomainStatus, SubDomainSetting,
    UpdateStatus,
};
use finsight_engine::contract::{
    Candidate, Failure, Health, Live, OwnerId, Reading, Standing as Held, Target,
};
use finsight_engine::normal::dns_name;
use finsight_engine::value::{Map, Value};

use super::common::{applied, changed, changed_flag, differs, entry, entry_id, filled};
use super::domain_records;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// What is said to AWS.
const SETTINGS: [&str; 5] = [
    "enable_auto_sub_domain",
    "sub_domain_settings",
    "auto_sub_domain_creation_patterns",
    "auto_sub_domain_iam_role",
    "certificate_settings",
];

/// The handler of `aws:amplify:DomainAssociation`; its physical id is `<app>|<domain>`.
pub struct DomainAssociation;

#[async_trait]
impl Handler for DomainAssociation {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut by_app: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for target in targets {
            let (app, name) = entry(&target.id)?;
            by_app.entry(app).or_default().push(name);
        }
        let mut found = Vec::new();
        for (app, names) in by_app {
            let domains = match names.as_slice() {
                [one] => get(aws, app, one).await?.into_iter().collect(),
                _ => all(aws, app).await?,
            };
            found.extend(domains.iter().map(|domain| live(app, domain)));
        }
        for target in targets {
            let Some(live) = found.iter_mut().find(|live| live.id == target.id) else { continue };
            if let Some(zone) = target.inputs.text("hosted_zone_id") {
                let missing = domain_records::missing(aws, zone, &live.outputs).await?;
                live.properties.insert("missing_records".to_owned(), missing);
                let ids = domain_records::ids(zone, &live.outputs);
                live.outputs.insert("record_set_ids".to_owned(), ids);
            }
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (app, name) = (inputs.required("app_id")?, dns_name(inputs.required("domain_name")?));
        let found = get(aws, app, &name).await?;
        // It takes no tags: that it leads to the same branches proves it ours.
        let wanted = sorted(sub_domains(inputs)?);
        let ours = |domain: &Standing| {
            let standing = domain.sub_domains().iter().filter_map(|sub| sub.sub_domain_setting().cloned());
            sorted(standing.collect()) == wanted
        };
        Ok(found.map(|one| Candidate { id: entry_id(app, &name), ours: ours(&one) }).into_iter().collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let (app, name) = (inputs.required("app_id")?, dns_name(inputs.required("domain_name")?));
        let patterns = inputs.texts("auto_sub_domain_creation_patterns");
        if let Some(zone) = inputs.text("hosted_zone_id") {
            domain_records::require_leading(aws, zone, &name).await?;
        }
        aws.amplify()
            .create_domain_association()
            .app_id(app)
            .domain_name(&name)
            .set_enable_auto_sub_domain(inputs.flag("enable_auto_sub_domain"))
            .set_sub_domain_settings(Some(sub_domains(inputs)?))
            .set_auto_sub_domain_creation_patterns((!patterns.is_empty()).then_some(patterns))
            .set_auto_sub_domain_iam_role(filled(inputs, "auto_sub_domain_iam_role"))
            .set_certificate_settings(certificate(inputs)?)
            .send()
            .await
            .map_err(|error| refused("amplify:CreateDomainAssociation", &error))?;
        Ok(entry_id(app, &name))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let (app, name) = entry(&target.id)?;
        // What could not be done is not known part by part: all of it is said again.
        let again = differs(differing, "condition");
        let set = |name: &str| again || differs(differing, name);
        if let Some(zone) = desired.text("hosted_zone_id").filter(|_| set("hosted_zone_id")) {
            domain_records::require_leading(aws, zone, name).await?;
        }
        let changed: Vec<String> =
            SETTINGS.iter().filter(|name| set(name)).map(|name| (*name).to_owned()).collect();
        if !changed.is_empty() {
            update(aws, app, name, desired, &changed).await?;
        }
        if let Some(zone) = desired.text("hosted_zone_id")
            && (set("missing_records") || set("hosted_zone_id"))
        {
            if let Some(before) = target.inputs.text("hosted_zone_id").filter(|before| *before != zone) {
                domain_records::remove(aws, before, &live.outputs).await?;
            }
            domain_records::write(aws, zone, &live.outputs).await?;
        }
        Ok(applied(differing, &["hosted_zone_id"]))
    }

    /// Records that lead to what goes are taken away before it.
    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let (app, name) = entry(&target.id)?;
        if let Some(zone) = target.inputs.text("hosted_zone_id") {
            let outputs = match get(aws, app, name).await? {
                Some(standing) => live(app, &standing).outputs,
                None => target.outputs.clone(),
            };
            domain_records::remove(aws, zone, &outputs).await?;
        }
        let call = aws.amplify().delete_domain_association().app_id(app).domain_name(name);
        call.send().await.map_err(|error| refused("amplify:DeleteDomainAssociation", &error))?;
        Ok(Deleted::Pending)
    }

    /// Who has the domain; and records of other hands under its names, which Amplify would take for its own.
    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Held>, Failure> {
        let (app, name) =
            (inputs.text("app_id").unwrap_or_default(), dns_name(inputs.required("domain_name")?));
        if !app.is_empty() && get(aws, app, &name).await?.is_some() {
            return Ok(vec![Held { id: entry_id(app, &name), stack: None, deleting: false }]);
        }
        let Some(zone) = inputs.text("hosted_zone_id") else { return Ok(Vec::new()) };
        let prefixes = inputs.maps("sub_domain_settings").into_iter();
        let names = prefixes.map(|setting| full(setting.text("prefix").unwrap_or_default(), &name)).collect();
        let standing = domain_records::standing(aws, zone, names).await?;
        Ok(standing.into_iter().map(|id| Held { id, stack: None, deleting: false }).collect())
    }
}

/// The name of a subdomain.
fn full(prefix: &str, domain: &str) -> String {
    if prefix.is_empty() { domain.to_owned() } else { format!("{prefix}.{domain}") }
}

/// Says these settings.
async fn update(
    aws: &Region,
    app: &str,
    name: &str,
    desired: &Map,
    differing: &[String],
) -> Result<(), Failure> {
    let set = |name: &str| differs(differing, name);
    aws.amplify()
        .update_domain_association()
        .app_id(app)
        .domain_name(name)
        .set_enable_auto_sub_domain(changed_flag(desired, differing, "enable_auto_sub_domain"))
        .set_sub_domain_settings(if set("sub_domain_settings") { Some(sub_domains(desired)?) } else { None })
        .set_auto_sub_domain_creation_patterns(
            set("auto_sub_domain_creation_patterns")
                .then(|| desired.texts("auto_sub_domain_creation_patterns")),
        )
        .set_auto_sub_domain_iam_role(changed(desired, differing, "auto_sub_domain_iam_role"))
        .set_certificate_settings(if set("certificate_settings") { certificate(desired)? } else { None })
        .send()
        .await
        .map_err(|error| refused("amplify:UpdateDomainAssociation", &error))?;
    Ok(())
}

fn incomplete(error: aws_sdk_amplify::error::BuildError) -> Failure {
    unexpected("request", &error.to_string())
}

fn sub_domains(inputs: &Map) -> Result<Vec<SubDomainSetting>, Failure> {
    let settings = inputs.get("sub_domain_settings").and_then(Value::as_list).unwrap_or_default();
    settings
        .iter()
        .filter_map(Value::as_map)
        .map(|setting| {
            SubDomainSetting::builder()
                .prefix(setting.text("prefix").unwrap_or_default())
                .branch_name(setting.required("branch_name")?)
                .build()
                .map_err(incomplete)
        })
        .collect()
}

fn sorted(mut settings: Vec<SubDomainSetting>) -> Vec<SubDomainSetting> {
    settings.sort_by(|a, b| a.prefix().cmp(b.prefix()));
    settings
}

fn certificate(inputs: &Map) -> Result<Option<CertificateSettings>, Failure> {
    let Some(settings) = inputs.get("certificate_settings").and_then(Value::as_map) else {
        return Ok(None);
    };
    CertificateSettings::builder()
        .r#type(CertificateType::from(settings.required("type")?))
        .set_custom_certificate_arn(filled(settings, "custom_certificate_arn"))
        .build()
        .map(Some)
        .map_err(incomplete)
}

async fn get(aws: &Region, app: &str, name: &str) -> Result<Option<Standing>, Failure> {
    let answer = aws.amplify().get_domain_association().app_id(app).domain_name(name).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("amplify:GetDomainAssociation", &error)))?;
    Ok(answer.and_then(|answer| answer.domain_association))
}

/// All domains of an app; none of one that is gone.
async fn all(aws: &Region, app: &str) -> Result<Vec<Standing>, Failure> {
    let mut found = Vec::new();
    let call = aws.amplify().list_domain_associations().app_id(app).max_results(50);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("amplify:ListDomainAssociations", &error));
        let Some(page) = absent_as_none(page)? else { return Ok(Vec::new()) };
        found.extend(page.domain_associations);
    }
    Ok(found)
}

fn live(app: &str, domain: &Standing) -> Live {
    let name = domain.domain_name();
    let mut subs: Vec<(&SubDomainSetting, &str)> = domain
        .sub_domains()
        .iter()
        .filter_map(|sub| Some((sub.sub_domain_setting()?, sub.dns_record())))
        .collect();
    subs.sort_by_key(|(setting, _)| setting.prefix().to_owned());
    let settings = subs.iter().map(|(setting, _)| {
        let shown = Values::new().set("prefix", setting.prefix()).set("branch_name", setting.branch_name());
        Value::Map(shown.build())
    });
    let certificate = domain.certificate().map(|certificate| {
        let custom = certificate.custom_certificate_arn().filter(|arn| !arn.is_empty());
        let shown =
            Values::new().set("type", certificate.r#type().as_str()).set("custom_certificate_arn", custom);
        Value::Map(shown.build())
    });
    let properties = Values::new()
        .set("app_id", app)
        .set("domain_name", name)
        .set("sub_domain_settings", Value::List(settings.collect()))
        .set("enable_auto_sub_domain", domain.enable_auto_sub_domain())
        .list("auto_sub_domain_creation_patterns", domain.auto_sub_domain_creation_patterns())
        .set("auto_sub_domain_iam_role", domain.auto_sub_domain_iam_role().filter(|role| !role.is_empty()))
        .set("certificate_settings", certificate)
        .set("condition", condition(domain))
        .set("missing_records", Value::List(Vec::new()));
    let verification = domain
        .certificate_verification_dns_record()
        .or_else(|| domain.certificate()?.certificate_verification_dns_record())
        .filter(|record| !record.is_empty());
    let records = subs.iter().map(|(setting, record)| {
        let prefix = setting.prefix();
        let (kind, value) = parsed(record).map_or(("CNAME", None), |(_, kind, value)| (kind, Some(value)));
        // `www CNAME <pending>`: there is no target until the certificate is proven, which may wait for a record that
        // others write.
        let value = value.filter(|value| !value.contains('<'));
        let shown = Values::new()
            .set("prefix", prefix)
            .set("branch_name", setting.branch_name())
            .set("name", full(prefix, name))
            .set("type", kind)
            .set("value", value);
        Value::Map(shown.build())
    });
    let verifying = verification.and_then(parsed).map(|(name, kind, value)| {
        Value::Map(Values::new().set("name", name).set("type", kind).set("value", value).build())
    });
    let outputs = Values::new()
        .set("arn", domain.domain_association_arn())
        .set("domain_status", domain.domain_status().as_str())
        .set("certificate_verification_dns_record", verification.unwrap_or_default())
        .set("certificate_verification_records", Value::List(verifying.into_iter().collect()))
        .set("sub_domain_records", Value::List(records.collect()))
        .set("record_set_ids", Value::List(Vec::new()));
    Live {
        id: entry_id(app, name),
        properties: properties.build(),
        outputs: outputs.build(),
        health: health(domain),
    }
}

/// Where the DNS records are known the program goes on: to have them made is its part. What has failed stands all the
/// same: another one in its place would fail as it did.
fn health(domain: &Standing) -> Health {
    match domain.domain_status() {
        DomainStatus::PendingVerification
        | DomainStatus::PendingDeployment
        | DomainStatus::AwaitingAppCname
        | DomainStatus::Failed
        | DomainStatus::Available => Health::Ready,
        other => Health::Pending(other.as_str().to_owned()),
    }
}

/// `fit`, or what AWS could not do: at first, or with the last update.
fn condition(domain: &Standing) -> String {
    let update = domain.update_status().filter(|status| **status == UpdateStatus::UpdateFailed);
    let word = match (domain.domain_status(), update) {
        (DomainStatus::Failed, _) => "FAILED",
        (_, Some(status)) => status.as_str(),
        _ => return "fit".to_owned(),
    };
    format!("{word}: {}", domain.status_reason())
}

/// Name, type and value of `<name> CNAME <value>`; the name may be empty.
fn parsed(record: &str) -> Option<(&str, &str, &str)> {
    let kinds = [" CNAME ", " ANAME "];
    let (kind, (name, value)) = kinds.iter().find_map(|kind| Some((*kind, record.split_once(*kind)?)))?;
    Some((name.trim(), kind.trim(), value.trim()))
}

#[cfg(test)]
mod tests {
    use aws_sdk_amplify::types::{DomainAssociation, DomainStatus, UpdateStatus};

    use super::{condition, health, parsed};
    use finsight_engine::contract::Health;

    fn domain(status: DomainStatus, update: Option<UpdateStatus>, reason: &str) -> DomainAssociation {
        DomainAssociation::builder()
            .domain_association_arn("arn")
            .domain_name("example.com")
            .enable_auto_sub_domain(false)
            .domain_status(status)
            .set_update_status(update)
            .status_reason(reason)
            .set_sub_domains(Some(Vec::new()))
            .build()
            .expect("a domain")
    }

    /// K4, K11: what failed is a difference with AWS's reason, and not made anew.
    #[test]
    fn what_failed_is_a_difference_with_its_reason() {
        let failed = domain(DomainStatus::Failed, None, "the names are taken");
        assert_eq!(condition(&failed), "FAILED: the names are taken");
        assert_eq!(health(&failed), Health::Ready);
        let update = domain(DomainStatus::Available, Some(UpdateStatus::UpdateFailed), "no rights");
        assert_eq!(condition(&update), "UPDATE_FAILED: no rights");
        assert_eq!(condition(&domain(DomainStatus::Available, None, "")), "fit");
    }

    #[test]
    fn records_come_as_texts() {
        assert_eq!(parsed("_a.b.c. CNAME _d.e."), Some(("_a.b.c.", "CNAME", "_d.e.")));
        assert_eq!(parsed(" CNAME d1.cloudfront.net"), Some(("", "CNAME", "d1.cloudfront.net")));
        assert_eq!(parsed("pending"), None);
    }
}
