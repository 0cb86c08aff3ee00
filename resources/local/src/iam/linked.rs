//! Roles that are linked to services: AWS makes them, and changes them alone.

use serde_json::json;

use super::role::Role;
use super::{Account, done};
use crate::answer::{Answered, Refusal};
use crate::wire::query::Params;
use crate::world::Context;

/// Seconds until the service can assume a role that was made for it. IAM says "seconds" of what is new
/// (troubleshooting, "changes that I make are not always immediately visible").
pub(crate) const LINKED_ROLE_KNOWN: u32 = 10;

/// A service with a role of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkedRole {
    /// Made by API Gateway with what needs it, such as a custom domain name.
    ApiGateway,
    /// Made when a scalable target of Lambda is registered.
    AutoScaling,
    /// Made by nobody but `CreateServiceLinkedRole`, where a recorder is to have it.
    Config,
    /// Made with the first subnet group or instance.
    Rds,
    /// Made with the first identity or configuration set.
    Ses,
}

impl LinkedRole {
    const ALL: [LinkedRole; 5] = [
        LinkedRole::ApiGateway,
        LinkedRole::AutoScaling,
        LinkedRole::Config,
        LinkedRole::Rds,
        LinkedRole::Ses,
    ];

    /// The service's principal, the role's name, and that of AWS's policy.
    const fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            LinkedRole::ApiGateway => {
                ("ops.apigateway.amazonaws.com", "AWSServiceRoleForAPIGateway", "APIGatewayServiceRolePolicy")
            }
            LinkedRole::AutoScaling => (
                "lambda.application-autoscaling.amazonaws.com",
                "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency",
                "AWSApplicationAutoscalingLambdaConcurrencyPolicy",
            ),
            LinkedRole::Config => {
                ("config.amazonaws.com", "AWSServiceRoleForConfig", "AWSConfigServiceRolePolicy")
            }
            LinkedRole::Rds => ("rds.amazonaws.com", "AWSServiceRoleForRDS", "AmazonRDSServiceRolePolicy"),
            LinkedRole::Ses => {
                ("ses.amazonaws.com", "AWSServiceRoleForAmazonSES", "AmazonSESServiceRolePolicy")
            }
        }
    }

    fn path(self) -> String {
        format!("{LINKED}{}/", self.names().0)
    }

    /// Its ARN.
    pub(crate) fn arn(self) -> String {
        format!("arn:aws:iam::{}:role{}{}", crate::call::ACCOUNT, self.path(), self.names().1)
    }
}

/// Where they are.
const LINKED: &str = "/aws-service-role/";

/// Whether a path is that of a linked role.
pub(super) fn is_linked(path: &str) -> bool {
    path.starts_with(LINKED)
}

/// Refuses changes that only AWS makes.
pub(super) fn modifiable(role: &Role) -> Result<(), Refusal> {
    if !is_linked(&role.path) {
        return Ok(());
    }
    let message = format!(
        "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
        role.name
    );
    Err(Refusal::bad("UnmodifiableEntity", message))
}

impl Account {
    /// Makes a linked role where it is not there, whose service can assume it from a moment on; whether it was made.
    pub(crate) fn link(&mut self, role: LinkedRole, now: i64, known_at: i64) -> bool {
        let (service, name, policy) = role.names();
        if self.linked.contains_key(name) {
            return false;
        }
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
        });
        let policy = format!("arn:aws:iam::aws:policy{LINKED}{policy}");
        let made = Role::linked(name, role.path(), trust.to_string(), policy, now);
        self.roles.insert(name.to_owned(), made);
        self.linked.insert(name.to_owned(), known_at);
        true
    }

    /// From when on the service of a linked role can assume it.
    pub(crate) fn linked_at(&self, role: LinkedRole) -> Option<i64> {
        self.linked.get(role.names().1).copied()
    }
}

/// Makes the role of a service before anything needs it.
pub(super) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let service = params.required("AWSServiceName")?;
    let known = LinkedRole::ALL.into_iter().find(|role| role.names().0 == service);
    let Some(role) = known else {
        let message = format!("The local cloud makes no role of {service}.");
        return Err(Refusal::bad("InvalidInput", message));
    };
    let name = role.names().1;
    let (now, known_at) = (cx.now(), cx.clock.due(LINKED_ROLE_KNOWN));
    if cx.facts().has_linked_roles || !cx.world.iam.link(role, now, known_at) {
        let message = format!(
            "Service role name {name} has been taken in this account, please try a different suffix."
        );
        return Err(Refusal::bad("InvalidInput", message));
    }
    let made = cx.world.iam.roles.get_mut(name);
    let shown = made.map(|made| {
        made.describe(params.filled("Description"));
        made.render()
    });
    Ok(done(cx, &json!({"Role": shown})))
}
