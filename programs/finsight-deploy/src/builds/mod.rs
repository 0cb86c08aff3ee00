//! Builds of the site: which branches need one, and how one is followed to its end.
//!
//! Amplify builds with the variables and commands of the moment, so what is changed counts only from the next build. Which
//! settings a branch was built with is told by a mark on it in AWS (`finsight_aws::ops::built`), so that a run which was
//! cut off is gone on with by the next one, from whatever machine.

mod ahead;
mod follow;
pub mod marks;

use std::collections::BTreeMap;

use finsight::people::Standing;
use finsight_engine::state::{Row, State};
use finsight_engine::value::{Map, Value};

pub use ahead::{After, Ahead};
pub use follow::{MINUTES, Place, Run};
pub use marks::Marked;

/// What is on record, with what AWS says of it where that is newer.
pub fn standing<'a>(state: &'a State, now: &'a BTreeMap<&'a str, &'a Map>) -> Vec<Standing<'a>> {
    let outputs = |row: &'a Row| now.get(row.urn.as_str()).copied().unwrap_or(&row.outputs);
    let of = |row: &'a Row| Standing {
        urn: &row.urn,
        inputs: &row.inputs,
        outputs: outputs(row),
        on: row.edges.iter().map(|edge| (&edge.urn, edge.via.as_str())).collect(),
    };
    state.rows.values().map(of).collect()
}

/// The app of a branch on record.
pub fn app_of<'a>(state: &'a State, branch: &Row) -> Option<&'a Row> {
    let edge = branch.edges.iter().find(|edge| edge.via == "app_id")?;
    state.rows.get(&edge.urn)
}

/// The name of a branch on record.
pub fn name_of(branch: &Row) -> &str {
    branch.inputs.get("branch_name").and_then(Value::as_text).unwrap_or_default()
}

/// The command that builds a branch.
pub fn command(stack: &str, branch: &str) -> String {
    format!("finsight-deploy ops frontend build --stack {stack} --branch {branch}")
}
