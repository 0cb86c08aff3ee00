//! A random program, and how it changes from one version to the next.

mod hard;

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::graph::{Graph, Node};
use finsight_engine::program::Options;
use finsight_engine::schema::{Effect, Kind, TypeSpec};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use super::vocabulary::{Vocabulary, literal};
use crate::cloud::REGION;
use crate::hardship::Hardship;
use crate::kinds::reference;
use crate::rng::Rng;

/// What a property is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
    /// One of the type's literals, of this or another item.
    Literal { item: u32, variant: u64 },
    /// An output of another item.
    Refers { item: u32, also: Option<u32>, output: &'static str },
}

impl Choice {
    /// The items that it refers to.
    fn items(&self) -> impl Iterator<Item = u32> {
        let (item, also) = match self {
            Self::Literal { .. } => (None, None),
            Self::Refers { item, also, .. } => (Some(*item), *also),
        };
        item.into_iter().chain(also)
    }
}

#[derive(Debug, Clone)]
struct Item {
    name: String,
    component: &'static str,
    type_name: &'static str,
    choices: BTreeMap<&'static str, Choice>,
    options: Options,
    depends_on: BTreeSet<u32>,
}

/// A random program.
#[derive(Debug, Clone)]
pub struct Design {
    vocabulary: Vocabulary,
    items: BTreeMap<u32, Item>,
    next: u32,
    largest: usize,
    /// Items that are what another item is.
    twins: BTreeSet<u32>,
}

const VARIANTS: u64 = 3;

impl Design {
    /// An empty program of at most this many resources.
    #[must_use]
    pub fn new(vocabulary: Vocabulary, largest: usize) -> Self {
        Self { vocabulary, items: BTreeMap::new(), next: 1, largest, twins: BTreeSet::new() }
    }

    /// What it is made of.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Changes the program a little; what would be no sound program is not done.
    pub fn change(&mut self, rng: &mut Rng) {
        let before = self.clone();
        if !self.vocabulary.hardships.is_empty() && rng.chance(250) {
            self.change_hard(rng);
        }
        match rng.below(16) {
            0..=3 => self.add(rng),
            4 => self.remove(rng),
            5..=8 => self.vary(rng),
            9 => self.toggle(rng),
            10 => self.swap(rng),
            11 => self.rename(rng),
            12 => self.depend(rng),
            13 => self.succeed(rng),
            _ => self.option(rng),
        }
        if self.items.len() > self.largest || !self.is_sound() {
            let next = self.next;
            *self = before;
            self.next = next;
        }
    }

    /// Declares a resource that stands already; gives its properties.
    pub fn import(&mut self, rng: &mut Rng, id: &str) -> Option<(&'static str, Map)> {
        let spec = self.any_type(rng)?;
        let item = self.made(&spec, rng)?;
        let minted = matches!(spec.identity, finsight_engine::schema::Identity::Minted { .. });
        if !minted || item.choices.values().any(|choice| matches!(choice, Choice::Refers { .. })) {
            return None;
        }
        self.next += 1;
        let number = self.next;
        let options = Options { import_id: Some(id.to_owned()), ..Options::default() };
        self.items.insert(number, Item { options, ..item });
        let properties = self.inputs(number);
        Some((spec.name, properties))
    }

    /// The URNs of its resources, for selections.
    #[must_use]
    pub fn urns(&self) -> Vec<Urn> {
        self.items.values().filter_map(urn_of).collect()
    }

    /// The graph.
    #[must_use]
    pub fn graph(&self) -> Graph {
        let mut graph = Graph::new("dev", REGION);
        for (number, item) in &self.items {
            let Some(urn) = urn_of(item) else { continue };
            let mut options = item.options.clone();
            options.depends_on = item
                .depends_on
                .iter()
                .filter_map(|to| Some((urn_of(self.items.get(to)?)?, "it says so".to_owned())))
                .collect();
            let node = Node {
                urn: urn.clone(),
                inputs: self.inputs(*number),
                default_tags: BTreeMap::from([("component".to_owned(), "sim".to_owned())]),
                options,
                declared_at: "random".to_owned(),
            };
            // Names hold the item's number: none is taken.
            let _ = graph.add(node);
            if number % 3 == 0 {
                graph.outputs.insert(item.name.clone(), reference(&urn, "id"));
            }
        }
        graph
    }

    fn inputs(&self, number: u32) -> Map {
        let Some(item) = self.items.get(&number) else { return Map::new() };
        let Some(spec) = self.vocabulary.registry.get(item.type_name) else { return Map::new() };
        item.choices
            .iter()
            .filter_map(|(name, choice)| {
                let property = spec.property(name)?;
                let value = match choice {
                    Choice::Literal { item, variant } => literal(spec, property, *item, *variant),
                    Choice::Refers { item, also, output } => {
                        let refers = |item| Some(reference(&urn_of(self.items.get(&item)?)?, output));
                        let value = refers(*item)?;
                        match property.kind {
                            Kind::List => {
                                Value::List([value].into_iter().chain(also.and_then(refers)).collect())
                            }
                            Kind::Map => Value::Map(Map::from([("REFERENCE".to_owned(), value)])),
                            _ => value,
                        }
                    }
                };
                Some(((*name).to_owned(), value))
            })
            .collect()
    }

    fn any_type(&self, rng: &mut Rng) -> Option<TypeSpec> {
        let specs: Vec<&TypeSpec> = self.vocabulary.registry.iter().collect();
        rng.pick(&specs).map(|spec| (*spec).clone())
    }

    fn any_item(&self, rng: &mut Rng) -> Option<u32> {
        let numbers: Vec<u32> = self.items.keys().copied().collect();
        rng.pick(&numbers).copied()
    }

    fn add(&mut self, rng: &mut Rng) {
        // Where something is missing, try another type.
        for _ in 0..6 {
            if let Some(item) = self.any_type(rng).and_then(|spec| self.made(&spec, rng)) {
                self.next += 1;
                self.items.insert(self.next, item);
                return;
            }
        }
    }

    fn made(&self, spec: &TypeSpec, rng: &mut Rng) -> Option<Item> {
        let mut choices = BTreeMap::new();
        for property in &spec.properties {
            if !property.required && !rng.chance(450) {
                continue;
            }
            match self.choice(spec, property.name, self.next + 1, rng) {
                Some(choice) => {
                    choices.insert(property.name, choice);
                }
                None if property.required => return None,
                None => {}
            }
        }
        Some(Item {
            name: format!("i{}", self.next + 1),
            component: self.component(rng),
            type_name: spec.name,
            choices,
            options: Options::default(),
            depends_on: BTreeSet::new(),
        })
    }

    /// A value for a property of item `number`; references lead to older items alone.
    fn choice(&self, spec: &TypeSpec, property: &str, number: u32, rng: &mut Rng) -> Option<Choice> {
        if let Some(link) = self.vocabulary.link(spec.name, property) {
            let targets: Vec<u32> = self
                .items
                .iter()
                .filter(|(other, item)| item.type_name == link.to && **other < number)
                .map(|(other, _)| *other)
                .collect();
            let many = spec.property(property).is_some_and(|property| property.kind == Kind::List);
            let item = *rng.pick(&targets)?;
            let also = if many && rng.chance(600) { rng.pick(&targets).copied() } else { None };
            let also = also.filter(|other| *other != item);
            return Some(Choice::Refers { item, also, output: link.output });
        }
        Some(Choice::Literal { item: number, variant: rng.below(VARIANTS) })
    }

    /// Takes out an item and what refers to it.
    fn remove(&mut self, rng: &mut Rng) {
        let Some(number) = self.any_item(rng) else { return };
        self.take_out(BTreeSet::from([number]));
    }

    fn vary(&mut self, rng: &mut Rng) {
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
    fn toggle(&mut self, rng: &mut Rng) {
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
    fn swap(&mut self, rng: &mut Rng) {
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

    fn rename(&mut self, rng: &mut Rng) {
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
            item.options.moved_from = if moves { from.into_iter().collect() } else { Vec::new() };
            // What stands under the old name is on record: it is not imported under a new one.
            if !moves {
                item.options.import_id = None;
            }
        }
    }

    /// A new item takes the place of an old one, names and all.
    fn succeed(&mut self, rng: &mut Rng) {
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

    /// Whether another item refers to this one.
    fn is_used(&self, number: u32) -> bool {
        self.items.values().any(|item| {
            item.depends_on.contains(&number)
                || item.choices.values().any(|choice| choice.items().any(|item| item == number))
        })
    }

    fn depend(&mut self, rng: &mut Rng) {
        let (Some(a), Some(b)) = (self.any_item(rng), self.any_item(rng)) else { return };
        if let Some(item) = self.items.get_mut(&a.max(b))
            && a != b
            && !item.depends_on.remove(&a.min(b))
        {
            item.depends_on.insert(a.min(b));
        }
    }

    fn option(&mut self, rng: &mut Rng) {
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

    fn spec_of(&self, number: u32) -> Option<TypeSpec> {
        self.vocabulary.registry.get(self.items.get(&number)?.type_name).cloned()
    }

    /// No two items claim the same name, range or place.
    fn is_sound(&self) -> bool {
        let mut claims: BTreeSet<String> = BTreeSet::new();
        for (number, item) in &self.items {
            let Some(spec) = self.vocabulary.registry.get(item.type_name) else { return false };
            if self.twins.contains(number) {
                continue;
            }
            for set in spec.claims().collect::<BTreeSet<_>>() {
                let values: Vec<String> = set
                    .iter()
                    .filter_map(|name| {
                        let list = spec.property(name).is_some_and(|property| property.kind == Kind::List);
                        Some(match item.choices.get(name)? {
                            // Entries of one item's lists overlap.
                            Choice::Literal { item, .. } if list => format!("{name}={item}"),
                            choice => format!("{name}={choice:?}"),
                        })
                    })
                    .collect();
                if values.len() == set.len()
                    && !claims.insert(format!("{}{}", item.type_name, values.join(",")))
                {
                    return false;
                }
            }
        }
        true
    }
}

fn urn_of(item: &Item) -> Option<Urn> {
    Urn::new("dev", item.component, item.type_name, &item.name).ok()
}
