//! What holds what, and what AWS allows once.

use std::collections::BTreeSet;

use finsight_engine::contract::FailureClass;
use finsight_engine::normal::same;
use finsight_engine::schema::{Effect, Equality, Identity, LetsGo, Property, Scope, TypeSpec};
use finsight_engine::value::{Map, Value};

use super::SimCloud;
use super::object::{Object, each_text};

/// What a refusal says of what others do not see yet.
pub const UNSEEN: &str = "is not visible yet";

impl SimCloud {
    /// Another object that holds this one: the delete is refused then.
    pub(super) fn user_of(&self, now: u64, number: u64) -> Option<String> {
        self.users_of(now, number).next().map(|object| object.id.clone())
    }

    /// The objects that hold this one, so that it cannot be deleted.
    pub fn users_of(&self, now: u64, number: u64) -> impl Iterator<Item = &Object> {
        self.objects.values().filter(move |object| object.uses(now) && object.number != number).filter(
            move |object| {
                let Some(spec) = self.registry.get(&object.type_name) else { return false };
                self.references(now, spec, object.properties(), true).contains(&number)
            },
        )
    }

    /// The objects that properties refer to by id, name or ARN.
    fn references(&self, now: u64, spec: &TypeSpec, properties: &Map, holding: bool) -> BTreeSet<u64> {
        let mut found = BTreeSet::new();
        for property in spec.properties.iter().filter(|property| !names(spec, property.name)) {
            // What can be changed in place does not hold its target, unless its type says how it lets go.
            let holds = |to: &Object| match self.holds {
                true => property.letting_of(&to.type_name) != LetsGo::Free,
                false => property.effect == Effect::Replace,
            };
            let Some(value) = properties.get(property.name) else { continue };
            each_text(value, &mut |text| {
                let numbers = self.known_as.get(text).into_iter().flatten().copied();
                let meant = numbers.filter(|number| {
                    let object = &self.objects[number];
                    let means = !self.borrows(*number, text) && !self.is_a_word(*number, property, text);
                    object.exists(now) && means && (!holding || holds(object))
                });
                found.extend(meant);
            });
        }
        found
    }

    /// Refuses what AWS allows once and another one has: names, ranges, places, entry by entry.
    pub(super) fn demand_free(
        &self,
        now: u64,
        spec: &TypeSpec,
        region: &str,
        properties: &Map,
        own: Option<u64>,
    ) -> Result<(), (FailureClass, String)> {
        let key = key_of(spec, properties);
        for object in self.objects.values().filter(|object| object.type_name == spec.name) {
            if !object.exists(now) || object.adopted || Some(object.number) == own {
                continue;
            }
            let near = |set: &[&str]| object.region == region || spec.scope(set) > Scope::Region;
            let named = own.is_none()
                && object.region == region
                && key.as_ref().is_some_and(|key| key_of(spec, object.properties()).as_ref() == Some(key));
            let claimed = || {
                let mut sets = spec.exclusive.iter().filter(|set| near(set) && !only_orders(spec, set));
                sets.any(|set| shares(spec, set, properties, object.properties()))
            };
            if named || claimed() {
                return Err((FailureClass::Exists, format!("{} stands already", object.id)));
            }
        }
        Ok(())
    }

    /// Whether an entry of a parent goes under its parent's id: who says it means the parent.
    fn borrows(&self, number: u64, text: &str) -> bool {
        let object = &self.objects[&number];
        let child = self
            .registry
            .get(&object.type_name)
            .is_some_and(|spec| matches!(spec.identity, Identity::Child { .. }));
        let own = |value: &Value| value.as_text() == Some(text);
        child && object.properties().values().any(own)
    }

    /// Whether an object is called by what its type assumes, such as `default`, or by a name that means nothing
    /// at this place: a word that others use for something else.
    fn is_a_word(&self, number: u64, at: &Property, text: &str) -> bool {
        let object = &self.objects[&number];
        let spec = self.registry.get(&object.type_name);
        let Some((spec, Identity::Named { property })) = spec.map(|spec| (spec, spec.identity)) else {
            return false;
        };
        let assumed = spec.property(property).and_then(|property| property.default.as_ref());
        // A name is a reference where such names stand.
        let named = object.id == text && !text.starts_with("arn:");
        let takes = at.names.contains(&spec.name);
        assumed.and_then(Value::as_text) == Some(text) || (named && !takes)
    }

    /// Refuses a reference to what existed once and does not exist now.
    pub(super) fn demand_references(
        &self,
        now: u64,
        spec: &TypeSpec,
        properties: &Map,
    ) -> Result<(), (FailureClass, String)> {
        let mut missing = None;
        let mut unseen = None;
        for property in spec.properties.iter().filter(|property| !names(spec, property.name)) {
            let Some(value) = properties.get(property.name) else { continue };
            each_text(value, &mut |text| {
                let numbers: Vec<u64> = self.known_as.get(text).into_iter().flatten().copied().collect();
                if numbers.iter().all(|number| self.is_a_word(*number, property, text)) {
                    return;
                }
                if !numbers.iter().any(|number| {
                    // Its own kind is not what it refers to, but what it is called.
                    let object = &self.objects[number];
                    (object.exists(now) && !object.waiting) || object.type_name == spec.name
                }) {
                    missing = Some(text.to_owned());
                }
                if numbers.iter().map(|number| &self.objects[number]).any(|object| {
                    object.exists(now) && now < object.visible_at && object.type_name != spec.name
                }) {
                    unseen = Some(text.to_owned());
                }
            });
        }
        if let Some(id) = unseen {
            return Err((FailureClass::Absent, format!("{id} {UNSEEN}")));
        }
        missing.map_or(Ok(()), |id| Err((FailureClass::NotYet, format!("{id} does not exist"))))
    }
}

/// Whether a property says what the resource is called, and so refers to nothing.
pub(super) fn names(spec: &TypeSpec, property: &str) -> bool {
    let named = matches!(spec.identity, Identity::Named { property: own } if own == property);
    // A domain is the name of a zone, a certificate and an identity alike: to say it is no reference.
    let domain = spec.property(property).is_some_and(|property| property.equality == Equality::DnsName);
    named || domain || property == "tags" || spec.generated_name == Some(property)
}

/// What names a resource within account and region, where its type has such.
pub(super) fn key_of(spec: &TypeSpec, properties: &Map) -> Option<String> {
    let text = |name: &str| {
        properties.get(name).map(|value| match value {
            Value::Text(text) => text.clone(),
            other => other.masked().to_string(),
        })
    };
    match spec.identity {
        Identity::Minted { .. } => None,
        // Where a name is told apart by more, such as its scope, the id is too.
        Identity::Named { property } => {
            let wider = spec.exclusive.iter().find(|set| set.len() > 1 && set.contains(&property));
            let others = wider.into_iter().flat_map(|set| set.iter()).filter(|name| **name != property);
            let others: String =
                others.filter_map(|name| text(name)).map(|value| format!("|{value}")).collect();
            text(property).map(|name| format!("{name}{others}"))
        }
        Identity::Child { key } | Identity::Adopted { key } => {
            Some(key.iter().map(|name| text(name).unwrap_or_default()).collect::<Vec<_>>().join("|"))
        }
    }
}

/// Whether a set that no two may share is coarser than the key: most of its kind stand side by side, such
/// as the records of one name, and it says no more than what goes first.
fn only_orders(spec: &TypeSpec, set: &[&str]) -> bool {
    let Identity::Child { key } = spec.identity else { return false };
    set.len() < key.len() && set.iter().all(|name| key.contains(name))
}

/// Whether two sets of properties claim the same; of lists each entry is a claim.
#[must_use]
pub fn shares(spec: &TypeSpec, set: &[&str], a: &Map, b: &Map) -> bool {
    set.iter().all(|name| match (a.get(*name), b.get(*name)) {
        // Each entry is a claim of its own.
        (Some(Value::List(a)), Some(Value::List(b))) => a.iter().any(|item| b.contains(item)),
        (Some(a), Some(b)) if a.is_null() || b.is_null() => false,
        // A flag that is off claims nothing.
        (Some(Value::Bool(false)), _) | (_, Some(Value::Bool(false))) => false,
        (Some(a), Some(b)) if spec.property(name).is_some_and(|p| p.equality == Equality::RecordType) => {
            a == b || [a, b].iter().any(|kind| kind.as_text() == Some("CNAME"))
        }
        (Some(a), Some(b)) => same(spec.property(name).map_or(Equality::Exact, |p| p.equality), a, b),
        _ => false,
    })
}

/// Refuses to leave out what must not be left out.
pub(super) fn demand_rest(property: &Property, value: Option<&Value>) -> Result<(), (FailureClass, String)> {
    let empty = match value {
        None => true,
        Some(Value::List(items)) => items.is_empty(),
        Some(Value::Map(items)) => items.is_empty(),
        Some(_) => false,
    };
    let kept = matches!(property.lets_go, Some(LetsGo::Shrunk | LetsGo::Changed | LetsGo::Never));
    let refused = empty && kept && property.required;
    if refused {
        Err((FailureClass::Invalid, format!("{} must not be empty", property.name)))
    } else {
        Ok(())
    }
}
