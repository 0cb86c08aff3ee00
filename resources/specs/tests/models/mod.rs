//! AWS's service models, and where in them the properties of a type are.

mod walk;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use finsight_engine::limits::Takes;
use finsight_engine::schema::TypeSpec;
use serde_json::Value;

use walk::Walk;

/// What AWS takes of a type's properties.
pub struct Theirs {
    /// The limits by path.
    pub limits: BTreeMap<String, Takes>,
    /// How many properties AWS has too.
    pub found: usize,
    /// Those that it does not.
    pub apart: Vec<&'static str>,
}

/// `models/places.txt`.
pub struct Places {
    types: BTreeMap<&'static str, Place>,
    models: BTreeMap<&'static str, Model>,
    used: RefCell<BTreeSet<(String, &'static str)>>,
}

struct Place {
    service: &'static str,
    /// Structures in which properties are looked for by name.
    roots: Vec<&'static str>,
    /// Where else AWS has a path; `None` where the type has no such member.
    paths: BTreeMap<&'static str, Option<&'static str>>,
}

/// The model of a service.
pub struct Model {
    operations: Value,
    shapes: &'static serde_json::Map<String, Value>,
    /// Structures that can hold themselves.
    recursive: BTreeSet<&'static str>,
}

/// `DBInstanceIdentifier` and `db_instance_identifier` are one.
pub fn plain(name: &str) -> String {
    name.replace('_', "").to_ascii_lowercase()
}

fn folder(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

impl Model {
    fn read(service: &str) -> Self {
        let path = folder("../local/models").join(format!("{service}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let mut model: Value = serde_json::from_str(&text).expect("JSON");
        let operations = model["operations"].take();
        let shapes: &'static Value = Box::leak(Box::new(model["shapes"].take()));
        let shapes = shapes.as_object().expect("shapes");
        let mut model = Self { operations, shapes, recursive: BTreeSet::new() };
        model.recursive = shapes.keys().map(String::as_str).filter(|name| model.holds_itself(name)).collect();
        model
    }

    pub fn shape(&self, name: &str) -> &'static Value {
        &self.shapes[name]
    }

    /// Whether it is a structure that can hold itself.
    pub fn is_recursive(&self, name: &str) -> bool {
        self.recursive.contains(name)
    }

    fn holds_itself(&self, name: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = self.parts(name);
        while let Some(part) = open.pop() {
            if part == name {
                return self.shape(name)["type"] == "structure";
            }
            if seen.insert(part) {
                open.extend(self.parts(part));
            }
        }
        false
    }

    fn parts(&self, name: &str) -> Vec<&'static str> {
        let shape = self.shape(name);
        let members = shape["members"].as_object().into_iter().flat_map(|members| members.values());
        let entries = [&shape["member"], &shape["value"]].into_iter().filter(|part| !part.is_null());
        members.chain(entries).filter_map(|part| part["of"].as_str()).collect()
    }

    /// What stands behind a list in a structure of its own, as CloudFront has them.
    pub fn without_envelope(&self, name: &'static str) -> &'static str {
        let inner = self.shape(name)["members"]["Items"]["of"].as_str();
        inner.map_or(name, |inner| self.without_envelope(inner))
    }

    /// The member of a structure with this name, or the entries of a list or map.
    fn step(&self, name: &'static str, part: &str) -> Option<&'static str> {
        if part == "*" {
            let shape = self.shape(self.without_envelope(name));
            return shape["member"]["of"].as_str().or_else(|| shape["value"]["of"].as_str());
        }
        let members = self.shape(name)["members"].as_object()?;
        let found = members.iter().find(|(member, _)| plain(member) == plain(part));
        found.and_then(|(_, member)| member["of"].as_str())
    }

    /// The shape at `CreateThing.Member.*`.
    fn at(&self, place: &str) -> &'static str {
        let (operation, members) = place.split_once('.').unwrap_or((place, ""));
        let input = self.operations[operation]["input"].as_str();
        let input = input.unwrap_or_else(|| panic!("no operation {operation}"));
        let known = self.shapes.keys().find(|name| *name == input).expect("the shape of an input");
        members.split('.').filter(|part| !part.is_empty()).fold(known.as_str(), |at, part| {
            self.step(at, part).unwrap_or_else(|| panic!("{place}: no {part} in {at}"))
        })
    }
}

impl Places {
    /// The file.
    pub fn read() -> Self {
        let mut types: BTreeMap<&'static str, Place> = BTreeMap::new();
        let mut last = "";
        for line in include_str!("places.txt").lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&'static str> = line.split_whitespace().collect();
            if line.starts_with(' ') {
                let [path, place] = words[..] else { panic!("{line}") };
                let place = Some(place).filter(|place| *place != "-");
                types.get_mut(last).expect("a type").paths.insert(path, place);
            } else if let [name, service, roots @ ..] = &words[..] {
                last = name;
                let place = Place { service, roots: roots.to_vec(), paths: BTreeMap::new() };
                types.insert(name, place);
            }
        }
        let services: BTreeSet<&'static str> = types.values().map(|place| place.service).collect();
        let models = services.into_iter().map(|service| (service, Model::read(service))).collect();
        Self { types, models, used: RefCell::default() }
    }

    /// What AWS takes of a type's properties.
    pub fn of(&self, spec: &TypeSpec) -> Theirs {
        let mut theirs = Theirs { limits: BTreeMap::new(), found: 0, apart: Vec::new() };
        let properties = spec.properties.iter().map(|property| property.name).filter(|name| *name != "tags");
        let Some(place) = self.types.get(spec.name) else {
            theirs.apart = properties.collect();
            return theirs;
        };
        let model = &self.models[place.service];
        let roots: Vec<&'static str> = place.roots.iter().map(|root| model.at(root)).collect();
        let service = spec.name.split(':').nth(1).unwrap_or_default();
        let mut walk = Walk::new(model, &place.paths, members(service));
        for property in properties {
            if place.paths.contains_key(property) {
                theirs.found += 1;
                continue;
            }
            match roots.iter().find_map(|root| model.step(root, property)) {
                Some(shape) => {
                    theirs.found += 1;
                    walk.look_into(shape, property.to_owned(), &[]);
                }
                None if walk.is_led_into(property) => theirs.found += 1,
                None => theirs.apart.push(property),
            }
        }
        for (path, place) in &place.paths {
            if let Some(place) = place {
                walk.look_into(model.at(place), (*path).to_owned(), &[]);
            }
        }
        let used = walk.used.iter().map(|path| (spec.name.to_owned(), *path));
        self.used.borrow_mut().extend(used);
        theirs.limits = walk.limits;
        theirs
    }

    /// Nothing in the file is without effect: members that a type is said not to have are there in AWS.
    pub fn all_of_use(&self) {
        let used = self.used.borrow();
        for (name, place) in &self.types {
            let left_out = place.paths.iter().filter(|(_, place)| place.is_none());
            let idle = left_out.filter(|(path, _)| !used.contains(&((*name).to_owned(), **path)));
            let idle: Vec<_> = idle.map(|(path, _)| path).collect();
            assert!(idle.is_empty(), "{name}: AWS has no {idle:?}");
        }
    }
}

/// The names of members that the builders of a service write, by their plain form: texts in quotes that are names, and
/// fields of parts.
fn members(service: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in std::fs::read_dir(folder("src").join(service)).expect("the specs of the service") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("a text");
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let mut rest = text.as_str();
        while let Some(at) = rest.find(is_part) {
            let length = rest[at..].find(|c| !is_part(c)).unwrap_or(rest.len() - at);
            let (before, name, after) = (&rest[..at], &rest[at..at + length], &rest[at + length..]);
            let quoted = before.ends_with('"') && after.starts_with('"');
            if quoted || after.starts_with(": ") {
                found.insert(plain(name), name.to_owned());
            }
            rest = after;
        }
    }
    found
}
