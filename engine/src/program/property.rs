//! What a property is set to: values of Rust types, outputs of other resources, and what is made of those.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use super::{Handle, Resource};
use crate::expr::Expr;
use crate::secret::Secret;
use crate::urn::Urn;
use crate::value::Value;

/// A Rust type that a property can have.
pub trait Property {
    /// The property's value.
    fn to_value(self) -> Value;
}

macro_rules! property_types {
    ($($rust:ty),*) => {$(
        impl Property for $rust {
            fn to_value(self) -> Value {
                Value::from(self)
            }
        }
    )*};
}
property_types!(bool, i64, i32, f64, String);

impl Property for Value {
    fn to_value(self) -> Value {
        self
    }
}

impl<T: Property> Property for Vec<T> {
    fn to_value(self) -> Value {
        Value::List(self.into_iter().map(Property::to_value).collect())
    }
}

impl<T: Property> Property for BTreeMap<String, T> {
    fn to_value(self) -> Value {
        Value::Map(self.into_iter().map(|(key, item)| (key, item.to_value())).collect())
    }
}

/// What a property is set to: a value of type `T`, or a reference to one.
pub struct Input<T> {
    value: Value,
    kind: PhantomData<fn() -> T>,
}

/// An output of a declared resource, of type `T`.
pub struct Output<T> {
    value: Value,
    kind: PhantomData<fn() -> T>,
}

impl<T> Input<T> {
    /// The value or expression.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.value
    }

    /// An input with this value or expression, of a type that the caller vouches for.
    #[must_use]
    pub fn from_value(value: Value) -> Self {
        Self { value, kind: PhantomData }
    }
}

impl<T> Output<T> {
    /// The output `name` of `urn`.
    #[must_use]
    pub fn of(urn: &Urn, name: &str) -> Self {
        let expr = Expr::Output { urn: urn.clone(), name: name.to_owned() };
        Self { value: Value::Expr(Box::new(expr)), kind: PhantomData }
    }

    pub(super) fn from_expr(expr: Expr) -> Self {
        Self { value: Value::Expr(Box::new(expr)), kind: PhantomData }
    }

    /// The expression.
    #[must_use]
    pub fn value(&self) -> Value {
        self.value.clone()
    }
}

impl<T> Clone for Output<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), kind: PhantomData }
    }
}

impl<T: Property> From<T> for Input<T> {
    fn from(value: T) -> Self {
        Self::from_value(value.to_value())
    }
}

impl From<&str> for Input<String> {
    fn from(text: &str) -> Self {
        Self::from_value(text.into())
    }
}

impl From<&String> for Input<String> {
    fn from(text: &String) -> Self {
        Self::from_value(text.as_str().into())
    }
}

impl From<Secret> for Input<String> {
    fn from(secret: Secret) -> Self {
        Self::from_value(Value::Secret(secret))
    }
}

impl<T> From<Output<T>> for Input<T> {
    fn from(output: Output<T>) -> Self {
        Self::from_value(output.value)
    }
}

impl<T> From<&Output<T>> for Input<T> {
    fn from(output: &Output<T>) -> Self {
        Self::from_value(output.value.clone())
    }
}

impl<R: Resource> From<&Handle<R>> for Input<R::Id> {
    fn from(handle: &Handle<R>) -> Self {
        Self::from_value(handle.id().value)
    }
}

impl<T, I: Into<Input<T>>, const N: usize> From<[I; N]> for Input<Vec<T>> {
    fn from(items: [I; N]) -> Self {
        list(items)
    }
}

/// A list of inputs.
pub fn list<T, I: Into<Input<T>>>(items: impl IntoIterator<Item = I>) -> Input<Vec<T>> {
    Input::from_value(Value::List(items.into_iter().map(|item| item.into().value).collect()))
}

/// Texts and outputs one after the other, as one text.
///
/// ```
/// # use finsight_engine::program::{concat, Input};
/// let name: Input<String> = concat(["finsight", "-", "dev"]).into();
/// ```
pub fn concat<I: Into<Input<String>>>(items: impl IntoIterator<Item = I>) -> Output<String> {
    let items = items.into_iter().map(|item| item.into().value).collect();
    Output::from_expr(Expr::Concat { items })
}

/// The items of a list as one text, with a separator between them.
pub fn join<T>(separator: &str, of: impl Into<Input<Vec<T>>>) -> Output<String> {
    Output::from_expr(Expr::Join { separator: separator.to_owned(), of: of.into().value })
}

/// The JSON text of a value that may hold references.
#[must_use]
pub fn json(of: Value) -> Output<String> {
    Output::from_expr(Expr::Json { of })
}

/// One entry of a list of outputs.
#[must_use]
pub fn index<T>(of: &Output<Vec<T>>, at: usize) -> Output<T> {
    Output::from_expr(Expr::Index { of: of.value.clone(), key: at.to_string() })
}

/// One entry of an output that is a map, of a type that the caller vouches for.
#[must_use]
pub fn get<T>(of: &Output<Value>, key: &str) -> Output<T> {
    Output::from_expr(Expr::Index { of: of.value.clone(), key: key.to_owned() })
}

/// The Base64 text of a text.
pub fn base64(of: impl Into<Input<String>>) -> Output<String> {
    Output::from_expr(Expr::Base64 { of: of.into().value })
}
