//! What of a request its operation here does not read. It is refused: what has no effect must not look like a success.
//!
//! Of the query protocols that is seen while the operation reads. Of the others `models/unserved.json` says it, which
//! also has what is left aside on purpose, with the reason.

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

use crate::answer::Refusal;
use crate::call::Call;

/// Members that operations do not read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unserved {
    pub service: String,
    pub operations: Vec<String>,
    pub members: Vec<String>,
    /// Why they may be given all the same.
    pub ignored: Option<String>,
}

pub(super) fn table() -> &'static [Unserved] {
    static TABLE: OnceLock<Vec<Unserved>> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(include_str!("../../models/unserved.json")).unwrap_or_default())
}

fn of<'a>(call: &'a Call) -> impl Iterator<Item = &'static Unserved> + 'a {
    table()
        .iter()
        .filter(move |it| it.service == call.service.name() && it.operations.contains(&call.operation))
}

/// Of the members that a request gives, the first that its operation does not read.
pub(super) fn refusal(call: &Call, given: &Value) -> Option<Refusal> {
    let mut refused = of(call).filter(|it| it.ignored.is_none()).flat_map(|it| &it.members);
    let given = |member: &&String| given.get(member.as_str()).is_some_and(|value| !value.is_null());
    refused.find(given).map(|member| not_served(call, member))
}

/// The same of a query, once its operation has read it.
pub(crate) fn unread(call: &Call) -> Option<Refusal> {
    if !super::knows(call) {
        return None;
    }
    let ignored: Vec<&String> =
        of(call).filter(|it| it.ignored.is_some()).flat_map(|it| &it.members).collect();
    let first = |name: &String| name.split('.').next().unwrap_or_default().to_owned();
    let unread = call.unseen().into_iter().find(|name| !ignored.contains(&&first(name)));
    unread.map(|name| not_served(call, &name))
}

fn not_served(call: &Call, member: &str) -> Refusal {
    let message = format!("{member} of {} is not served here.", call.operation);
    Refusal::new(501, "NotImplemented", message)
}
