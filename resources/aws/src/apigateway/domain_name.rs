//! `aws:apigateway:DomainName`

use async_trait::async_trait;
use aws_sdk_apigateway::types::{
    DomainName as Domain, DomainNameStatus, EndpointAccessMode, EndpointConfiguration, EndpointType,
    SecurityPolicy,
};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{arn_of, converge_tags, replace, replacements};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:apigateway:DomainName`.
pub struct DomainName;

#[async_trait]
impl Handler for DomainName {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let domains = match targets {
            [target] => one(aws, &target.id).await?.into_iter().collect(),
            _ => all(aws).await?,
        };
        Ok(in_order(targets, domains.iter().map(|domain| live(aws, domain))))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("domain_name")?;
        let candidate = |domain: Domain| {
            let tag = domain.tags().and_then(|tags| tags.get(OWNER_TAG));
            Candidate { id: name.to_owned(), ours: tag.is_some_and(|tag| tag == owner.as_str()) }
        };
        Ok(one(aws, name).await?.into_iter().map(candidate).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("domain_name")?;
        let policy = inputs.text("security_policy");
        aws.apigateway()
            .create_domain_name()
            .domain_name(name)
            .regional_certificate_arn(inputs.required("regional_certificate_arn")?)
            .endpoint_configuration(EndpointConfiguration::builder().types(EndpointType::Regional).build())
            .set_security_policy(policy.map(SecurityPolicy::from))
            .set_endpoint_access_mode(policy.filter(|name| is_new(name)).map(|_| EndpointAccessMode::Basic))
            .set_tags(Some(inputs.tags().into_iter().collect()))
            .send()
            .await
            .map_err(|error| refused("apigateway:CreateDomainName", &error))?;
        Ok(name.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        const PATHS: &[(&str, &str)] = &[
            ("regional_certificate_arn", "/regionalCertificateArn"),
            ("security_policy", "/securityPolicy"),
        ];
        // Which part of a failed change was at fault is not known: all of it is sent again.
        let again = differing.iter().any(|name| name == "status");
        let all: Vec<String> = PATHS.iter().map(|(name, _)| (*name).to_owned()).collect();
        let differing = if again { &all } else { differing };
        let mut patches = replacements(PATHS, desired, differing);
        let policy = desired.text("security_policy").unwrap_or_default();
        if is_new(policy) && differing.iter().any(|name| name == "security_policy") {
            patches.push(replace("/endpointAccessMode", "BASIC"));
        }
        if !patches.is_empty() {
            let call = aws.apigateway().update_domain_name().domain_name(&target.id);
            call.set_patch_operations(Some(patches))
                .send()
                .await
                .map_err(|error| refused("apigateway:UpdateDomainName", &error))?;
        }
        let arn = arn_of(aws, &format!("domainnames/{}", target.id));
        converge_tags(aws, &arn, &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.apigateway().delete_domain_name().domain_name(&target.id);
        call.send().await.map_err(|error| refused("apigateway:DeleteDomainName", &error))?;
        Ok(Deleted::Gone)
    }
}

/// The policies of 2025 want an access mode beside them.
fn is_new(policy: &str) -> bool {
    policy.starts_with("SecurityPolicy_")
}

fn live(aws: &Region, domain: &Domain) -> Live {
    let name = domain.domain_name().unwrap_or_default();
    let message = domain.domain_name_status_message().unwrap_or_default();
    // A failed change leaves a name that leads where it led: no reason to make another one, but a difference.
    let status = match domain.domain_name_status() {
        Some(DomainNameStatus::Failed) => format!("FAILED: {message}"),
        _ => "AVAILABLE".to_owned(),
    };
    let properties = Values::new()
        .set("status", status)
        .set("domain_name", name)
        .set("regional_certificate_arn", domain.regional_certificate_arn())
        .set("security_policy", domain.security_policy().map_or("TLS_1_2", |policy| policy.as_str()))
        .tags(domain.tags().cloned().unwrap_or_default());
    let outputs = Values::new()
        .set("arn", arn_of(aws, &format!("domainnames/{name}")))
        .set("regional_domain_name", domain.regional_domain_name())
        .set("regional_hosted_zone_id", domain.regional_hosted_zone_id());
    let health = match domain.domain_name_status() {
        None | Some(DomainNameStatus::Available | DomainNameStatus::Failed) => Health::Ready,
        Some(other) => Health::Pending(format!("{} {message}", other.as_str()).trim_end().to_owned()),
    };
    Live { id: name.to_owned(), properties: properties.build(), outputs: outputs.build(), health }
}

async fn one(aws: &Region, name: &str) -> Result<Option<Domain>, Failure> {
    let answer = aws.apigateway().get_domain_name().domain_name(name).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("apigateway:GetDomainName", &error)))?;
    Ok(answer.map(|domain| {
        Domain::builder()
            .set_domain_name(domain.domain_name)
            .set_regional_certificate_arn(domain.regional_certificate_arn)
            .set_regional_domain_name(domain.regional_domain_name)
            .set_regional_hosted_zone_id(domain.regional_hosted_zone_id)
            .set_security_policy(domain.security_policy)
            .set_domain_name_status(domain.domain_name_status)
            .set_domain_name_status_message(domain.domain_name_status_message)
            .set_tags(domain.tags)
            .build()
    }))
}

/// Every domain name of the region, with its tags.
async fn all(aws: &Region) -> Result<Vec<Domain>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.apigateway().get_domain_names().limit(500).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("apigateway:GetDomainNames", &error))?;
        found.extend(page.items.unwrap_or_default());
    }
    Ok(found)
}
