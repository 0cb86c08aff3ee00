//! A plan in a file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use finsight_engine::graph::Graph;
use finsight_engine::plan::{PLAN_VERSION, Plan};
use finsight_engine::value::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::packages;
use crate::error::CommandError;

/// The version of this tool: a plan is carried out by the one that made it.
const MADE_BY: &str = env!("CARGO_PKG_VERSION");

/// A plan out of a file, as this version writes it.
pub struct Saved {
    pub(super) plan: Plan,
    /// What it was made towards: the policy is asked of this, and not of today's program.
    pub(super) declared: Graph,
    /// The folder with its packages.
    pub(super) packages: PathBuf,
}

impl Saved {
    /// Reads a plan's file. What this version would not write is refused: a field that it does not know
    /// may be what somebody approved.
    pub fn load(file: &Path) -> Result<Self, CommandError> {
        let shown = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| CommandError::io(&format!("reading the plan {shown}"), &error))?;
        let unreadable = |why: &str| {
            CommandError::refused(
                "PLAN-UNREADABLE-FILE",
                format!("{shown} is no plan: {why}"),
                "nothing was changed; make it with `preview --save-plan`",
            )
        };
        let mut json: Json = serde_json::from_str(&text).map_err(|error| unreadable(&error.to_string()))?;
        let Some(version) = json.get("version").and_then(Json::as_u64) else {
            return Err(unreadable("it has no version"));
        };
        let made_by = json.as_object_mut().and_then(|object| object.remove("made_by"));
        let made_by = made_by.as_ref().and_then(Json::as_str).unwrap_or("an unknown version").to_owned();
        let other = |what: String| {
            CommandError::refused(
                "PLAN-VERSION",
                what,
                "nothing was changed; make the plan anew with the version that is to carry it out",
            )
        };
        if version != u64::from(PLAN_VERSION) || made_by != MADE_BY {
            return Err(other(format!(
                "{shown} has format {version} of finsight-deploy {made_by}; this is {MADE_BY}, of format {PLAN_VERSION}"
            )));
        }
        let Some(graph) = json.as_object_mut().and_then(|object| object.remove("declared")) else {
            return Err(unreadable("it does not say what it was made towards"));
        };
        let flaw = |flaw: Flaw| match flaw {
            Flaw::Unreadable(why) => unreadable(&why),
            Flaw::Differs(at) => {
                other(format!("{shown} is not what finsight-deploy {MADE_BY} writes: it differs at `{at}`"))
            }
        };
        let plan: Plan = exactly(json, "plan").map_err(flaw)?;
        let declared: Graph = exactly(graph, "declared").map_err(flaw)?;
        Ok(Self { plan, declared, packages: packages::beside(file) })
    }
}

/// A value out of a document that holds it and nothing else: a field that is not known may be what
/// somebody approved.
fn exactly<T: Serialize + DeserializeOwned>(json: Json, what: &str) -> Result<T, Flaw> {
    let value: T =
        serde_json::from_value(json.clone()).map_err(|error| Flaw::Unreadable(error.to_string()))?;
    let again = serde_json::to_value(&value).map_err(|error| Flaw::Unreadable(error.to_string()))?;
    if again == json { Ok(value) } else { Err(Flaw::Differs(first_difference(&json, &again, what))) }
}

/// What is wrong with a document.
enum Flaw {
    /// It is none.
    Unreadable(String),
    /// It holds something else at this place.
    Differs(String),
}

/// Writes a plan, whose secrets are sealed, and the packages that it needs beside it.
pub fn save(plan: &Plan, declared: Graph, file: &Path, sources: &[PathBuf]) -> Result<(), CommandError> {
    let unsaved = |error: serde_json::Error| {
        CommandError::new(
            "PLAN-NOT-SAVED",
            format!("the plan cannot be saved: {error}"),
            "nothing was changed; run `up` without --plan",
        )
    };
    let mut json = serde_json::to_value(plan).map_err(unsaved)?;
    json["made_by"] = MADE_BY.into();
    json["declared"] = serde_json::to_value(without_secrets(declared)).map_err(unsaved)?;
    packages::gather(&packages::needed(plan), sources, &packages::beside(file))?;
    // Whole or not at all: a plan that was cut off must not be mistaken for one.
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let written =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).and_then(|mut temporary| {
            temporary.write_all(format!("{json:#}").as_bytes())?;
            temporary.as_file().sync_all()?;
            temporary.persist(file).map_err(|error| error.error)
        });
    written.map(|_| ()).map_err(|error| CommandError::io(&format!("writing {}", file.display()), &error))
}

/// A graph in which secrets are not known: no rule looks at one.
fn without_secrets(mut graph: Graph) -> Graph {
    let inputs = graph.nodes.values_mut().flat_map(|node| node.inputs.values_mut());
    inputs.chain(graph.outputs.values_mut()).for_each(strip);
    graph
}

fn strip(value: &mut Value) {
    match value {
        Value::Secret(_) => *value = Value::Unknown,
        Value::List(items) => items.iter_mut().for_each(strip),
        Value::Map(map) => map.values_mut().for_each(strip),
        Value::Expr(expr) => expr.operands_mut().for_each(strip),
        _ => {}
    }
}

/// Where two documents part first.
fn first_difference(one: &Json, other: &Json, at: &str) -> String {
    let below = |one: Option<&Json>, other: Option<&Json>, name: String| match (one, other) {
        (Some(one), Some(other)) if one == other => None,
        (Some(one), Some(other)) => Some(first_difference(one, other, &name)),
        (None, None) => None,
        _ => Some(name),
    };
    let found = match (one, other) {
        (Json::Object(one), Json::Object(other)) => one
            .keys()
            .chain(other.keys())
            .find_map(|key| below(one.get(key), other.get(key), format!("{at}.{key}"))),
        (Json::Array(one), Json::Array(other)) => (0..one.len().max(other.len()))
            .find_map(|index| below(one.get(index), other.get(index), format!("{at}[{index}]"))),
        _ => None,
    };
    found.unwrap_or_else(|| at.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::first_difference;

    #[test]
    fn a_difference_is_named_by_its_place() {
        let one = json!({"a": [{"b": 1}, {"c": 2}], "d": 3});
        assert_eq!(first_difference(&one, &json!({"a": [{"b": 1}, {}], "d": 3}), "plan"), "plan.a[1].c");
        assert_eq!(first_difference(&one, &json!({"a": [{"b": 1}, {"c": 2}], "d": 4}), "plan"), "plan.d");
        assert_eq!(first_difference(&one, &json!({"a": [], "d": 3}), "plan"), "plan.a[0]");
    }
}
