//! Nested structures as builders of maps.

/// Declares a nested structure: a builder whose map has AWS's members in snake case.
///
/// `required` members are the arguments of `new`; an optional one with a
/// default is always in the map, so that what AWS gives back and what was
/// asked for have one form; so is one with a preset, whose setter is written by hand.
macro_rules! part {
    (
        $(#[doc = $doc:literal])+
        $name:ident {
            required { $( $required:ident: $rtype:ty ),* $(,)? }
            optional { $( $(#[doc = $odoc:literal])+ $optional:ident: $otype:ty $(= $default:expr)? ),* $(,)? }
            $( preset { $( $preset:ident = $fixed:expr ),* $(,)? } )?
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $name(finsight_engine::value::Map);

        impl $name {
            #[doc = concat!("A `", stringify!($name), "` with what it cannot be without.")]
            #[must_use]
            #[allow(clippy::new_without_default)]
            pub fn new($( $required: impl Into<$crate::declare::Input<$rtype>> ),*) -> Self {
                #[allow(unused_mut)]
                let mut members = finsight_engine::value::Map::new();
                $( members.insert(stringify!($required).to_owned(), $required.into().into_value()); )*
                $( $( members.insert(stringify!($optional).to_owned(), finsight_engine::value::Value::from($default)); )? )*
                $( $( members.insert(stringify!($preset).to_owned(), finsight_engine::value::Value::from($fixed)); )* )?
                Self(members)
            }

            $(
                $(#[doc = $odoc])+
                #[must_use]
                pub fn $optional(mut self, value: impl Into<$crate::declare::Input<$otype>>) -> Self {
                    self.0.insert(stringify!($optional).to_owned(), value.into().into_value());
                    self
                }
            )*
        }

        $crate::part::map_property!($name);
    };
}

/// Makes a newtype of a map a property's type.
macro_rules! map_property {
    ($($name:ident),* $(,)?) => {$(
        impl finsight_engine::program::Property for $name {
            fn to_value(self) -> finsight_engine::value::Value {
                finsight_engine::value::Value::Map(self.0)
            }
        }

        impl $crate::declare::Shape for $name {
            const KIND: finsight_engine::schema::Kind = finsight_engine::schema::Kind::Map;
        }
    )*};
}

pub(crate) use {map_property, part};

use finsight_engine::value::{Map, Value};

/// A map with one entry.
pub(crate) fn one(key: &str, value: impl Into<Value>) -> Map {
    Map::from([(key.to_owned(), value.into())])
}

/// Texts in order, each once: AWS keeps them as a set.
pub(crate) fn set_of(items: &[&str]) -> Value {
    let mut items: Vec<&str> = items.to_vec();
    items.sort_unstable();
    items.dedup();
    Value::List(items.into_iter().map(Value::from).collect())
}
