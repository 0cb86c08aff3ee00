//! Rotation of a secret: what stands of it, and how the wish for a new value is written.

use finsight_engine::contract::Failure;

use crate::secretsmanager::common::{described, holder};
use crate::session::Region;

/// What a rotation is written with that takes the value before out of force.
const ALONE: &str = " alone";

/// The value of a property `rotation`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The version after which a new one is made: while it is in force, it is to be replaced.
    pub after: String,
    /// Whether the new one is in force alone.
    pub alone: bool,
}

impl Rotation {
    /// What a property says.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (after, alone) = match text.strip_suffix(ALONE) {
            Some(after) => (after, true),
            None => (text, false),
        };
        Some(Self { after: after.to_owned(), alone }).filter(|rotation| !rotation.after.is_empty())
    }
}

impl std::fmt::Display for Rotation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.after, if self.alone { ALONE } else { "" })
    }
}

/// The versions of a secret that are in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// The one that is given out.
    pub current: String,
    /// The one before, as long as it keeps its label.
    pub previous: Option<String>,
}

/// What is in force of a secret; `None` where it does not stand, or has no value.
///
/// # Errors
/// What AWS said.
pub async fn in_force(aws: &Region, id: &str) -> Result<Option<InForce>, Failure> {
    let Some(secret) = described(aws, id).await?.filter(|secret| secret.deleted_date().is_none()) else {
        return Ok(None);
    };
    let current = holder(&secret, "AWSCURRENT");
    Ok(current.map(|current| InForce { current, previous: holder(&secret, "AWSPREVIOUS") }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (text, after, alone) in [("v1", "v1", false), ("v1 alone", "v1", true)] {
            let rotation = Rotation::parse(text).expect("one");
            assert_eq!((rotation.after.as_str(), rotation.alone), (after, alone));
            assert_eq!(rotation.to_string(), text);
        }
        assert_eq!(Rotation::parse(""), None);
    }
}
