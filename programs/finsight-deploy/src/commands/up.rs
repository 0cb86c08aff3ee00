//! `up`

use finsight::config::{Approval, Config};

use crate::cli::{Global, Planning, RequireApproval, Up};
use crate::error::{CommandError, Outcome};
use crate::render::{self, policy_text};
use crate::run::{Aim, Desk, Holding, Planned, Program, Saved, Wish};
use crate::stack::selection;

pub async fn run(global: &Global, args: &Up) -> Outcome {
    let desk = Desk::open(global)?;
    let when = when(args, &desk.config);
    let saved = args.plan.as_deref().map(Saved::load).transpose()?;
    // It lives as long as the run: its packages are sent.
    let mut program = None;
    let planned = match saved {
        Some(saved) => {
            // What it was made towards is kept with it: today's program lends its packages alone.
            program = desk.program().ok();
            let loaded = desk.hold("up").await?;
            loaded.check(&saved)?;
            loaded.settle().await?.take(saved, program.as_ref())?
        }
        None => {
            let program = program.insert(whole(&desk)?);
            plan(desk, program, &args.planning).await?
        }
    };
    let judged = planned.judge().await?;
    let builds = judged.builds().await?;
    judged.show(args.planning.diff, !judged.is_refused());
    if !global.is_json() {
        render::text(&builds.text(args.no_build));
    }
    let approved = judged.approve(when, args.yes, "carry out this plan").await?;
    approved.up(args.continue_on_error, builds, args.no_build).await
}

/// A program that breaks no rule: said before anything is asked of AWS.
fn whole(desk: &Desk) -> Result<Program, CommandError> {
    let program = desk.program()?;
    if let Err(error) = program.refuse_broken() {
        if !desk.global.is_json() {
            render::text(&policy_text::findings(program.policy()));
        }
        return Err(error);
    }
    Ok(program)
}

async fn plan(desk: Desk, program: &Program, planning: &Planning) -> Result<Planned<Holding>, CommandError> {
    let select = selection(&planning.select);
    desk.check(&select, Some(program))?;
    let replace = desk.replaced(&planning.replace, &select, program)?;
    let confirmed = desk.confirmed(planning)?;
    let settled = desk.hold("up").await?.settle().await?;
    let read = match planning.no_refresh {
        true => settled.trust(&select, Some(program))?,
        false => settled.read(&select, Some(program)).await?,
    };
    let aim = Aim::Up(program);
    read.plan(&Wish { aim, selection: &select, replace: &replace, confirmed: &confirmed }).await
}

fn when(args: &Up, config: &Config) -> RequireApproval {
    args.require_approval.unwrap_or(match config.require_approval {
        Approval::Never => RequireApproval::Never,
        Approval::AnyChange => RequireApproval::AnyChange,
        Approval::Broadening => RequireApproval::Broadening,
    })
}
