//! `destroy`

use finsight_engine::graph::CheckedGraph;
use finsight_engine::plan::{Purpose, Selection};
use finsight_engine::state::State;
use finsight_engine::urn::{Urn, UrnPattern};

use crate::cli::{Destroy, Global, RequireApproval};
use crate::connect::connect;
use crate::error::Outcome;
use crate::render::{self, plan_text};
use crate::run::{Shared, Wish, approve, execute, exit_of, make_plan, observe, settings, settle};
use crate::signals;
use crate::stack::{Stack, selection};

pub async fn run(global: &Global, args: &Destroy) -> Outcome {
    let stack = Stack::new(global)?;
    let config = stack.config()?;
    let select = selection(&args.select);
    // What the program declares is no slip of the pen, even where an earlier destroy took it down.
    let program = stack.program(&config).ok();
    select.select(program.as_deref(), &stack.read()?.state).map_err(|error| vec![error])?;
    let connection = connect(global, &stack, &config).await?;
    let store = Shared::new(stack.lock("destroy")?);
    let interrupt = signals::watch();
    let state = settle(&stack, global, &connection, store.state(), Some(&store), &interrupt).await?;
    let select = what_is_left(select, &state);
    let chosen = select.select(None, &state).map_err(|error| vec![error])?;
    let observed = observe(&stack, &connection, &state, &chosen).await?;
    let graph = CheckedGraph::empty(&stack.name, &config.region);
    let wish = Wish {
        graph: &graph,
        serial: state.serial,
        purpose: Purpose::Up,
        selection: &select,
        replace: &[],
        confirmed: &[],
        destroy: true,
    };
    let plan = make_plan(&stack, &wish, &state, Some(&observed), &connection.place)?;
    if !global.is_json() {
        render::text(&plan_text::plan(&plan, &state, &[], false));
    }
    approve(RequireApproval::AnyChange, args.yes, &plan, &[], global)?;
    let settings = settings(global, connection.pace, "destroy", args.continue_on_error);
    let outcome = execute(&stack, global, &connection, plan, &store, settings, &interrupt).await?;
    Ok(exit_of(&outcome))
}

/// The selection without what is gone: a destroy that was cut off after its last step, or is given
/// again, has nothing to do there.
fn what_is_left(mut select: Selection, state: &State) -> Selection {
    let all: Vec<&Urn> = state.all_rows().map(|row| &row.urn).collect();
    let stands = |pattern: &UrnPattern| all.iter().any(|urn| pattern.matches(urn));
    let wanted = (select.target.len(), select.component.len());
    select.target.retain(stands);
    select.exclude.retain(stands);
    select.component.retain(|name| all.iter().any(|urn| urn.component() == name));
    let gone = (wanted.0 > 0 && select.target.is_empty()) || (wanted.1 > 0 && select.component.is_empty());
    match gone {
        // Without a word left, it would stand for everything.
        true if !all.is_empty() => Selection { exclude: vec![UrnPattern::new("*")], ..Selection::default() },
        _ => select,
    }
}

#[cfg(test)]
mod tests {
    use finsight_engine::plan::Selection;
    use finsight_engine::state::State;
    use finsight_engine::urn::UrnPattern;

    use super::what_is_left;

    #[test]
    fn of_an_empty_state_nothing_is_left_to_select() {
        let gone = Selection {
            target: vec![UrnPattern::new("main")],
            component: vec!["network".to_owned()],
            ..Selection::default()
        };
        assert_eq!(what_is_left(gone, &State::empty("dev")), Selection::default());
    }
}
