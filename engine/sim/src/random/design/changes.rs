//! How a program changes from one version to the next, whatever the hardships.

use std::collections::BTreeSet;

use finsight_engine::program::Options;
use finsight_engine::schema::Effect;

use super::{Choice, Design, Item, VARIANTS, urn_of};
use crate::hardship::Hardship;
use crate::rng::Rng;

/// What several records of other kinds can have.
const NAME: &str = "sim:net:Name";

impl Design {
    pub(super) fn add(&mut self, rng: &mut Rng) {
        // Where something is missing, try another type.
        for _ in 0..6 {
            if let Some(item) = self.any_type(rng).and_then(|spec| self.made(&spec, rng)) {
                self.next += 1;
                self.items.insert(self.next, item);
                return;
            }
        }
    }

    /// Takes out an item and what refers to it.
    pub(super) fn remove(&mut self, rng: &mut Rng) {
        let Some(number) = self.any_item(rng) else { return };
        self.take_out(BTreeSet::from([number]));
    }

    pub(super) fn vary(&mut self, rng: &mut Rng) {
        let Some(number) = self.any_item(rng) else { return };
        let Some(spec) = self.spec_of(number) else { return };
        let names: Vec<&'static str> = self.items[&number].choices.keys().copied().collect();
        let Some(name) = rng.pick(&names).copied() else { return };
        if let Some(choice) = self.choice(&spec, name, number, rng)
            && let Some(item) = self.items.get_mut(&number)
        {
            item.choices.insert(name, choice);
        }
    }

    /// Sets an optional property, or takes it away.
    pub(super) fn toggle(&mut self, rng: &mut Rng) {
        let Some(number) = self.any_item(rng) else { return };
        let Some(spec) = self.spec_of(number) else { return };
        let optional: Vec<&'static str> =
            spec.properties.iter().filter(|p| !p.required).map(|p| p.name).collect();
        let Some(name) = rng.pick(&optional).copied() else { return };
        let choice = self.choice(&spec, name, number, rng);
        let Some(item) = self.items.get_mut(&number) else { return };
        if item.choices.remove(name).is_none()
            && let Some(choice) = choice
        {
            item.choices.insert(name, choice);
        }
    }

    /// Two items of a type swap a property: names and ranges among them.
    pub(super) fn swap(&mut self, rng: &mut Rng) {
        let Some(a) = self.any_item(rng) else { return };
        let type_name = self.items[&a].type_name;
        let others: Vec<u32> = self
            .items
            .iter()
            .filter(|(b, item)| **b != a && item.type_name == type_name)
            .map(|(b, _)| *b)
            .collect();
        let Some(b) = rng.pick(&others).copied() else { return };
        let names: Vec<&'static str> = self.items[&a].choices.keys().copied().collect();
        let Some(name) = rng.pick(&names).copied() else { return };
        // Not set any more, a name stays with who has it: the other could never get it.
        if self.spec_of(a).is_some_and(|spec| spec.generated_name == Some(name)) {
            return;
        }
        let (Some(of_a), Some(of_b)) =
            (self.items[&a].choices.get(name).cloned(), self.items[&b].choices.get(name).cloned())
        else {
            return;
        };
        let older = |choice: &Choice, than: u32| choice.items().all(|item| item < than);
        if older(&of_a, b) && older(&of_b, a) {
            for (number, choice) in [(a, of_b), (b, of_a)] {
                if let Some(item) = self.items.get_mut(&number) {
                    item.choices.insert(name, choice);
                }
            }
        }
    }

    pub(super) fn rename(&mut self, rng: &mut Rng) {
        let Some(number) = self.any_item(rng) else { return };
        let moves = rng.chance(700);
        let suffix = rng.below(1000);
        let named = |item: &Item| item.name == format!("i{number}-{suffix}");
        if self.items.get(&number).is_some_and(named) {
            return;
        }
        if let Some(item) = self.items.get_mut(&number) {
            let from = urn_of(item);
            item.name = format!("i{number}-{suffix}");
            // What was imported under an earlier name is on record there: no other way leads to it.
            let mut former = std::mem::take(&mut item.options.moved_from);
            former.retain(|_| item.options.import_id.is_some());
            former.extend(from);
            item.options.moved_from = if moves { former } else { Vec::new() };
            // What stands under the old name is on record: it is not imported under a new one.
            if !moves {
                item.options.import_id = None;
            }
        }
    }

    /// A record of another kind comes to stand under the name of one, or one that stands takes its name.
    pub(super) fn share(&mut self, rng: &mut Rng) {
        let names: Vec<u32> =
            self.items.iter().filter(|(_, item)| item.type_name == NAME).map(|(n, _)| *n).collect();
        let Some(first) = rng.pick(&names).copied() else { return };
        let others: Vec<u32> = names.into_iter().filter(|number| *number > first).collect();
        let number = match rng.pick(&others).copied().filter(|_| rng.chance(500)) {
            Some(number) => number,
            None => {
                self.next += 1;
                let item = Item {
                    name: format!("i{}", self.next),
                    options: Options::default(),
                    ..self.items[&first].clone()
                };
                self.items.insert(self.next, item);
                self.next
            }
        };
        let of_first = self.items[&first].choices.clone();
        let variant = rng.below(VARIANTS);
        if let Some(item) = self.items.get_mut(&number) {
            item.choices
                .extend(of_first.into_iter().filter(|(name, _)| *name == "parent_id" || *name == "label"));
            item.choices.insert("kind", Choice::Literal { item: number, variant });
        }
    }

    /// A new item takes the place of an old one, names and all.
    pub(super) fn succeed(&mut self, rng: &mut Rng) {
        let Some(number) = self.any_item(rng) else { return };
        if self.is_used(number) {
            return;
        }
        if let Some(mut item) = self.items.remove(&number) {
            self.next += 1;
            item.name = format!("i{}", self.next);
            item.options = Options::default();
            self.items.insert(self.next, item);
        }
    }

    pub(super) fn depend(&mut self, rng: &mut Rng) {
        let (Some(a), Some(b)) = (self.any_item(rng), self.any_item(rng)) else { return };
        if let Some(item) = self.items.get_mut(&a.max(b))
            && a != b
            && !item.depends_on.remove(&a.min(b))
        {
            item.depends_on.insert(a.min(b));
        }
    }

    pub(super) fn option(&mut self, rng: &mut Rng) {
        let Some(number) = self.any_item(rng) else { return };
        let Some(spec) = self.spec_of(number) else { return };
        let what = rng.below(6);
        let plain: Vec<&'static str> = spec
            .properties
            .iter()
            .filter(|p| {
                p.effect == Effect::Update && !p.required && self.vocabulary.link(spec.name, p.name).is_none()
            })
            .map(|p| p.name)
            .collect();
        let name = rng.pick(&plain).map(|name| (*name).to_owned());
        // What is retained must not hold what is deleted, nor a name that is wanted again.
        let any = self.vocabulary.holds(Hardship::Retained);
        let free = any || spec.claims().next().is_none();
        let Some(item) = self.items.get_mut(&number) else { return };
        let refers = !any && item.choices.values().any(|choice| matches!(choice, Choice::Refers { .. }));
        let options = &mut item.options;
        match what {
            0 => options.protect = !options.protect,
            1 if free && !refers => options.retain_on_delete = !options.retain_on_delete,
            2 => options.delete_before_replace = !options.delete_before_replace,
            3 if options.ignore_changes.is_empty() => options.ignore_changes.extend(name),
            4 if options.replace_on_changes.is_empty() => options.replace_on_changes.extend(name),
            _ => {
                options.ignore_changes.clear();
                options.replace_on_changes.clear();
            }
        }
    }
}
