//! `preview`

use std::io::Write as _;

use finsight_engine::approval::broadening;
use finsight_engine::plan::Purpose;
use finsight_engine::policy::Finding;
use finsight_engine::refresh::drift;
use finsight_engine::state::Intent;

use crate::cli::{Global, Preview};
use crate::connect::connect;
use crate::error::{CommandError, DIFFERENCES, Outcome};
use crate::preflight;
use crate::render::{self, cost_text, plan_json, plan_text, policy_text};
use crate::run::{Wish, draft_plan, observe, refuse, settle};
use crate::signals;
use crate::stack::{Stack, patterns, selection};

pub async fn run(global: &Global, args: &Preview) -> Outcome {
    let stack = Stack::new(global)?;
    let config = stack.config()?;
    let graph = stack.program(&config)?;
    let policy = stack.policy(&config, &graph);
    let loaded = stack.read()?;
    render::notices(&loaded.notices);
    let serial = loaded.state.serial;
    let open: Vec<Intent> = loaded.state.intents.values().cloned().collect();
    let select = selection(&args.planning.select);
    let chosen = select.select(Some(&graph), &loaded.state).map_err(|error| vec![error])?;
    let connection = if args.offline {
        None
    } else {
        match connect(global, &stack, &config).await {
            Ok(connection) => Some(connection),
            // A preview needs no credentials, unless it was told to read.
            Err(error) if error.code == "AWS-NO-CREDENTIALS" && !args.planning.refresh => {
                render::note(
                    "there are no AWS credentials: this preview is from program, config and state alone",
                );
                None
            }
            Err(error) => return Err(error),
        }
    };
    let (state, observed, place) = match &connection {
        Some(connection) => {
            let interrupt = signals::watch();
            let state = settle(&stack, global, connection, loaded.state, None, &interrupt).await?;
            let observed = if args.planning.no_refresh {
                None
            } else {
                Some(observe(&stack, connection, &state, &chosen).await?)
            };
            (state, observed, connection.place.clone())
        }
        None => {
            let place = stack.offline_place(&config, &loaded.state);
            (loaded.state, None, place)
        }
    };
    if !open.is_empty() {
        render::note(&format!(
            "{} operations of an earlier run are open; the next run settles them",
            open.len()
        ));
    }
    let replace = patterns(&args.planning.replace);
    let wish = Wish {
        graph: &graph,
        serial,
        purpose: Purpose::Up,
        selection: &select,
        replace: &replace,
        confirmed: &args.planning.confirm_replace,
        destroy: false,
    };
    let (plan, refusals) = draft_plan(&stack, &wish, &state, observed.as_ref(), &place)?;
    let drifted =
        observed.as_ref().map(|observed| drift(&stack.registry, &state, observed)).unwrap_or_default();
    let wider = broadening(&stack.registry, &plan, &state);
    let fits = match &connection {
        Some(connection) if refusals.is_empty() => preflight::check(&plan, connection).await,
        _ => Ok(()),
    };
    let refused = !refusals.is_empty() || fits.is_err() || policy.iter().any(Finding::refuses);
    if let Some(file) = args.save_plan.as_ref().filter(|_| !refused) {
        let mut sealed = plan.clone();
        if sealed.has_secret() {
            // Secrets are kept sealed; the key is made where there is none yet.
            let sealer = match &loaded.sealer {
                Some(sealer) => std::sync::Arc::clone(sealer),
                None => stack.lock("preview --save-plan")?.sealer()?,
            };
            sealed.seal(sealer.as_ref());
        }
        save(&sealed, file)?;
    }
    let verdict: Result<(), CommandError> =
        if refusals.is_empty() { refuse(&policy).and(fits) } else { Err(refusals.into()) };
    let cost = super::cost::change(&stack, &plan, &state);
    if global.is_json() {
        let mut document = plan_json::document(&plan, &open, &drifted, &wider, &policy, &cost);
        if let Err(error) = &verdict {
            document["refused"] = serde_json::json!({"code": error.code, "message": error.message});
        }
        render::json(&document);
        // One document says it all.
        if let Err(error) = verdict {
            return Ok(error.exit);
        }
    } else {
        render::text(&plan_text::plan(&plan, &state, &wider, args.planning.diff));
        render::text(&policy_text::findings(&policy));
        render::text(&cost_text::change(&cost));
        verdict?;
    }
    if plan.has_changes() && args.expect_no_changes {
        render::note("something would change, and --expect-no-changes was given");
    }
    let counts = args.detailed_exitcode || args.expect_no_changes;
    Ok(if counts && plan.has_changes() { DIFFERENCES } else { 0 })
}

fn save(plan: &finsight_engine::plan::Plan, file: &std::path::Path) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(plan).map_err(|error| {
        CommandError::new(
            "PLAN-NOT-SAVED",
            format!("the plan cannot be saved: {error}"),
            "nothing was changed; run `up` without --plan",
        )
    })?;
    // Whole or not at all: a plan that was cut off must not be mistaken for one.
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let written = tempfile::NamedTempFile::new_in(folder.unwrap_or(std::path::Path::new("."))).and_then(
        |mut temporary| {
            temporary.write_all(text.as_bytes())?;
            temporary.as_file().sync_all()?;
            temporary.persist(file).map_err(|error| error.error)
        },
    );
    written.map(|_| ()).map_err(|error| CommandError::io(&format!("writing {}", file.display()), &error))
}
