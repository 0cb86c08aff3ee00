//! Cache, origin request and response headers policies, and origin access controls: four kinds of
//! configuration with a name, an ETag, and distributions that use them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use winterbaume_core::MockResponse;

use super::distribution::Distribution;
use super::list::listed;
use super::managed;
use super::policy_check;
use super::tree::Tree;
use super::{document, empty, etag, id_of, matched};
use crate::answer::{Answered, Refusal};
use crate::clock::iso;
use crate::world::{Context, letters, uuid};

/// A policy or an access control.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Policy {
    pub id: String,
    pub config: Tree,
    pub etag: String,
    pub modified_at: i64,
}

/// Which of the four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Cache,
    OriginRequest,
    ResponseHeaders,
    AccessControl,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Cache, Kind::OriginRequest, Kind::ResponseHeaders, Kind::AccessControl];

    /// The kind whose path begins like this.
    pub fn at(segment: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.segment() == segment)
    }

    fn segment(self) -> &'static str {
        match self {
            Kind::Cache => "cache-policy",
            Kind::OriginRequest => "origin-request-policy",
            Kind::ResponseHeaders => "response-headers-policy",
            Kind::AccessControl => "origin-access-control",
        }
    }

    pub fn noun(self) -> &'static str {
        match self {
            Kind::Cache => "CachePolicy",
            Kind::OriginRequest => "OriginRequestPolicy",
            Kind::ResponseHeaders => "ResponseHeadersPolicy",
            Kind::AccessControl => "OriginAccessControl",
        }
    }

    fn plural(self) -> &'static str {
        match self {
            Kind::Cache => "CachePolicies",
            Kind::OriginRequest => "OriginRequestPolicies",
            Kind::ResponseHeaders => "ResponseHeadersPolicies",
            Kind::AccessControl => "OriginAccessControls",
        }
    }

    /// The member of a behavior or an origin that names one.
    pub fn member(self) -> &'static str {
        match self {
            Kind::Cache => "CachePolicyId",
            Kind::OriginRequest => "OriginRequestPolicyId",
            Kind::ResponseHeaders => "ResponseHeadersPolicyId",
            Kind::AccessControl => "OriginAccessControlId",
        }
    }

    /// The operation of a request below the kind's path.
    pub fn operation(self, method: &str, rest: &[&str]) -> Option<String> {
        let noun = self.noun();
        Some(match (method, rest) {
            ("POST", []) => format!("Create{noun}"),
            ("GET", []) => format!("List{}", self.plural()),
            ("GET", [_]) => format!("Get{noun}"),
            ("GET", [_, "config"]) => format!("Get{noun}Config"),
            ("PUT", [_]) if self != Kind::AccessControl => format!("Update{noun}"),
            ("PUT", [_, "config"]) if self == Kind::AccessControl => format!("Update{noun}"),
            ("DELETE", [_]) => format!("Delete{noun}"),
            _ => return None,
        })
    }

    /// The kind and the verb of an operation.
    pub fn of_operation(name: &str) -> Option<(Kind, Verb)> {
        Kind::ALL.into_iter().find_map(|kind| {
            let noun = kind.noun();
            let verb = match name {
                _ if name == format!("Create{noun}") => Verb::Create,
                _ if name == format!("List{}", kind.plural()) => Verb::List,
                _ if name == format!("Get{noun}") => Verb::Get,
                _ if name == format!("Get{noun}Config") => Verb::GetConfig,
                _ if name == format!("Update{noun}") => Verb::Update,
                _ if name == format!("Delete{noun}") => Verb::Delete,
                _ => return None,
            };
            Some((kind, verb))
        })
    }

    fn of<'a>(self, cx: &'a mut Context<'_>) -> &'a mut BTreeMap<String, Policy> {
        let edge = cx.edge();
        match self {
            Kind::Cache => &mut edge.cache_policies,
            Kind::OriginRequest => &mut edge.origin_request_policies,
            Kind::ResponseHeaders => &mut edge.response_headers_policies,
            Kind::AccessControl => &mut edge.access_controls,
        }
    }

    /// Whether there is one with this id, AWS's own among them.
    pub fn known(self, cx: &mut Context<'_>, id: &str) -> bool {
        self.of(cx).contains_key(id) || managed::all(self).iter().any(|policy| policy.id == id)
    }

    pub fn missing(self) -> Refusal {
        let noun = self.noun();
        Refusal::new(404, &format!("NoSuch{noun}"), format!("The specified {noun} does not exist."))
    }

    fn used_by(self, distribution: &Distribution, id: &str) -> bool {
        let names = |tree: &Tree| tree.text(self.member()) == Some(id);
        match self {
            Kind::AccessControl => distribution.config.items("Origins").iter().any(names),
            _ => distribution.behaviors().any(names),
        }
    }
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    List,
    Get,
    GetConfig,
    Update,
    Delete,
}

impl Policy {
    fn tree(&self, kind: Kind) -> Tree {
        let children = vec![
            Tree::leaf("Id", &self.id),
            Tree::leaf("LastModifiedTime", iso(self.modified_at)),
            self.config.clone(),
        ];
        Tree::node(kind.noun(), children)
    }

    fn answer(&self, status: u16, kind: Kind) -> MockResponse {
        document(status, self.tree(kind), Some(&self.etag))
    }

    fn summary(&self, kind: Kind, origin: &str) -> Tree {
        if kind == Kind::AccessControl {
            let mut children = vec![Tree::leaf("Id", &self.id)];
            children.extend(self.config.children.iter().cloned());
            return Tree::node("OriginAccessControlSummary", children);
        }
        let children = vec![Tree::leaf("Type", origin), self.tree(kind)];
        Tree::node(&format!("{}Summary", kind.noun()), children)
    }
}

pub(super) fn answer(cx: &mut Context<'_>, kind: Kind, verb: Verb) -> Answered {
    match verb {
        Verb::Create => create(cx, kind),
        Verb::List => list(cx, kind),
        Verb::Get => get(cx, kind).map(|policy| policy.answer(200, kind)),
        Verb::GetConfig => {
            let policy = get(cx, kind)?;
            Ok(document(200, policy.config, Some(&policy.etag)))
        }
        Verb::Update => update(cx, kind),
        Verb::Delete => delete(cx, kind),
    }
}

fn get(cx: &mut Context<'_>, kind: Kind) -> Result<Policy, Refusal> {
    let id = id_of(cx);
    let own = kind.of(cx).get(&id).cloned();
    own.or_else(|| managed::all(kind).into_iter().find(|p| p.id == id)).ok_or_else(|| kind.missing())
}

/// The configuration of a request, whose name no other has.
fn read(cx: &mut Context<'_>, kind: Kind, id: Option<&str>) -> Result<Tree, Refusal> {
    let mut config = Tree::parse(&cx.call.body)?;
    policy_check::check(kind, &mut config)?;
    let name = config.text("Name").unwrap_or_default();
    let same = |policy: &Policy| policy.config.text("Name") == Some(name);
    let own = kind.of(cx).values().any(|policy| Some(policy.id.as_str()) != id && same(policy));
    if own || managed::all(kind).iter().any(same) {
        let noun = kind.noun();
        let message = format!("A {noun} with this name already exists.");
        return Err(Refusal::new(409, &format!("{noun}AlreadyExists"), message));
    }
    Ok(config)
}

fn create(cx: &mut Context<'_>, kind: Kind) -> Answered {
    let config = read(cx, kind, None)?;
    let id = match kind {
        Kind::AccessControl => format!("E{}", letters(13, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")),
        _ => uuid(),
    };
    let policy = Policy { id: id.clone(), config, etag: etag(), modified_at: cx.now() };
    let answer = policy.answer(201, kind);
    kind.of(cx).insert(id, policy);
    Ok(answer)
}

fn update(cx: &mut Context<'_>, kind: Kind) -> Answered {
    let standing = get(cx, kind)?;
    if !kind.of(cx).contains_key(&standing.id) {
        return Err(Refusal::new(403, "AccessDenied", "You cannot change a policy of AWS's."));
    }
    matched(cx, &standing.etag)?;
    let config = read(cx, kind, Some(&standing.id))?;
    let policy = Policy { config, etag: etag(), modified_at: cx.now(), ..standing };
    let answer = policy.answer(200, kind);
    kind.of(cx).insert(policy.id.clone(), policy);
    Ok(answer)
}

fn delete(cx: &mut Context<'_>, kind: Kind) -> Answered {
    let standing = get(cx, kind)?;
    if !kind.of(cx).contains_key(&standing.id) {
        return Err(Refusal::bad("IllegalDelete", "You cannot delete a managed policy."));
    }
    matched(cx, &standing.etag)?;
    if cx.edge().distributions.values().any(|distribution| kind.used_by(distribution, &standing.id)) {
        let noun = kind.noun();
        let message = format!(
            "Cannot delete the {noun} because it is attached to one or more cache behaviors or origins."
        );
        return Err(Refusal::new(409, &format!("{noun}InUse"), message));
    }
    kind.of(cx).remove(&standing.id);
    Ok(empty())
}

fn list(cx: &mut Context<'_>, kind: Kind) -> Answered {
    let wanted = cx.call.query_params().filled("Type");
    let fits = |origin: &str| wanted.as_deref().is_none_or(|wanted| wanted == origin);
    let mut items = Vec::new();
    if fits("custom") {
        items.extend(kind.of(cx).iter().map(|(id, policy)| (id.clone(), policy.summary(kind, "custom"))));
    }
    if fits("managed") {
        let managed = managed::all(kind);
        items.extend(managed.iter().map(|policy| (policy.id.clone(), policy.summary(kind, "managed"))));
    }
    items.sort_by(|a, b| a.0.cmp(&b.0));
    listed(cx, &format!("{}List", kind.noun()), items)
}
