//! What a certificate waits for: records that the world's DNS does not show, most likely because nobody has
//! delegated their zone.

use aws_sdk_acm::types::{CertificateDetail, DomainStatus};
use aws_sdk_route53::types::HostedZone;
use finsight_engine::normal::dns_name;

use crate::session::Region;

/// AWS's word, and which zone is to be delegated to which servers where the account has it.
///
/// What cannot be found out is left away: the wait goes on without it.
pub async fn waited_for(aws: &Region, certificate: &CertificateDetail) -> String {
    let unseen = certificate
        .domain_validation_options()
        .iter()
        .find(|one| one.validation_status() != Some(&DomainStatus::Success));
    let Some(record) = unseen.and_then(|one| one.resource_record()) else {
        return "PENDING_VALIDATION".to_owned();
    };
    let name = dns_name(record.name());
    let looks = format!("PENDING_VALIDATION: ACM looks for the record {name}");
    match delegated(aws, &name).await {
        Some((zone, servers)) => format!(
            "{looks}. If {zone} is not delegated yet, enter its name servers where the domain above it is managed: {}",
            servers.join(", ")
        ),
        None => looks,
    }
}

/// The public zone of the account that a name is in, and its name servers.
async fn delegated(aws: &Region, name: &str) -> Option<(String, Vec<String>)> {
    let mut zones: Vec<HostedZone> = Vec::new();
    let mut pages = aws.route53().list_hosted_zones().into_paginator().send();
    while let Some(page) = pages.next().await {
        zones.extend(page.ok()?.hosted_zones);
    }
    let holds = |zone: &&HostedZone| {
        let public = zone.config().is_none_or(|config| !config.private_zone());
        public && name.ends_with(&format!(".{}", dns_name(zone.name())))
    };
    let zone = zones.iter().filter(holds).max_by_key(|zone| zone.name().len())?;
    let answer = aws.route53().get_hosted_zone().id(zone.id()).send().await.ok()?;
    let servers = answer.delegation_set()?.name_servers().to_vec();
    Some((dns_name(zone.name()), servers))
}
