//! `cost`

use finsight::cost::assumptions::USERS_PER_DAY;
use finsight::cost::estimate;
use finsight_driver::clock::now;
use finsight_engine::cost::Items;
use finsight_engine::plan::Plan;
use finsight_engine::state::State;
use finsight_state::LocalStore;

use crate::cli::{Cost, CostFormat, Global};
use crate::error::{CommandError, Outcome};
use crate::render::cost_text::Change;
use crate::render::remnants::{Shown, shown};
use crate::render::{self, cost_json, cost_text};
use crate::stack::Stack;

pub fn run(global: &Global, args: &Cost) -> Outcome {
    let stack = Stack::new(global)?;
    let config = stack.config()?;
    let graph = stack.program(&config)?;
    let after = estimate(&Items::of_graph(&graph, &stack.registry), args.users_per_day)?;
    let before = if args.diff {
        let loaded = stack.read()?;
        render::notices(&loaded.notices);
        Some(estimate(&Items::of_state(&loaded.state, &stack.registry), args.users_per_day)?)
    } else {
        None
    };
    let before = before.as_ref();
    let kept = kept(&stack);
    let format = args.format.unwrap_or(if global.is_json() { CostFormat::Json } else { CostFormat::Human });
    match format {
        CostFormat::Human => render::text(&cost_text::human(&stack.name, &after, before, &kept)),
        CostFormat::Json => render::json(&cost_json::document(&stack.name, &after, before, &kept)),
        CostFormat::Markdown => render::text(&cost_text::markdown(&stack.name, &after, before, &kept)),
    }
    Ok(0)
}

/// What is kept after its resource, by the record. An estimate needs no record: without one nothing is known to be kept.
fn kept(stack: &Stack) -> Vec<Shown> {
    match LocalStore::read_sealed(&stack.base, &stack.name) {
        Ok(loaded) => {
            let mut all = shown(&loaded.state, &stack.registry, now());
            // What was let stand has no price here.
            all.retain(|one| !one.key.is_empty());
            all
        }
        Err(error) => {
            render::note(&format!("what is kept after its resource is not counted: {error}"));
            Vec::new()
        }
    }
}

/// What a plan makes of a month's cost.
pub fn change(stack: &Stack, plan: &Plan, state: &State) -> Result<Change, CommandError> {
    let total = |items: &Items| estimate(items, USERS_PER_DAY).map(|report| report.estimate.total());
    Ok(Change {
        before: total(&Items::of_state(state, &stack.registry))?,
        after: total(&Items::of_plan(plan, state, &stack.registry))?,
    })
}
