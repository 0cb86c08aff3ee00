//! Other people's hands in the account.

use std::collections::BTreeSet;

use finsight_engine::contract::{OWNER_TAG, OwnerId, STACK_TAG};
use finsight_engine::schema::{Effect, Equality, Identity, Kind, TypeSpec};
use finsight_engine::value::{Map, Value};

use super::claims::{key_of, shares};
use super::object::Object;
use super::waits::WINDOW;
use super::{SimCloud, place};

/// What the keys of an auditor's tags begin with.
pub const AUDITS: &str = "audit:";
/// The key of an auditor's tag.
pub const AUDITED: &str = "audit:seen";

/// What someone else has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meddling {
    /// Deleted an object.
    Deleted(u64),
    /// Changed a property of an object.
    Changed(u64, String),
    /// Added a tag to an object.
    Tagged(u64),
    /// Made an object of their own.
    Made(u64),
}

impl SimCloud {
    /// Someone deletes an object, if nothing else uses it.
    pub fn someone_deletes(&mut self, now: u64, number: u64) -> Option<Meddling> {
        if self.objects.get(&number).is_none_or(|object| !object.stands() || object.adopted)
            || self.user_of(now, number).is_some()
        {
            return None;
        }
        let waits = self.registry.get(&self.objects[&number].type_name).is_some_and(|spec| spec.restorable);
        self.end(number, now, if waits { now + WINDOW } else { now });
        if let Some(object) = self.objects.get_mut(&number) {
            object.taken = true;
            object.waiting = waits;
        }
        Some(Meddling::Deleted(number))
    }

    /// Someone sets a property of an object.
    pub fn someone_sets(&mut self, now: u64, number: u64, name: &str, value: Value) -> Option<Meddling> {
        let object = self.objects.get_mut(&number).filter(|object| object.stands())?;
        let mut properties = object.properties().clone();
        properties.insert(name.to_owned(), value);
        object.versions.push((now, properties));
        Some(Meddling::Changed(number, name.to_owned()))
    }

    /// Someone changes the first property that can be changed in place, counting from `from`.
    pub fn someone_changes(&mut self, now: u64, number: u64, from: usize) -> Option<Meddling> {
        let registry = std::sync::Arc::clone(&self.registry);
        let object = self.objects.get(&number).filter(|object| object.stands())?;
        let spec = registry.get(&object.type_name)?;
        let count = spec.properties.len().max(1);
        let property = (0..count).map(|step| &spec.properties[(from + step) % count]).find(|property| {
            property.effect == Effect::Update
                && property.kind == Kind::Text
                && !property.write_only
                && !is_reference(object.properties().get(property.name))
        })?;
        let name = property.name;
        self.someone_sets(now, number, name, Value::text("meddled"))
    }

    /// Someone adds a tag to an object.
    pub fn someone_tags(&mut self, now: u64, number: u64) -> Option<Meddling> {
        let object = self.objects.get_mut(&number).filter(|object| object.stands())?;
        let mut properties = object.properties().clone();
        let Some(Value::Map(tags)) = properties.get_mut("tags") else { return None };
        tags.insert("meddled".to_owned(), Value::text("yes"));
        object.versions.push((now, properties));
        Some(Meddling::Tagged(number))
    }

    /// An auditor puts a tag on an object.
    pub fn someone_audits(&mut self, now: u64, number: u64) -> Option<Meddling> {
        let object = self.objects.get_mut(&number).filter(|object| object.stands())?;
        let mut properties = object.properties().clone();
        let Some(Value::Map(tags)) = properties.get_mut("tags") else { return None };
        tags.insert(AUDITED.to_owned(), Value::text("yes"));
        object.versions.push((now, properties));
        object.audited = true;
        Some(Meddling::Tagged(number))
    }

    /// Someone edits the owner tags of an object: to another stack's, or away.
    pub fn someone_retags(&mut self, now: u64, number: u64, stack: Option<&str>) -> Option<Meddling> {
        let object = self.objects.get_mut(&number).filter(|object| object.stands())?;
        let mut properties = object.properties().clone();
        let Some(Value::Map(tags)) = properties.get_mut("tags") else { return None };
        match stack {
            Some(stack) => tags.insert(STACK_TAG.to_owned(), Value::text(stack)),
            None => tags.remove(STACK_TAG).and(tags.remove(OWNER_TAG)),
        };
        object.versions.push((now, properties));
        object.retagged = true;
        Some(Meddling::Tagged(number))
    }

    /// Someone takes one entry out of a map of policies.
    pub fn someone_takes_out(&mut self, now: u64, number: u64) -> Option<Meddling> {
        let registry = std::sync::Arc::clone(&self.registry);
        let object = self.objects.get_mut(&number).filter(|object| object.stands())?;
        let spec = registry.get(&object.type_name)?;
        let property = spec.properties.iter().find(|p| p.equality == Equality::PolicyMap)?;
        let mut properties = object.properties().clone();
        let Some(Value::Map(policies)) = properties.get_mut(property.name) else { return None };
        policies.pop_first()?;
        object.versions.push((now, properties));
        Some(Meddling::Changed(number, property.name.to_owned()))
    }

    /// Someone puts a namesake of their own in the place of an object of ours.
    pub fn someone_replaces(&mut self, now: u64, number: u64) -> Option<u64> {
        let registry = std::sync::Arc::clone(&self.registry);
        let object = self.objects.get(&number)?.clone();
        let spec = registry.get(&object.type_name)?;
        if !matches!(spec.identity, Identity::Named { .. }) {
            return None;
        }
        self.someone_deletes(now, number)?;
        let mut properties = object.properties().clone();
        if spec.taggable() {
            properties.insert("tags".to_owned(), Value::Map(Map::new()));
        }
        // What waits for its deletion keeps the name.
        if let Some(old) = self.objects.get_mut(&number) {
            old.gone_at = Some(now);
            old.waiting = false;
        }
        self.someone_makes(now, spec, &object.region, properties)
    }

    /// Someone makes an object of their own, if its name is free.
    pub fn someone_makes(&mut self, now: u64, spec: &TypeSpec, region: &str, properties: Map) -> Option<u64> {
        let id = key_of(spec, &properties).unwrap_or_else(|| format!("foreign-{:06}", self.next + 1));
        self.someone_makes_as(now, spec, region, &id, properties)
    }

    /// The same, under this id.
    pub fn someone_makes_as(
        &mut self,
        now: u64,
        spec: &TypeSpec,
        region: &str,
        id: &str,
        mut properties: Map,
    ) -> Option<u64> {
        let region = place(spec, region);
        let key = key_of(spec, &properties);
        if matches!(spec.identity, Identity::Adopted { .. })
            || self.objects.values().any(|object| {
                object.type_name == spec.name
                    && object.exists(now)
                    && (key.is_some() && key_of(spec, object.properties()) == key
                        || spec
                            .exclusive
                            .iter()
                            .any(|set| shares(spec, set, &properties, object.properties())))
            })
        {
            return None;
        }
        self.fill(spec, id, &mut properties);
        let number = self.stand(now, spec, region, id, properties, None);
        if let Some(object) = self.objects.get_mut(&number) {
            object.sick = false;
            object.ready_at = now;
        }
        Some(number)
    }
}

impl SimCloud {
    /// What no engine can put right is put right: what is stuck goes on, and
    /// what others made and nobody imported goes.
    pub fn heal(&mut self, now: u64, imported: &BTreeSet<String>) {
        for object in self.objects.values_mut().filter(|object| object.stands() || object.waiting) {
            if object.ready_at == u64::MAX {
                object.ready_at = now;
            }
            object.split = false;
            object.undoing = None;
            if object.owner.is_none() && !object.adopted && !imported.contains(&object.id) {
                take(object, now);
            }
        }
        self.dark_until = 0;
        self.expired_until = 0;
    }

    /// What was let stand on purpose is taken away by hand.
    pub fn take_away(&mut self, now: u64, let_go: &BTreeSet<OwnerId>) {
        let gone = |object: &&mut Object| object.owner.as_ref().is_some_and(|owner| let_go.contains(owner));
        self.objects
            .values_mut()
            .filter(|object| object.stands())
            .filter(gone)
            .for_each(|object| take(object, now));
    }

    /// Owner tags that someone has edited are put right by hand.
    pub fn put_tags_right(&mut self, now: u64, stack: &str) {
        for object in self.objects.values_mut().filter(|object| object.stands() && object.retagged) {
            let Some(owner) = object.owner.clone() else { continue };
            object.retagged = false;
            let mut properties = object.properties().clone();
            if let Some(Value::Map(tags)) = properties.get_mut("tags") {
                tags.insert(STACK_TAG.to_owned(), Value::text(stack));
                tags.insert(OWNER_TAG.to_owned(), Value::text(owner.as_str()));
            }
            object.versions.push((now, properties));
        }
    }
}

fn take(object: &mut Object, now: u64) {
    object.asked_at = Some(now);
    object.gone_at = Some(now);
    object.waiting = false;
    object.taken = true;
}

fn is_reference(value: Option<&Value>) -> bool {
    value.and_then(Value::as_text).is_some_and(|text| text.contains("-00") || text.starts_with("arn:"))
}
