//! With which settings a branch's site is built. A build takes in the variables and commands of its moment; what is changed
//! later is in the next one. A tag of the branch tells how far that is, so that a run which was cut off, on whatever
//! machine, is gone on with.

use std::collections::BTreeMap;

use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::amplify::branches;
use crate::failure::refused;
use crate::session::Region;

/// The tag of a branch: its [`Mark`]. It is no tag that the program declares or that a drift is found in.
pub const BUILD_TAG: &str = "finsight:build";

/// What of an app a build takes in. Rules, headers and who may look are of what is served.
pub const OF_THE_APP: [&str; 6] = [
    "build_compute_type",
    "build_spec",
    "environment_variables",
    "iam_service_role_arn",
    "platform",
    "repository",
];
/// What of a branch a build takes in.
pub const OF_THE_BRANCH: [&str; 3] = ["build_spec", "environment_variables", "framework"];

/// The settings that were in place after a build, and whether one with them is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// A digest of the settings.
    pub settings: String,
    /// The last update of the stack that they were compared after.
    pub update: u64,
    /// How far it is.
    pub stage: Stage,
}

/// How far a branch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Builds with a higher number have the settings.
    After(u64),
    /// One with them came to a good end.
    Built,
}

impl Mark {
    /// Reads what [`Mark::text`] wrote; `None` for all else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let (settings, update, stage) = match words.as_slice() {
            [settings, update, "after", job] => (settings, update, Stage::After(job.parse().ok()?)),
            [settings, update, "built"] => (settings, update, Stage::Built),
            _ => return None,
        };
        Some(Self { settings: (*settings).to_owned(), update: update.parse().ok()?, stage })
    }

    /// The value of the tag.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { settings, update, stage } = self;
        match stage {
            Stage::After(job) => format!("{settings} {update} after {job}"),
            Stage::Built => format!("{settings} {update} built"),
        }
    }
}

/// A digest of what a build takes in. Secrets are not in it: nobody learns of one by its digest.
#[must_use]
pub fn settings(app: &Map, branch: &Map) -> String {
    let of = |inputs: &Map, names: &[&str]| {
        let said = names.iter().filter_map(|name| Some((*name, inputs.get(*name)?)));
        let said = said.filter(|(_, value)| !is_nothing(value));
        said.map(|(name, value)| (name.to_owned(), value.masked())).collect::<BTreeMap<_, _>>()
    };
    let all = json!({"app": of(app, &OF_THE_APP), "branch": of(branch, &OF_THE_BRANCH)});
    Sha256::digest(all.to_string()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What says as much as its absence.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// The marks of an app's branches, by branch: none of one without.
///
/// # Errors
/// What AWS said.
pub async fn marks(aws: &Region, app: &str) -> Result<BTreeMap<String, Mark>, Failure> {
    let standing = branches(aws, app).await?;
    let mark = |branch: &aws_sdk_amplify::types::Branch| {
        let tag = branch.tags()?.get(BUILD_TAG)?;
        Some((branch.branch_name().to_owned(), Mark::parse(tag)?))
    };
    Ok(standing.iter().filter_map(mark).collect())
}

/// Puts a branch's mark in place.
///
/// # Errors
/// What AWS said.
pub async fn put(aws: &Region, arn: &str, mark: &Mark) -> Result<(), Failure> {
    let call = aws.amplify().tag_resource().resource_arn(arn).tags(BUILD_TAG, mark.text());
    call.send().await.map_err(|error| refused("amplify:TagResource", &error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        for stage in [Stage::After(0), Stage::After(12), Stage::Built] {
            let mark = Mark { settings: "0123456789abcdef".to_owned(), update: 7, stage };
            assert_eq!(Mark::parse(&mark.text()), Some(mark));
        }
        for other in ["", "abc", "abc 1", "abc x built", "abc 1 after", "abc 1 after x", "abc 1 built 2"] {
            assert_eq!(Mark::parse(other), None, "{other}");
        }
    }

    #[test]
    fn what_a_build_takes_in_counts_and_nothing_else() {
        let map = |entries: &[(&str, Value)]| -> Map {
            entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let variables = |value: &str| Value::Map(map(&[("REACT_APP_STAGE", value.into())]));
        let app = map(&[("environment_variables", variables("prod")), ("build_spec", "version: 1".into())]);
        let of = |app: &Map, branch: &Map| settings(app, branch);
        let with = |of: &Map, name: &str, value: Value| {
            let mut changed = of.clone();
            changed.insert(name.to_owned(), value);
            changed
        };
        let branch = Map::new();
        let before = of(&app, &branch);
        assert_eq!(before.len(), 16);
        assert_ne!(of(&with(&app, "environment_variables", variables("dev")), &branch), before);
        assert_ne!(of(&with(&app, "build_spec", "version: 2".into()), &branch), before);
        assert_ne!(of(&app, &with(&branch, "environment_variables", variables("dev"))), before);
        assert_eq!(of(&with(&app, "custom_headers", "x".into()), &branch), before);
        assert_eq!(of(&with(&app, "custom_rules", Value::List(vec!["x".into()])), &branch), before);
        assert_eq!(of(&app, &with(&branch, "stage", "BETA".into())), before);
        assert_eq!(of(&app, &with(&branch, "environment_variables", Value::Map(Map::new()))), before);
    }
}
