//! What waits for its deletion, what stands under a name, and what of other hands holds something.

use finsight_engine::contract::{FailureClass, OWNER_TAG, OwnerId, Reply, STACK_TAG, Standing, Target};
use finsight_engine::schema::{Identity, TypeSpec};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use super::claims::{key_of, shares};
use super::object::in_clear;
use super::{Answer, SimCloud, place};

/// For how long what can be restored waits: a week.
pub(super) const WINDOW: u64 = 7 * 24 * 60 * 60_000;

impl SimCloud {
    /// Takes back a deletion that waits.
    pub(super) fn restore(
        &mut self,
        now: u64,
        urn: &Urn,
        spec: &TypeSpec,
        region: &str,
        target: &Target,
    ) -> Answer {
        let id = target.id.as_str();
        if !spec.restorable {
            return Err((
                FailureClass::Invalid,
                format!("what is deleted of {} does not come back", spec.name),
            ));
        }
        let Some(number) = self.number_of(now, spec.name, place(spec, region), id) else {
            return Err((FailureClass::Absent, format!("{id} does not exist")));
        };
        if let Some(object) = self.objects.get_mut(&number)
            && object.waiting
        {
            object.waiting = false;
            object.sick = false;
            object.asked_at = None;
            object.gone_at = None;
            object.taken = false;
            // Who restores it takes it over.
            let tags = target.inputs.get("tags").and_then(Value::as_map);
            let mark = tags.and_then(|tags| tags.get(OWNER_TAG)?.as_text());
            object.owner = mark.map(|mark| OwnerId(mark.to_owned())).or(object.owner.take());
            // A restored one is read as it stands from now on.
            let properties = object.properties().clone();
            object.versions.push((now, properties));
        }
        self.note(now, urn, "restore", number);
        Ok(Reply::Restored)
    }

    /// What stands under the identity of these inputs, whoever made it.
    pub(super) fn look(&mut self, now: u64, spec: &TypeSpec, region: &str, inputs: &Map) -> Vec<Standing> {
        let region = place(spec, region);
        let inputs: Map =
            inputs.iter().filter_map(|(name, value)| Some((name.clone(), in_clear(value)?))).collect();
        let key = key_of(spec, &inputs);
        let minted = matches!(spec.identity, Identity::Minted { .. });
        self.objects
            .values()
            .filter(|object| object.type_name == spec.name && object.region == region)
            .filter(|object| object.exists(now) && !object.adopted)
            .filter(|object| match minted {
                // What has no name is known by what no two share, and what waits by its tags.
                true => {
                    let shares = |set: &&[&str]| shares(spec, set, &inputs, object.properties());
                    (object.waiting && like(&inputs, object.properties()))
                        || spec.exclusive.iter().any(shares)
                }
                false => key.is_some() && key_of(spec, object.properties()) == key,
            })
            .filter(|object| object.waiting || object.stands())
            .map(|object| Standing {
                id: object.id.clone(),
                stack: object.tag(STACK_TAG).map(str::to_owned),
                deleting: object.waiting,
            })
            .collect()
    }

    /// What of other hands keeps an object from being deleted.
    pub(super) fn holders(&self, now: u64, spec: &TypeSpec, region: &str, id: &str) -> Vec<String> {
        let Some(number) = self.number_of(now, spec.name, place(spec, region), id) else { return Vec::new() };
        self.users_of(now, number)
            .filter(|user| user.owner.is_none())
            .map(|user| format!("{} ({})", user.id, user.type_name))
            .collect()
    }
}

/// Whether two resources carry the same tags, but for which incarnation they are.
fn like(one: &Map, other: &Map) -> bool {
    let tags = |map: &Map| {
        let mut tags = map.get("tags").and_then(Value::as_map).cloned().unwrap_or_default();
        tags.remove(OWNER_TAG);
        tags
    };
    tags(one) == tags(other)
}
