//! Which headers, cookies and query strings a policy takes.

use finsight_engine::value::{Map, Value};

use crate::part::{map_property, set_of};

macro_rules! selections {
    ($($(#[doc = $doc:literal])+ $name:ident, $behavior:literal, $items:literal;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $name(Map);

        impl $name {
            /// None.
            #[must_use]
            pub fn none() -> Self {
                Self::behaving("none")
            }

            /// These.
            #[must_use]
            pub fn whitelist(names: &[&str]) -> Self {
                Self::naming("whitelist", names)
            }

            /// AWS's word for a behavior that names none, such as `all` or `allViewer`.
            #[must_use]
            pub fn behaving(behavior: &str) -> Self {
                Self(Map::from([($behavior.to_owned(), behavior.into())]))
            }

            /// AWS's word for a behavior and the names it goes with, such as `allExcept`.
            #[must_use]
            pub fn naming(behavior: &str, names: &[&str]) -> Self {
                let mut made = Self::behaving(behavior);
                made.0.insert($items.to_owned(), set_of(names));
                made
            }

            pub(crate) fn default_value() -> Value {
                Value::Map(Self::none().0)
            }
        }

        map_property!($name);
    )*};
}
selections! {
    /// Which headers: `none` or `whitelist`; of origin requests also `allViewer`,
    /// `allViewerAndWhitelistCloudFront` or `allExcept`.
    HeadersConfig, "header_behavior", "headers";
    /// Which cookies: `none`, `whitelist`, `allExcept` or `all`.
    CookiesConfig, "cookie_behavior", "cookies";
    /// Which query strings: `none`, `whitelist`, `allExcept` or `all`.
    QueryStringsConfig, "query_string_behavior", "query_strings";
}
