//! `local try`: what browsers and people would see of a stack that stands in the embedded AWS.

mod alarms;
mod backend;
mod ground;
mod requests;
mod row;

use crate::cli::Global;
use crate::commands::tried::ground::Ground;
use crate::error::{CommandError, FAILED, Outcome};
use crate::render::walk;
use crate::stack::Stack;

pub use row::Row;

/// What became of a walk.
pub struct Tried {
    /// The stack.
    pub stack: String,
    /// The API's address.
    pub url: String,
    /// What was sent.
    pub requests: Vec<Row>,
    /// What sounded.
    pub alarms: Vec<Row>,
    /// What stood in for what is not here.
    pub stand_ins: Vec<String>,
    /// What is not as AWS would do it.
    pub unknown: Vec<String>,
}

impl Tried {
    /// Whether all was as it should be.
    pub fn is_good(&self) -> bool {
        self.requests.iter().chain(&self.alarms).all(Row::is_good)
    }
}

/// Walks through a stack and shows what was seen.
pub fn run(global: &Global, stack: &Stack) -> Outcome {
    stack.check_exists()?;
    let config = stack.config()?;
    let cloud =
        finsight_local::LocalCloud::open(&stack.local_cloud).map_err(|error| CommandError::local(&error))?;
    let ground = Ground::new(stack, &config, &cloud)?;
    let (requests, unknown) = requests::all(&ground);
    let alarms = alarms::all(&ground);
    let tried = Tried {
        stack: stack.name.clone(),
        url: format!("https://{}", config.api.domain),
        requests,
        alarms: alarms.rows,
        stand_ins: ground.stand_ins(&alarms.confirmed),
        unknown: unknown.into_iter().chain(ground::NOT_WALKED.map(str::to_owned)).collect(),
    };
    walk::show(&tried, global);
    Ok(if tried.is_good() { 0 } else { FAILED })
}
