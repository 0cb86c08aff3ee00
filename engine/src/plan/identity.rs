//! Names, client tokens and owner tags: chosen by the plan, never by an attempt.

use std::collections::BTreeMap;

use crate::contract::{OWNER_TAG, OwnerId, STACK_TAG};
use crate::schema::TypeSpec;
use crate::urn::Urn;
use crate::value::{Map, Value};

/// A new incarnation's id: 26 characters of `[a-z2-7]`, from the run's entropy.
pub(super) fn new_owner(entropy: &str, urn: &Urn) -> OwnerId {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = blake3::hash(format!("{entropy}\n{urn}").as_bytes());
    OwnerId(hash.as_bytes()[..26].iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}

/// A name for a resource that the program does not name: at most 64 characters.
pub(super) fn new_name(owner: &OwnerId, urn: &Urn) -> String {
    let stem: String = format!("{}-{}-{}", urn.stack(), urn.component(), urn.name())
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' })
        .take(55)
        .collect();
    format!("{stem}-{}", &owner.as_str()[..8])
}

/// The inputs of one incarnation: with its name, its component's tags and its owner tags.
#[must_use]
pub fn with_identity(
    spec: &TypeSpec,
    inputs: &Map,
    default_tags: &BTreeMap<String, String>,
    stack: &str,
    owner: &OwnerId,
    name: Option<&str>,
) -> Map {
    let mut out = inputs.clone();
    if let (Some(property), Some(name)) = (spec.generated_name, name) {
        out.entry(property.to_owned()).or_insert_with(|| Value::text(name));
    }
    if spec.taggable() {
        let mut tags: Map =
            default_tags.iter().map(|(key, value)| (key.clone(), Value::text(value))).collect();
        if let Some(Value::Map(own)) = out.get("tags") {
            tags.extend(own.clone());
        }
        tags.insert(STACK_TAG.to_owned(), Value::text(stack));
        tags.insert(OWNER_TAG.to_owned(), Value::text(owner.as_str()));
        out.insert("tags".to_owned(), Value::Map(tags));
    }
    out
}

/// The name that a row's resource has, where its type generates one.
pub(crate) fn name_of(spec: &TypeSpec, inputs: &Map) -> Option<String> {
    inputs.get(spec.generated_name?).and_then(Value::as_text).map(str::to_owned)
}
