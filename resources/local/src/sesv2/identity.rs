//! Identities: domains and addresses.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{bad, done, empty, flag, in_path, not_found, one_of, paged, tags, text};
use crate::answer::{Answered, Refusal};
use crate::iam::LinkedRole;
use crate::route53;
use crate::world::{Context, Tags, World, letters};

const KEY_LENGTHS: [&str; 2] = ["RSA_1024_BIT", "RSA_2048_BIT"];
/// Seconds until the DNS records of a domain, or of its `MAIL FROM` domain, are found.
const VERIFYING: u32 = 300;
/// SES gives up after three days (AWS: "Troubleshooting DKIM problems", "Using a custom MAIL FROM domain").
const GIVES_UP: i64 = 72 * 3_600_000;

/// An identity.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Identity {
    address: bool,
    signing: bool,
    key_length: String,
    tokens: Vec<String>,
    /// Where the CNAME records of the tokens have to lead: not the same zone everywhere
    /// (terraform-provider-aws#48568).
    #[serde(default)]
    zone: String,
    /// Since when SES looks for a domain's DKIM records.
    #[serde(default)]
    looked_for: i64,
    /// How long it takes to see one.
    #[serde(default)]
    delay: i64,
    /// Whether SES gives the DKIM records up, where a test says so.
    #[serde(default)]
    given_up: bool,
    mail_from: Option<MailFrom>,
    forwarding: bool,
    set: Option<String>,
    pub tags: Tags,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct MailFrom {
    domain: String,
    behavior: String,
    #[serde(default)]
    looked_for: i64,
    #[serde(default)]
    given_up: bool,
}

/// What a search for records has come to, that began at some time.
fn found(seen: Option<i64>, began: i64, now: i64) -> &'static str {
    match seen {
        Some(at) if at <= now && at <= began + GIVES_UP => "SUCCESS",
        _ if now >= began + GIVES_UP => "FAILED",
        _ => "PENDING",
    }
}

impl Identity {
    /// When all of these records are seen, if nothing changes: name, type and value of each.
    fn seen(&self, world: &World, began: i64, records: &[(String, &str, String)]) -> Option<i64> {
        let one = |(name, kind, value): &(String, &str, String)| {
            let stood = route53::stood(world, name, kind, value);
            stood
                .iter()
                .filter(|(_, until)| until.is_none())
                .map(|(from, _)| (*from).max(began) + self.delay)
                .min()
        };
        records.iter().map(one).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// A domain's records are found some time after; an address is verified by a click, which nobody makes.
    fn status(&self, name: &str, world: &World, now: i64) -> &'static str {
        if self.address {
            return "PENDING";
        }
        if self.given_up && now >= self.looked_for + self.delay {
            return "FAILED";
        }
        let record = |token: &String| {
            (format!("{token}._domainkey.{name}"), "CNAME", format!("{token}.{}", self.zone))
        };
        let records: Vec<_> = self.tokens.iter().map(record).collect();
        found(self.seen(world, self.looked_for, &records), self.looked_for, now)
    }

    fn mail_from_status(&self, from: &MailFrom, region: &str, world: &World, now: i64) -> &'static str {
        if from.given_up && now >= from.looked_for + self.delay {
            return "FAILED";
        }
        let value = format!("10 feedback-smtp.{region}.amazonses.com");
        let seen = self.seen(world, from.looked_for, &[(from.domain.clone(), "MX", value)]);
        found(seen, from.looked_for, now)
    }

    fn dkim(&self, status: &str) -> Value {
        if self.address {
            return json!({"SigningEnabled": false, "Status": "NOT_STARTED", "SigningAttributesOrigin": "AWS_SES"});
        }
        json!({
            "SigningEnabled": self.signing,
            "Status": status,
            "Tokens": self.tokens,
            "SigningHostedZone": self.zone,
            "SigningAttributesOrigin": "AWS_SES",
            "NextSigningKeyLength": self.key_length,
            "CurrentSigningKeyLength": self.key_length,
        })
    }

    fn kind(&self) -> &'static str {
        if self.address { "EMAIL_ADDRESS" } else { "DOMAIN" }
    }

    fn render(&self, name: &str, region: &str, world: &World, now: i64) -> Value {
        let mail_from = self.mail_from.as_ref().map_or_else(
            || json!({"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}),
            |from| {
                json!({
                    "MailFromDomain": from.domain,
                    "MailFromDomainStatus": self.mail_from_status(from, region, world, now),
                    "BehaviorOnMxFailure": from.behavior,
                })
            },
        );
        let status = self.status(name, world, now);
        json!({
            "IdentityType": self.kind(),
            "FeedbackForwardingStatus": self.forwarding,
            "VerifiedForSendingStatus": status == "SUCCESS",
            "VerificationStatus": status,
            "DkimAttributes": self.dkim(status),
            "MailFromAttributes": mail_from,
            "Policies": {},
            "Tags": tags::render(&self.tags),
            "ConfigurationSetName": self.set,
        })
    }
}

/// Whether a test has ordered that SES gives these records of an identity up: `DKIM`, `MAIL FROM`.
fn given_up(cx: &Context<'_>, name: &str, what: &str) -> bool {
    cx.world.outcomes.of("aws:ses:EmailIdentity", name).is_some_and(|(code, _)| code == what)
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
    cx.linked_role(LinkedRole::Ses);
    let set = set_in(cx, body)?;
    let token = || letters(32, b"abcdefghijklmnopqrstuvwxyz234567");
    let now = cx.now();
    let identity = Identity {
        address,
        signing: !address,
        key_length: length.unwrap_or_else(|| "RSA_2048_BIT".to_owned()),
        tokens: if address { Vec::new() } else { vec![token(), token(), token()] },
        zone: format!("dkim.{}.amazonses.com", cx.region()),
        looked_for: now,
        delay: cx.clock.due(VERIFYING) - now,
        given_up: given_up(cx, &name, "DKIM"),
        mail_from: None,
        forwarding: true,
        set,
        tags: tags::of(body)?,
    };
    let answer = json!({
        "IdentityType": identity.kind(),
        "VerifiedForSendingStatus": false,
        "DkimAttributes": identity.dkim("PENDING"),
    });
    cx.mail().identities.insert(name, identity);
    done(answer)
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let now = cx.now();
    let identities = cx.mail().identities.clone();
    let one = |(name, identity): (&String, &Identity)| {
        let status = identity.status(name, cx.world, now);
        json!({
            "IdentityName": name,
            "IdentityType": identity.kind(),
            "SendingEnabled": status == "SUCCESS",
            "VerificationStatus": status,
        })
    };
    let all = identities.iter().map(one).collect();
    done(paged(cx, body, "EmailIdentities", all)?)
}

pub(super) fn get(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let identity = find(cx)?.clone();
    done(identity.render(&in_path(cx, 3), cx.region(), cx.world, cx.now()))
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
    let (now, name) = (cx.now(), in_path(cx, 3));
    let standing = find(cx)?.clone();
    if standing.address {
        return Err(bad("DKIM signing attributes are for domains only."));
    }
    let failed = standing.status(&name, cx.world, now) == "FAILED";
    let given_up = given_up(cx, &name, "DKIM");
    let identity = find(cx)?;
    identity.key_length = length.unwrap_or_else(|| "RSA_2048_BIT".to_owned());
    // What was given up is looked for again.
    if failed {
        identity.looked_for = now;
        identity.given_up = given_up;
    }
    let shown = identity.clone();
    let status = shown.status(&name, cx.world, now);
    done(json!({"DkimStatus": status, "DkimTokens": shown.tokens}))
}

pub(super) fn put_feedback(cx: &mut Context<'_>, body: &Value) -> Answered {
    find(cx)?.forwarding = flag(body, "EmailForwardingEnabled").unwrap_or(false);
    Ok(empty())
}

pub(super) fn put_mail_from(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = in_path(cx, 3);
    let behavior = one_of(body, "BehaviorOnMxFailure", &["USE_DEFAULT_VALUE", "REJECT_MESSAGE"])?;
    let (now, region) = (cx.now(), cx.region().to_owned());
    let before = find(cx)?.clone();
    let failed = |from: &MailFrom| before.mail_from_status(from, &region, cx.world, now) == "FAILED";
    let failed = before.mail_from.as_ref().is_some_and(failed);
    let given_up = given_up(cx, &name, "MAIL FROM");
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
    let standing = standing.filter(|_| !failed);
    let looked_for = standing.map_or(now, |from| from.looked_for);
    let given_up = standing.map_or(given_up, |from| from.given_up);
    let behavior = behavior.unwrap_or_else(|| "USE_DEFAULT_VALUE".to_owned());
    identity.mail_from = Some(MailFrom { domain, behavior, looked_for, given_up });
    Ok(empty())
}

pub(super) fn put_set(cx: &mut Context<'_>, body: &Value) -> Answered {
    find(cx)?;
    let set = set_in(cx, body)?;
    find(cx)?.set = set;
    Ok(empty())
}
