//! ACM: public certificates that DNS validates. A certificate is issued once the records it asks for have
//! stood for a while in public zones of the embedded Route 53.

mod certificate;
mod request;
mod tags;
mod users;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Answered, Outcome, Refusal};
use crate::quota::Tally;
use crate::status::Status;
use crate::world::{Context, Counted, Tags, World};

/// The certificates of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Certificates {
    /// By ARN.
    certificates: BTreeMap<String, certificate::Certificate>,
    /// By ARN.
    used: BTreeMap<String, users::Used>,
}

impl Counted for Certificates {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:acm:Certificate", self.certificates.len());
    }

    fn tally(&self, _now: i64, tally: &mut Tally) {
        for (arn, certificate) in &self.certificates {
            let others = certificate.names.len().saturating_sub(1);
            tally.add("aws:acm:Certificate.subject_alternative_names", arn, others);
        }
    }

    fn tagged(&self, _region: &str) -> Vec<(String, &Tags)> {
        self.certificates.iter().map(|(arn, certificate)| (arn.clone(), &certificate.tags)).collect()
    }
}

impl Context<'_> {
    fn certificates(&mut self) -> &mut Certificates {
        self.world.acm.entry(self.call.region.clone()).or_default()
    }
}

/// Whether a certificate is issued, for other services; `None` if there is no such certificate.
pub(crate) fn issued(world: &World, region: &str, arn: &str, now: i64) -> Option<bool> {
    let certificate = world.acm.get(region)?.certificates.get(arn)?;
    Some(certificate.issued_at(world).is_some_and(|at| at <= now))
}

/// The name and value of the CNAME record that validates a name for a service that keeps certificates in an account
/// of its own.
pub(crate) fn record_of_service(service: &str, name: &str) -> (String, String) {
    certificate::record_of(service, name)
}

/// Whether a certificate is for a name, itself or by a wildcard, for other services.
pub(crate) fn covers(world: &World, region: &str, arn: &str, name: &str) -> bool {
    let certificate = world.acm.get(region).and_then(|all| all.certificates.get(arn));
    let above = name.split_once('.').map(|(_, above)| format!("*.{above}"));
    certificate.is_some_and(|certificate| {
        certificate.names.iter().any(|own| own == name || Some(own) == above.as_ref())
    })
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>, &Value) -> Answered = match cx.call.operation.as_str() {
        "RequestCertificate" => request::request,
        "DescribeCertificate" => certificate::describe,
        "ListCertificates" => certificate::list,
        "DeleteCertificate" => certificate::delete,
        "AddTagsToCertificate" => tags::add,
        "RemoveTagsFromCertificate" => tags::remove,
        "ListTagsForCertificate" => tags::list,
        _ => return Ok(Outcome::Beneath),
    };
    let body = cx.call.json()?;
    operation(cx, &body).map(Outcome::Done)
}

fn text<'a>(body: &'a Value, member: &str) -> Option<&'a str> {
    body.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The ARN that a call names, of a certificate that stands.
fn named(cx: &mut Context<'_>, body: &Value) -> Result<String, Refusal> {
    let arn = text(body, "CertificateArn").unwrap_or_default().to_owned();
    if !arn.starts_with("arn:aws:acm:") {
        return Err(Refusal::bad("InvalidArnException", format!("Invalid arn: {arn}")));
    }
    if cx.certificates().certificates.contains_key(&arn) {
        return Ok(arn);
    }
    let message = format!("Could not find certificate {arn}.");
    Err(Refusal::bad("ResourceNotFoundException", message))
}

fn find<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut certificate::Certificate, Refusal> {
    let arn = named(cx, body)?;
    cx.certificates().certificates.get_mut(&arn).ok_or_else(|| {
        Refusal::bad("ResourceNotFoundException", format!("Could not find certificate {arn}."))
    })
}
