//! One module a command.

pub mod cost;
mod destroy;
pub mod doctor;
mod drift;
mod graph;
mod history;
mod import;
mod local;
mod ops;
pub mod patience;
#[cfg(feature = "local")]
mod permissions;
mod policy;
mod preview;
mod refresh;
mod rollback;
mod show;
mod state;
#[cfg(feature = "local")]
mod tried;
mod up;

#[cfg(feature = "local")]
pub use tried::{Row, Tried};

use clap::CommandFactory as _;

use crate::cli::{Cli, Command};
use crate::error::{CommandError, Outcome};

/// Runs the command that was given.
pub async fn dispatch(cli: &Cli) -> Outcome {
    let global = &cli.global;
    match &cli.command {
        Command::Preview(args) => preview::run(global, args).await,
        Command::Up(args) => up::run(global, args).await,
        Command::Destroy(args) => destroy::run(global, args).await,
        Command::Drift(args) => drift::run(global, args).await,
        Command::Doctor(args) => doctor::run(global, args).await,
        Command::Refresh(args) => refresh::run(global, args).await,
        Command::Import(args) => import::run(global, args).await,
        Command::State(command) => state::run(global, command),
        Command::Output(args) => show::outputs(global, args),
        Command::History(args) => history::run(global, args),
        Command::Graph(args) => graph::run(global, args),
        Command::Cost(args) => cost::run(global, args),
        #[cfg(feature = "local")]
        Command::Permissions(args) => permissions::run(global, args).await,
        Command::Rollback(args) => rollback::run(global, args).await,
        Command::Ops(command) => ops::run(global, command).await,
        Command::Config(command) => show::config(global, command),
        Command::Policy(command) => policy::run(global, command),
        Command::Local(command) => local::run(global, command).await,
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "finsight-deploy", &mut std::io::stdout());
            Ok(0)
        }
        Command::Man => clap_mangen::Man::new(Cli::command())
            .render(&mut std::io::stdout())
            .map(|()| 0)
            .map_err(|error| CommandError::io("writing the man page", &error)),
    }
}
