//! The one macro of the project: a resource type declared once gives its
//! builder, its typed outputs and its data for the engine.

/// Declares a resource type.
///
/// ```ignore
/// resource! {
///     /// A virtual network.
///     Vpc: "aws:ec2:Vpc", id VpcId, outputs VpcOutputs {
///         required {
///             /// Its IPv4 range.
///             cidr_block: String { replace(), equality(Equality::Cidr) },
///         }
///         optional {
///             /// Whether instances get DNS names.
///             enable_dns_hostnames: bool { default(false) },
///         }
///         outputs {
///             /// The group that AWS makes with the VPC.
///             default_security_group_id: SecurityGroupId,
///         }
///         spec {
///             identity: Identity::Minted { token: false },
///             timing: Timing::new([2, 2, 2], [10, 10, 5]),
///         }
///     }
/// }
/// ```
///
/// `required` properties are the arguments of `new`, in order; each optional
/// one has a setter of its name. In the braces behind a type stand calls on
/// [`finsight_engine::schema::Property`]. Fields of `spec` are those of
/// [`finsight_engine::schema::TypeSpec`] that are not given otherwise.
macro_rules! resource {
    (
        $(#[doc = $doc:literal])+
        $name:ident: $type:literal, id $id:ty, outputs $outputs:ident {
            required {
                $( $(#[doc = $rdoc:literal])+ $required:ident: $rtype:ty $({ $($rhow:ident($($rarg:expr)?)),* $(,)? })? ),* $(,)?
            }
            optional {
                $( $(#[doc = $odoc:literal])+ $optional:ident: $otype:ty $({ $($ohow:ident($($oarg:expr)?)),* $(,)? })? ),* $(,)?
            }
            outputs {
                $( $(#[doc = $outdoc:literal])+ $output:ident: $outtype:ty $({ $($outflag:ident),* })? ),* $(,)?
            }
            spec {
                $( $field:ident: $value:expr ),* $(,)?
            }
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $name($crate::declare::Map);

        #[doc = concat!("Outputs of [`", stringify!($name), "`] besides its id.")]
        pub struct $outputs {
            $( $(#[doc = $outdoc])+ pub $output: $crate::declare::Output<$outtype>, )*
        }

        impl $name {
            #[doc = concat!("A `", $type, "` with what it cannot be without.")]
            #[must_use]
            #[allow(clippy::new_without_default)]
            pub fn new($( $required: impl Into<$crate::declare::Input<$rtype>> ),*) -> Self {
                #[allow(unused_mut)]
                let mut inputs = $crate::declare::Map::new();
                $( inputs.insert(stringify!($required).to_owned(), $required.into().into_value()); )*
                Self(inputs)
            }

            $(
                $(#[doc = $odoc])+
                #[must_use]
                pub fn $optional(mut self, value: impl Into<$crate::declare::Input<$otype>>) -> Self {
                    self.0.insert(stringify!($optional).to_owned(), value.into().into_value());
                    self
                }
            )*

            #[doc = concat!("What the engine knows of `", $type, "`.")]
            #[must_use]
            #[allow(clippy::needless_update, clippy::vec_init_then_push)]
            pub fn spec() -> $crate::declare::TypeSpec {
                #[allow(unused_mut)]
                let mut properties = vec![
                    $( $crate::declare::property::<$rtype>(stringify!($required), true, concat!($($rdoc),+))
                        $($(.$rhow($($rarg)?))*)? ),*
                ];
                $( properties.push(
                    $crate::declare::property::<$otype>(stringify!($optional), false, concat!($($odoc),+))
                        $($(.$ohow($($oarg)?))*)?
                ); )*
                $crate::declare::TypeSpec {
                    $( $field: $value, )*
                    ..$crate::declare::base(
                        $type,
                        concat!($($doc),+),
                        properties,
                        vec![ $( $crate::declare::output(
                            stringify!($output),
                            concat!($($outdoc),+),
                            &[$($(stringify!($outflag)),*)?],
                        ) ),* ],
                    )
                }
            }
        }

        impl $crate::declare::Resource for $name {
            const TYPE: &'static str = $type;
            type Id = $id;
            type Outputs = $outputs;

            fn into_inputs(self) -> $crate::declare::Map {
                self.0
            }

            #[allow(unused_variables)]
            fn outputs(urn: &$crate::declare::Urn) -> $outputs {
                $outputs {
                    $( $output: $crate::declare::Output::of(urn, stringify!($output)), )*
                }
            }
        }
    };
}
pub(crate) use resource;

pub use finsight_engine::program::{Input, Output, Resource};
pub use finsight_engine::schema::TypeSpec;
pub use finsight_engine::urn::Urn;
pub use finsight_engine::value::Map;

use finsight_engine::schema::{Equality, Identity, Kind, LetsGo, OutputSpec, Property, Timing};

/// A Rust type whose values have one shape.
pub trait Shape {
    /// The shape.
    const KIND: Kind;
    /// The types whose names it holds.
    const NAMES: &'static [&'static str] = &[];
}

macro_rules! shapes {
    ($($rust:ty => $kind:ident),* $(,)?) => {$(
        impl Shape for $rust {
            const KIND: Kind = Kind::$kind;
        }
    )*};
}
shapes!(String => Text, bool => Bool, i64 => Int, f64 => Number, finsight_engine::value::Value => Any);

impl<T> Shape for Vec<T> {
    const KIND: Kind = Kind::List;
}

impl<T> Shape for std::collections::BTreeMap<String, T> {
    const KIND: Kind = Kind::Map;
}

/// A property of type `T`; `tags` are compared as tags.
///
/// Numbers, flags, tags and what people read refer to nothing that AWS would keep for their sake.
#[must_use]
pub fn property<T: Shape>(name: &'static str, required: bool, doc: &'static str) -> Property {
    let mut property = Property::new(name, T::KIND, required, doc).names(T::NAMES);
    let plain = matches!(T::KIND, Kind::Bool | Kind::Int | Kind::Number);
    let read = ["tags", "description", "comment", "alarm_description"];
    if plain || read.contains(&name) {
        property = property.lets_go(LetsGo::Free);
    }
    if name == "tags" { property.equality(Equality::Tags).default(Map::new()) } else { property }
}

/// An output with its flags: `volatile`, `secret`.
#[must_use]
pub fn output(name: &'static str, doc: &'static str, flags: &[&str]) -> OutputSpec {
    OutputSpec {
        name,
        volatile: flags.contains(&"volatile"),
        secret: flags.contains(&"secret"),
        doc: doc.trim_ascii(),
    }
}

/// A spec that `resource!` overlays with the fields it is given.
#[must_use]
pub fn base(
    name: &'static str,
    doc: &'static str,
    properties: Vec<Property>,
    outputs: Vec<OutputSpec>,
) -> TypeSpec {
    TypeSpec {
        name,
        doc: doc.trim_ascii(),
        identity: Identity::Minted { token: false },
        properties,
        outputs,
        exclusive: &[],
        scopes: &[],
        restorable: false,
        window: None,
        held: false,
        generated_name: None,
        global: false,
        pending: false,
        data: None,
        lingers: None,
        swaps: false,
        limits: crate::limits::of(name),
        witness: false,
        timing: Timing::new([2, 2, 2], [10, 10, 10]),
    }
}
