//! The whole account in one read.

use serde_json::{Value, json};

use super::role::Role;
use super::{done, policy};
use crate::answer::Answered;
use crate::wire::query::Params;
use crate::world::Context;

/// Roles and customer policies. Users and groups, of which the local cloud makes none, are empty.
pub(crate) fn details(cx: &mut Context<'_>, params: &Params) -> Answered {
    let filter = params.texts("Filter");
    let wants = |kind: &str| filter.is_empty() || filter.iter().any(|f| f == kind);
    let account = &cx.world.iam;
    let roles: Vec<Value> =
        if wants("Role") { account.roles.values().map(Role::render_detail).collect() } else { Vec::new() };
    let policies = if wants("LocalManagedPolicy") { policy::details(account) } else { Vec::new() };
    let most: usize = params.number("MaxItems")?.unwrap_or(super::PAGE).max(1);
    let start: usize = params.number("Marker")?.unwrap_or(0);
    let end = start.saturating_add(most);
    let total = roles.len() + policies.len();
    // One sequence of both lists, cut into pages.
    let in_page = |offset: usize, items: Vec<Value>| -> Vec<Value> {
        items
            .into_iter()
            .enumerate()
            .filter(|(i, _)| (start..end).contains(&(i + offset)))
            .map(|(_, v)| v)
            .collect()
    };
    let first_policy = roles.len();
    let body = json!({
        "RoleDetailList": in_page(0, roles),
        "Policies": in_page(first_policy, policies),
        "UserDetailList": [],
        "GroupDetailList": [],
        "IsTruncated": end < total,
        "Marker": (end < total).then(|| end.to_string()),
    });
    Ok(done(cx, &body))
}
