//! Resource names: `<stack>/<component>/<type>/<name>`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of one declared resource, unique within an account's stacks.
///
/// Its text is `<stack>/<component>/<type>/<name>`, for example
/// `prod/network/aws:ec2:Vpc/main`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Urn(Arc<str>);

/// Why a text is no URN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a URN: {why}; expected <stack>/<component>/<type>/<name>, e.g. dev/network/aws:ec2:Vpc/main"
)]
pub struct UrnError {
    text: String,
    why: &'static str,
}

impl Urn {
    /// Builds a URN from its four parts.
    ///
    /// # Errors
    /// When a part is empty or holds a `/`, or the type has not three parts.
    pub fn new(stack: &str, component: &str, type_name: &str, name: &str) -> Result<Self, UrnError> {
        format!("{stack}/{component}/{type_name}/{name}").parse()
    }

    fn part(&self, index: usize) -> &str {
        self.0.split('/').nth(index).unwrap_or_default()
    }

    /// The stack that the resource belongs to.
    #[must_use]
    pub fn stack(&self) -> &str {
        self.part(0)
    }

    /// The component that declares the resource.
    #[must_use]
    pub fn component(&self) -> &str {
        self.part(1)
    }

    /// The resource type, such as `aws:ec2:Vpc`.
    #[must_use]
    pub fn type_name(&self) -> &str {
        self.part(2)
    }

    /// The name within component and type.
    #[must_use]
    pub fn name(&self) -> &str {
        self.part(3)
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Urn {
    type Err = UrnError;

    fn from_str(text: &str) -> Result<Self, UrnError> {
        let wrong = |why| UrnError { text: text.to_owned(), why };
        let parts: Vec<&str> = text.split('/').collect();
        if parts.len() != 4 {
            return Err(wrong("it has not four parts"));
        }
        if parts.iter().any(|part| part.is_empty()) {
            return Err(wrong("a part is empty"));
        }
        if parts.iter().any(|part| !part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c))) {
            return Err(wrong("only letters, digits and -_.: may stand in it"));
        }
        if parts[2].split(':').count() != 3 {
            return Err(wrong("the type has not the form provider:service:Resource"));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Urn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Urn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A pattern over URNs: `*` stands for any run of characters.
///
/// A pattern without a `/` is matched against the resource's name, and, if it
/// has a `*`, against the whole URN too: `*NatGateway*` fits every NAT gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrnPattern(String);

impl UrnPattern {
    /// Takes any text as a pattern.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether the URN fits the pattern.
    #[must_use]
    pub fn matches(&self, urn: &Urn) -> bool {
        let whole = self.0.contains(['/', '*']) && glob(&self.0, urn.as_str());
        whole || (!self.0.contains('/') && glob(&self.0, urn.name()))
    }

    /// The pattern's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Matches `text` against `pattern`, in which `*` stands for any run of characters.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && pattern[p] == text[t] {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            p = at + 1;
            t = from + 1;
            star = Some((at, t));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// The names nearest to `wanted`, best first, at most three: what "did you mean" offers.
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut ranked: Vec<(usize, &str)> =
        known.into_iter().map(|name| (distance(wanted, name), name)).collect();
    ranked.sort_unstable();
    let limit = (wanted.len() / 2).max(3);
    ranked.into_iter().filter(|(d, _)| *d <= limit).take(3).map(|(_, name)| name).collect()
}

/// The number of single-character edits between two texts (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_urn() {
        let urn: Urn = "prod/network/aws:ec2:Vpc/main".parse().unwrap();
        assert_eq!(
            (urn.stack(), urn.component(), urn.type_name(), urn.name()),
            ("prod", "network", "aws:ec2:Vpc", "main")
        );
    }

    #[test]
    fn wrong_urns_say_why() {
        for text in ["", "a/b/c", "a/b/aws:ec2:Vpc/", "a/b/Vpc/main", "a/b/aws:ec2:Vpc/ma in"] {
            assert!(text.parse::<Urn>().is_err(), "{text}");
        }
    }

    #[test]
    fn globs() {
        assert!(glob("dev/*/aws:ec2:*", "dev/network/aws:ec2:Vpc/main"));
        assert!(glob("*", ""));
        assert!(!glob("dev/*x", "dev/network"));
        let urn: Urn = "dev/network/aws:ec2:Vpc/main".parse().unwrap();
        for pattern in ["ma*", "main", "*Vpc*", "dev/network/*"] {
            assert!(UrnPattern::new(pattern).matches(&urn), "{pattern}");
        }
        assert!(!UrnPattern::new("network").matches(&urn));
    }

    #[test]
    fn near_names() {
        assert_eq!(nearest("privat-a", ["public-a", "private-a", "main"])[0], "private-a");
    }
}
