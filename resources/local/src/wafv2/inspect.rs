//! What a web ACL makes of a request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{items, text};
use crate::walk::{Reply, Request, Tally};
use crate::world::World;

/// The bytes of a body that CloudFront and API Gateway hand to WAF, unless a web ACL asks for more ("Considerations for
/// managing components of oversize requests").
const HANDED: usize = 16 * 1024;
/// The namespace of AWS's own core rule set.
const CORE: &str = "AWSManagedRulesCommonRuleSet";

/// What a web ACL decides.
pub(crate) struct Verdict {
    /// The rule that decided; none where the default action did.
    pub rule: Option<String>,
    pub blocks: bool,
    /// What a rule or the default answers instead of WAF's own 403, with the headers that it adds.
    pub reply: Option<Reply>,
    /// What is not known here of the rules that were asked.
    pub unknown: Vec<String>,
}

/// The name of a web ACL by its ARN.
pub(crate) fn name(arn: &str) -> &str {
    arn.rsplit('/').nth(1).unwrap_or(arn)
}

/// Lets a web ACL judge; `None` if there is none with this ARN. Rules are asked in order of their priorities until one
/// decides ("Rule priority"), and counts go on.
pub(crate) fn judge(world: &World, arn: &str, request: &Request, tally: &mut Tally) -> Option<Verdict> {
    let acl = world.wafv2.values().find_map(|all| all.acls.get(arn))?;
    let shown = acl.render();
    let mut asking = Asking { arn, request, tally, unknown: Vec::new() };
    let decided = acl.rules.iter().find_map(|rule| asking.rule(rule));
    let (rule, action) = match decided {
        Some((name, action)) => (Some(name), action),
        None => (None, shown["DefaultAction"].clone()),
    };
    let blocks = action.get("Block").is_some_and(Value::is_object);
    let custom = action.pointer("/Block/CustomResponse").filter(|custom| custom.is_object());
    let reply = custom.map(|custom| answer(custom, &shown["CustomResponseBodies"]));
    Some(Verdict { rule, blocks, reply, unknown: asking.unknown })
}

/// A custom response ("Sending custom responses for Block actions").
fn answer(custom: &Value, bodies: &Value) -> Reply {
    let status = custom["ResponseCode"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(403);
    let body = text(custom, "CustomResponseBodyKey").map(|key| bodies[key].clone()).unwrap_or_default();
    let kind = match body["ContentType"].as_str() {
        Some("APPLICATION_JSON") => "application/json",
        Some("TEXT_HTML") => "text/html",
        _ => "text/plain",
    };
    let mut reply = Reply::new(status, kind, body["Content"].as_str().unwrap_or_default());
    for header in items(custom, "ResponseHeaders") {
        reply
            .headers
            .set(header["Name"].as_str().unwrap_or_default(), header["Value"].as_str().unwrap_or_default());
    }
    reply
}

struct Asking<'a> {
    arn: &'a str,
    request: &'a Request,
    tally: &'a mut Tally,
    unknown: Vec<String>,
}

impl Asking<'_> {
    /// The rule's name and its action, where it decides.
    fn rule(&mut self, rule: &Value) -> Option<(String, Value)> {
        let name = text(rule, "Name").unwrap_or_default();
        let statement = &rule["Statement"];
        if let Some(group) = statement.get("ManagedRuleGroupStatement").filter(|group| group.is_object()) {
            let inner = self.group(group)?;
            let counts = rule.pointer("/OverrideAction/Count").is_some_and(Value::is_object);
            return (!counts).then(|| (format!("{name} ({inner})"), serde_json::json!({"Block": {}})));
        }
        if !self.matches(statement, &name) {
            return None;
        }
        let action = &rule["Action"];
        let goes_on = action.get("Count").is_some_and(Value::is_object);
        (!goes_on).then(|| (name, action.clone()))
    }

    /// The first rule of a managed group that blocks: those of the core rule set whose measure AWS documents ("Baseline rule
    /// groups"). AWS does not publish the signatures of the others.
    fn group(&mut self, group: &Value) -> Option<String> {
        let name = text(group, "Name").unwrap_or_default();
        self.unknown.push(format!("what AWS's signatures in {name} take for an attack"));
        if name != CORE {
            return None;
        }
        let request = self.request;
        let cookie = request.headers.get("Cookie").map_or(0, str::len);
        let rules = [
            ("NoUserAgent_HEADER", request.headers.get("User-Agent").is_none()),
            ("SizeRestrictions_QUERYSTRING", request.query.len() > 2_048),
            ("SizeRestrictions_Cookie_HEADER", cookie > 10_240),
            ("SizeRestrictions_BODY", request.body.len() > 8_192),
            ("SizeRestrictions_URIPATH", request.path.len() > 1_024),
        ];
        let softened = |rule: &str| {
            let says = |one: &&Value| one["Name"] == rule && one["ActionToUse"].get("Block").is_none();
            items(group, "RuleActionOverrides").iter().any(|one| says(&one))
                || items(group, "ExcludedRules").iter().any(|one| one["Name"] == rule)
        };
        rules.into_iter().find(|(rule, broken)| *broken && !softened(rule)).map(|(rule, _)| rule.to_owned())
    }

    fn matches(&mut self, statement: &Value, rule: &str) -> bool {
        let said = statement.as_object().into_iter().flatten().find(|(_, inner)| inner.is_object());
        let Some((kind, inner)) = said else { return false };
        match kind.as_str() {
            "NotStatement" => !self.matches(&inner["Statement"], rule),
            "AndStatement" => items(inner, "Statements").iter().all(|one| self.matches(one, rule)),
            "OrStatement" => items(inner, "Statements").iter().any(|one| self.matches(one, rule)),
            "ByteMatchStatement" => self.bytes(inner),
            "SizeConstraintStatement" => self.size(inner),
            "RateBasedStatement" => self.rate(inner, rule),
            other => {
                let what = other.trim_end_matches("Statement");
                self.unknown.push(format!("what WAF's {what} takes for a match (rule {rule})"));
                false
            }
        }
    }

    fn bytes(&mut self, inner: &Value) -> bool {
        let wanted = STANDARD.decode(text(inner, "SearchString").unwrap_or_default()).unwrap_or_default();
        let wanted = String::from_utf8_lossy(&wanted).into_owned();
        let Some((found, _)) = self.field(inner) else { return false };
        match inner["PositionalConstraint"].as_str() {
            Some("EXACTLY") => found == wanted,
            Some("STARTS_WITH") => found.starts_with(&wanted),
            Some("ENDS_WITH") => found.ends_with(&wanted),
            Some("CONTAINS") => found.contains(&wanted),
            _ => false,
        }
    }

    /// A part that is longer than what WAF gets is treated as the statement says.
    fn size(&mut self, inner: &Value) -> bool {
        let size = inner["Size"].as_u64().unwrap_or_default();
        let oversize = inner.pointer("/FieldToMatch/Body/OversizeHandling").and_then(Value::as_str);
        let Some((found, whole)) = self.field(inner) else { return false };
        match oversize {
            Some("MATCH") if whole > HANDED => return true,
            Some("NO_MATCH") if whole > HANDED => return false,
            _ => {}
        }
        let found = found.len() as u64;
        match inner["ComparisonOperator"].as_str() {
            Some("GT") => found > size,
            Some("GE") => found >= size,
            Some("LT") => found < size,
            Some("LE") => found <= size,
            Some("EQ") => found == size,
            Some("NE") => found != size,
            _ => false,
        }
    }

    /// The part that a statement looks at after its transformations, and how long it is in whole. `None` where it is not
    /// there.
    fn field(&mut self, inner: &Value) -> Option<(String, usize)> {
        let field = inner["FieldToMatch"].as_object()?.iter().find(|(_, part)| part.is_object())?;
        let request = self.request;
        let bytes: Vec<u8> = match field.0.as_str() {
            "SingleHeader" => request.headers.get(field.1["Name"].as_str()?)?.into(),
            "UriPath" => request.path.clone().into(),
            "QueryString" => request.query.clone().into(),
            "Method" => request.method.clone().into(),
            "Body" => request.body.clone(),
            other => {
                self.unknown.push(format!("WAF's field {other}"));
                return None;
            }
        };
        let whole = bytes.len();
        let mut found = String::from_utf8_lossy(&bytes[..whole.min(HANDED)]).into_owned();
        for step in items(inner, "TextTransformations") {
            match step["Type"].as_str() {
                Some("LOWERCASE") => found = found.to_ascii_lowercase(),
                Some("NONE") | None => {}
                Some(other) => self.unknown.push(format!("WAF's transformation {other}")),
            }
        }
        Some((found, whole))
    }

    /// Counts by address, and matches above the limit ("Rate-based rule high-level settings"). WAF is some requests and
    /// seconds later.
    fn rate(&mut self, inner: &Value, rule: &str) -> bool {
        let narrower = inner.get("ScopeDownStatement").filter(|narrower| narrower.is_object());
        if narrower.is_some_and(|narrower| !self.matches(narrower, rule)) {
            return false;
        }
        let key = match inner["AggregateKeyType"].as_str() {
            Some("IP") => self.request.from.clone(),
            Some("FORWARDED_IP") => {
                let header = inner.pointer("/ForwardedIPConfig/HeaderName").and_then(Value::as_str);
                let first = header.and_then(|name| self.request.headers.get(name));
                match first.and_then(|all| all.split(',').next()).map(str::trim).filter(|one| !one.is_empty())
                {
                    Some(first) => first.to_owned(),
                    None => {
                        return inner.pointer("/ForwardedIPConfig/FallbackBehavior") == Some(&"MATCH".into());
                    }
                }
            }
            Some("CONSTANT") => String::new(),
            _ => {
                self.unknown.push(format!("the key of the rate in rule {rule}"));
                return false;
            }
        };
        let limit = inner["Limit"].as_u64().unwrap_or(u64::MAX);
        let seconds = inner["EvaluationWindowSec"].as_u64().unwrap_or(300);
        self.tally.count(&format!("{} {rule} {key}", self.arn), seconds * 1000) > limit
    }
}
