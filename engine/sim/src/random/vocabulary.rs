//! What random programs are made of.

use std::collections::BTreeSet;
use std::sync::Arc;

use finsight_engine::schema::{Equality, Kind, Property, Registry, TypeSpec};
use finsight_engine::secret::Secret;
use finsight_engine::value::{Map, Value};

use crate::SECRET_MARK;
use crate::hardship::Hardship;

/// A property that refers to another resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The type that has the property.
    pub from: &'static str,
    /// The property.
    pub property: &'static str,
    /// The type that it refers to.
    pub to: &'static str,
    /// The output that it takes.
    pub output: &'static str,
}

impl Link {
    /// `from.property` refers to `to.output`.
    #[must_use]
    pub const fn new(
        from: &'static str,
        property: &'static str,
        to: &'static str,
        output: &'static str,
    ) -> Self {
        Self { from, property, to, output }
    }
}

/// How the simulator's own types refer to each other.
const LINKS: [Link; 22] = [
    Link::new("sim:net:Member", "parent_id", "sim:net:Parent", "id"),
    Link::new("sim:net:Member", "peers", "sim:net:Member", "id"),
    Link::new("sim:net:Link", "parent_id", "sim:net:Parent", "id"),
    Link::new("sim:net:Link", "target", "sim:net:Member", "id"),
    Link::new("sim:net:Name", "parent_id", "sim:net:Parent", "id"),
    Link::new("sim:net:Board", "title", "sim:net:Name", "id"),
    Link::new("sim:net:Pin", "board_id", "sim:net:Board", "id"),
    Link::new("sim:net:Note", "board_id", "sim:net:Board", "id"),
    Link::new("sim:net:Default", "parent_id", "sim:net:Parent", "id"),
    Link::new("sim:db:Store", "member_id", "sim:net:Member", "id"),
    Link::new("sim:db:Store", "note", "sim:net:Parent", "state"),
    Link::new("sim:app:Function", "role", "sim:id:Role", "arn"),
    Link::new("sim:app:Function", "environment", "sim:db:Store", "key"),
    Link::new("sim:edge:Record", "target", "sim:edge:Site", "domain"),
    Link::new("sim:app:Balancer", "parent_id", "sim:net:Parent", "id"),
    Link::new("sim:app:Balancer", "member_ids", "sim:net:Member", "id"),
    Link::new("sim:app:Balancer", "role", "sim:id:Role", "arn"),
    Link::new("sim:app:Balancer", "watched", "sim:net:Member", "id"),
    Link::new("sim:db:Ledger", "seat", "sim:net:Member", "id"),
    Link::new("sim:net:Entry", "zone_id", "sim:net:Zone", "id"),
    Link::new("sim:keep:Secret", "note", "sim:keep:Key", "arn"),
    Link::new("sim:id:Role", "note", "sim:id:Group", "arn"),
];

/// The types of random programs and how they refer to each other.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    /// The types.
    pub registry: Arc<Registry>,
    /// The references between them.
    pub links: Vec<Link>,
    /// What lives hold beyond faults and kills.
    pub hardships: BTreeSet<Hardship>,
}

impl Vocabulary {
    /// The simulator's own types, with all that the engine stands up to.
    #[must_use]
    pub fn simulated() -> Self {
        Self::with(&Hardship::stood())
    }

    /// The simulator's own types, with these hardships.
    #[must_use]
    pub fn with(hardships: &BTreeSet<Hardship>) -> Self {
        let registry = crate::kinds::registry_with(hardships);
        let links = LINKS.iter().filter(|link| registry.get(link.from).is_some()).copied();
        let links = links.filter(|link| registry.get(link.to).is_some()).collect();
        Self { registry, links, hardships: hardships.clone() }
    }

    /// Whether lives hold this.
    #[must_use]
    pub fn holds(&self, hardship: Hardship) -> bool {
        self.hardships.contains(&hardship)
    }

    /// The reference of a property, if it is one.
    #[must_use]
    pub fn link(&self, type_name: &str, property: &str) -> Option<&Link> {
        self.links.iter().find(|link| link.from == type_name && link.property == property)
    }
}

/// A literal for a property: what identifies a resource is its own, all else varies.
#[must_use]
pub fn literal(spec: &TypeSpec, property: &Property, item: u32, variant: u64) -> Value {
    let claimed = spec.claims().any(|set| set.contains(&property.name));
    if property.secret {
        return Value::Secret(Secret::new(format!("{SECRET_MARK}-{variant}")));
    }
    match (property.equality, property.kind) {
        (Equality::Cidr, _) => Value::text(format!("10.{}.{variant}.0/24", item % 250)),
        (Equality::VersionPrefix, _) => Value::text(format!("1{variant}")),
        (Equality::RecordType, _) => {
            Value::text(["A", "CNAME", "AAAA"][usize::try_from(variant % 3).unwrap_or(0)])
        }
        (Equality::Policy, _) => policy(variant),
        (Equality::PolicyMap, _) => Value::Map(Map::from([(format!("p{}", variant % 2), policy(variant))])),
        (Equality::Json, _) => Value::text(format!("{{\"b\": {variant}, \"a\": [1]}}")),
        // What guards a resource would keep every life from its end.
        (_, Kind::Bool) if property.guards => Value::Bool(false),
        (_, Kind::Bool) => Value::Bool(variant.is_multiple_of(2)),
        (_, Kind::Int | Kind::Number) => Value::Int(i64::try_from(variant).unwrap_or(0) + 1),
        // Each entry is a claim of its own.
        (_, Kind::List) if claimed => {
            let names = [variant, variant % 2 + 10].map(|entry| Value::text(format!("n-{item}-{entry}")));
            Value::List(names.to_vec())
        }
        (_, Kind::List) => Value::List(vec![Value::text(format!("z{variant}")), Value::text("a")]),
        (_, Kind::Map) if property.name == "tags" => {
            Value::Map(Map::from([("name".to_owned(), Value::text(format!("n{variant}")))]))
        }
        (_, Kind::Map) => Value::Map(Map::from([
            ("PLAIN".to_owned(), Value::text(format!("p{variant}"))),
            ("HIDDEN".to_owned(), Value::Secret(Secret::new(format!("{SECRET_MARK}-{}", variant % 2)))),
        ])),
        _ if claimed => Value::text(format!("{}-{item}-{variant}", property.name.replace('_', "-"))),
        _ => Value::text(format!("v{variant}")),
    }
}

fn policy(variant: u64) -> Value {
    let actions = serde_json::json!(["s3:Get*", format!("logs:Put{variant}")]);
    let json = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    });
    Value::from_plain_json(&json)
}
