//! Creating, configuring and deleting.

use std::collections::BTreeSet;

use finsight_engine::contract::{FailureClass, INSTEAD_OF, Live, OWNER_TAG, OwnerId, Reply};
use finsight_engine::schema::{Effect, Equality, Identity, Kind, TypeSpec};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use super::claims::{demand_rest, key_of, names};
use super::object::{Object, each_text, in_clear};
use super::waits::WINDOW;
use super::{ACCOUNT, Answer, Mutation, SimCloud, place};
use crate::rng::trait_of;

impl SimCloud {
    pub(super) fn create(
        &mut self,
        now: u64,
        urn: &Urn,
        spec: &TypeSpec,
        region: &str,
        owner: &OwnerId,
        inputs: &Map,
    ) -> Answer {
        let region = place(spec, region);
        let mut inputs = inputs.clone();
        let instead = inputs.remove(INSTEAD_OF);
        let Some(inputs) = self.accept(urn, spec, &inputs) else {
            return Err((FailureClass::Invalid, "a property holds what no call can carry".to_owned()));
        };
        if let Identity::Minted { token: true } = spec.identity
            && let Some(made) = self.objects.values().find(|object| object.owner.as_ref() == Some(owner))
        {
            return Ok(Reply::Created { id: made.id.clone() });
        }
        self.demand_references(now, spec, &inputs)?;
        if let Identity::Adopted { .. } = spec.identity {
            return Ok(self.adopt(now, urn, spec, region, owner, &inputs));
        }
        let key = key_of(spec, &inputs);
        let instead = instead.as_ref().and_then(Value::as_text);
        let old = instead.and_then(|id| self.number_of(now, spec.name, region, id));
        if let Some(user) = old.and_then(|old| self.user_of(now, old)) {
            return Err((FailureClass::Blocked, format!("{user} still uses what makes way")));
        }
        self.swap_out(old, Some(now));
        if let Err(taken) = self.demand_free(now, spec, region, &inputs, None) {
            self.swap_out(old, None);
            return Err(taken);
        }
        if let Some(old) = old {
            self.note(now, urn, "delete", old);
        }
        let id = self.mint(spec, key.as_deref());
        let mut properties = inputs;
        // Some settings have calls of their own: a create alone does not make them.
        properties.retain(|name, _| !needs_own_call(spec, name));
        let sent: BTreeSet<String> = properties.keys().cloned().collect();
        self.fill(spec, &id, &mut properties);
        let number = self.stand(now, spec, region, &id, properties, Some(owner.clone()));
        self.afflict(now, spec, number, sent);
        self.note(now, urn, "create", number);
        Ok(Reply::Created { id })
    }

    /// The end of what makes way in the call that makes its successor.
    fn swap_out(&mut self, old: Option<u64>, gone_at: Option<u64>) {
        if let Some(object) = old.and_then(|number| self.objects.get_mut(&number)) {
            (object.asked_at, object.gone_at) = (gone_at, gone_at);
        }
    }

    fn adopt(
        &mut self,
        now: u64,
        urn: &Urn,
        spec: &TypeSpec,
        region: &str,
        owner: &OwnerId,
        inputs: &Map,
    ) -> Reply {
        let id = format!("{}-of-{}", short(spec), key_of(spec, inputs).unwrap_or_default());
        let number = match self.number_of(now, spec.name, region, &id) {
            Some(number) => number,
            None => {
                let Identity::Adopted { key } = spec.identity else { return Reply::Created { id } };
                let mut properties = inputs.clone();
                properties.retain(|name, _| key.contains(&name.as_str()));
                self.fill(spec, &id, &mut properties);
                let number = self.stand(now, spec, region, &id, properties, None);
                if let Some(object) = self.objects.get_mut(&number) {
                    object.adopted = true;
                    object.sick = false;
                    object.ready_at = now;
                }
                number
            }
        };
        if let Some(object) = self.objects.get_mut(&number) {
            object.owner = Some(owner.clone());
            // What no read shows is said when it is taken on.
            let mut properties = object.properties().clone();
            let said = |name: &str| spec.property(name).is_some_and(|p| p.write_only);
            properties
                .extend(inputs.iter().filter(|(name, _)| said(name)).map(|(n, v)| (n.clone(), v.clone())));
            if *object.properties() != properties {
                object.versions.push((now, properties));
            }
        }
        self.note(now, urn, "create", number);
        Reply::Created { id }
    }

    /// Takes off what a read has left of the parts that differ: all of it is of another hand.
    pub(super) fn take_off(
        &mut self,
        now: u64,
        spec: &TypeSpec,
        region: &str,
        live: &Live,
        differing: &[String],
    ) {
        for property in
            spec.properties.iter().filter(|property| differing.iter().any(|name| name == property.name))
        {
            let (Some(part), Some(Value::List(ids))) = (property.parts, live.properties.get(property.name))
            else {
                continue;
            };
            for id in ids.iter().filter_map(Value::as_text) {
                if let Some(number) = self.number_of(now, part, region, id) {
                    self.end(number, now, now);
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn converge(
        &mut self,
        now: u64,
        urn: &Urn,
        spec: &TypeSpec,
        region: &str,
        id: &str,
        live: &Map,
        desired: &Map,
        differing: &[String],
    ) -> Answer {
        let Some(desired) = self.accept(urn, spec, desired) else {
            return Err((FailureClass::Invalid, "a property holds what no call can carry".to_owned()));
        };
        let Some(number) = self.number_of(now, spec.name, place(spec, region), id) else {
            return Err((FailureClass::Absent, format!("{id} does not exist")));
        };
        self.demand_references(now, spec, &desired)?;
        let one_at_a_time = trait_of(spec.name).is_multiple_of(2);
        let mut applied = Vec::new();
        let mut properties = self.objects[&number].properties().clone();
        let mut carried = 0;
        let mut sent = BTreeSet::new();
        for name in differing {
            let Some(property) = spec.property(name) else { continue };
            // No API changes what only a replacement can change, but to what it may be given up for.
            let wanted = desired.get(name).and_then(Value::as_text);
            let eased = property.eased.is_some() && wanted == property.eased;
            if (property.effect == Effect::Replace && !eased) || (one_at_a_time && carried > 0) {
                continue;
            }
            carried += 1;
            sent.insert(name.clone());
            let value = desired.get(name).filter(|value| !value.is_null());
            demand_rest(property, value)?;
            match value {
                None => properties.remove(name),
                Some(value) if name == "tags" => {
                    let tags = tags_after(properties.get(name), live.get(name), value);
                    properties.insert(name.clone(), tags)
                }
                Some(value) => properties.insert(name.clone(), value.clone()),
            };
            if property.write_only {
                applied.push(name.clone());
            }
        }
        self.fill(spec, id, &mut properties);
        self.demand_free(now, spec, place(spec, region), &properties, Some(number))?;
        if let Some(object) = self.objects.get_mut(&number) {
            if let Some((one, other)) = object.undoing {
                // Each of the two settings takes the other back to what it was at first.
                let undone =
                    if sent.contains(one) { Some(other) } else { sent.contains(other).then_some(one) };
                let first = object.versions.first().map(|(_, first)| first.clone()).unwrap_or_default();
                if let Some(name) = undone {
                    match first.get(name) {
                        Some(value) => properties.insert(name.to_owned(), value.clone()),
                        None => properties.remove(name),
                    };
                }
            }
            object.sent.extend(sent);
            let marked = |map: &Map| map.get("tags")?.as_map()?.get(OWNER_TAG)?.as_text().map(str::to_owned);
            if let (true, Some(owner)) = (spec.restorable && object.owner.is_some(), marked(&properties)) {
                object.owner = Some(OwnerId(owner));
            }
            if object.properties() != &properties {
                object.versions.push((now, properties));
            }
        }
        self.note(now, urn, "converge", number);
        Ok(Reply::Converged { applied })
    }

    pub(super) fn delete(&mut self, now: u64, urn: &Urn, spec: &TypeSpec, region: &str, id: &str) -> Answer {
        let Some(number) = self.number_of(now, spec.name, place(spec, region), id) else {
            return Ok(Reply::Gone);
        };
        if self.objects[&number].adopted {
            self.note(now, urn, "delete", number);
            return Ok(Reply::Gone);
        }
        if self.objects[&number].waiting {
            return Ok(Reply::Gone);
        }
        if !self.objects[&number].stands() {
            return Ok(Reply::Deleting);
        }
        if let Some(user) = self.user_of(now, number) {
            return Err((FailureClass::Blocked, format!("{user} still uses {id}")));
        }
        let guards = |name: &str| spec.property(name).is_some_and(|property| property.guards);
        let properties = self.objects[&number].properties();
        if let Some((name, _)) =
            properties.iter().find(|(name, on)| guards(name) && **on == Value::Bool(true))
        {
            return Err((FailureClass::Invalid, format!("{id} cannot be deleted: its {name} is on")));
        }
        self.note(now, urn, "delete", number);
        if spec.waits(self.objects[&number].properties()) {
            self.end(number, now, now + WINDOW);
            if let Some(object) = self.objects.get_mut(&number) {
                object.waiting = true;
            }
            return Ok(Reply::Gone);
        }
        let slow = self.rng.chance(self.knobs.slow);
        let wait = if slow { 1 + self.rng.below(spec.timing.delete.max(1)) } else { 0 };
        self.end(number, now, now + wait);
        Ok(if wait == 0 { Reply::Gone } else { Reply::Deleting })
    }

    /// Ends an object, and what AWS made with it.
    pub(super) fn end(&mut self, number: u64, now: u64, at: u64) {
        let Some(object) = self.objects.get_mut(&number) else { return };
        object.asked_at = Some(now);
        object.gone_at = Some(at);
        let id = object.id.clone();
        for other in self.objects.values_mut().filter(|other| other.adopted && other.stands()) {
            let mut hangs = false;
            other.properties().values().for_each(|value| each_text(value, &mut |text| hangs |= text == id));
            if hangs {
                other.asked_at = Some(now);
                other.gone_at = Some(at);
                other.taken = true;
            }
        }
    }

    /// The inputs in clear; `None`, and an offence on record, where they cannot be sent.
    fn accept(&mut self, urn: &Urn, spec: &TypeSpec, inputs: &Map) -> Option<Map> {
        let mut clear = Map::new();
        for (name, value) in inputs {
            let Some(value) = in_clear(value) else {
                self.offences.push(format!("{urn}: property {name} was sent unknown or sealed"));
                return None;
            };
            if spec.property(name).is_none() {
                self.offences.push(format!("{urn}: property {name} was sent, which the type does not have"));
            }
            if !value.is_null() {
                clear.insert(name.clone(), value);
            }
        }
        Some(clear)
    }

    /// What AWS assumes, or chooses, where a property is not set.
    pub(super) fn fill(&self, spec: &TypeSpec, id: &str, properties: &mut Map) {
        spec.fill_defaults(properties);
        for property in spec.properties.iter().filter(|p| p.default.is_none() && !p.required && !p.write_only)
        {
            let chooses = property.kind == finsight_engine::schema::Kind::Text
                && property.equality == Equality::Exact
                && trait_of(property.name).is_multiple_of(2);
            if chooses && !properties.contains_key(property.name) {
                properties.insert(property.name.to_owned(), Value::text(format!("chosen-for-{id}")));
            }
        }
    }

    fn mint(&mut self, spec: &TypeSpec, key: Option<&str>) -> String {
        match key {
            Some(key) => key.to_owned(),
            None => format!("{}-{:06}", short(spec), self.next + 1),
        }
    }

    pub(super) fn stand(
        &mut self,
        now: u64,
        spec: &TypeSpec,
        region: &str,
        id: &str,
        properties: Map,
        owner: Option<OwnerId>,
    ) -> u64 {
        self.next += 1;
        let slow = spec.pending && self.rng.chance(self.knobs.slow);
        let stuck = spec.pending && self.rng.chance(self.knobs.stuck);
        let wait = if slow { self.rng.below(spec.timing.create.max(1)) } else { 0 };
        let sick = self.rng.chance(self.knobs.sick);
        let service = spec.name.split(':').nth(1).unwrap_or_default();
        let outputs: Map = spec
            .outputs
            .iter()
            .map(|output| {
                let value = match output.name {
                    "arn" => {
                        Value::Text(format!("arn:aws:{service}:{region}:{ACCOUNT}:{}/{id}", short(spec)))
                    }
                    name => output_of(name, id),
                };
                (output.name.to_owned(), value)
            })
            .collect();
        self.known_as.entry(id.to_owned()).or_default().push(self.next);
        if let Some(Value::Text(arn)) = outputs.get("arn") {
            self.known_as.entry(arn.clone()).or_default().push(self.next);
        }
        let object = Object {
            number: self.next,
            type_name: spec.name.to_owned(),
            region: region.to_owned(),
            id: id.to_owned(),
            versions: vec![(now, properties)],
            outputs,
            owner,
            created: now,
            lag: spec.timing.lag,
            ready_at: if stuck { u64::MAX } else { now + wait },
            sick,
            asked_at: None,
            gone_at: None,
            adopted: false,
            taken: false,
            visible_at: 0,
            waiting: false,
            sent: BTreeSet::new(),
            split: false,
            undoing: None,
            retagged: false,
            audited: false,
        };
        self.objects.insert(self.next, object);
        self.next
    }

    /// Gives what we made the traits of the knobs.
    fn afflict(&mut self, now: u64, spec: &TypeSpec, number: u64, sent: BTreeSet<String>) {
        let unseen = self.rng.chance(self.knobs.unseen);
        let hidden = if unseen { self.rng.below(spec.timing.lag + 1) } else { 0 };
        let split = self.rng.chance(self.knobs.split);
        let undoing = self.rng.chance(self.knobs.undoing);
        let Some(object) = self.objects.get_mut(&number) else { return };
        object.sent = sent;
        object.visible_at = now + hidden;
        object.split = split;
        let settings: Vec<&'static str> = spec
            .properties
            .iter()
            .filter(|p| p.effect != Effect::Replace && !p.required && !p.write_only && p.kind == Kind::Text)
            .map(|property| property.name)
            .collect();
        if let ([one, other, ..], true) = (settings.as_slice(), undoing) {
            object.undoing = Some((one, other));
        }
    }

    pub(super) fn note(&mut self, at: u64, urn: &Urn, what: &'static str, object: u64) {
        let owner = self.objects.get(&object).and_then(|object| object.owner.clone());
        self.log.push(Mutation { at, urn: urn.clone(), what, object, owner });
    }
}

/// An output that AWS mints: a text, but for those that programs take apart.
fn output_of(name: &str, id: &str) -> Value {
    let text = |at: usize, of: &str| Value::Text(format!("{name}-{at}-{of}-of-{id}"));
    match name {
        "name_servers" | "dkim_tokens" => Value::List((0..4).map(|at| text(at, "item")).collect()),
        // More than any program asks for, each with another name.
        _ if name.ends_with("_records") => {
            let entry = |at, key: &str| (key.to_owned(), text(at, key));
            let record = |at| Map::from(["name", "type", "value", "domain_name"].map(|key| entry(at, key)));
            Value::List((0..8).map(|at| Value::Map(record(at))).collect())
        }
        _ => Value::Text(format!("{name}-of-{id}")),
    }
}

/// Whether a setting is made by a call of its own, after the create: a trait of the type.
fn needs_own_call(spec: &TypeSpec, name: &str) -> bool {
    spec.property(name).is_some_and(|property| {
        !property.required
            && !property.write_only
            && property.effect != Effect::Replace
            && !names(spec, name)
            && trait_of(&format!("{}.{name}", spec.name)).is_multiple_of(3)
    })
}

fn short(spec: &TypeSpec) -> String {
    spec.name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase()
}

/// Tags after the calls that set what is wanted and take off what else was read: each names its keys.
fn tags_after(standing: Option<&Value>, read: Option<&Value>, wanted: &Value) -> Value {
    let (Some(Value::Map(standing)), Value::Map(wanted)) = (standing, wanted) else { return wanted.clone() };
    let was_read = |key: &String| read.and_then(Value::as_map).is_some_and(|read| read.contains_key(key));
    let stay = standing.iter().filter(|(key, _)| !was_read(key));
    Value::Map(stay.chain(wanted).map(|(key, value)| (key.clone(), value.clone())).collect())
}
