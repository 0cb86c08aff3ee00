//! Reading and finding: what a client gets to see, and how AWS writes it.

use std::collections::BTreeSet;

use finsight_engine::contract::{Candidate, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::schema::{Equality, Identity, TypeSpec};
use finsight_engine::value::{Map, Value};

use super::claims::key_of;
use super::object::{Object, in_clear};
use super::{SimCloud, place};

/// An output that may change with an update, as far as its type says, and never does.
const STEADY: &str = "domain";

impl SimCloud {
    pub(super) fn read(&mut self, now: u64, spec: &TypeSpec, region: &str, target: &Target) -> Reading {
        let region = place(spec, region);
        let numbers = self.known_as.get(&target.id).cloned().unwrap_or_default();
        // The newest object under this id that this read gets to see.
        for number in numbers.into_iter().rev() {
            let at = self.moment(now, number);
            let object = &self.objects[&number];
            if object.type_name == spec.name
                && object.region == region
                && object.id == target.id
                && object.exists(at)
            {
                let mut live = live(spec, object, at, now);
                self.show_parts(now, spec, &mut live);
                return Reading::Found(Box::new(live));
            }
        }
        Reading::Absent
    }

    /// Lists by id what hangs on a resource and has a type of its own.
    fn show_parts(&mut self, now: u64, spec: &TypeSpec, live: &mut Live) {
        for property in &spec.properties {
            let Some(part) = property.parts else { continue };
            let hangs = |object: &&Object| {
                let refers = |value: &Value| value.as_text() == Some(live.id.as_str());
                object.type_name == part && object.properties().values().any(refers)
            };
            let hanging: Vec<u64> = self.objects.values().filter(hangs).map(|object| object.number).collect();
            let mut ids = BTreeSet::new();
            for number in hanging {
                let at = self.moment(now, number);
                let object = &self.objects[&number];
                if object.exists(at) {
                    ids.insert(object.id.clone());
                }
            }
            let ids = ids.into_iter().map(Value::Text).collect();
            live.properties.insert(property.name.to_owned(), Value::List(ids));
        }
    }

    pub(super) fn find(
        &mut self,
        now: u64,
        spec: &TypeSpec,
        region: &str,
        owner: &OwnerId,
        inputs: &Map,
    ) -> Vec<Candidate> {
        let region = place(spec, region);
        let inputs: Map =
            inputs.iter().filter_map(|(name, value)| Some((name.clone(), in_clear(value)?))).collect();
        let key = key_of(spec, &inputs);
        let numbers: Vec<u64> = self
            .objects
            .values()
            .filter(|object| object.type_name == spec.name && object.region == region)
            .map(|object| object.number)
            .collect();
        let mut found: Vec<Candidate> = Vec::new();
        for number in numbers.into_iter().rev() {
            let at = self.moment(now, number);
            let object = &self.objects[&number];
            if !object.exists(at) || object.waiting || found.iter().any(|candidate| candidate.id == object.id)
            {
                continue;
            }
            let (fits, ours) = match spec.identity {
                Identity::Minted { .. } => {
                    // What takes no tags carries its owner's mark elsewhere, such as in its description.
                    let ours = if spec.taggable() {
                        object.tag(OWNER_TAG) == Some(owner.as_str())
                    } else {
                        object.owner.as_ref() == Some(owner)
                    };
                    (ours, ours)
                }
                Identity::Named { .. } => {
                    let ours = if spec.taggable() {
                        object.tag(OWNER_TAG) == Some(owner.as_str())
                    } else {
                        as_wanted(spec, object.properties_at(at), &inputs)
                    };
                    (key_of(spec, object.properties()) == key, ours)
                }
                // It takes no tags: that it is as wanted proves it ours.
                Identity::Child { .. } => (
                    key_of(spec, object.properties()) == key,
                    as_wanted(spec, object.properties_at(at), &inputs),
                ),
                Identity::Adopted { .. } => (key_of(spec, object.properties()) == key, true),
            };
            if fits {
                found.push(Candidate { id: object.id.clone(), ours });
            }
        }
        found
    }

    /// The time at which a read sees an object: now, or within the object's lag before.
    fn moment(&mut self, now: u64, number: u64) -> u64 {
        if let Some(object) = self.objects.get(&number).filter(|object| object.split && object.stands()) {
            return if self.calls.is_multiple_of(2) { object.created } else { now };
        }
        if !self.rng.chance(self.knobs.lag) {
            return now;
        }
        let lag = self.objects.get(&number).map_or(0, |object| object.lag);
        now.saturating_sub(self.rng.below(lag + 1))
    }
}

/// Whether the required properties are the wanted ones.
fn as_wanted(spec: &TypeSpec, properties: &Map, inputs: &Map) -> bool {
    spec.properties
        .iter()
        .filter(|property| property.required)
        .all(|property| properties.get(property.name) == inputs.get(property.name))
}

/// The object as a read at `now` shows it when it sees the time `at`.
fn live(spec: &TypeSpec, object: &Object, at: u64, now: u64) -> Live {
    let seen = object.properties_at(at);
    let properties = spec
        .properties
        .iter()
        .filter(|property| !property.write_only)
        .filter_map(|property| {
            let value = seen.get(property.name)?;
            Some((property.name.to_owned(), as_aws_writes(property.equality, value, now)))
        })
        .collect();
    let health = if object.asked_at.is_some_and(|asked| asked <= at) {
        Health::Deleting("deleting".to_owned())
    } else if object.sick {
        Health::Failed("failed: the simulator says so".to_owned())
    } else if now < object.ready_at {
        Health::Pending("pending".to_owned())
    } else {
        Health::Ready
    };
    let versions = object.versions.iter().filter(|(since, _)| *since <= at).count().max(1);
    let outputs = spec
        .outputs
        .iter()
        // What is not ready yet does not say everything.
        .filter(|output| !(output.volatile && matches!(health, Health::Pending(_))))
        .filter_map(|output| {
            let value = object.outputs.get(output.name)?;
            let value = match value {
                Value::Text(text) if output.volatile && output.name != STEADY => {
                    Value::text(format!("{text}-v{versions}"))
                }
                other => other.clone(),
            };
            Some((output.name.to_owned(), value))
        })
        .collect();
    Live { id: object.id.clone(), properties, outputs, health }
}

/// The value in the form in which AWS gives it back: the same meaning in other words.
fn as_aws_writes(equality: Equality, value: &Value, now: u64) -> Value {
    match (equality, value) {
        (Equality::Unordered, Value::List(items)) => {
            let mut items = items.clone();
            if now.is_multiple_of(2) {
                items.reverse();
            }
            Value::List(items)
        }
        (Equality::CaseInsensitive, Value::Text(text)) => Value::text(text.to_ascii_uppercase()),
        (Equality::Json | Equality::Policy, value) => match value {
            Value::Text(text) => serde_json::from_str(text)
                .map_or_else(|_| value.clone(), |json| Value::from_plain_json(&json)),
            other => other.clear_json().map_or(Value::Null, |json| Value::text(json.to_string())),
        },
        (Equality::PolicyMap, Value::Map(map)) => Value::Map(
            map.iter()
                .map(|(name, item)| (name.clone(), as_aws_writes(Equality::Policy, item, now)))
                .collect(),
        ),
        (Equality::VersionPrefix, Value::Text(text)) => Value::text(format!("{text}.8")),
        (Equality::Tags, Value::Map(map)) => {
            let mut map = map.clone();
            map.insert("aws:simulated".to_owned(), Value::text("yes"));
            Value::Map(map)
        }
        (_, value) => value.clone(),
    }
}
