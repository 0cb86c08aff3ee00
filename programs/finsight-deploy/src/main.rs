//! `finsight-deploy`: the command.

// The compiler counts how deep futures lie in each other: a command's, its stations', the SDK's below them.
#![recursion_limit = "256"]

mod builds;
mod cli;
mod commands;
mod connect;
mod crash_point;
mod embedded;
mod error;
mod preflight;
mod render;
mod run;
mod signals;
mod stack;

use std::process::ExitCode;

use crate::cli::Cli;

fn main() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; wrong usage is 64.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 64 } else { 0 });
        }
    };
    if let Some(wrong) = embedded::misused_pace(&cli) {
        let _ = wrong.print();
        return ExitCode::from(64);
    }
    render::set_up(&cli.global);
    let runtime = match runtime(&cli.global) {
        Ok(runtime) => runtime,
        Err(error) => {
            render::error(&error::CommandError::io("starting the runtime", &error), &cli.global);
            return ExitCode::from(1);
        }
    };
    let outcome = runtime.block_on(commands::dispatch(&cli));
    // Requests that a second Ctrl-C left are not waited for.
    runtime.shutdown_background();
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            render::error(&error, &cli.global);
            ExitCode::from(error.exit)
        }
    }
}

/// The runtime of a command. At AWS's pace the embedded AWS has a clock that jumps from one timer to the next when all
/// wait, so that its minutes are over at once.
fn runtime(global: &cli::Global) -> std::io::Result<tokio::runtime::Runtime> {
    if embedded::at_the_pace_of_aws(global) {
        return tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
