//! Domains of apps.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{bad, find, missing, paged, segment, set, set_text, wish};
use crate::answer::{self, Answered, Refusal};
use crate::route53::Own;
use crate::world::{Context, World, letters};
use crate::{acm, route53};

/// Seconds until a certificate is asked for, its records are known, they are seen, and all is deployed.
const CREATING: u32 = 5;
const REQUESTING: u32 = 15;
const VERIFYING: u32 = 60;
const DEPLOYING: u32 = 900;
const UPDATING: u32 = 30;
/// Seconds for which CloudFront holds the names of a domain that is gone: up to an hour (amplify-hosting#1070).
const HELD: u32 = 600;
/// What Amplify says where CloudFront holds a name.
const TAKEN: &str =
    "One or more of the CNAMEs you provided are already associated with a different resource.";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubDomain {
    #[serde(default)]
    prefix: String,
    branch_name: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Domain {
    arn: String,
    pub name: String,
    auto: bool,
    patterns: Vec<String>,
    role: Option<String>,
    subs: Vec<SubDomain>,
    /// The ARN of an own certificate.
    certificate: Option<String>,
    target: String,
    /// When it leaves `CREATING`, and when its certificate is asked for.
    made_at: i64,
    known_at: i64,
    verifying: i64,
    deploying: i64,
    updating_until: i64,
    /// Whether CloudFront refused its names.
    failed: bool,
    /// Why it comes to nothing, where a test says so.
    reason: Option<String>,
    /// Why its last update came to nothing, where a test says so.
    not_updated: Option<String>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Wish {
    domain_name: Option<String>,
    enable_auto_sub_domain: Option<bool>,
    sub_domain_settings: Option<Vec<SubDomain>>,
    auto_sub_domain_creation_patterns: Option<Vec<String>>,
    #[serde(rename = "autoSubDomainIAMRole")]
    auto_sub_domain_iam_role: Option<String>,
    certificate_settings: Option<CertificateWish>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CertificateWish {
    r#type: String,
    #[serde(default)]
    custom_certificate_arn: Option<String>,
}

impl Domain {
    /// The names below the domain that a branch answers for.
    pub(super) fn names_of(&self, branch: &str) -> Vec<String> {
        let own = self.subs.iter().filter(|sub| sub.branch_name == branch);
        own.map(|sub| full(&sub.prefix, &self.name)).collect()
    }

    /// When its certificate is verified; an own one is from the beginning.
    fn verified_at(&self, world: &World) -> Option<i64> {
        if self.certificate.is_some() {
            return Some(self.known_at);
        }
        let (name, value) = acm::record_of_service("amplify", &self.name);
        let stood = route53::stood(world, &name, "CNAME", &value);
        let seen = stood.iter().filter_map(|(from, until)| {
            let seen = (*from).max(self.known_at) + self.verifying;
            until.is_none_or(|until| seen <= until).then_some(seen)
        });
        seen.min()
    }

    /// Why it comes to nothing, if it does.
    fn why(&self) -> Option<&str> {
        self.reason.as_deref().or(self.failed.then_some(TAKEN))
    }

    fn status(&self, world: &World, now: i64) -> &'static str {
        let verified = self.verified_at(world);
        match verified {
            _ if self.why().is_some() && now >= self.known_at && now >= self.updating_until => "FAILED",
            _ if now < self.made_at => "CREATING",
            _ if now < self.known_at && self.certificate.is_some() => "IMPORTING_CUSTOM_CERTIFICATE",
            _ if now < self.known_at => "REQUESTING_CERTIFICATE",
            _ if now < self.updating_until => "UPDATING",
            Some(at) if now >= at + self.deploying => "AVAILABLE",
            Some(at) if now >= at => "PENDING_DEPLOYMENT",
            _ => "PENDING_VERIFICATION",
        }
    }

    fn render(&self, world: &World, now: i64) -> Value {
        let (name, value) = acm::record_of_service("amplify", &self.name);
        let managed = self.certificate.is_none();
        let record = (managed && now >= self.known_at).then(|| format!("{name} CNAME {value}"));
        let verified = self.verified_at(world).is_some_and(|at| at <= now);
        let subs: Vec<Value> = self
            .subs
            .iter()
            .map(|sub| {
                json!({
                    "subDomainSetting": sub,
                    "verified": verified,
                    // There is no distribution before the certificate is proven.
                    "dnsRecord": format!(
                        "{} CNAME {}",
                        sub.prefix,
                        if verified { self.target.as_str() } else { "<pending>" }
                    ),
                })
            })
            .collect();
        json!({
            "domainAssociationArn": self.arn,
            "domainName": self.name,
            "enableAutoSubDomain": self.auto,
            "autoSubDomainCreationPatterns": self.patterns,
            "autoSubDomainIAMRole": self.role,
            "domainStatus": self.status(world, now),
            "updateStatus": match &self.not_updated {
                _ if now < self.updating_until => "REQUESTING_CERTIFICATE",
                Some(_) => "UPDATE_FAILED",
                None => "UPDATE_COMPLETE",
            },
            "statusReason": match (&self.not_updated, self.status(world, now)) {
                (_, "FAILED") => self.why().unwrap_or_default(),
                (Some(why), _) if now >= self.updating_until => why.as_str(),
                _ => "",
            },
            "certificateVerificationDNSRecord": record,
            "subDomains": subs,
            "certificate": {
                "type": if managed { "AMPLIFY_MANAGED" } else { "CUSTOM" },
                "customCertificateArn": self.certificate,
                "certificateVerificationDNSRecord": record,
            },
        })
    }

    /// The records that Amplify writes where the zone is the account's (amplify-hosting#3934): what proves the
    /// certificate, and what leads to the branches.
    fn records(&self) -> Vec<Own> {
        let (name, target) = acm::record_of_service("amplify", &self.name);
        let proof = Own { name, target, alias: false, since: self.known_at };
        let proof = self.certificate.is_none().then_some(proof);
        let sub = |sub: &SubDomain| Own {
            name: full(&sub.prefix, &self.name),
            target: self.target.clone(),
            alias: sub.prefix.is_empty(),
            since: self.known_at,
        };
        proof.into_iter().chain(self.subs.iter().map(sub)).collect()
    }

    fn apply(&mut self, wish: Wish) {
        set(&mut self.auto, wish.enable_auto_sub_domain);
        set(&mut self.subs, wish.sub_domain_settings);
        set(&mut self.patterns, wish.auto_sub_domain_creation_patterns);
        set_text(&mut self.role, wish.auto_sub_domain_iam_role);
        if let Some(certificate) = wish.certificate_settings {
            self.certificate = certificate.custom_certificate_arn.filter(|_| certificate.r#type == "CUSTOM");
        }
    }
}

fn full(prefix: &str, domain: &str) -> String {
    if prefix.is_empty() { domain.to_owned() } else { format!("{prefix}.{domain}") }
}

/// Refuses what the app or the account does not have.
fn check(cx: &mut Context<'_>, name: &str, wish: &Wish) -> Result<(), Refusal> {
    let now = cx.now();
    let app = find(cx)?;
    if let Some(subs) = &wish.sub_domain_settings {
        if subs.is_empty() || subs.len() > 500 {
            return Err(bad("Expected 1 to 500 sub domain settings"));
        }
        let prefixes: BTreeSet<&str> = subs.iter().map(|sub| sub.prefix.as_str()).collect();
        if prefixes.len() < subs.len() {
            return Err(bad("Sub domain prefixes must differ"));
        }
        if let Some(sub) = subs.iter().find(|sub| !app.branches.contains_key(&sub.branch_name)) {
            return Err(missing(format!("Branch {} not found.", sub.branch_name)));
        }
    }
    match &wish.certificate_settings {
        Some(CertificateWish { r#type, custom_certificate_arn }) if r#type == "CUSTOM" => {
            let arn = custom_certificate_arn.as_deref().unwrap_or_default();
            // Its distribution is CloudFront's, which takes certificates from there alone.
            match acm::issued(cx.world, "us-east-1", arn, now) {
                Some(true) if acm::covers(cx.world, "us-east-1", arn, name) => Ok(()),
                Some(true) => Err(bad(format!("The certificate {arn} is not for {name}"))),
                Some(false) => Err(bad(format!("The certificate {arn} is not issued"))),
                None => Err(bad(format!("The certificate {arn} was not found in us-east-1"))),
            }
        }
        Some(CertificateWish { r#type, .. }) if r#type != "AMPLIFY_MANAGED" => {
            Err(bad(format!("Invalid certificate type {}", r#type)))
        }
        _ => Ok(()),
    }
}

fn named<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Domain, Refusal> {
    let name = segment(cx, 3);
    let found = find(cx)?.domains.get_mut(&name);
    found.ok_or_else(|| missing(format!("Domain association {name} not found.")))
}

fn shown(cx: &mut Context<'_>, domain: &Domain) -> Answered {
    let body = domain.render(cx.world, cx.now());
    Ok(answer::rest(200, json!({"domainAssociation": body})))
}

pub(super) fn create(cx: &mut Context<'_>) -> Answered {
    let wish: Wish = wish(cx)?;
    let name = wish.domain_name.clone().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    if !name.contains('.') {
        return Err(bad(format!("Invalid domain name {name}")));
    }
    check(cx, &name, &wish)?;
    let taken = cx.world.amplify.values().flat_map(|apps| apps.apps.values());
    if let Some(app) = taken.into_iter().find(|app| app.domains.contains_key(&name)) {
        return Err(bad(format!("Domain {name} already exists in app {}.", app.id)));
    }
    let (now, made_at) = (cx.now(), cx.clock.due(CREATING));
    let mut domain = Domain {
        arn: format!("{}/domains/{name}", find(cx)?.arn),
        name: name.clone(),
        target: format!("d{}.cloudfront.net", letters(13, b"abcdefghijklmnopqrstuvwxyz0123456789")),
        made_at,
        known_at: cx.clock.due(CREATING + REQUESTING),
        verifying: cx.clock.due(VERIFYING) - now,
        deploying: cx.clock.due(DEPLOYING) - now,
        ..Domain::default()
    };
    domain.apply(wish);
    domain.failed = cx.apps().held.get(&name).is_some_and(|until| *until > made_at);
    domain.reason = ordered(cx, &name, "FAILED");
    find(cx)?.domains.insert(name, domain.clone());
    route53::write(cx.world, &domain.records());
    shown(cx, &domain)
}

pub(super) fn get(cx: &mut Context<'_>) -> Answered {
    let domain = named(cx)?.clone();
    shown(cx, &domain)
}

pub(super) fn list(cx: &mut Context<'_>) -> Answered {
    let now = cx.now();
    let domains: Vec<Domain> = find(cx)?.domains.values().cloned().collect();
    let items = domains.iter().map(|domain| domain.render(cx.world, now)).collect();
    Ok(answer::rest(200, paged(cx, "domainAssociations", items, 50)))
}

/// The reason of a bad end that a test has ordered: `FAILED` of a domain, `UPDATE_FAILED` of its next update.
fn ordered(cx: &Context<'_>, name: &str, status: &str) -> Option<String> {
    let (code, reason) = cx.world.outcomes.of("aws:amplify:DomainAssociation", name)?;
    (code == status).then_some(reason)
}

/// Refuses a change of what is changing.
fn idle(cx: &mut Context<'_>) -> Result<Domain, Refusal> {
    let now = cx.now();
    let domain = named(cx)?.clone();
    if now < domain.updating_until {
        let name = &domain.name;
        return Err(bad(format!("Cannot change {name} while the domain is in UPDATING status.")));
    }
    Ok(domain)
}

pub(super) fn update(cx: &mut Context<'_>) -> Answered {
    let wish: Wish = wish(cx)?;
    let before = idle(cx)?;
    check(cx, &before.name, &wish)?;
    let until = cx.clock.due(UPDATING);
    let held = cx.apps().held.get(&before.name).is_some_and(|held| *held > until);
    let (reason, not_updated) =
        (ordered(cx, &before.name, "FAILED"), ordered(cx, &before.name, "UPDATE_FAILED"));
    let domain = named(cx)?;
    domain.apply(wish);
    domain.updating_until = until;
    domain.failed = domain.failed && held;
    domain.reason = domain.reason.as_ref().and(reason);
    domain.not_updated = not_updated;
    let domain = domain.clone();
    let (old, new) = (before.records(), domain.records());
    let gone: Vec<Own> = old.into_iter().filter(|one| !new.iter().any(|new| new.name == one.name)).collect();
    route53::unwrite(cx.world, &gone);
    route53::write(cx.world, &new);
    shown(cx, &domain)
}

/// CloudFront holds its names for a while.
pub(super) fn delete(cx: &mut Context<'_>) -> Answered {
    let domain = idle(cx)?;
    find(cx)?.domains.remove(&domain.name);
    leave(cx, &domain);
    shown(cx, &domain)
}

/// What a domain leaves behind: no records, and names that are held.
pub(super) fn leave(cx: &mut Context<'_>, domain: &Domain) {
    let until = cx.clock.due(HELD);
    cx.apps().held.insert(domain.name.clone(), until);
    route53::unwrite(cx.world, &domain.records());
}
