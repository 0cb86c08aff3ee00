//! Declaring resources: scopes, handles and typed references.
//!
//! A program is a pure function from config to a [`Graph`]: it calls nothing
//! and reads no clock.

mod property;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::panic::Location;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::expr::{ContextKey, Expr};
use crate::graph::{Graph, GraphError, Node};
use crate::tags::IgnoredTags;
use crate::urn::Urn;
use crate::value::Map;

pub use property::{Input, Output, Property, base64, concat, get, index, join, json, list};

/// Options that change how the engine treats a resource, but not the resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Refuse every delete and replacement of it.
    pub protect: bool,
    /// Forget it instead of deleting it.
    pub retain_on_delete: bool,
    /// Property paths whose differences do not count.
    pub ignore_changes: Vec<String>,
    /// Property paths whose change replaces it.
    pub replace_on_changes: Vec<String>,
    /// Delete the old one before its replacement is created.
    pub delete_before_replace: bool,
    /// Names it had before.
    pub moved_from: Vec<Urn>,
    /// The physical id of an existing resource to take under management.
    pub import_id: Option<String>,
    /// Dependencies that no property shows, each with its reason.
    pub depends_on: BTreeMap<Urn, String>,
    /// Ceilings for create, update and delete in seconds, where the type's own do not fit.
    pub timeouts: Timeouts,
    /// The region, where it is not the stack's own.
    pub region: Option<String>,
    /// Tags of other hands that are left alone.
    #[serde(skip_serializing_if = "IgnoredTags::is_empty")]
    pub ignore_tags: IgnoredTags,
}

/// Ceilings of a resource's operations, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    /// Of a create.
    pub create: Option<u64>,
    /// Of an update.
    pub update: Option<u64>,
    /// Of a delete.
    pub delete: Option<u64>,
}

/// A resource type as a program sees it: its spec's builder.
pub trait Resource: Sized {
    /// The type's name, such as `aws:ec2:Vpc`.
    const TYPE: &'static str;
    /// The type of its physical id, so that a subnet's is not taken for a VPC's.
    type Id;
    /// Its outputs besides the id.
    type Outputs;

    /// The properties that were set.
    fn into_inputs(self) -> Map;

    /// References to the outputs of the resource with this URN.
    fn outputs(urn: &Urn) -> Self::Outputs;
}

/// A declared resource.
pub struct Handle<R: Resource> {
    urn: Urn,
    outputs: Rc<R::Outputs>,
}

impl<R: Resource> Clone for Handle<R> {
    fn clone(&self) -> Self {
        Self { urn: self.urn.clone(), outputs: Rc::clone(&self.outputs) }
    }
}

impl<R: Resource> Handle<R> {
    /// Its URN.
    #[must_use]
    pub fn urn(&self) -> &Urn {
        &self.urn
    }

    /// Its physical id.
    #[must_use]
    pub fn id(&self) -> Output<R::Id> {
        Output::of(&self.urn, "id")
    }
}

impl<R: Resource> Deref for Handle<R> {
    type Target = R::Outputs;

    fn deref(&self) -> &R::Outputs {
        &self.outputs
    }
}

/// The stack that a program declares: what all scopes write into.
#[derive(Clone)]
pub struct Stack {
    name: String,
    ignored: IgnoredTags,
    graph: Rc<RefCell<Graph>>,
    errors: Rc<RefCell<Vec<GraphError>>>,
}

impl Stack {
    /// An empty stack in a region.
    #[must_use]
    pub fn new(name: &str, region: &str) -> Self {
        Self {
            name: name.to_owned(),
            ignored: IgnoredTags::default(),
            graph: Rc::new(RefCell::new(Graph::new(name, region))),
            errors: Rc::default(),
        }
    }

    /// The same stack, whose resources keep these tags of other hands.
    #[must_use]
    pub fn ignoring_tags(self, ignored: IgnoredTags) -> Self {
        Self { ignored, ..self }
    }

    /// A component's scope; every taggable resource in it carries `tags`.
    #[must_use]
    pub fn component(&self, name: &str, tags: BTreeMap<String, String>) -> Scope {
        Scope { stack: self.clone(), component: name.to_owned(), tags, region: None }
    }

    /// Declares an output of the stack.
    pub fn output<T>(&self, name: &str, value: impl Into<Input<T>>) {
        self.graph.borrow_mut().outputs.insert(name.to_owned(), value.into().into_value());
    }

    /// The finished graph.
    ///
    /// # Errors
    /// All declarations that were wrong, and cycles.
    pub fn finish(self) -> Result<Graph, Vec<GraphError>> {
        let errors = self.errors.take();
        if !errors.is_empty() {
            return Err(errors);
        }
        let graph = self.graph.take();
        graph.check()?;
        Ok(graph)
    }
}

/// Where a component declares its resources.
#[derive(Clone)]
pub struct Scope {
    stack: Stack,
    component: String,
    tags: BTreeMap<String, String>,
    region: Option<String>,
}

impl Scope {
    /// The stack's name.
    #[must_use]
    pub fn stack_name(&self) -> &str {
        &self.stack.name
    }

    /// The same scope, for resources of another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { region: Some(region.to_owned()), ..self.clone() }
    }

    /// The name of the stack's own region, for what AWS has in some regions only.
    #[must_use]
    pub fn home_region(&self) -> String {
        self.stack.graph.borrow().region.clone()
    }

    /// The account id, known once there are credentials.
    #[must_use]
    pub fn account_id(&self) -> Output<String> {
        Output::from_expr(Expr::Context { key: ContextKey::AccountId })
    }

    /// The stack's own region.
    #[must_use]
    pub fn region(&self) -> Output<String> {
        Output::from_expr(Expr::Context { key: ContextKey::Region })
    }

    /// `aws`, `aws-cn` or `aws-us-gov`.
    #[must_use]
    pub fn partition(&self) -> Output<String> {
        Output::from_expr(Expr::Context { key: ContextKey::Partition })
    }

    /// Declares a resource.
    #[track_caller]
    pub fn add<R: Resource>(&self, name: &str, resource: R) -> Handle<R> {
        self.add_with(name, resource, Options::default())
    }

    /// Declares a resource with options.
    #[track_caller]
    pub fn add_with<R: Resource>(&self, name: &str, resource: R, mut options: Options) -> Handle<R> {
        if options.region.is_none() {
            options.region.clone_from(&self.region);
        }
        if options.ignore_tags.is_empty() {
            options.ignore_tags.clone_from(&self.stack.ignored);
        }
        let declared_at = Location::caller();
        let (urn, outputs) = match Urn::new(&self.stack.name, &self.component, R::TYPE, name) {
            Ok(urn) => (urn.clone(), R::outputs(&urn)),
            Err(error) => {
                self.stack.errors.borrow_mut().push(GraphError::Name {
                    name: name.to_owned(),
                    at: declared_at.to_string(),
                    why: error.to_string(),
                });
                let urn = placeholder(&self.stack.name, R::TYPE);
                (urn.clone(), R::outputs(&urn))
            }
        };
        let node = Node {
            urn: urn.clone(),
            inputs: resource.into_inputs(),
            default_tags: self.tags.clone(),
            options,
            declared_at: declared_at.to_string(),
        };
        if let Err(error) = self.stack.graph.borrow_mut().add(node) {
            self.stack.errors.borrow_mut().push(error);
        }
        Handle { urn, outputs: Rc::new(outputs) }
    }
}

/// Stands in for a resource whose name was refused; the graph is refused with it.
fn placeholder(stack: &str, type_name: &str) -> Urn {
    let text = format!("{stack}/refused/{type_name}/refused");
    text.parse().unwrap_or_else(|_| {
        // Stack and type are literals of the program; a stack name is checked by the command.
        "refused/refused/a:b:C/refused".parse().expect("a literal URN parses")
    })
}
