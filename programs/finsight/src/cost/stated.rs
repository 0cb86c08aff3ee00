//! What the requirements themselves state as cost, beside this estimate.

use finsight_engine::cost::Decimal;

use super::Report;

/// The groups that the requirements count. `RDS` is instance and storage, `Other` is CloudWatch and
/// Secrets Manager; a meter names its group in the price list.
pub const GROUPS: [&str; 6] = ["Lambda", "API Gateway", "RDS", "Amplify", "CloudFront", "Other"];

/// What the requirements state: US dollars a month from … to.
pub type Stated = (i64, i64);

/// The requirements' estimate for a number of users a day.
struct Source {
    users_per_day: u32,
    /// By group, in the order of [`GROUPS`].
    groups: [Stated; 6],
    total: Stated,
}

const SOURCES: [Source; 2] = [
    Source { users_per_day: 10, groups: [(0, 5), (1, 1), (15, 15), (5, 5), (1, 1), (5, 5)], total: (27, 32) },
    Source {
        users_per_day: 1000,
        groups: [(50, 100), (35, 35), (100, 100), (20, 20), (20, 20), (40, 40)],
        total: (265, 315),
    },
];

/// A group of the requirements' estimate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Its name.
    pub group: &'static str,
    /// What this estimate says of it.
    pub amount: Decimal,
    /// What the requirements say; `None` where they say nothing of this number of users.
    pub stated: Option<Stated>,
}

impl Report {
    fn source(&self) -> Option<&'static Source> {
        SOURCES.iter().find(|source| source.users_per_day == self.users_per_day)
    }

    /// The part of the estimate that the requirements count, by group.
    #[must_use]
    pub fn counted(&self) -> Vec<Counted> {
        let source = self.source();
        let of = |(at, group): (usize, &'static str)| Counted {
            group,
            amount: self.estimate.sum(|line| line.group.as_deref() == Some(group)),
            stated: source.map(|source| source.groups[at]),
        };
        GROUPS.into_iter().enumerate().map(of).collect()
    }

    /// That part as a whole, and the requirements' own total.
    #[must_use]
    pub fn counted_total(&self) -> (Decimal, Option<Stated>) {
        (self.estimate.sum(|line| line.group.is_some()), self.source().map(|source| source.total))
    }

    /// The part that the requirements leave out.
    #[must_use]
    pub fn left_out(&self) -> Decimal {
        self.estimate.sum(|line| line.group.is_none())
    }
}
