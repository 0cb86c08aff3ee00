//! `up`

use finsight::config::{Approval, Config};
use finsight_engine::approval::broadening;
use finsight_engine::plan::{Plan, Purpose};
use finsight_engine::policy::Finding;

use crate::cli::{Global, RequireApproval, Up};
use crate::connect::connect;
use crate::error::{CommandError, Outcome};
use crate::preflight;
use crate::render::{self, cost_text, plan_text, policy_text};
use crate::run::{Shared, Wish, approve, draft_plan, execute, exit_of, observe, refuse, settings, settle};
use crate::signals;
use crate::stack::{Stack, patterns, selection};

pub async fn run(global: &Global, args: &Up) -> Outcome {
    let stack = Stack::new(global)?;
    let config = stack.config()?;
    let graph = stack.program(&config)?;
    let policy = stack.policy(&config, &graph);
    if policy.iter().any(Finding::refuses) {
        if !global.is_json() {
            render::text(&policy_text::findings(&policy));
        }
        refuse(&policy)?;
    }
    let saved = args.plan.as_deref().map(load).transpose()?;
    let select = selection(&args.planning.select);
    // A selection that fits nothing is said before anything is asked of AWS.
    select.select(Some(&graph), &stack.read()?.state).map_err(|error| vec![error])?;
    let connection = connect(global, &stack, &config).await?;
    let store = Shared::new(stack.lock("up")?);
    render::notices(store.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).notices());
    let interrupt = signals::watch();
    if let Some(plan) = &saved {
        refuse_foreign(plan, &stack, &store, &connection.place)?;
    }
    let state = settle(&stack, global, &connection, store.state(), Some(&store), &interrupt).await?;
    let plan = match saved {
        Some(mut plan) => {
            if plan.has_secret() {
                let sealer = store.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).sealer()?;
                plan.open(sealer.as_ref()).map_err(|why| {
                    CommandError::refused(
                        "PLAN-SECRETS",
                        format!("the plan's secrets cannot be opened: {why}"),
                        "nothing was changed; make a new plan",
                    )
                })?;
            }
            plan
        }
        None => {
            let chosen = select.select(Some(&graph), &state).map_err(|error| vec![error])?;
            let observed = if args.planning.no_refresh {
                None
            } else {
                Some(observe(&stack, &connection, &state, &chosen).await?)
            };
            let replace = patterns(&args.planning.replace);
            let wish = Wish {
                graph: &graph,
                serial: state.serial,
                purpose: Purpose::Up,
                selection: &select,
                replace: &replace,
                confirmed: &args.planning.confirm_replace,
                destroy: false,
            };
            let (plan, refusals) = draft_plan(&stack, &wish, &state, observed.as_ref(), &connection.place)?;
            if !refusals.is_empty() {
                // What it would have been is part of the answer.
                if !global.is_json() {
                    let wider = broadening(&stack.registry, &plan, &state);
                    render::text(&plan_text::plan(&plan, &state, &wider, args.planning.diff));
                }
                return Err(refusals.into());
            }
            plan
        }
    };
    let wider = broadening(&stack.registry, &plan, &state);
    if !global.is_json() {
        render::text(&plan_text::plan(&plan, &state, &wider, args.planning.diff));
    }
    if !global.is_json() {
        render::text(&policy_text::findings(&policy));
        render::text(&cost_text::change(&super::cost::change(&stack, &plan, &state)));
    }
    preflight::check(&plan, &connection).await?;
    approve(when(args, &config), args.yes, &plan, &wider, global)?;
    let settings = settings(global, connection.pace, "up", args.continue_on_error);
    stack.keep_artifacts(&config)?;
    let outcome = execute(&stack, global, &connection, plan, &store, settings, &interrupt).await?;
    if !global.is_json() && outcome.succeeded() {
        render::outputs(&outcome.outputs);
    }
    Ok(exit_of(&outcome))
}

fn when(args: &Up, config: &Config) -> RequireApproval {
    args.require_approval.unwrap_or(match config.require_approval {
        Approval::Never => RequireApproval::Never,
        Approval::AnyChange => RequireApproval::AnyChange,
        Approval::Broadening => RequireApproval::Broadening,
    })
}

fn load(file: &std::path::Path) -> Result<Plan, CommandError> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| CommandError::io(&format!("reading the plan {shown}"), &error))?;
    serde_json::from_str(&text).map_err(|error| {
        CommandError::refused(
            "PLAN-UNREADABLE-FILE",
            format!("{shown} is no plan: {error}"),
            "nothing was changed; make it with `preview --save-plan`",
        )
    })
}

/// A saved plan is done as it was approved, or not at all.
fn refuse_foreign(
    plan: &Plan,
    stack: &Stack,
    store: &Shared,
    place: &finsight_engine::context::Place,
) -> Result<(), CommandError> {
    let state = store.state();
    let stale = |message: String| {
        Err(CommandError::refused(
            "PLAN-STALE",
            message,
            "nothing was changed; make a new plan with `preview --save-plan`",
        ))
    };
    if plan.stack != stack.name {
        return stale(format!("the plan is of stack `{}`, not of `{}`", plan.stack, stack.name));
    }
    if plan.serial != state.serial || !state.intents.is_empty() {
        return stale(format!(
            "the state has moved on since: from serial {} to {}",
            plan.serial, state.serial
        ));
    }
    if plan.account.is_some() && plan.account != place.account {
        return stale("the plan was made for another account".to_owned());
    }
    if plan.account.is_none() {
        return stale("the plan was made offline, without knowing the account".to_owned());
    }
    Ok(())
}
