//! A type's fixture: what stands around it, a base, samples of its properties.

use std::collections::BTreeMap;
use std::path::PathBuf;

use finsight_engine::expr::Expr;
use finsight_engine::graph::{Graph, Node};
use finsight_engine::program::Options;
use finsight_engine::secret::Secret;
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};
use serde::Deserialize;
use serde_json::Value as Json;

pub const REGION: &str = "ap-northeast-1";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    #[serde(skip)]
    pub type_name: String,
    /// What must stand around it, each with its type, name and inputs.
    #[serde(default)]
    pub around: Vec<Around>,
    /// What it needs of that without a property that says so: `aws:ec2:VpcGatewayAttachment/main`.
    #[serde(default)]
    after: Vec<String>,
    /// Its inputs in every test.
    pub base: BTreeMap<String, Json>,
    /// Two values of each property.
    pub samples: BTreeMap<String, (Json, Json)>,
    /// Inputs that stand beside a property in its tests.
    #[serde(default)]
    pub with: BTreeMap<String, BTreeMap<String, Json>>,
    /// Inputs that stand beside a property's absence.
    #[serde(default)]
    pub without: BTreeMap<String, BTreeMap<String, Json>>,
    /// Properties that cannot be taken back, each with the reason.
    #[serde(default)]
    pub one_way: BTreeMap<String, String>,
    /// Properties that the embedded AWS cannot show, each with the reason.
    #[serde(default)]
    pub not_tested: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Around {
    #[serde(rename = "type")]
    type_name: String,
    name: String,
    #[serde(default)]
    inputs: BTreeMap<String, Json>,
    #[serde(default)]
    ignore_changes: Vec<String>,
    /// Where it is not in the stack's own region.
    #[serde(default)]
    region: Option<String>,
    /// What it needs without a property that says so.
    #[serde(default)]
    after: Vec<String>,
}

impl Fixture {
    pub fn of(type_name: &str) -> Self {
        let file = format!("{}.json", type_name.replace(':', "."));
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/handlers/fixtures").join(file);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut fixture: Self =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        fixture.type_name = type_name.to_owned();
        fixture
    }

    /// What stands around it, without it.
    pub fn surroundings(&self) -> Graph {
        let mut graph = Graph::new("test", REGION);
        for around in &self.around {
            let options = Options {
                ignore_changes: around.ignore_changes.clone(),
                region: around.region.clone(),
                depends_on: depends_on(&around.after),
                ..Options::default()
            };
            add(&mut graph, &around.type_name, &around.name, &around.inputs, options);
        }
        graph
    }

    /// With it, its base and these inputs; a null input takes one of the base away.
    pub fn graph(&self, inputs: &[(&str, Json)]) -> Graph {
        let mut graph = self.surroundings();
        let mut all = self.base.clone();
        for (name, value) in inputs {
            all.insert((*name).to_owned(), value.clone());
        }
        all.retain(|_, value| !value.is_null());
        let options = Options { depends_on: depends_on(&self.after), ..Options::default() };
        add(&mut graph, &self.type_name, "subject", &all, options);
        graph
    }

    /// The resource without a property.
    pub fn graph_without<'a>(&'a self, property: &'a str) -> Graph {
        let mut inputs = self.beside(property);
        inputs.push((property, Json::Null));
        let others = self.without.get(property).into_iter().flatten();
        inputs.extend(others.map(|(name, value)| (name.as_str(), value.clone())));
        self.graph(&inputs)
    }

    /// The inputs that stand beside a property in its tests.
    pub fn beside<'a>(&'a self, property: &str) -> Vec<(&'a str, Json)> {
        let with = self.with.get(property).into_iter().flatten();
        with.map(|(name, value)| (name.as_str(), value.clone())).collect()
    }
}

fn depends_on(names: &[String]) -> BTreeMap<Urn, String> {
    let of = |name: &String| {
        let (type_name, name) = name.split_once('/').expect("type/name");
        (urn(type_name, name), "AWS wants it".to_owned())
    };
    names.iter().map(of).collect()
}

fn add(graph: &mut Graph, type_name: &str, name: &str, inputs: &BTreeMap<String, Json>, options: Options) {
    let node = Node {
        urn: urn(type_name, name),
        inputs: inputs.iter().map(|(name, json)| (name.clone(), value(json))).collect(),
        default_tags: BTreeMap::from([("Stack".to_owned(), "test".to_owned())]),
        options,
        declared_at: "fixture".to_owned(),
    };
    graph.add(node).expect("names in a fixture differ");
}

pub fn urn(type_name: &str, name: &str) -> Urn {
    Urn::new("test", "fixture", type_name, name).expect("a fixture's names make a URN")
}

/// A value in which `{"$output": "aws:ec2:Vpc/main.id"}` is a reference; with `"at": ["0", "name"]` beside
/// it, one to an entry of the output.
pub fn value(json: &Json) -> Value {
    match json {
        Json::Object(map) if map.contains_key("$secret") => {
            Value::Secret(Secret::new(map["$secret"].as_str().expect("a secret's text")))
        }
        Json::Object(map) => match map.get("$output").and_then(Json::as_str) {
            Some(text) => {
                let (resource, output) = text.rsplit_once('.').expect("type/name.output");
                let (type_name, name) = resource.split_once('/').expect("type/name.output");
                let whole = Expr::Output { urn: urn(type_name, name), name: output.to_owned() };
                let steps = map.get("at").and_then(Json::as_array).into_iter().flatten();
                let entry = steps.filter_map(Json::as_str).fold(whole, |of, key| Expr::Index {
                    of: Value::Expr(Box::new(of)),
                    key: key.to_owned(),
                });
                Value::Expr(Box::new(entry))
            }
            None => Value::Map(map.iter().map(|(key, item)| (key.clone(), value(item))).collect::<Map>()),
        },
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
        plain => Value::from_plain_json(plain),
    }
}
