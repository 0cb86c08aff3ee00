//! Options of `ops`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum Ops {
    /// The stack's database
    #[command(subcommand)]
    Database(Database),
    /// The stack's site
    #[command(subcommand)]
    Frontend(Frontend),
    /// The secrets that the stack makes
    #[command(subcommand)]
    Secret(Secret),
}

#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Put a new value in the place of one that the stack, RDS or API Gateway made
    Rotate(Rotate),
}

#[derive(Debug, Args)]
pub struct Rotate {
    /// The secret, the API key, or the database of whose master password it is: its name, URN or id
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum Database {
    /// Stop the database; AWS starts it again after seven days
    Stop(OnDatabase),
    /// Start the database
    Start(OnDatabase),
    /// Take a snapshot and wait until it can be restored
    Snapshot(Snapshot),
    /// Restore the database to a moment or from a snapshot; the old one is kept under another name
    Restore(Restore),
    /// Let the standby in the other zone take over
    Failover(OnDatabase),
}

#[derive(Debug, Subcommand)]
pub enum Frontend {
    /// Build what a branch of the repository has now, with the variables and commands of now
    Build(Build),
    /// Run an earlier build of a branch again
    Rollback(Rollback),
}

/// What all commands on a database take.
#[derive(Debug, Clone, Args)]
pub struct OnDatabase {
    /// Which one, where the stack has several: its URN or its identifier
    #[arg(long, value_name = "NAME")]
    pub database: Option<String>,
    #[command(flatten)]
    pub how: How,
}

/// What all of these commands take.
#[derive(Debug, Clone, Args)]
pub struct How {
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// How long to wait for AWS
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..=1440))]
    pub timeout: Option<u64>,
}

#[derive(Debug, Args)]
pub struct Snapshot {
    #[command(flatten)]
    pub on: OnDatabase,
    /// Its identifier [default: DATABASE-manual-YYYYMMDD-HHMMSS]
    #[arg(long, value_name = "ID")]
    pub name: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("source"),
    group = clap::ArgGroup::new("what").args(["latest", "to_time", "snapshot", "rehearse"]).required(true).multiple(true),
)]
pub struct Restore {
    #[command(flatten)]
    pub on: OnDatabase,
    /// To the last moment that AWS has, some minutes ago; a rehearsal takes it if nothing else is said
    #[arg(long, group = "source")]
    pub latest: bool,
    /// To a moment, such as 2026-01-31T09:30:00+09:00
    #[arg(long, value_name = "RFC3339", group = "source")]
    pub to_time: Option<String>,
    /// From a snapshot
    #[arg(long, value_name = "ID", group = "source")]
    pub snapshot: Option<String>,
    /// Out of the backups of this one, where several had the name: its resource id
    #[arg(long, value_name = "RESOURCE-ID", conflicts_with = "snapshot")]
    pub of: Option<String>,
    /// Into a copy that is asked what it holds and taken down: nothing of the stack changes
    #[arg(long)]
    pub rehearse: bool,
    /// What a rehearsal asks: SQL, with `-- expect: …` above each statement
    #[arg(long, value_name = "FILE", requires = "rehearse")]
    pub queries: Option<PathBuf>,
    /// Take down the copy that a rehearsal left, and do no more
    #[arg(long, requires = "rehearse", conflicts_with_all = ["source", "of", "queries"])]
    pub abandon: bool,
}

#[derive(Debug, Args)]
pub struct TakeBack {
    /// The functions, by name or URN [default: those that the last update changed which changed any]
    #[arg(value_name = "FUNCTION")]
    pub function: Vec<String>,
    /// The version [default: the one before the one that is live]
    #[arg(long, value_name = "VERSION", requires = "function")]
    pub to: Option<u64>,
    /// Let them follow the program again [default: all that were taken back]
    #[arg(long, conflicts_with = "to")]
    pub release: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct Build {
    /// The branch [default: the one of production]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    #[command(flatten)]
    pub how: How,
}

#[derive(Debug, Args)]
pub struct Rollback {
    /// The branch [default: the one of production]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// The build [default: the last good one before the one that is deployed]
    #[arg(long, value_name = "JOB")]
    pub to: Option<String>,
    #[command(flatten)]
    pub how: How,
}
