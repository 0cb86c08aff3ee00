//! Published versions of a function, to go back to.

use finsight_engine::contract::Failure;

use crate::lambda::live_alias::pin;
use crate::lambda::versions::{aliases, number, published};
use crate::session::Region;

/// What a version says that must not be called: one was needed between two grants of a key.
pub const NOT_TO_BE_CALLED: &str = "Between two grants: not to be called";

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number.
    pub number: u64,
    /// When it was published, as Lambda writes it.
    pub published: String,
}

/// The versions of a function, from old to new, and the one that an alias stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// What the alias stands for.
    pub live: Option<u64>,
    /// What it was taken back to, by its own word.
    pub pinned: Option<u64>,
    /// What can be called.
    pub all: Vec<Version>,
}

impl Versions {
    /// The one before the one that is live.
    #[must_use]
    pub fn before(&self) -> Option<&Version> {
        let live = self.live?;
        self.all.iter().rev().find(|version| version.number < live)
    }

    /// The one with a number.
    #[must_use]
    pub fn find(&self, number: u64) -> Option<&Version> {
        self.all.iter().find(|version| version.number == number)
    }
}

/// What stands of a function.
///
/// # Errors
/// What AWS said.
pub async fn versions(aws: &Region, name: &str, alias: &str) -> Result<Versions, Failure> {
    let all = published(aws, name).await?;
    let callable = all.iter().filter(|version| version.description() != Some(NOT_TO_BE_CALLED));
    let all = callable.filter_map(|version| {
        let published = version.last_modified().unwrap_or_default().to_owned();
        Some(Version { number: number(version)?, published })
    });
    let all = all.collect();
    let found = aliases(aws, name).await?.into_iter().find(|one| one.name() == Some(alias));
    let pinned = found.as_ref().and_then(|alias| pin(alias)?.parse().ok());
    let live = found.and_then(|alias| alias.function_version()?.parse().ok());
    Ok(Versions { live, pinned, all })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_before_is_the_next_lower_one_that_stands() {
        let version = |number| Version { number, published: String::new() };
        let all = vec![version(2), version(5), version(7)];
        let of = |live| Versions { live, pinned: None, all: all.clone() };
        assert_eq!(of(Some(7)).before().map(|one| one.number), Some(5));
        assert_eq!(of(Some(4)).before().map(|one| one.number), Some(2));
        assert_eq!(of(Some(2)).before(), None);
        assert_eq!(of(None).before(), None);
    }
}
