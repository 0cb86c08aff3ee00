//! The changes of a program that hardships bring along, and what a user takes back.

use std::collections::BTreeSet;

use finsight_engine::program::Options;
use finsight_engine::schema::{Effect, Identity};
use finsight_engine::urn::Urn;

use super::{Choice, Design, Item, VARIANTS, urn_of};
use crate::hardship::Hardship;
use crate::rng::Rng;

/// From here on the items whose claims nobody has.
const FRESH: u32 = 500;

impl Design {
    pub(super) fn change_hard(&mut self, rng: &mut Rng) {
        let held: Vec<Hardship> = self.vocabulary.hardships.iter().copied().collect();
        match rng.pick(&held) {
            Some(Hardship::Decisions) => self.replace_what_is_kept(rng),
            Some(Hardship::Retained) => self.retain(rng),
            Some(Hardship::Ignored) => self.add_ignoring(rng),
            Some(Hardship::Claims) => self.hand_over(rng),
            Some(Hardship::Needless) => self.touch_what_is_pointed_to(rng),
            Some(Hardship::Twins) => self.twin(rng),
            Some(Hardship::Selections) => self.rename_what_is_used(rng),
            Some(Hardship::Users) => self.stand_on_two(rng),
            _ => {}
        }
    }

    pub(super) fn component(&self, rng: &mut Rng) -> &'static str {
        if self.vocabulary.holds(Hardship::Selections) && rng.chance(400) { "side" } else { "sim" }
    }

    /// Takes back what forbids changes, and what can be done once only but for what was `taken_in`.
    pub fn relax(&mut self, taken_in: &BTreeSet<String>) {
        let keeps = self.vocabulary.holds(Hardship::Imports);
        let free = self.vocabulary.holds(Hardship::Retained) || self.vocabulary.holds(Hardship::Decisions);
        for item in self.items.values_mut() {
            item.options.protect = false;
            item.options.retain_on_delete &= !free;
            let done = item.options.import_id.as_ref().is_some_and(|id| keeps && taken_in.contains(id));
            if !done {
                item.options.import_id = None;
            }
        }
        self.untwin();
    }

    /// Takes out what is what another item is, and what refers to it.
    pub fn untwin(&mut self) {
        let gone = std::mem::take(&mut self.twins);
        self.take_out(gone);
    }

    /// The program without these resources, and without what refers to them.
    #[must_use]
    pub fn without(&self, urns: &BTreeSet<Urn>) -> Self {
        let mut rest = self.clone();
        let named = |item: &Item| urn_of(item).is_some_and(|urn| urns.contains(&urn));
        rest.take_out(self.items.iter().filter(|(_, item)| named(item)).map(|(number, _)| *number).collect());
        rest
    }

    pub(super) fn take_out(&mut self, mut gone: BTreeSet<u32>) {
        // Items refer to older ones: one pass in order finds all.
        for (other, item) in &self.items {
            let refers = item.choices.values().any(|choice| choice.items().any(|item| gone.contains(&item)));
            if refers {
                gone.insert(*other);
            }
        }
        self.items.retain(|number, _| !gone.contains(number));
        for item in self.items.values_mut() {
            item.depends_on.retain(|number| !gone.contains(number));
        }
    }

    /// Gives claims that stand in each other's way values that nobody has.
    pub fn unclaim(&mut self) {
        let registry = std::sync::Arc::clone(&self.vocabulary.registry);
        for (number, item) in &mut self.items {
            let Some(spec) = registry.get(item.type_name) else { continue };
            for (name, choice) in &mut item.choices {
                let in_place = spec.property(name).is_some_and(|p| p.effect == Effect::Update);
                if in_place && spec.exclusive.iter().any(|set| set.contains(name)) {
                    *choice = Choice::Literal { item: number + FRESH, variant: 0 };
                }
            }
        }
    }

    /// The numbers of its resources.
    #[must_use]
    pub fn numbers(&self) -> Vec<u32> {
        self.items.keys().copied().collect()
    }

    /// The URNs of what others stand on.
    #[must_use]
    pub fn used(&self) -> Vec<Urn> {
        let used = self.items.iter().filter(|(number, _)| self.is_used(**number));
        used.filter_map(|(_, item)| urn_of(item)).collect()
    }

    /// The URN of a resource.
    #[must_use]
    pub fn urn(&self, number: u32) -> Option<Urn> {
        self.items.get(&number).and_then(urn_of)
    }

    /// The properties of a resource that only a replacement can change.
    #[must_use]
    pub fn replacing(&self, number: u32) -> Vec<&'static str> {
        let Some(spec) = self.spec_of(number) else { return Vec::new() };
        spec.properties.iter().filter(|p| p.effect == Effect::Replace).map(|property| property.name).collect()
    }

    /// The program with another value of a property; `None` where there is none.
    #[must_use]
    pub fn with_another(&self, number: u32, name: &str, rng: &mut Rng) -> Option<Self> {
        let spec = self.spec_of(number)?;
        let property = spec.property(name)?;
        let before = self.items.get(&number)?.choices.get(name).cloned();
        let other = (0..8).find_map(|_| {
            let choice = self.choice(&spec, property.name, number, rng)?;
            (Some(&choice) != before.as_ref()).then_some(choice)
        })?;
        let mut changed = self.clone();
        changed.items.get_mut(&number)?.choices.insert(property.name, other);
        changed.is_sound().then_some(changed)
    }

    /// The program with a resource under another name, which does not say which it had.
    #[must_use]
    pub fn renamed(&self, number: u32) -> Option<Self> {
        let mut changed = self.clone();
        let item = changed.items.get_mut(&number)?;
        item.name = format!("{}-renamed", item.name);
        item.options.moved_from.clear();
        item.options.import_id = None;
        Some(changed)
    }

    /// Draws at random what is retained and what is protected.
    pub fn draw_options(&mut self, rng: &mut Rng) {
        for item in self.items.values_mut() {
            item.options.retain_on_delete = rng.chance(300);
            item.options.protect = rng.chance(200);
        }
    }

    /// `retain_on_delete` comes or goes, together with a change that replaces.
    fn replace_what_is_kept(&mut self, rng: &mut Rng) {
        let Some(number) = self.any_item(rng) else { return };
        let Some(spec) = self.spec_of(number) else { return };
        let claimed = |name: &str| spec.claims().any(|set| set.contains(&name));
        let names: Vec<&'static str> = spec
            .properties
            .iter()
            .filter(|p| p.effect == Effect::Replace && self.vocabulary.link(spec.name, p.name).is_none())
            .filter(|p| self.items[&number].choices.contains_key(p.name))
            .map(|property| property.name)
            .collect();
        // What is let stand keeps its name: the new one has another.
        let Some(name) = names.iter().find(|name| claimed(name)).or_else(|| rng.pick(&names)).copied() else {
            return;
        };
        let variant = rng.below(VARIANTS);
        if let Some(item) = self.items.get_mut(&number) {
            item.options.retain_on_delete = rng.chance(700);
            item.choices.insert(name, Choice::Literal { item: number, variant });
        }
    }

    /// What stands on something else is retained or not, or goes with what it stands on.
    fn retain(&mut self, rng: &mut Rng) {
        let refers = |item: &Item| item.choices.values().any(|choice| choice.items().next().is_some());
        let holders: Vec<u32> =
            self.items.iter().filter(|(_, item)| refers(item)).map(|(number, _)| *number).collect();
        let Some(number) = rng.pick(&holders).copied().or_else(|| self.any_item(rng)) else { return };
        let kept = self.items[&number].options.retain_on_delete;
        if kept && rng.chance(500) {
            let under = self.items[&number].choices.values().flat_map(Choice::items).collect();
            self.take_out(under);
        } else if let Some(item) = self.items.get_mut(&number) {
            item.options.retain_on_delete = rng.chance(800);
        }
    }

    /// A new item that sets a property and ignores it from then on.
    fn add_ignoring(&mut self, rng: &mut Rng) {
        let Some(spec) = self.any_type(rng) else { return };
        let plain: Vec<&'static str> = spec
            .properties
            .iter()
            .filter(|p| p.effect == Effect::Update && !p.required && !p.shown && !p.told && p.name != "tags")
            .filter(|p| self.vocabulary.link(spec.name, p.name).is_none())
            .map(|property| property.name)
            .collect();
        let (Some(mut item), Some(name)) = (self.made(&spec, rng), rng.pick(&plain).copied()) else { return };
        self.next += 1;
        item.choices.insert(name, Choice::Literal { item: self.next, variant: rng.below(VARIANTS) });
        item.options.ignore_changes.push(name.to_owned());
        self.items.insert(self.next, item);
    }

    /// A site whose domain a record holds is changed: whether the domain changes with it is not known before.
    fn touch_what_is_pointed_to(&mut self, rng: &mut Rng) {
        let of = |design: &Self, name: &str| {
            let fits = design.items.iter().filter(|(_, item)| item.type_name == name);
            fits.map(|(number, _)| *number).collect::<Vec<u32>>()
        };
        for name in ["sim:edge:Site", "sim:edge:Record"] {
            let Some(spec) = self.vocabulary.registry.get(name).cloned() else { return };
            if of(self, name).is_empty()
                && let Some(item) = self.made(&spec, rng)
            {
                self.next += 1;
                self.items.insert(self.next, item);
                return;
            }
        }
        let Some(site) = rng.pick(&of(self, "sim:edge:Site")).copied() else { return };
        if let Some(item) = self.items.get_mut(&site) {
            item.choices.insert("note", Choice::Literal { item: site, variant: rng.below(VARIANTS) });
        }
    }

    /// A balancer stands on two members, or one of them has to go before its successor comes.
    fn stand_on_two(&mut self, rng: &mut Rng) {
        let of = |design: &Self, name: &str| {
            let fits = design.items.iter().filter(|(_, item)| item.type_name == name);
            fits.map(|(number, _)| *number).collect::<Vec<u32>>()
        };
        let two = |item: &Item| match item.choices.get("member_ids") {
            Some(Choice::Refers { item, also: Some(also), .. }) => Some([*item, *also]),
            _ => None,
        };
        if let Some(members) = self.items.values().find_map(two) {
            let Some(item) = rng.pick(&members).and_then(|member| self.items.get_mut(member)) else { return };
            item.options.delete_before_replace = true;
            return self.vary(rng);
        }
        for (name, enough) in [("sim:net:Parent", 1), ("sim:net:Member", 2), ("sim:app:Balancer", 1)] {
            let Some(spec) = self.vocabulary.registry.get(name).cloned() else { return };
            for _ in of(self, name).len()..enough {
                let Some(item) = self.made(&spec, rng) else { return };
                self.next += 1;
                self.items.insert(self.next, item);
            }
        }
        let (members, balancers) = (of(self, "sim:net:Member"), of(self, "sim:app:Balancer"));
        let Some(number) = balancers.last().copied() else { return };
        let older: Vec<u32> = members.into_iter().filter(|member| *member < number).collect();
        if let ([item, also, ..], Some(balancer)) = (older.as_slice(), self.items.get_mut(&number)) {
            let both = Choice::Refers { item: *item, also: Some(*also), output: "id" };
            balancer.choices.insert("member_ids", both);
        }
    }

    /// A claim that is changed in place goes from one item to another, or two swap theirs.
    fn hand_over(&mut self, rng: &mut Rng) {
        let Some(from) = self.any_item(rng) else { return };
        let Some(spec) = self.spec_of(from) else { return };
        let in_place = |name: &&str| spec.property(name).is_some_and(|p| p.effect == Effect::Update);
        let names: Vec<&'static str> = spec.exclusive.iter().flat_map(|set| set.iter().copied()).collect();
        let names: Vec<&'static str> = names.into_iter().filter(|name| in_place(name)).collect();
        let others: Vec<u32> = self
            .items
            .iter()
            .filter(|(number, item)| **number != from && item.type_name == spec.name)
            .map(|(number, _)| *number)
            .collect();
        let (Some(name), Some(to)) = (rng.pick(&names).copied(), rng.pick(&others).copied()) else { return };
        let Some(given) = self.items.get_mut(&from).and_then(|item| item.choices.remove(name)) else {
            return;
        };
        if let Some(item) = self.items.get_mut(&to) {
            let _ = item.choices.insert(name, given);
        }
    }

    /// A second item for what exists once.
    fn twin(&mut self, rng: &mut Rng) {
        let adopted = |name: &str| {
            let spec = self.vocabulary.registry.get(name);
            spec.is_some_and(|spec| matches!(spec.identity, Identity::Adopted { .. }))
        };
        let adopted: Vec<u32> = self
            .items
            .iter()
            .filter(|(_, item)| adopted(item.type_name))
            .map(|(number, _)| *number)
            .collect();
        let Some(mut item) = rng.pick(&adopted).map(|number| self.items[number].clone()) else { return };
        self.next += 1;
        item.name = format!("i{}", self.next);
        item.options = Options::default();
        self.items.insert(self.next, item);
        self.twins.insert(self.next);
    }

    /// A parent takes another name, and says which it had.
    fn rename_what_is_used(&mut self, rng: &mut Rng) {
        let used: Vec<u32> = self.items.keys().copied().filter(|number| self.is_used(*number)).collect();
        let suffix = rng.below(1000);
        let Some(number) = rng.pick(&used).copied() else { return };
        let name = format!("i{number}-{suffix}");
        if let Some(item) = self.items.get_mut(&number).filter(|item| item.name != name) {
            let from = urn_of(item);
            item.name = name;
            item.options.moved_from = from.into_iter().collect();
        }
    }
}
