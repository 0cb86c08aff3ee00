//! `preview`

use crate::cli::{Global, Preview};
use crate::error::{DIFFERENCES, Outcome};
use crate::render::{self, plan_json};
use crate::run::{Aim, Desk, Wish};
use crate::stack::selection;

pub async fn run(global: &Global, args: &Preview) -> Outcome {
    let desk = Desk::open(global)?;
    let program = desk.program()?;
    let select = selection(&args.planning.select);
    desk.check(&select, Some(&program))?;
    let replace = desk.replaced(&args.planning.replace, &select, &program)?;
    let confirmed = &desk.confirmed(&args.planning)?;
    // A preview needs no credentials, unless it was told to read.
    let loaded = match (args.offline, args.planning.refresh) {
        (true, _) => desk.look_offline()?,
        (false, true) => desk.look().await?,
        (false, false) => desk.look_with_credentials().await?,
    };
    let open = loaded.open();
    let settled = loaded.settle().await?;
    if !open.is_empty() {
        render::note(&format!(
            "{} operations of an earlier run are open; the next run settles them",
            open.len()
        ));
    }
    let read = match args.planning.no_refresh {
        true => settled.trust(&select, Some(&program))?,
        false => settled.read(&select, Some(&program)).await?,
    };
    let drifted = read.drift();
    let wish = Wish { aim: Aim::Up(&program), selection: &select, replace: &replace, confirmed };
    let judged = read.plan(&wish).await?.judge().await?;
    let builds = judged.builds().await?;
    if let Some(file) = args.save_plan.as_ref().filter(|_| judged.verdict().is_ok()) {
        judged.save(file)?;
    }
    let plan = judged.plan();
    if global.is_json() {
        let cost = super::cost::change(&judged.desk().stack, plan, judged.state());
        let mut document = plan_json::document(plan, &open, &drifted, judged.wider(), judged.policy(), &cost);
        document["builds"] = builds.json();
        if let Err(error) = judged.verdict() {
            document["refused"] = serde_json::json!({"code": error.code, "message": error.message});
        }
        render::json(&document);
        // One document says it all.
        if let Err(error) = judged.verdict() {
            return Ok(error.exit);
        }
    } else {
        judged.show(args.planning.diff, true);
        render::text(&builds.text(false));
        judged.verdict().clone()?;
    }
    if plan.has_changes() && args.expect_no_changes {
        render::note("something would change, and --expect-no-changes was given");
    }
    let counts = args.detailed_exitcode || args.expect_no_changes;
    Ok(if counts && plan.has_changes() { DIFFERENCES } else { 0 })
}
