//! Identities: domains and addresses.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{bad, done, empty, flag, in_path, not_found, one_of, paged, tags, text};
use crate::answer::{Answered, Refusal};
use crate::world::{Context, Tags, letters};

const KEY_LENGTHS: [&str; 2] = ["RSA_1024_BIT", "RSA_2048_BIT"];
/// Seconds until the DNS records of a domain, or of its `MAIL FROM` domain, are found.
const VERIFYING: u32 = 300;

/// An identity.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Identity {
    address: bool,
    signing: bool,
    key_length: String,
    tokens: Vec<String>,
    /// From when on a domain's DKIM records count as found.
    verified_from: i64,
    mail_from: Option<MailFrom>,
    forwarding: bool,
    set: Option<String>,
    pub tags: Tags,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct MailFrom {
    domain: String,
    behavior: String,
    verified_from: i64,
}

impl Identity {
    /// A domain's records are found some time after; an address is verified by a click, which nobody makes.
    fn verified(&self, now: i64) -> bool {
        !self.address && self.verified_from <= now
    }

    fn dkim(&self, now: i64) -> Value {
        if self.address {
            return json!({"SigningEnabled": false, "Status": "NOT_STARTED", "SigningAttributesOrigin": "AWS_SES"});
        }
        json!({
            "SigningEnabled": self.signing,
            "Status": if self.verified(now) { "SUCCESS" } else { "PENDING" },
            "Tokens": self.tokens,
            "SigningHostedZone": "dkim.amazonses.com",
            "SigningAttributesOrigin": "AWS_SES",
            "NextSigningKeyLength": self.key_length,
            "CurrentSigningKeyLength": self.key_length,
        })
    }

    fn kind(&self) -> &'static str {
        if self.address { "EMAIL_ADDRESS" } else { "DOMAIN" }
    }

    fn render(&self, now: i64) -> Value {
        let mail_from = self.mail_from.as_ref().map_or_else(
            || json!({"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}),
            |from| {
                json!({
                    "MailFromDomain": from.domain,
                    "MailFromDomainStatus": if from.verified_from <= now { "SUCCESS" } else { "PENDING" },
                    "BehaviorOnMxFailure": from.behavior,
                })
            },
        );
        json!({
            "IdentityType": self.kind(),
            "FeedbackForwardingStatus": self.forwarding,
            "VerifiedForSendingStatus": self.verified(now),
            "VerificationStatus": if self.verified(now) { "SUCCESS" } else { "PENDING" },
            "DkimAttributes": self.dkim(now),
            "MailFromAttributes": mail_from,
            "Policies": {},
            "Tags": tags::render(&self.tags),
            "ConfigurationSetName": self.set,
        })
    }
}

fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Identity, Refusal> {
    let name = in_path(cx, 3);
    let missing = || not_found(format!("Email identity {name} does not exist."));
    cx.mail().identities.get_mut(&name).ok_or_else(missing)
}

/// Whether the name is an address; refuses what is neither address nor domain.
fn is_address(name: &str) -> Result<bool, Refusal> {
    let domain = |text: &str| {
        let fits = |label: &str| {
            !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        text.contains('.') && text.split('.').all(fits)
    };
    match name.split_once('@') {
        Some((local, host)) if !local.is_empty() && domain(host) => Ok(true),
        None if domain(name) => Ok(false),
        _ => Err(bad(format!("Invalid email identity: {name}"))),
    }
}

/// The configuration set that a call names; refuses one that is not there.
fn set_in(cx: &mut Context<'_>, body: &Value) -> Result<Option<String>, Refusal> {
    let Some(name) = text(body, "ConfigurationSetName") else { return Ok(None) };
    if cx.mail().sets.contains_key(&name) {
        return Ok(Some(name));
    }
    Err(not_found(format!("Configuration set <{name}> does not exist.")))
}

fn key_length(body: &Value, member: &str) -> Result<Option<String>, Refusal> {
    let attributes = body.get(member).cloned().unwrap_or_default();
    if attributes.get("DomainSigningPrivateKey").is_some() {
        return Err(bad("Keys of one's own are not known here."));
    }
    one_of(&attributes, "NextSigningKeyLength", &KEY_LENGTHS)
}

pub(super) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = text(body, "EmailIdentity").ok_or_else(|| bad("EmailIdentity must not be empty."))?;
    let address = is_address(&name)?;
    if cx.mail().identities.contains_key(&name) {
        let message = format!("Email identity {name} already exist.");
        return Err(Refusal::bad("AlreadyExistsException", message));
    }
    let length = key_length(body, "DkimSigningAttributes")?;
    if address && body.get("DkimSigningAttributes").is_some() {
        return Err(bad("DKIM signing attributes are for domains only."));
    }
    let set = set_in(cx, body)?;
    let token = || letters(32, b"abcdefghijklmnopqrstuvwxyz234567");
    let now = cx.now();
    let identity = Identity {
        address,
        signing: !address,
        key_length: length.unwrap_or_else(|| "RSA_2048_BIT".to_owned()),
        tokens: if address { Vec::new() } else { vec![token(), token(), token()] },
        verified_from: cx.clock.due(VERIFYING),
        mail_from: None,
        forwarding: true,
        set,
        tags: tags::of(body)?,
    };
    let answer = json!({
        "IdentityType": identity.kind(),
        "VerifiedForSendingStatus": false,
        "DkimAttributes": identity.dkim(now),
    });
    cx.mail().identities.insert(name, identity);
    done(answer)
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let now = cx.now();
    let one = |(name, identity): (&String, &Identity)| {
        json!({
            "IdentityName": name,
            "IdentityType": identity.kind(),
            "SendingEnabled": identity.verified(now),
            "VerificationStatus": if identity.verified(now) { "SUCCESS" } else { "PENDING" },
        })
    };
    let all = cx.mail().identities.iter().map(one).collect();
    done(paged(cx, body, "EmailIdentities", all)?)
}

pub(super) fn get(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let now = cx.now();
    done(find(cx)?.render(now))
}

pub(super) fn delete(cx: &mut Context<'_>, _body: &Value) -> Answered {
    find(cx)?;
    let name = in_path(cx, 3);
    cx.mail().identities.remove(&name);
    Ok(empty())
}

pub(super) fn put_dkim(cx: &mut Context<'_>, body: &Value) -> Answered {
    let identity = find(cx)?;
    identity.signing = flag(body, "SigningEnabled").unwrap_or(false);
    Ok(empty())
}

/// The tokens stay: they are selectors, not keys.
pub(super) fn put_signing(cx: &mut Context<'_>, body: &Value) -> Answered {
    let length = key_length(body, "SigningAttributes")?;
    if text(body, "SigningAttributesOrigin").as_deref() != Some("AWS_SES") {
        return Err(bad("Only the origin AWS_SES is known here."));
    }
    let now = cx.now();
    let identity = find(cx)?;
    if identity.address {
        return Err(bad("DKIM signing attributes are for domains only."));
    }
    identity.key_length = length.unwrap_or_else(|| "RSA_2048_BIT".to_owned());
    let status = if identity.verified(now) { "SUCCESS" } else { "PENDING" };
    done(json!({"DkimStatus": status, "DkimTokens": identity.tokens}))
}

pub(super) fn put_feedback(cx: &mut Context<'_>, body: &Value) -> Answered {
    find(cx)?.forwarding = flag(body, "EmailForwardingEnabled").unwrap_or(false);
    Ok(empty())
}

pub(super) fn put_mail_from(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = in_path(cx, 3);
    let behavior = one_of(body, "BehaviorOnMxFailure", &["USE_DEFAULT_VALUE", "REJECT_MESSAGE"])?;
    let due = cx.clock.due(VERIFYING);
    let identity = find(cx)?;
    let Some(domain) = text(body, "MailFromDomain") else {
        identity.mail_from = None;
        return Ok(empty());
    };
    let host = name.rsplit('@').next().unwrap_or_default();
    if !domain.ends_with(&format!(".{host}")) {
        return Err(bad(format!(
            "Provided MAIL-FROM domain <{domain}> is not subdomain of the domain of the identity <{name}>."
        )));
    }
    let standing = identity.mail_from.as_ref().filter(|from| from.domain == domain);
    let verified_from = standing.map_or(due, |from| from.verified_from);
    let behavior = behavior.unwrap_or_else(|| "USE_DEFAULT_VALUE".to_owned());
    identity.mail_from = Some(MailFrom { domain, behavior, verified_from });
    Ok(empty())
}

pub(super) fn put_set(cx: &mut Context<'_>, body: &Value) -> Answered {
    find(cx)?;
    let set = set_in(cx, body)?;
    find(cx)?.set = set;
    Ok(empty())
}
