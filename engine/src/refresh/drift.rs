//! What differs between the record and what stands.

use crate::contract::{Failure, Health, OwnerId, Reading};
use crate::diff::{Change, Effect, drift_of};
use crate::plan::{Observed, Whose, whose};
use crate::schema::Registry;
use crate::state::{State, Status};
use crate::urn::Urn;

/// What was found different from the record.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// The resource.
    pub urn: Urn,
    /// Its incarnation.
    pub owner: OwnerId,
    /// How.
    pub kind: DriftKind,
}

/// How a resource differs from the record.
#[derive(Debug, Clone, PartialEq)]
pub enum DriftKind {
    /// Properties differ: `before` is the record, `after` what stands.
    Changed(Vec<Change>),
    /// It is gone.
    Deleted,
    /// It could not be read.
    Unreadable(Failure),
}

/// What differs between the record and what was read: what lets go for a while is compared with what is wanted.
#[must_use]
pub fn drift(registry: &Registry, state: &State, observed: &Observed) -> Vec<Drift> {
    state
        .rows
        .values()
        .filter_map(|row| {
            let kind = match observed.readings.get(&row.owner)? {
                // Our own delete, whose end was not recorded.
                Reading::Absent if row.status == Status::Deleting => return None,
                Reading::Absent => DriftKind::Deleted,
                Reading::Unknown(failure) => DriftKind::Unreadable(failure.clone()),
                Reading::Found(live) => {
                    let spec = registry.get(row.urn.type_name())?;
                    // What is on its way, into being or out of it, is no drift. What an earlier run left standing
                    // otherwise than recorded is: nobody can tell it from what somebody else has done.
                    let fit = row.status != Status::Deleting
                        && live.health == Health::Ready
                        && whose(spec, row, live) == Whose::Ours;
                    if row.status != Status::Ready && !fit {
                        return None;
                    }
                    // What another stack has made under its name is not it; what waits for its deletion was deleted.
                    let waits = spec.restorable && matches!(live.health, Health::Deleting(_));
                    if waits || matches!(whose(spec, row, live), Whose::AnotherStack(_)) {
                        return Some(Drift {
                            urn: row.urn.clone(),
                            owner: row.owner.clone(),
                            kind: DriftKind::Deleted,
                        });
                    }
                    let mut changes =
                        drift_of(spec, &row.inputs, live, &row.effective(&observed.options_of(row)));
                    changes.retain(|change| change.before != change.after);
                    for change in &mut changes {
                        change.effect = change.effect.max(Effect::Update);
                    }
                    if changes.is_empty() {
                        return None;
                    }
                    DriftKind::Changed(changes)
                }
            };
            Some(Drift { urn: row.urn.clone(), owner: row.owner.clone(), kind })
        })
        .collect()
}
