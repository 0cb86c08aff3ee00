//! `aws:acm:Certificate`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_acm::types::{
    CertificateDetail, CertificateExport, CertificateOptions, CertificateStatus, CertificateSummary,
    DomainValidation, Filters, KeyAlgorithm, Tag, ValidationMethod,
};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::normal::dns_name;
use finsight_engine::value::{Map, Value};
use futures::future::try_join_all;

use super::common::{AT_ONCE, broken, described};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values, tag_changes};

/// All kinds of key: lists leave most of them out, unless they are named.
const KEYS: [KeyAlgorithm; 7] = [
    KeyAlgorithm::Rsa1024,
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
    KeyAlgorithm::EcPrime256v1,
    KeyAlgorithm::EcSecp384r1,
    KeyAlgorithm::EcSecp521r1,
];

/// The handler of `aws:acm:Certificate`.
pub struct Certificate;

#[async_trait]
impl Handler for Certificate {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let mut reads = Vec::new();
            for target in batch {
                reads.push(read_one(aws, target));
            }
            live.extend(try_join_all(reads).await?.into_iter().flatten());
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let domain = dns_name(inputs.required("domain_name")?);
        let filters = Filters::builder().set_key_types(Some(KEYS.to_vec())).build();
        let mut pages = aws.acm().list_certificates().includes(filters).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("acm:ListCertificates", &error))?;
            let named = |one: &&CertificateSummary| one.domain_name().map(dns_name).as_ref() == Some(&domain);
            for one in page.certificate_summary_list().iter().filter(named) {
                let Some(arn) = one.certificate_arn() else { continue };
                let Some(tags) = absent_as_none(tags_of(aws, arn).await)? else { continue };
                if tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str()) {
                    found.push(Candidate { id: arn.to_owned(), ours: true });
                }
            }
        }
        Ok(found)
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let others = inputs.texts("subject_alternative_names");
        let export = inputs.get("options").and_then(Value::as_map).and_then(|options| options.text("export"));
        let options = CertificateOptions::builder().set_export(export.map(CertificateExport::from)).build();
        let answer = aws
            .acm()
            .request_certificate()
            .domain_name(inputs.required("domain_name")?)
            .set_subject_alternative_names((!others.is_empty()).then_some(others))
            .set_validation_method(inputs.text("validation_method").map(ValidationMethod::from))
            .set_key_algorithm(inputs.text("key_algorithm").map(KeyAlgorithm::from))
            .options(options)
            .idempotency_token(owner.as_str())
            .set_tags(Some(tag_list(inputs.tags())?))
            .send()
            .await
            .map_err(|error| refused("acm:RequestCertificate", &error))?;
        answer.certificate_arn.ok_or_else(|| unexpected("acm:RequestCertificate", "the answer has no ARN"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let arn = target.id.as_str();
        let (set, removed) = tag_changes(&live.properties, desired);
        if !removed.is_empty() {
            let gone = removed.into_iter().map(|key| Tag::builder().key(key).build());
            let gone = gone.collect::<Result<Vec<_>, _>>().map_err(incomplete)?;
            let call = aws.acm().remove_tags_from_certificate().certificate_arn(arn).set_tags(Some(gone));
            call.send().await.map_err(|error| refused("acm:RemoveTagsFromCertificate", &error))?;
        }
        if !set.is_empty() {
            let call =
                aws.acm().add_tags_to_certificate().certificate_arn(arn).set_tags(Some(tag_list(set)?));
            call.send().await.map_err(|error| refused("acm:AddTagsToCertificate", &error))?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.acm().delete_certificate().certificate_arn(&target.id);
        call.send().await.map_err(|error| refused("acm:DeleteCertificate", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn read_one(aws: &Region, target: &Target) -> Result<Option<Live>, Failure> {
    let Some(certificate) = described(aws, &target.id).await? else { return Ok(None) };
    let Some(tags) = absent_as_none(tags_of(aws, &target.id).await)? else { return Ok(None) };
    let records = records(&certificate);
    let validations = certificate.domain_validation_options();
    let complete = !validations.is_empty() && records.len() == validations.len();
    let by_mail = |one: &DomainValidation| one.validation_method() == Some(&ValidationMethod::Email);
    let health = match (broken(&certificate), certificate.status()) {
        (Some(why), _) => Health::Failed(why),
        (None, Some(CertificateStatus::Issued)) => Health::Ready,
        // What remains is the program's part: it makes the records.
        (None, _) if complete || validations.iter().any(by_mail) => Health::Ready,
        _ => Health::Pending("PENDING_VALIDATION, without its DNS records".to_owned()),
    };
    let outputs = Values::new()
        .set("arn", target.id.as_str())
        .set("status", certificate.status().map(CertificateStatus::as_str))
        .set("validation_records", Value::List(records));
    Ok(Some(Live {
        id: target.id.clone(),
        properties: properties(target, &certificate, tags),
        outputs: outputs.build(),
        health,
    }))
}

fn properties(target: &Target, certificate: &CertificateDetail, tags: BTreeMap<String, String>) -> Map {
    let domain = certificate.domain_name().map(dns_name).unwrap_or_default();
    // The first name is among the others too; it is kept there only if the program says it twice.
    let twice = target.inputs.texts("subject_alternative_names").iter().any(|name| dns_name(name) == domain);
    let others =
        certificate.subject_alternative_names().iter().filter(|name| twice || dns_name(name) != domain);
    let method = certificate.domain_validation_options().iter().find_map(|one| one.validation_method());
    // Descriptions write `RSA-2048` where requests write `RSA_2048`.
    let key = certificate.key_algorithm().map(|key| key.as_str().replace('-', "_"));
    let export = certificate.options().and_then(|options| options.export());
    let options = Values::new().set("export", export.map_or("DISABLED", CertificateExport::as_str));
    Values::new()
        .set("domain_name", certificate.domain_name())
        .list("subject_alternative_names", others)
        .set("validation_method", method.map(ValidationMethod::as_str))
        .set("key_algorithm", key)
        .set("options", Value::Map(options.build()))
        .tags(tags)
        .build()
}

/// The records that validate a certificate, as far as they are known: that of its first name, then those of
/// the others in order of the alphabet.
fn records(certificate: &CertificateDetail) -> Vec<Value> {
    let first = certificate.domain_name().unwrap_or_default();
    let mut all: Vec<&DomainValidation> = certificate.domain_validation_options().iter().collect();
    all.sort_by_key(|one| (one.domain_name() != first, one.domain_name()));
    let record = |one: &DomainValidation| {
        let record = one.resource_record()?;
        let shown = Values::new()
            .set("domain_name", one.domain_name())
            .set("name", record.name())
            .set("type", record.r#type().as_str())
            .set("value", record.value());
        Some(Value::Map(shown.build()))
    };
    all.into_iter().filter_map(record).collect()
}

async fn tags_of(aws: &Region, arn: &str) -> Result<BTreeMap<String, String>, Failure> {
    let answer = aws.acm().list_tags_for_certificate().certificate_arn(arn).send().await;
    let answer = answer.map_err(|error| unread("acm:ListTagsForCertificate", &error))?;
    let pair = |tag: &Tag| (tag.key().to_owned(), tag.value().unwrap_or_default().to_owned());
    Ok(answer.tags().iter().map(pair).collect())
}

fn tag_list(tags: BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    tags.collect::<Result<_, _>>().map_err(incomplete)
}

fn incomplete(error: aws_sdk_acm::error::BuildError) -> Failure {
    unexpected("request", &error.to_string())
}
