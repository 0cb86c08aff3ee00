//! `destroy`

use finsight_engine::graph::Graph;

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
    select.select(None, &stack.read()?.state).map_err(|error| vec![error])?;
    let connection = connect(global, &stack, &config).await?;
    let store = Shared::new(stack.lock("destroy")?);
    let interrupt = signals::watch();
    let state = settle(&stack, global, &connection, store.state(), Some(&store), &interrupt).await?;
    let chosen = select.select(None, &state).map_err(|error| vec![error])?;
    let observed = observe(&stack, &connection, &state, &chosen).await?;
    let graph = Graph::new(&stack.name, &config.region);
    let wish = Wish { graph: &graph, selection: &select, replace: &[], confirmed: &[], destroy: true };
    let plan = make_plan(&stack, &wish, &state, Some(&observed), &connection.place)?;
    if !global.is_json() {
        render::text(&plan_text::plan(&plan, &state, &[], false));
    }
    approve(RequireApproval::AnyChange, args.yes, &plan, &[], global)?;
    let settings = settings(global, connection.pace, "destroy", args.continue_on_error);
    let outcome = execute(&stack, global, &connection, plan, &store, settings, &interrupt).await?;
    Ok(exit_of(&outcome))
}
