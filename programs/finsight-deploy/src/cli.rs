//! Options and commands: one definition for parser, help, man page and completions.

pub mod ops;
#[cfg(feature = "local")]
pub mod permissions;
mod principal;

use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Arg, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use finsight::cost::assumptions::USERS_PER_DAY;

/// Deploys FinSight's infrastructure to AWS, and to an AWS that it carries inside itself.
#[derive(Debug, Parser)]
#[command(name = "finsight-deploy", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// What the command line says, and the environment. A variable that is empty is one that is not set.
    pub fn read() -> Result<Self, clap::Error> {
        let is_empty = |arg: &Arg| {
            let value = arg.get_env().and_then(std::env::var_os);
            value.is_some_and(|value| value.is_empty())
        };
        let unset = |arg: Arg| if is_empty(&arg) { arg.env(Resettable::Reset) } else { arg };
        Self::from_arg_matches(&Self::command().mut_args(unset).try_get_matches()?)
    }
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The stack
    #[arg(short, long, global = true, env = "FINSIGHT_STACK", default_value = "dev", value_name = "NAME")]
    pub stack: String,
    /// Where state lives: file://PATH
    #[arg(
        long,
        global = true,
        env = "FINSIGHT_STATE",
        default_value = "file://.finsight",
        value_name = "URL"
    )]
    pub state: String,
    /// Where STACK.json is found [default: programs/config, or the shipped ones]
    #[arg(long, global = true, value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// Use the embedded AWS instead of AWS
    #[arg(long, global = true)]
    pub local: bool,
    /// How time passes in the embedded AWS
    #[cfg(feature = "local")]
    #[arg(long, global = true, value_enum, default_value_t = LocalPace::Quick, value_name = "PACE")]
    pub local_pace: LocalPace,
    /// Send all requests there, as in the AWS CLI
    #[arg(long, global = true, value_name = "URL", conflicts_with = "local")]
    pub endpoint_url: Option<String>,
    /// What stdout carries
    #[arg(long, global = true, value_enum, default_value_t = OutputFormat::Human)]
    pub output: OutputFormat,
    /// Short for --output json
    #[arg(long, global = true)]
    pub json: bool,
    /// Operations at once [default: as many as graph and rate limits allow]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub parallel: Option<u16>,
    /// For how long a lost network, or credentials that have expired, are waited out: `90s`, `10m`, `1h`
    #[arg(long, global = true, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    pub network_patience: std::time::Duration,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = ColorWhen::Auto, value_name = "WHEN")]
    pub color: ColorWhen,
    /// More logs on stderr; twice for all (also RUST_LOG)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

impl Global {
    /// Whether stdout carries JSON alone.
    pub fn is_json(&self) -> bool {
        self.json || self.output == OutputFormat::Json
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    Human,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what `up` would do, changing nothing
    Preview(Preview),
    /// Create and change resources until they are as the program declares
    Up(Up),
    /// Take everything down, in reverse order
    Destroy(Destroy),
    /// Compare the live resources with the state, changing nothing
    Drift(Drift),
    /// Take the live values into the state
    Refresh(Refresh),
    /// Take an existing resource under management
    Import(Import),
    /// Look at and repair the state
    #[command(subcommand)]
    State(State),
    /// Show the stack's outputs
    Output(OutputArgs),
    /// Show the updates of the stack
    History(History),
    /// Show the resource graph
    Graph(Graph),
    /// Estimate what the stack costs in a month, before it is deployed
    Cost(Cost),
    /// Print the least that a role has to be allowed, found by a rehearsal in the embedded AWS
    #[cfg(feature = "local")]
    Permissions(permissions::Permissions),
    /// Take functions back to a version before; they stay there until their code changes
    Rollback(ops::TakeBack),
    /// Say what would make `up` fail, before it does, changing nothing
    Doctor(Doctor),
    /// Operate what stands: stop, start, snapshot, restore, failover, build, rollback
    #[command(subcommand)]
    Ops(ops::Ops),
    /// Check and show the config
    #[command(subcommand)]
    Config(Config),
    /// The rules that a program must keep
    #[command(subcommand)]
    Policy(Policy),
    /// The embedded AWS
    #[command(subcommand)]
    Local(Local),
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
}

/// Which resources a run touches.
#[derive(Debug, Clone, Default, Args)]
pub struct Select {
    /// Only these resources; `*` stands for any text
    #[arg(long, value_name = "URN", num_args = 1..)]
    pub target: Vec<String>,
    /// Also what depends on the targets
    #[arg(long, requires = "target")]
    pub target_dependents: bool,
    /// Not these resources
    #[arg(long, value_name = "URN", num_args = 1..)]
    pub exclude: Vec<String>,
    /// Only these components
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub component: Vec<String>,
}

/// How a plan is made.
#[derive(Debug, Clone, Default, Args)]
pub struct Planning {
    #[command(flatten)]
    pub select: Select,
    /// Replace these resources even if nothing differs
    #[arg(long, value_name = "URN", num_args = 1..)]
    pub replace: Vec<String>,
    /// Replace or make anew what holds data: its name, as a confirmation
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub confirm_replace: Vec<String>,
    /// Delete what holds data, or keep it for a shorter while: its name, as a confirmation
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub confirm_delete: Vec<String>,
    /// Delete a key though what stays is encrypted with it: its name, as a confirmation
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub confirm_unreadable: Vec<String>,
    /// Let a function that `rollback` took back follow the program again: its name, as a confirmation
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub unpin: Vec<String>,
    /// Read the live resources first (the default with credentials)
    #[arg(long, overrides_with = "no_refresh")]
    pub refresh: bool,
    /// Trust the state, read nothing
    #[arg(long)]
    pub no_refresh: bool,
    /// Show every changed property
    #[arg(long)]
    pub diff: bool,
}

#[derive(Debug, Args)]
pub struct Preview {
    #[command(flatten)]
    pub planning: Planning,
    /// Use program, config and state alone: no credentials, no network
    #[arg(long, conflicts_with = "refresh")]
    pub offline: bool,
    /// Keep the plan, for `up --plan`
    #[arg(long, value_name = "FILE")]
    pub save_plan: Option<PathBuf>,
    /// Exit with 2 if something would change
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Exit with 2 if something would change, and say that it should not
    #[arg(long)]
    pub expect_no_changes: bool,
}

#[derive(Debug, Args)]
pub struct Up {
    #[command(flatten)]
    pub planning: Planning,
    /// Do exactly this plan, or refuse
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "exclude", "component", "replace", "confirm_replace", "confirm_delete", "confirm_unreadable", "unpin"])]
    pub plan: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// When to ask [default: the config's]
    #[arg(long, value_enum, value_name = "WHEN")]
    pub require_approval: Option<RequireApproval>,
    /// Go on with what does not depend on a failed step
    #[arg(long)]
    pub continue_on_error: bool,
    /// Do not build the site, where it needs a build: say how
    #[arg(long)]
    pub no_build: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RequireApproval {
    Never,
    AnyChange,
    Broadening,
}

#[derive(Debug, Args)]
pub struct Destroy {
    #[command(flatten)]
    pub select: Select,
    /// Delete a key though what stays is encrypted with it: its name, as a confirmation
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub confirm_unreadable: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Go on with what does not depend on a failed step
    #[arg(long)]
    pub continue_on_error: bool,
}

#[derive(Debug, Args)]
pub struct Drift {
    #[command(flatten)]
    pub select: Select,
    /// The form of the report [default: human, or json with --json]
    #[arg(long, value_enum)]
    pub format: Option<DriftFormat>,
    /// Also what carries this stack's tags and is not in the state
    #[arg(long)]
    pub unmanaged: bool,
    /// Put back what is on record, in place and with approval; the program has no part in it
    #[arg(long, conflicts_with = "accept")]
    pub fix: bool,
    /// Take the live values into the state
    #[arg(long)]
    pub accept: bool,
    /// With --fix: let what somebody keeps for longer go as early as on record: its name, as a confirmation
    #[arg(long, value_name = "NAME", num_args = 1.., requires = "fix")]
    pub confirm_delete: Vec<String>,
    /// With --accept: take what held data and is gone off the record: its name, as a confirmation
    #[arg(long, value_name = "NAME", num_args = 1.., requires = "accept", alias = "confirm-replace")]
    pub confirm_gone: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DriftFormat {
    Human,
    Json,
    Markdown,
    Junit,
    Sarif,
}

#[derive(Debug, Args)]
pub struct Refresh {
    #[command(flatten)]
    pub select: Select,
    /// Take what held data and is gone off the record: its name, as a confirmation
    #[arg(long, value_name = "NAME", num_args = 1.., alias = "confirm-replace")]
    pub confirm_gone: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct Import {
    /// The declared resource
    #[arg(required_unless_present = "file", requires = "id")]
    pub urn: Option<String>,
    /// The physical id of the existing one
    pub id: Option<String>,
    /// Many at once: a JSON object from URN to id
    #[arg(long, value_name = "FILE", conflicts_with_all = ["urn", "id"])]
    pub file: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum State {
    /// List the resources on record
    List,
    /// Show one resource on record
    Show {
        /// The resource, URN#OWNER6 for one that was replaced, or the identifier of what is kept
        urn: String,
    },
    /// Write the state as a JSON document to stdout
    Export,
    /// Read a JSON document that `export` wrote
    Import {
        /// The file; - for stdin
        file: PathBuf,
        /// Also when its serial is lower than the state's
        #[arg(long)]
        force: bool,
    },
    /// Rename a resource on record
    Move {
        /// The old name
        from: String,
        /// The new name
        to: String,
    },
    /// Take a resource off the record; it stands on in AWS
    Remove {
        /// The resource, URN#OWNER6 for one that was replaced, or the identifier of what is kept
        urn: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Refuse delete and replacement of a resource
    Protect {
        /// The resource, or URN#OWNER6 for one that was replaced
        urn: String,
    },
    /// Allow delete and replacement of a resource again
    Unprotect {
        /// The resource, or URN#OWNER6 for one that was replaced
        urn: String,
    },
    /// Mark a resource, so that the next `up` replaces it
    Taint {
        /// The resource
        urn: String,
    },
    /// Take that mark off again
    Untaint {
        /// The resource
        urn: String,
    },
    /// Check log, snapshots and index against each other
    Verify,
    /// Rebuild what can be rebuilt, and say what is gone
    Repair {
        /// Take secrets that no key opens out of the state
        #[arg(long)]
        forget_secrets: bool,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Take away the lock of a run that is surely dead
    Unlock,
}

#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Say what a rule asks for, who suffers where it is broken, what to do, and where AWS says so
    Explain {
        /// The rule, such as reach-rights
        rule: String,
    },
}

#[derive(Debug, Args)]
pub struct Doctor {
    /// The user or role whose rights are looked at [default: whose credentials these are]
    #[arg(long, value_name = "ARN", value_parser = principal::principal)]
    pub principal: Option<String>,
}

#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Only this output
    pub name: Option<String>,
    /// Show secrets
    #[arg(long)]
    pub show_secrets: bool,
}

#[derive(Debug, Args)]
pub struct History {
    /// Show this update whole
    pub number: Option<u64>,
}

#[derive(Debug, Args)]
pub struct Graph {
    /// The form
    #[arg(long, value_enum, default_value_t = GraphFormat::Dot)]
    pub format: GraphFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    Dot,
    Mermaid,
    Json,
}

#[derive(Debug, Args)]
pub struct Cost {
    /// How many users a day the usage is reckoned for
    #[arg(long, value_name = "N", default_value_t = USERS_PER_DAY, value_parser = clap::value_parser!(u32).range(..=10_000_000))]
    pub users_per_day: u32,
    /// What the program makes dearer or cheaper than what is on record
    #[arg(long)]
    pub diff: bool,
    /// The form [default: human, or json with --json]
    #[arg(long, value_enum)]
    pub format: Option<CostFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CostFormat {
    Human,
    Json,
    Markdown,
}

#[derive(Debug, Subcommand)]
pub enum Config {
    /// Show the config, with defaults
    Show,
    /// Check the config
    Validate,
    /// Print the config's JSON Schema
    Schema,
}

#[derive(Debug, Subcommand)]
pub enum Local {
    /// Answer the AWS protocols on this machine, for the AWS CLI, boto3 or Terraform
    Serve {
        /// The port; 0 for any free one
        #[arg(long, default_value_t = 4566)]
        port: u16,
        /// Let callers do only what these identity policies allow: files as `permissions` prints them
        #[arg(long = "as", value_name = "FILE", num_args = 1..)]
        caller: Vec<PathBuf>,
        /// Make it an account of this kind first; what stands in it stays
        #[arg(long, value_enum)]
        account: Option<LocalAccount>,
    },
    /// Delete all that the embedded AWS holds, and the state of its stacks
    Reset {
        /// Begin with an account of this kind [default: old]
        #[arg(long, value_enum)]
        account: Option<LocalAccount>,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Count what the embedded AWS holds
    Status,
    /// Send the stack's API what browsers send it, let its alarms sound, and tell what would be seen
    Try,
}

/// What kind of account the embedded AWS is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LocalAccount {
    /// In use for years: AWS's default quotas, and each service has its role
    Old,
    /// As AWS opens it: the free plan, small quotas, no service-linked roles, unknown to CloudFront
    New,
    /// A new one with the paid plan and default quotas, known to CloudFront; no service-linked roles
    Prepared,
}

/// How time passes in the embedded AWS.
#[cfg(feature = "local")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LocalPace {
    /// What takes AWS minutes takes it a moment
    Quick,
    /// As in AWS: its durations, late sight and request rates, on a clock that jumps over what is waited for
    Aws,
}

/// A whole number with its unit: `s`, `m` or `h`.
fn duration(text: &str) -> Result<std::time::Duration, String> {
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        _ => return Err("give a whole number with a unit, such as 90s, 10m or 1h".to_owned()),
    };
    let number: u32 =
        text[..text.len() - 1].parse().map_err(|_| "the number before the unit is no whole number")?;
    Ok(std::time::Duration::from_secs(u64::from(number) * unit))
}
