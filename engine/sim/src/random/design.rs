//! A random program, and how it changes from one version to the next.

mod changes;
mod hard;

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::graph::{Graph, Node};
use finsight_engine::program::Options;
use finsight_engine::schema::{Equality, Kind, TypeSpec};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use super::vocabulary::{Vocabulary, literal};
use crate::cloud::{AUDITS, REGION};
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
        match rng.below(18) {
            0..=3 => self.add(rng),
            4 => self.remove(rng),
            5..=8 => self.vary(rng),
            9 => self.toggle(rng),
            10 => self.swap(rng),
            11 => self.rename(rng),
            12 => self.depend(rng),
            13 => self.succeed(rng),
            14 => self.share(rng),
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
            if self.vocabulary.holds(Hardship::Auditors) {
                options.ignore_tags.prefixes.insert(AUDITS.to_owned());
            }
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
        let settable = spec.property(property).is_none_or(|property| !property.shown && !property.told);
        settable.then(|| Choice::Literal { item: number, variant: rng.below(VARIANTS) })
    }

    /// Whether another item refers to this one.
    fn is_used(&self, number: u32) -> bool {
        self.items.values().any(|item| {
            item.depends_on.contains(&number)
                || item.choices.values().any(|choice| choice.items().any(|item| item == number))
        })
    }

    fn spec_of(&self, number: u32) -> Option<TypeSpec> {
        self.vocabulary.registry.get(self.items.get(&number)?.type_name).cloned()
    }

    /// No two items claim the same name, range or place.
    fn is_sound(&self) -> bool {
        let mut claims: BTreeSet<String> = BTreeSet::new();
        let mut kinds: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (number, item) in &self.items {
            let Some(spec) = self.vocabulary.registry.get(item.type_name) else { return false };
            if self.twins.contains(number) {
                continue;
            }
            for set in spec.claims().collect::<BTreeSet<_>>() {
                let kind =
                    set.iter().find(|name| of_kind(spec, name)).and_then(|name| item.choices.get(name));
                if let Some(Choice::Literal { item: of, variant }) = kind {
                    let rest = set.iter().filter(|name| !of_kind(spec, name));
                    let key = rest.map(|name| format!("{:?}", item.choices.get(name))).collect::<String>();
                    let property =
                        set.iter().find_map(|name| spec.property(name).filter(|_| of_kind(spec, name)));
                    let kind = property.map(|property| literal(spec, property, *of, *variant));
                    kinds.entry(format!("{}{key}", item.type_name)).or_default().extend(kind);
                    continue;
                }
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
        // Beside an alias nothing stands, and no two of one kind.
        kinds.values().all(|kinds| {
            let alias = kinds.iter().any(|kind| kind.as_text() == Some("CNAME"));
            let twice = |kind: &Value| kinds.iter().filter(|other| *other == kind).count() > 1;
            kinds.len() == 1 || !(alias || kinds.iter().any(twice))
        })
    }
}

fn of_kind(spec: &TypeSpec, name: &str) -> bool {
    spec.property(name).is_some_and(|property| property.equality == Equality::RecordType)
}

fn urn_of(item: &Item) -> Option<Urn> {
    Urn::new("dev", item.component, item.type_name, &item.name).ok()
}
