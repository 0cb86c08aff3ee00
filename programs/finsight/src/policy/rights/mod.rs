//! Whether who has to do something may: roles, and the policies of functions, topics, buckets and keys.

mod callers;
mod grants;
mod keys;
mod needs;
mod statement;

use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};

pub(super) use callers::publishers;
use statement::{Ask, Who, boundary_lets, denied, of_document, role_may, trusted};

use crate::policy::{WORKS, pack};

pub(super) fn rules() -> Vec<Rule> {
    let rule = pack(Severity::Error, WORKS);
    vec![
        rule(
            "reach-trust",
            "services may take the roles that they are given",
            "name the service in the role's trust policy",
            trust,
        ),
        rule(
            "reach-rights",
            "roles let their users do what these are set up to do",
            "allow the action in a policy of the role, on the resource that is named",
            rights,
        ),
        rule(
            "reach-callers",
            "functions, topics and buckets let in who calls them",
            "declare a Permission of the function (for the alias that is called), or a statement for the service",
            callers::callers,
        ),
        rule(
            "reach-keys",
            "keys let in who encrypts and decrypts with them",
            "add a statement for that service to the key's policy",
            keys::keys,
        ),
        pack(Severity::Error, crate::policy::access::IAM)(
            "key-grants",
            "grants of keys are taken out through AWS's services alone",
            "name the actions without kms:CreateGrant, or add the condition Bool kms:GrantIsForAWSResource = true",
            grants::grants,
        ),
    ]
}

fn trust(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (user, role, service) in needs::users(subject) {
        if !trusted(role, service, user) {
            let message = format!("{service} may not take its role {}: it can do nothing", role.urn());
            found.push(Violation::new(user, message));
        }
    }
    found
}

/// Whether a secret's own policy denies an action to everybody or to the account.
fn denies(item: &Filled<'_>, action: &str) -> bool {
    let policy =
        item.get("resource_policy").filter(|_| item.urn().type_name() == "aws:secretsmanager:Secret");
    let ask = Ask { who: Who::Account, action, on: None, source: None, via: None };
    denied(of_document(policy), &ask)
}

fn rights(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found: Vec<Violation> = Vec::new();
    for need in needs::needs(subject) {
        let ask =
            Ask { who: Who::Role, action: &need.action, on: need.on.clone(), source: None, via: need.via };
        let bounded = boundary_lets(subject, need.role, &ask);
        let besides = need.on.as_ref().is_some_and(|(item, suffixes)| {
            let service = "config.amazonaws.com";
            callers::bucket_lets(item, service, need.user, &need.action, suffixes)
        });
        let closed = need.on.as_ref().is_some_and(|(item, _)| denies(item, &need.action));
        let on = need.on.as_ref().map(|(item, _)| format!(" on {}", item.urn())).unwrap_or_default();
        let message = if closed {
            format!("{} itself denies {}: {}", on.trim_start_matches(" on "), need.action, need.then)
        } else if !bounded && !besides {
            format!("the boundary of its role does not allow {}{on}: {}", need.action, need.then)
        } else if role_may(need.role, &ask) || besides {
            continue;
        } else {
            format!("its role does not allow {}{on}: {}", need.action, need.then)
        };
        if !found.iter().any(|one| one.urn == *need.user.urn() && one.message == message) {
            found.push(Violation::new(need.user, message));
        }
    }
    found.extend(needs::strangers(subject));
    found
}
