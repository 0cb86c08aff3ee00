//! CloudFront: distributions with their tags, cache, origin request and response headers policies
//! with AWS's own among them, and origin access controls. All else is the service beneath's.

mod certificate;
mod check;
mod defaults;
mod distribution;
mod list;
mod managed;
mod policy;
mod policy_check;
mod serve;
mod tags;
mod tree;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use winterbaume_core::MockResponse;

use crate::answer::{Answered, Outcome, Refusal};
use crate::quota::Tally;
use crate::status::Status;
use crate::world::{Context, Counted, Tags, hex};

pub(crate) use serve::{Front, Page, Source, at, blocked, silent, unknown_host, unreachable};

use policy::Kind;
use tree::Tree;

/// The distributions and policies of the account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Edge {
    distributions: BTreeMap<String, distribution::Distribution>,
    cache_policies: BTreeMap<String, policy::Policy>,
    origin_request_policies: BTreeMap<String, policy::Policy>,
    response_headers_policies: BTreeMap<String, policy::Policy>,
    access_controls: BTreeMap<String, policy::Policy>,
}

impl Counted for Edge {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:cloudfront:Distribution", self.distributions.len());
        status.add("aws:cloudfront:CachePolicy", self.cache_policies.len());
        status.add("aws:cloudfront:OriginRequestPolicy", self.origin_request_policies.len());
        status.add("aws:cloudfront:ResponseHeadersPolicy", self.response_headers_policies.len());
        status.add("aws:cloudfront:OriginAccessControl", self.access_controls.len());
    }

    fn tally(&self, _now: i64, tally: &mut Tally) {
        for (id, one) in &self.distributions {
            tally.add("aws:cloudfront:Distribution.aliases", id, one.config.items("Aliases").len());
            // The default behavior counts too.
            let behaviors = one.config.items("CacheBehaviors").len() + 1;
            tally.add("aws:cloudfront:Distribution.cache_behaviors", id, behaviors);
            tally.add("aws:cloudfront:Distribution.origins", id, one.config.items("Origins").len());
        }
        for (id, policy) in &self.response_headers_policies {
            let headers = policy.config.items("CustomHeadersConfig").len();
            tally.add("aws:cloudfront:ResponseHeadersPolicy.custom_headers", id, headers);
        }
    }

    fn tagged(&self, _region: &str) -> Vec<(String, &Tags)> {
        self.distributions.values().map(|one| (one.arn(), &one.tags)).collect()
    }
}

impl Edge {
    /// Whether a distribution stands behind this web ACL.
    pub(crate) fn guarded_by(&self, web_acl: &str) -> bool {
        self.distributions.values().any(|d| d.web_acl() == Some(web_acl))
    }
}

impl Context<'_> {
    fn edge(&mut self) -> &mut Edge {
        self.world.cloudfront.entry(self.call.region.clone()).or_default()
    }
}

/// The operation of a request, as far as it is known here.
pub(crate) fn operation(method: &str, path: &[&str], query: &str) -> Option<String> {
    let has = |word: &str| query.split('&').any(|pair| pair == word || pair.strip_prefix(word) == Some("="));
    let [_, path @ ..] = path else { return None };
    let name = match (method, path) {
        ("POST", ["distribution"]) if has("WithTags") => "CreateDistributionWithTags",
        ("POST", ["distribution"]) => "CreateDistribution",
        ("GET", ["distribution"]) => "ListDistributions",
        ("GET", ["distribution", _]) => "GetDistribution",
        ("GET", ["distribution", _, "config"]) => "GetDistributionConfig",
        ("PUT", ["distribution", _, "config"]) => "UpdateDistribution",
        ("DELETE", ["distribution", _]) => "DeleteDistribution",
        ("GET", ["distributionsByWebACLId", _]) => "ListDistributionsByWebACLId",
        ("GET", ["tagging"]) => "ListTagsForResource",
        ("POST", ["tagging"]) if has("Operation=Tag") => "TagResource",
        ("POST", ["tagging"]) if has("Operation=Untag") => "UntagResource",
        (method, [kind, rest @ ..]) => return Kind::at(kind)?.operation(method, rest),
        _ => return None,
    };
    Some(name.to_owned())
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>) -> Answered = match cx.call.operation.as_str() {
        "CreateDistribution" | "CreateDistributionWithTags" => distribution::create,
        "GetDistribution" => distribution::get,
        "GetDistributionConfig" => distribution::get_config,
        "UpdateDistribution" => distribution::update,
        "DeleteDistribution" => distribution::delete,
        "ListDistributions" => list::all,
        "ListDistributionsByWebACLId" => list::by_web_acl,
        "ListTagsForResource" => tags::list,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        name => match Kind::of_operation(name) {
            Some((kind, verb)) => return policy::answer(cx, kind, verb).map(Outcome::Done),
            None => return Ok(Outcome::Beneath),
        },
    };
    operation(cx).map(Outcome::Done)
}

const NAMESPACE: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

/// An answer with a document as its body.
fn document(status: u16, mut root: Tree, etag: Option<&str>) -> MockResponse {
    root.namespace(NAMESPACE);
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", root.xml());
    with_etag(MockResponse::xml(status, text), etag)
}

fn with_etag(mut answer: MockResponse, etag: Option<&str>) -> MockResponse {
    if let Some(value) = etag.and_then(|etag| etag.parse().ok()) {
        answer.headers.insert("etag", value);
    }
    answer
}

fn empty() -> MockResponse {
    MockResponse::xml(204, "")
}

fn etag() -> String {
    format!("E{}", hex(13).to_ascii_uppercase())
}

fn argument(message: impl Into<String>) -> Refusal {
    Refusal::bad("InvalidArgument", message)
}

/// The path's segment behind the kind: an id.
fn id_of(cx: &Context<'_>) -> String {
    cx.call.segments().get(2).cloned().unwrap_or_default()
}

/// Refuses a change that is not made against what stands.
fn matched(cx: &Context<'_>, etag: &str) -> Result<(), Refusal> {
    let given = cx.call.headers.get(http::header::IF_MATCH).and_then(|value| value.to_str().ok());
    match given {
        None | Some("") => {
            let message = "The If-Match version is missing or not valid for the resource.";
            Err(Refusal::bad("InvalidIfMatchVersion", message))
        }
        Some(given) if given == etag => Ok(()),
        Some(_) => {
            let message = "The request failed because it didn't meet the preconditions in one or more request-header fields.";
            Err(Refusal::new(412, "PreconditionFailed", message))
        }
    }
}
