//! What an account is besides what stands in it: its plan, its quotas, and in what AWS has let it in.

use serde::{Deserialize, Serialize};

use crate::iam::{LINKED_ROLE_KNOWN, LinkedRole};
use crate::status::Status;
use crate::world::{Context, Counted};

/// A kind of account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// One that has been used for years: each service has its role in it, quotas are AWS's defaults, there is no plan.
    Old,
    /// As AWS opens it: on the free plan, with small quotas, without a service-linked role, unknown to CloudFront.
    New,
    /// A new one of which the plan and the quotas were seen to: only the service-linked roles are not there.
    Prepared,
}

/// The plan of an account that was opened since July 15, 2025.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Plan {
    Free,
    Paid,
}

/// What is true of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Facts {
    /// Older accounts have none.
    pub plan: Option<Plan>,
    /// Concurrent executions of Lambda in a region.
    pub concurrency: u32,
    /// MiB of memory that a function may have.
    pub memory: i64,
    /// Whether CloudFront makes distributions for it.
    pub verified: bool,
    /// Whether it sees all zones of a region, and not only those that an account usually sees.
    pub every_zone: bool,
    /// Whether each service has made its role in it long ago.
    pub has_linked_roles: bool,
    /// Whether SES sends its mail to anybody, and not to verified addresses alone.
    pub has_production_access: bool,
    /// Whether Amplify is let into the repositories that programs name, whatever the token.
    pub knows_repositories: bool,
}

impl Default for Facts {
    fn default() -> Facts {
        Facts::of(Account::Old)
    }
}

impl Facts {
    /// What is true of a kind of account. The quotas: "New AWS accounts have reduced concurrency and memory quotas"
    /// (Lambda Developer Guide, quotas), of which 10 (siem-on-amazon-opensearch-service#175, one-observability-demo#278)
    /// and 3008 MiB were met.
    pub(crate) fn of(account: Account) -> Facts {
        let old = Facts {
            plan: None,
            concurrency: 1000,
            memory: 10_240,
            verified: true,
            every_zone: false,
            has_linked_roles: true,
            has_production_access: true,
            knows_repositories: true,
        };
        match account {
            Account::Old => old,
            Account::New => Facts {
                plan: Some(Plan::Free),
                concurrency: 10,
                memory: 3_008,
                verified: false,
                every_zone: false,
                has_linked_roles: false,
                has_production_access: false,
                knows_repositories: false,
            },
            Account::Prepared => {
                Facts { plan: Some(Plan::Paid), has_linked_roles: false, has_production_access: false, ..old }
            }
        }
    }
}

impl Counted for Facts {
    fn count(&self, _now: i64, _status: &mut Status) {}
}

impl Context<'_> {
    /// What is true of the account.
    pub(crate) fn facts(&self) -> &Facts {
        &self.world.freetier
    }

    /// Whether a service has its role and can assume it; where there is none it is made now.
    pub(crate) fn linked_role(&mut self, role: LinkedRole) -> bool {
        if self.facts().has_linked_roles {
            return true;
        }
        let (now, known_at) = (self.now(), self.clock.due(LINKED_ROLE_KNOWN));
        !self.world.iam.link(role, now, known_at) && self.has_linked_role(role)
    }

    /// The same, and nothing is made.
    pub(crate) fn has_linked_role(&self, role: LinkedRole) -> bool {
        let known_at = self.world.iam.linked_at(role);
        self.facts().has_linked_roles || known_at.is_some_and(|at| self.now() >= at)
    }
}
