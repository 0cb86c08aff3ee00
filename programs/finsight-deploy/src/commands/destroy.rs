//! `destroy`

use finsight_engine::plan::Confirmed;

use crate::cli::{Destroy, Global, RequireApproval};
use crate::error::Outcome;
use crate::run::{Aim, Desk, Wish};
use crate::stack::selection;

pub async fn run(global: &Global, args: &Destroy) -> Outcome {
    let desk = Desk::open(global)?.of_what_exists()?;
    // What the program declares is no slip of the pen, even where an earlier destroy took it down.
    let program = desk.program().ok();
    let program = program.as_ref();
    let select = selection(&args.select);
    desk.check(&select, program)?;
    // A destroy that was cut off is given again as it was, and the key may be gone.
    let confirmed = &Confirmed { unreadable: args.confirm_unreadable.clone(), ..Confirmed::default() };
    let read = desk.hold("destroy").await?.settle().await?.read_to_destroy(&select, program).await?;
    let wish = Wish { aim: Aim::Destroy(program), selection: &select, replace: &[], confirmed };
    let judged = read.plan(&wish).await?.judge().await?;
    judged.show(false, false);
    let approved = judged.approve(RequireApproval::AnyChange, args.yes, "carry out this plan").await?;
    approved.execute("destroy", args.continue_on_error).await
}
