//! `doctor`: what would make `up` fail, before it does. It changes nothing, and takes no lock.
//!
//! It looks as far as it can: what depends on what is broken is told as not checked, and the rest is looked at.

mod account;
mod ground;
mod planned;
mod record;
mod report;
#[cfg(feature = "local")]
mod rights;

use crate::cli::{Doctor, Global};
use crate::error::{FAILED, Outcome};
use crate::render::{self, doctor_text};
use crate::run::Desk;
use crate::stack::Stack;

pub use report::{Check, Report, Status};

/// Why what AWS would have to say is not known.
const NO_WAY: &str = "there is no way to AWS, see above";

/// What is looked at in the program, and at AWS.
const OF_THE_PROGRAM: [&str; 4] = ["config.region", "config.program", "config.policy", "artifacts.packages"];
const OF_AWS: [&str; 9] = [
    "credentials.expiry",
    "clock.difference",
    "account.config",
    "permissions.up",
    "quotas.mail",
    "plan.up",
    "quotas.account",
    "people.left",
    "database.snapshot",
];

pub async fn run(global: &Global, args: &Doctor) -> Outcome {
    let mut report = Report::default();
    let stack = Stack::new(global)?;
    look(global, args, &stack, &mut report).await?;
    if global.is_json() {
        render::json(&report.json(&stack.name));
    } else {
        render::text(&doctor_text::report(&report));
    }
    Ok(if report.any_fails() { FAILED } else { 0 })
}

/// Looks at one thing after the other. Only what is no answer ends it: an interruption, or a folder that cannot be made.
async fn look(
    global: &Global,
    args: &Doctor,
    stack: &Stack,
    report: &mut Report,
) -> Result<(), crate::error::CommandError> {
    let Some(config) = ground::config(stack, report) else {
        record::look(stack, report)?;
        let why = "without a valid config it is not known, see above";
        for name in OF_THE_PROGRAM.iter().chain(&["credentials.caller"]).chain(&OF_AWS) {
            report.unknown(name, why, "");
        }
        return Ok(());
    };
    let program = ground::program(stack, &config, report);
    record::look(stack, report)?;

    let desk = Desk::open(global)?;
    let connection = match desk.connect().await {
        Ok(connection) => connection,
        Err(error) if error.exit == crate::error::INTERRUPTED => return Err(error),
        Err(error) => {
            let account = error.code == "AWS-OTHER-ACCOUNT";
            let broken = if account { "account.config" } else { "credentials.caller" };
            report.fails(broken, error);
            for name in OF_AWS.iter().filter(|name| **name != broken) {
                report.unknown(name, NO_WAY, "");
            }
            return Ok(());
        }
    };
    account::credentials(&connection, report).await;
    account::clock(&connection, report);
    account::account(&connection, &config, report);
    #[cfg(feature = "local")]
    rights::look(&desk, args, &connection, report).await?;
    #[cfg(not(feature = "local"))]
    {
        let _ = args;
        let message = "this binary was built without the embedded AWS, which finds out what `up` needs";
        report.unknown("permissions.up", message, "build it with the default features");
    }
    account::mail(&connection, &config, report).await;
    planned::look(desk, connection, program, report).await
}
