//! `drift`

use finsight_engine::approval::broadening;
use finsight_engine::plan::Purpose;
use finsight_engine::refresh::drift;
use finsight_engine::urn::UrnPattern;

use crate::cli::{Drift, DriftFormat, Global, RequireApproval};
use crate::connect::{Connection, connect};
use crate::error::{DIFFERENCES, FAILED, Outcome};
use crate::render::{self, drift_text, plan_text};
use crate::run::{Shared, Wish, approve, execute, exit_of, make_plan, observe, settings, settle};
use crate::signals;
use crate::stack::{Stack, selection};

pub async fn run(global: &Global, args: &Drift) -> Outcome {
    let stack = Stack::new(global)?;
    let config = stack.config()?;
    let loaded = stack.read()?;
    render::notices(&loaded.notices);
    let select = selection(&args.select);
    select.select(None, &loaded.state).map_err(|error| vec![error])?;
    let connection = connect(global, &stack, &config).await?;
    let interrupt = signals::watch();
    // Only --fix and --accept write: they alone take the lock.
    let store = if args.fix || args.accept { Some(Shared::new(stack.lock("drift")?)) } else { None };
    let before = store.as_ref().map_or(loaded.state, Shared::state);
    let state = settle(&stack, global, &connection, before, store.as_ref(), &interrupt).await?;
    let chosen = select.select(None, &state).map_err(|error| vec![error])?;
    let observed = observe(&stack, &connection, &state, &chosen).await?;
    let found = drift(&stack.registry, &state, &observed);
    let strangers = if args.unmanaged { unmanaged(&stack, &connection, &state).await? } else { Vec::new() };
    let calls = connection.cloud.api_calls();
    let checked = state.rows.keys().filter(|urn| chosen.contains(*urn)).count();
    let format = args.format.unwrap_or(if global.is_json() { DriftFormat::Json } else { DriftFormat::Human });
    match format {
        DriftFormat::Human => {
            render::text(&drift_text::human(&stack.name, checked, calls, &found, &strangers))
        }
        DriftFormat::Json => {
            render::json(&drift_text::document(&stack.name, checked, calls, &found, &strangers))
        }
        DriftFormat::Markdown => {
            render::text(&drift_text::markdown(&stack.name, checked, &found, &strangers))
        }
        DriftFormat::Junit => render::text(&drift_text::junit(&stack.name, &state, &found, &strangers)),
        DriftFormat::Sarif => render::json(&drift_text::sarif(&stack.name, &found, &strangers)),
    }
    let unreadable =
        found.iter().any(|drift| matches!(drift.kind, finsight_engine::refresh::DriftKind::Unreadable(_)));
    if unreadable {
        return Ok(FAILED);
    }
    if let (true, Some(store)) = (args.accept, &store) {
        super::refresh::accept(&stack, store, &state, &observed, &found, "drift --accept", args.yes, global)?;
        return Ok(0);
    }
    if let (true, Some(store)) = (args.fix && !found.is_empty(), &store) {
        let graph = stack.program(&config)?;
        let target: Vec<UrnPattern> = found.iter().map(|drift| UrnPattern::new(drift.urn.as_str())).collect();
        let narrowed = finsight_engine::plan::Selection { target, ..select };
        let wish = Wish {
            graph: &graph,
            serial: state.serial,
            purpose: Purpose::Up,
            selection: &narrowed,
            replace: &[],
            confirmed: &[],
            destroy: false,
        };
        let plan = make_plan(&stack, &wish, &state, Some(&observed), &connection.place)?;
        let wider = broadening(&stack.registry, &plan, &state);
        if !global.is_json() {
            render::text(&plan_text::plan(&plan, &state, &wider, true));
        }
        approve(RequireApproval::AnyChange, args.yes, &plan, &wider, global)?;
        let settings = settings(global, connection.pace, "drift --fix", false);
        stack.keep_artifacts(&config)?;
        let outcome = execute(&stack, global, &connection, plan, store, settings, &interrupt).await?;
        return Ok(exit_of(&outcome));
    }
    Ok(if found.is_empty() && strangers.is_empty() { 0 } else { DIFFERENCES })
}

/// What carries this stack's tag and is not on record: by type and id.
async fn unmanaged(
    stack: &Stack,
    connection: &Connection,
    state: &finsight_engine::state::State,
) -> Result<Vec<(String, String)>, crate::error::CommandError> {
    let mut regions: Vec<&str> = vec![connection.place.region.as_str()];
    regions.extend(state.all_rows().map(|row| row.region.as_str()));
    regions.sort_unstable();
    regions.dedup();
    let mut strangers = Vec::new();
    for region in regions {
        let tagged = finsight_aws::tagged(&connection.session.region(region), &stack.name).await.map_err(
            |failure| {
                crate::error::CommandError::new("PLAN-UNREADABLE", failure.to_string(), "nothing was changed")
            },
        )?;
        for found in tagged {
            let known = state.all_rows().any(|row| row.id == found.id && row.region == region);
            if !known {
                strangers.push((found.type_name, found.id));
            }
        }
    }
    Ok(strangers)
}
