//! Another identifier for an instance, and all that goes by it.

use super::identifier;
use super::instance::{Instance, Phase};
use super::{Databases, create::combination};
use crate::answer::Refusal;
use crate::wire::query::Params;
use crate::world::Context;

/// Seconds that AWS typically takes, until the new host name is known.
pub(super) const RENAMING: u32 = 600;

/// Refuses an identifier that an instance has, or is getting.
pub(super) fn free(cx: &mut Context<'_>, id: &str) -> Result<(), Refusal> {
    let instances = &cx.databases().instances;
    let getting = |instance: &Instance| instance.new_id.as_deref() == Some(id);
    if instances.contains_key(id) || instances.values().any(getting) {
        return Err(Refusal::bad("DBInstanceAlreadyExists", "DB instance already exists"));
    }
    Ok(())
}

/// The identifier that a modification gives.
pub(super) fn asked(
    cx: &mut Context<'_>,
    params: &Params,
    instance: &Instance,
) -> Result<Option<String>, Refusal> {
    if !params.has("NewDBInstanceIdentifier") {
        return Ok(None);
    }
    let id = identifier(params, "NewDBInstanceIdentifier")?;
    if id == instance.id {
        return Err(combination("The new DB instance identifier is the one that the instance has."));
    }
    free(cx, &id)?;
    Ok(Some(id))
}

impl Databases {
    /// Gives the instances whose time has come their new identifiers. Their tags, their secrets and their
    /// places behind proxies go along; snapshots keep the identifier that they were taken under.
    pub(super) fn settle_names(&mut self, now: i64) {
        let due = |i: &&Instance| matches!(i.phase, Phase::Renaming { until } if now >= until);
        let due: Vec<String> = self.instances.values().filter(due).map(|i| i.id.clone()).collect();
        for old in due {
            let Some(mut instance) = self.instances.remove(&old) else { continue };
            let new = instance.new_id.take().unwrap_or_else(|| old.clone());
            instance.id.clone_from(&new);
            instance.take_what_comes(now);
            // It is rebooted on the way.
            instance.awaits_reboot = false;
            instance.phase = Phase::Available;
            for proxy in self.proxies.values_mut() {
                if let Some(target) = proxy.targets.remove(&old) {
                    proxy.targets.insert(new.clone(), target);
                }
            }
            self.instances.insert(new, instance);
        }
    }
}
