//! `refresh`: live values into the state.

use crate::cli::{Global, Refresh};
use crate::error::Outcome;
use crate::render::{self, drift_text};
use crate::run::Desk;
use crate::stack::selection;

pub async fn run(global: &Global, args: &Refresh) -> Outcome {
    let desk = Desk::open(global)?.of_what_exists();
    let select = selection(&args.select);
    desk.check(&select, None)?;
    let read = desk.hold("refresh").await?.settle().await?.read(&select, None).await?;
    let found = read.drift();
    let (stack, checked, calls) = (&read.desk().stack.name, read.checked(), read.api_calls());
    if global.is_json() {
        render::json(&drift_text::document(stack, checked, calls, &found, &[]));
    } else {
        render::text(&drift_text::human(stack, checked, calls, &found, &[]));
    }
    read.taking(&args.confirm_gone).await?.write("refresh", args.yes).await
}
