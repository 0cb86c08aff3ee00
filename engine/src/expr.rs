//! The closed set of operators over other resources' outputs.
//!
//! A closure could not be saved in a plan, shown in a preview or resolved
//! after a crash; these can.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::secret::Secret;
use crate::urn::Urn;
use crate::value::Value;

/// An expression that gives a value once what it refers to is known.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Expr {
    /// An output of another resource.
    Output {
        /// The resource.
        urn: Urn,
        /// The output's name; `id` is the physical id.
        name: String,
    },
    /// A fact about where the stack runs.
    Context {
        /// Which fact.
        key: ContextKey,
    },
    /// Texts one after the other.
    Concat {
        /// The parts.
        items: Vec<Value>,
    },
    /// The texts of a list with a separator between them.
    Join {
        /// What stands between two items.
        separator: String,
        /// The list.
        of: Value,
    },
    /// The JSON text of a value.
    Json {
        /// The value.
        of: Value,
    },
    /// One entry of a list or a map.
    Index {
        /// The list or map.
        of: Value,
        /// Its index or key.
        key: String,
    },
    /// The Base64 text (standard alphabet, padded) of a text.
    Base64 {
        /// The text.
        of: Value,
    },
}

/// Facts about where a stack runs, known once there are credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextKey {
    /// The 12-digit account id.
    AccountId,
    /// The stack's own region.
    Region,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    Partition,
}

/// Where references are looked up.
pub trait Lookup {
    /// An output: [`Value::Unknown`] while it is not known yet.
    ///
    /// # Errors
    /// When there is no such resource or output.
    fn output(&self, urn: &Urn, name: &str) -> Result<Value, String>;

    /// A fact about where the stack runs.
    fn context(&self, key: ContextKey) -> Value;
}

impl Expr {
    /// The values that it is computed from.
    pub fn operands(&self) -> Box<dyn Iterator<Item = &Value> + '_> {
        match self {
            Self::Output { .. } | Self::Context { .. } => Box::new(std::iter::empty()),
            Self::Concat { items } => Box::new(items.iter()),
            Self::Join { of, .. } | Self::Json { of } | Self::Index { of, .. } | Self::Base64 { of } => {
                Box::new(std::iter::once(of))
            }
        }
    }

    /// The values that it is computed from, to be changed.
    pub fn operands_mut(&mut self) -> Box<dyn Iterator<Item = &mut Value> + '_> {
        match self {
            Self::Output { .. } | Self::Context { .. } => Box::new(std::iter::empty()),
            Self::Concat { items } => Box::new(items.iter_mut()),
            Self::Join { of, .. } | Self::Json { of } | Self::Index { of, .. } | Self::Base64 { of } => {
                Box::new(std::iter::once(of))
            }
        }
    }

    /// Whether a secret goes into it, so that its result is one.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.operands().any(Value::has_secret)
    }
}

/// The resources that a value refers to.
#[must_use]
pub fn references(value: &Value) -> BTreeSet<Urn> {
    let mut found = BTreeSet::new();
    collect(value, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<Urn>) {
    match value {
        Value::List(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Map(map) => map.values().for_each(|item| collect(item, found)),
        Value::Expr(expr) => {
            if let Expr::Output { urn, .. } = expr.as_ref() {
                found.insert(urn.clone());
            }
            expr.operands().for_each(|item| collect(item, found));
        }
        _ => {}
    }
}

/// Computes a value; what is not known yet becomes [`Value::Unknown`].
///
/// # Errors
/// When a reference leads nowhere, or an operator is given what it cannot take.
pub fn resolve(value: &Value, lookup: &dyn Lookup) -> Result<Value, String> {
    Ok(match value {
        Value::List(items) => {
            Value::List(items.iter().map(|item| resolve(item, lookup)).collect::<Result<_, _>>()?)
        }
        Value::Map(map) => Value::Map(
            map.iter()
                .map(|(key, item)| Ok::<_, String>((key.clone(), resolve(item, lookup)?)))
                .collect::<Result<_, _>>()?,
        ),
        Value::Expr(expr) => evaluate(expr, lookup)?,
        plain => plain.clone(),
    })
}

fn evaluate(expr: &Expr, lookup: &dyn Lookup) -> Result<Value, String> {
    match expr {
        Expr::Output { urn, name } => lookup.output(urn, name),
        Expr::Context { key } => Ok(lookup.context(*key)),
        Expr::Concat { items } => {
            let items: Vec<Value> =
                items.iter().map(|item| resolve(item, lookup)).collect::<Result<_, _>>()?;
            texts(&items, |parts| parts.concat())
        }
        Expr::Join { separator, of } => match resolve(of, lookup)? {
            Value::List(items) => texts(&items, |parts| parts.join(separator)),
            Value::Unknown => Ok(Value::Unknown),
            other => Err(format!("join takes a list, not {other:?}")),
        },
        Expr::Json { of } => {
            let value = resolve(of, lookup)?;
            Ok(match value.clear_json() {
                None => Value::Unknown,
                Some(json) => tainted(json.to_string(), value.has_secret()),
            })
        }
        Expr::Index { of, key } => {
            let value = resolve(of, lookup)?;
            let entry = match &value {
                Value::Unknown => Some(Value::Unknown),
                Value::Map(map) => map.get(key).cloned(),
                Value::List(items) => key.parse::<usize>().ok().and_then(|index| items.get(index).cloned()),
                _ => None,
            };
            entry.ok_or_else(|| format!("there is no entry `{key}` in {value:?}"))
        }
        Expr::Base64 { of } => {
            let value = resolve(of, lookup)?;
            texts(&[value], |parts| STANDARD.encode(parts.concat()))
        }
    }
}

/// Applies a text operator; unknown in, unknown out; secret in, secret out.
fn texts(items: &[Value], combine: impl Fn(&[String]) -> String) -> Result<Value, String> {
    if items.iter().any(Value::has_unknown) {
        return Ok(Value::Unknown);
    }
    let parts = items
        .iter()
        .map(|item| match item {
            Value::Int(number) => Ok(number.to_string()),
            Value::Bool(value) => Ok(value.to_string()),
            other => {
                other.as_text().map(str::to_owned).ok_or_else(|| format!("a text is wanted, not {other:?}"))
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(tainted(combine(&parts), items.iter().any(Value::has_secret)))
}

fn tainted(text: String, secret: bool) -> Value {
    if secret { Value::Secret(Secret::new(text)) } else { Value::Text(text) }
}
