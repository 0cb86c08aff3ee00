//! Resource types of no real cloud, which cover every identity and effect.

pub mod wide;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use finsight_engine::expr::Expr;
use finsight_engine::graph::{Graph, Node};
use finsight_engine::program::Options;
use finsight_engine::schema::{
    Data, Equality, Identity, Kept, Kind, Leaves, LetsGo, OutputSpec, Property, Registry, Timing, TypeSpec,
};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use crate::cloud::REGION;
use crate::hardship::Hardship;

fn property(name: &'static str, kind: Kind) -> Property {
    Property::new(name, kind, false, "A property.")
}

fn required(name: &'static str) -> Property {
    Property::new(name, Kind::Text, true, "A property.").replace()
}

fn tags() -> Property {
    property("tags", Kind::Map).equality(Equality::Tags).default(Map::new())
}

/// It carries the name of the vault.
const SNAPSHOT: Kept = Kept {
    type_name: "sim:test:Snapshot",
    ends: Some("end {id}"),
    ..Kept::new("a snapshot", |vault| Some(format!("{}-final", vault.id)))
};

/// What a vault holds; its backups outlive it.
pub(super) const VAULT: Data = Data {
    on_replace: &[("skip_snapshot", false)],
    leaves: &[Leaves { kept: SNAPSHOT, property: "skip_snapshot", is: false }],
    backed_up: true,
    ..Data::new("a vault")
};

fn output(name: &'static str, volatile: bool, secret: bool) -> OutputSpec {
    OutputSpec { name, volatile, secret, doc: "An output." }
}

fn kind(
    name: &'static str,
    identity: Identity,
    properties: Vec<Property>,
    outputs: Vec<OutputSpec>,
) -> TypeSpec {
    TypeSpec {
        name,
        doc: "A type of the simulator.",
        identity,
        properties,
        outputs,
        exclusive: &[],
        scopes: &[],
        restorable: false,
        window: None,
        held: false,
        generated_name: None,
        global: false,
        pending: true,
        data: None,
        lingers: None,
        swaps: false,
        limits: Vec::new(),
        witness: false,
        timing: Timing::new([10, 5, 10], [20, 20, 30]),
    }
}

/// The types: minted with and without a token, named, child, adopted.
#[must_use]
pub fn registry() -> Arc<Registry> {
    Arc::new(Registry::new(specs()))
}

/// The types, and those that hardships bring along.
#[must_use]
pub fn registry_with(hardships: &BTreeSet<Hardship>) -> Arc<Registry> {
    Arc::new(Registry::new(specs().into_iter().chain(wide::specs(hardships))))
}

/// The types, to be put together with others.
#[must_use]
pub fn specs() -> Vec<TypeSpec> {
    let minted = |token| Identity::Minted { token };
    vec![
        TypeSpec {
            outputs: vec![output("arn", false, false), output("state", true, false)],
            ..kind(
                "sim:net:Parent",
                minted(false),
                vec![
                    required("range").equality(Equality::Cidr),
                    property("note", Kind::Text).default(""),
                    property("zone", Kind::Text),
                    tags(),
                ],
                Vec::new(),
            )
        },
        TypeSpec {
            exclusive: &[&["parent_id", "range"]],
            ..kind(
                "sim:net:Member",
                minted(true),
                vec![
                    required("parent_id"),
                    required("range").equality(Equality::Cidr),
                    property("peers", Kind::List).unordered().default(Vec::<Value>::new()),
                    property("note", Kind::Text).equality(Equality::CaseInsensitive),
                    tags(),
                ],
                vec![output("arn", false, false)],
            )
        },
        TypeSpec {
            exclusive: &[&["slot", "parent_id"]],
            pending: false,
            ..kind(
                "sim:net:Link",
                Identity::Child { key: &["parent_id", "slot"] },
                vec![
                    required("parent_id"),
                    required("slot"),
                    Property { effect: finsight_engine::schema::Effect::Update, ..required("target") }
                        .lets_go(LetsGo::Free),
                ],
                vec![output("link", true, false)],
            )
        },
        TypeSpec {
            exclusive: &[&["parent_id", "label", "kind"]],
            pending: false,
            swaps: true,
            ..kind(
                "sim:net:Name",
                Identity::Child { key: &["parent_id", "label", "kind"] },
                vec![
                    required("parent_id"),
                    required("label"),
                    required("kind").equality(Equality::RecordType),
                    Property { effect: finsight_engine::schema::Effect::Update, ..required("target") }
                        .lets_go(LetsGo::Free),
                ],
                Vec::new(),
            )
        },
        // What is pinned to it is its own, and has a type of its own; what others pin to it goes, and their notes stay.
        kind(
            "sim:net:Board",
            minted(false),
            vec![
                property("title", Kind::Text).default(""),
                Property::new("pins", Kind::List, false, "A property.").parts("sim:net:Pin"),
                Property::new("notes", Kind::List, false, "A property.").parts("sim:net:Note").told(),
                tags(),
            ],
            Vec::new(),
        ),
        on_board("sim:net:Pin"),
        on_board("sim:net:Note"),
        TypeSpec {
            exclusive: &[&["parent_id"]],
            pending: false,
            ..kind(
                "sim:net:Default",
                Identity::Adopted { key: &["parent_id"] },
                vec![
                    required("parent_id"),
                    property("rules", Kind::List).unordered().default(Vec::<Value>::new()),
                ],
                Vec::new(),
            )
        },
        TypeSpec {
            exclusive: &[&["role_name"]],
            generated_name: Some("role_name"),
            global: true,
            ..kind(
                "sim:id:Role",
                Identity::Named { property: "role_name" },
                vec![
                    property("role_name", Kind::Text).replace(),
                    property("path", Kind::Text).replace().default("/"),
                    property("policy", Kind::Any).equality(Equality::Policy),
                    property("note", Kind::Text).default(""),
                    tags(),
                ],
                vec![output("arn", false, false)],
            )
        },
        TypeSpec {
            exclusive: &[&["vault_name"]],
            data: Some(VAULT),
            ..kind(
                "sim:db:Vault",
                Identity::Named { property: "vault_name" },
                vec![
                    required("vault_name"),
                    property("engine", Kind::Text).replace().default("one"),
                    property("skip_snapshot", Kind::Bool).write_only().default(true),
                    property("locked", Kind::Bool).guards().default(false),
                    tags(),
                ],
                Vec::new(),
            )
        },
        TypeSpec {
            exclusive: &[&["store_name"]],
            ..kind(
                "sim:db:Store",
                Identity::Named { property: "store_name" },
                vec![
                    required("store_name"),
                    property("class", Kind::Text).interrupt().default("small"),
                    property("version", Kind::Text).equality(Equality::VersionPrefix),
                    property("member_id", Kind::Text).replace(),
                    property("password", Kind::Text).secret().write_only(),
                    property("note", Kind::Text),
                    tags(),
                ],
                vec![output("endpoint", true, false), output("key", false, true)],
            )
        },
        kind(
            "sim:app:Function",
            minted(true),
            vec![
                Property::new("role", Kind::Text, true, "A property.")
                    .names(&["sim:id:Role"])
                    .lets_go(LetsGo::Free),
                property("code", Kind::Text).default("v1"),
                property("environment", Kind::Map).default(Map::new()).lets_go(LetsGo::Free),
                property("retention", Kind::Int).absent(),
                property("runtime", Kind::Text).replace(),
                tags(),
            ],
            vec![output("arn", false, false), output("version", true, false)],
        ),
    ]
}

/// What hangs on a board.
fn on_board(name: &'static str) -> TypeSpec {
    TypeSpec {
        exclusive: &[&["board_id", "label"]],
        pending: false,
        ..kind(
            name,
            Identity::Child { key: &["board_id", "label"] },
            vec![
                required("board_id").lets_go(LetsGo::Free),
                required("label"),
                property("text", Kind::Text).default("").lets_go(LetsGo::Free),
            ],
            Vec::new(),
        )
    }
}

/// A program that is put together by hand.
#[derive(Debug, Clone)]
pub struct Program {
    graph: Graph,
}

impl Program {
    /// An empty program of a stack.
    #[must_use]
    pub fn new(stack: &str) -> Self {
        Self { graph: Graph::new(stack, REGION) }
    }

    /// Declares a resource of component `sim`.
    ///
    /// # Panics
    /// When the name cannot stand in a URN or is taken.
    pub fn add(&mut self, type_name: &str, name: &str, inputs: &[(&str, Value)]) -> Urn {
        self.add_with(type_name, name, inputs, Options::default())
    }

    /// Declares a resource of component `sim` with options.
    ///
    /// # Panics
    /// When the name cannot stand in a URN or is taken.
    pub fn add_with(
        &mut self,
        type_name: &str,
        name: &str,
        inputs: &[(&str, Value)],
        options: Options,
    ) -> Urn {
        let urn = Urn::new(&self.graph.stack, "sim", type_name, name).expect("a name fit for a URN");
        let node = Node {
            urn: urn.clone(),
            inputs: inputs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            default_tags: BTreeMap::from([("component".to_owned(), "sim".to_owned())]),
            options,
            declared_at: "here".to_owned(),
        };
        self.graph.add(node).expect("a name that is not taken");
        urn
    }

    /// Declares an output of the stack.
    pub fn export(&mut self, name: &str, value: Value) {
        self.graph.outputs.insert(name.to_owned(), value);
    }

    /// The graph.
    #[must_use]
    pub fn graph(self) -> Graph {
        self.graph
    }
}

/// A reference to an output of a resource.
#[must_use]
pub fn reference(urn: &Urn, name: &str) -> Value {
    Value::Expr(Box::new(Expr::Output { urn: urn.clone(), name: name.to_owned() }))
}
