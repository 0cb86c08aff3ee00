//! Configuration sets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{bad, done, empty, flag, in_path, not_found, one_of, paged, tags, text};
use crate::answer::{Answered, Refusal};
use crate::iam::LinkedRole;
use crate::world::{Context, Tags};

/// A configuration set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Set {
    tls: String,
    /// The dedicated pool that it sends from, and for how long SES tries.
    #[serde(default)]
    pool: Option<String>,
    #[serde(default)]
    seconds: Option<i64>,
    metrics: bool,
    sending: bool,
    /// `None` where the account's own reasons hold.
    suppressed: Option<Vec<String>>,
    redirect: Option<String>,
    /// Whether links go over HTTPS.
    #[serde(default)]
    https: Option<String>,
    /// Definitions by name.
    pub destinations: BTreeMap<String, Value>,
    pub tags: Tags,
}

impl Set {
    fn render(&self, name: &str) -> Value {
        let tracking = json!({"CustomRedirectDomain": self.redirect, "HttpsPolicy": self.https});
        json!({
            "ConfigurationSetName": name,
            "DeliveryOptions": {
                "TlsPolicy": self.tls,
                "SendingPoolName": self.pool,
                "MaxDeliverySeconds": self.seconds,
            },
            "ReputationOptions": {"ReputationMetricsEnabled": self.metrics},
            "SendingOptions": {"SendingEnabled": self.sending},
            "SuppressionOptions": self.suppressed.as_ref().map(|reasons| json!({"SuppressedReasons": reasons})),
            "TrackingOptions": self.redirect.as_ref().map(|_| tracking),
            "Tags": tags::render(&self.tags),
        })
    }
}

/// The set that a call names in its path.
pub(super) fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Set, Refusal> {
    let name = in_path(cx, 3);
    let missing = || not_found(format!("Configuration set <{name}> does not exist."));
    cx.mail().sets.get_mut(&name).ok_or_else(missing)
}

/// How mail leaves: what a call leaves out is the default again.
struct Delivery {
    tls: String,
    pool: Option<String>,
    seconds: Option<i64>,
}

fn delivery(options: &Value) -> Result<Delivery, Refusal> {
    let seconds = options.get("MaxDeliverySeconds").and_then(Value::as_i64);
    Ok(Delivery { tls: tls(options)?, pool: text(options, "SendingPoolName"), seconds })
}

fn https(options: &Value) -> Result<Option<String>, Refusal> {
    one_of(options, "HttpsPolicy", &["REQUIRE", "REQUIRE_OPEN_ONLY", "OPTIONAL"])
}

fn tls(options: &Value) -> Result<String, Refusal> {
    Ok(one_of(options, "TlsPolicy", &["REQUIRE", "OPTIONAL"])?.unwrap_or_else(|| "OPTIONAL".to_owned()))
}

fn suppressed(options: &Value) -> Result<Option<Vec<String>>, Refusal> {
    let Some(reasons) = options.get("SuppressedReasons").and_then(Value::as_array) else { return Ok(None) };
    let reasons: Vec<String> = reasons.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if reasons.iter().any(|reason| !matches!(reason.as_str(), "BOUNCE" | "COMPLAINT")) {
        return Err(bad("SuppressedReasons are BOUNCE and COMPLAINT."));
    }
    Ok(Some(reasons))
}

/// The redirect domain, which must be or lie below one of the account's domains.
fn redirect(cx: &mut Context<'_>, options: &Value) -> Result<Option<String>, Refusal> {
    let Some(domain) = text(options, "CustomRedirectDomain") else { return Ok(None) };
    let below = |name: &&String| domain == **name || domain.ends_with(&format!(".{name}"));
    if cx.mail().identities.keys().any(|name| below(&name)) {
        return Ok(Some(domain));
    }
    Err(bad(format!("The custom redirect domain <{domain}> is not verified.")))
}

pub(super) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name =
        text(body, "ConfigurationSetName").ok_or_else(|| bad("ConfigurationSetName must not be empty."))?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.len() > 64 || !name.chars().all(fits) {
        return Err(bad(format!("Configuration set name <{name}> has characters that are not allowed.")));
    }
    if cx.mail().sets.contains_key(&name) {
        let message = format!("Configuration set <{name}> already exists.");
        return Err(Refusal::bad("AlreadyExistsException", message));
    }
    let options = |member: &str| body.get(member).cloned().unwrap_or_default();
    let Delivery { tls, pool, seconds } = delivery(&options("DeliveryOptions"))?;
    let set = Set {
        tls,
        pool,
        seconds,
        metrics: flag(&options("ReputationOptions"), "ReputationMetricsEnabled").unwrap_or(false),
        sending: flag(&options("SendingOptions"), "SendingEnabled").unwrap_or(true),
        suppressed: suppressed(&options("SuppressionOptions"))?,
        redirect: redirect(cx, &options("TrackingOptions"))?,
        https: https(&options("TrackingOptions"))?,
        destinations: BTreeMap::new(),
        tags: tags::of(body)?,
    };
    cx.linked_role(LinkedRole::Ses);
    cx.mail().sets.insert(name, set);
    Ok(empty())
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let names = cx.mail().sets.keys().map(|name| json!(name)).collect();
    done(paged(cx, body, "ConfigurationSets", names)?)
}

pub(super) fn get(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let name = in_path(cx, 3);
    done(find(cx)?.render(&name))
}

/// Identities that use it keep its name.
pub(super) fn delete(cx: &mut Context<'_>, _body: &Value) -> Answered {
    find(cx)?;
    let name = in_path(cx, 3);
    cx.mail().sets.remove(&name);
    Ok(empty())
}

pub(super) fn put_delivery(cx: &mut Context<'_>, body: &Value) -> Answered {
    let set = find(cx)?;
    let Delivery { tls, pool, seconds } = delivery(body)?;
    (set.tls, set.pool, set.seconds) = (tls, pool, seconds);
    Ok(empty())
}

pub(super) fn put_reputation(cx: &mut Context<'_>, body: &Value) -> Answered {
    find(cx)?.metrics = flag(body, "ReputationMetricsEnabled").unwrap_or(false);
    Ok(empty())
}

pub(super) fn put_sending(cx: &mut Context<'_>, body: &Value) -> Answered {
    find(cx)?.sending = flag(body, "SendingEnabled").unwrap_or(false);
    Ok(empty())
}

pub(super) fn put_suppression(cx: &mut Context<'_>, body: &Value) -> Answered {
    find(cx)?.suppressed = suppressed(body)?;
    Ok(empty())
}

pub(super) fn put_tracking(cx: &mut Context<'_>, body: &Value) -> Answered {
    find(cx)?;
    let (domain, https) = (redirect(cx, body)?, https(body)?);
    let set = find(cx)?;
    (set.redirect, set.https) = (domain, https);
    Ok(empty())
}
