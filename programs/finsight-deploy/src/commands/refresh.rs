//! `refresh`: live values into the state.

use finsight_engine::plan::Confirmed;

use crate::cli::{Global, Refresh};
use crate::error::Outcome;
use crate::render::drift_text::{self, Report};
use crate::render::{self, drift_json};
use crate::run::Desk;
use crate::stack::selection;

pub async fn run(global: &Global, args: &Refresh) -> Outcome {
    let desk = Desk::open(global)?.of_what_exists()?;
    let select = selection(&args.select);
    desk.check(&select, None)?;
    let confirmed = Confirmed { gone: args.confirm_gone.clone(), ..Confirmed::default() };
    desk.check_confirmed(&confirmed)?;
    let read = desk.hold("refresh").await?.settle().await?.read(&select, None).await?;
    let found = read.drift();
    // What the next `up` would do is another thing, once this is on record.
    let report = Report {
        kept: Vec::new(),
        stack: &read.desk().stack.name,
        checked: read.checked(),
        calls: read.api_calls(),
        found: &found,
        strangers: &[],
        ahead: None,
        remnants: &[],
    };
    if global.is_json() {
        render::json(&drift_json::document(&report));
    } else {
        render::text(&drift_text::human(&report));
    }
    read.taking(&confirmed).await?.write("refresh", args.yes).await
}
