//! What each rule is about, for whoever meets it: who suffers where it is broken, and where that is written.

mod more;
mod words;

use std::collections::BTreeSet;

use finsight_engine::policy::Rule;
use finsight_engine::urn::nearest;

use super::{metrics, rules};

/// Where a fact is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The page by its title, a data file of the project, or what is our own convention.
    pub title: &'static str,
    /// Where it is published; nothing for our own convention.
    pub url: Option<&'static str>,
}

/// A page by its title, and its address.
pub(super) const fn page(title: &'static str, url: &'static str) -> Source {
    Source { title, url: Some(url) }
}

/// What no page of others says.
const fn ours(title: &'static str) -> Source {
    Source { title, url: None }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.url {
            Some(url) => write!(f, "{}: {url}", self.title),
            None => write!(f, "{OURS}: {}", self.title),
        }
    }
}

/// The words for what no page of others says.
const OURS: &str = "our own convention";

/// A rule in words.
pub struct Explained {
    /// The rule.
    pub rule: Rule,
    /// Who suffers where it is broken.
    pub suffers: &'static str,
    /// The sources of the metric names, limits and behaviours that it relies on.
    pub sources: Vec<Source>,
}

impl Explained {
    /// The text that `policy explain` prints.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { rule, suffers, sources } = self;
        let sources: Vec<String> = sources.iter().map(ToString::to_string).collect();
        format!(
            "{} ({})\n\nAsks for    {}\nWithout it  {suffers}\nWhat to do  {}\nWhy         {}\nSources     {}\n",
            rule.id,
            rule.severity.word(),
            rule.title,
            rule.way_out,
            rule.reason,
            sources.join("\n            "),
        )
    }

    /// The same as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let Self { rule, suffers, sources } = self;
        let sources: Vec<_> = sources
            .iter()
            .map(|source| serde_json::json!({ "title": source.title, "url": source.url }))
            .collect();
        serde_json::json!({
            "rule": rule.id,
            "severity": rule.severity.word(),
            "asks": rule.title,
            "suffers": suffers,
            "way_out": rule.way_out,
            "reason": rule.reason,
            "sources": sources,
        })
    }
}

/// A name that no rule has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRule {
    /// The name.
    pub name: String,
    /// Rules with names like it, or of its kind.
    pub near: Vec<&'static str>,
}

impl std::fmt::Display for NoRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, near } = self;
        match near.as_slice() {
            [] => {
                let kinds: BTreeSet<&str> =
                    rules().iter().map(|rule| rule.id.split('-').next().unwrap_or(rule.id)).collect();
                let kinds: Vec<&str> = kinds.into_iter().collect();
                let kinds = kinds.join(", ");
                write!(
                    f,
                    "no rule is named {name:?}; there are those of {kinds}: `policy explain audit` lists one kind"
                )
            }
            near => write!(f, "no rule is named {name:?}; near it: {}", near.join(", ")),
        }
    }
}

impl std::error::Error for NoRule {}

/// A rule in words.
///
/// # Errors
/// When there is no rule of that name.
pub fn explain(name: &str) -> Result<Explained, NoRule> {
    explained().into_iter().find(|one| one.rule.id == name).ok_or_else(|| {
        let ids: Vec<&'static str> = rules().iter().map(|rule| rule.id).collect();
        let kind: Vec<&'static str> = ids
            .iter()
            .copied()
            .filter(|id| !name.is_empty() && id.starts_with(&format!("{}-", name.trim_end_matches('-'))))
            .collect();
        let near = if kind.is_empty() { nearest(name, ids.iter().copied()) } else { kind };
        NoRule { name: name.to_owned(), near }
    })
}

/// Rules that judge by names and dimensions of metrics.
const MEASURED: &[&str] = &["heard-always", "heard-failing", "heard-metric", "heard-reach"];

fn worded() -> impl Iterator<Item = &'static words::Words> {
    words::WORDS.iter().chain(more::WORDS)
}

/// All rules in words, in the order of the policy pack.
#[must_use]
pub fn explained() -> Vec<Explained> {
    let words = |id: &str| worded().find(|(known, _, _)| *known == id);
    rules()
        .into_iter()
        .map(|rule| {
            let (_, suffers, own) =
                words(rule.id).copied().unwrap_or((rule.id, "nobody has said so yet", &[]));
            let mut sources = own.to_vec();
            if MEASURED.contains(&rule.id) {
                sources.extend(metrics::pages());
            }
            Explained { rule, suffers, sources }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{explain, explained, worded};
    use crate::policy::rules;

    #[test]
    fn each_rule_is_explained_once() {
        let ids: BTreeSet<&str> = rules().iter().map(|rule| rule.id).collect();
        let words: BTreeSet<&str> = worded().map(|(id, _, _)| *id).collect();
        assert_eq!(ids, words);
        assert_eq!(worded().count(), words.len(), "each once");
        for one in explained() {
            assert!(one.suffers.len() > 20, "{}", one.rule.id);
        }
    }

    #[test]
    fn a_rule_is_explained_or_near_ones_are_named() {
        let text = explain("reach-rights").unwrap_or_else(|error| panic!("{error}")).text();
        for part in ["reach-rights (error)", "Asks for", "Without it", "What to do", "Source"] {
            assert!(text.contains(part), "{text}");
        }
        let error = explain("reach-right").err().expect("no rule");
        assert_eq!(error.near.first(), Some(&"reach-rights"), "{error}");
        let error = explain("reach").err().expect("no rule");
        assert!(error.near.len() >= 6 && error.near.iter().all(|id| id.starts_with("reach-")), "{error}");
        assert!(explain("").is_err());
    }
}
