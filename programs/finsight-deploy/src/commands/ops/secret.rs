//! `ops secret rotate`: a new value in the place of one that the stack, RDS or API Gateway made.
//!
//! It is an `up` of the secret and of what depends on it, with what an operation sets, so the way is that of all commands.
//! Who takes the value and who sends it are changed in the order of the graph: both values are taken in between.

use std::collections::BTreeMap;

use finsight_aws::ops::rotation::{InForce, Rotation, in_force};
use finsight_engine::plan::{Confirmed, Selection};
use finsight_engine::state::{Row, State};
use finsight_engine::urn::{Urn, UrnPattern};
use finsight_engine::value::{Map, Value};

use super::work::cut_off;
use crate::cli::ops::Rotate;
use crate::cli::{Global, RequireApproval};
use crate::commands::patience::{Next, Patience};
use crate::error::{CommandError, Outcome, USAGE};
use crate::render;
use crate::run::{Aim, Desk, Holding, Program, Settled, Wish};

const SECRET: &str = "aws:secretsmanager:Secret";
const DATABASE: &str = "aws:rds:DBInstance";
const KEY: &str = "aws:apigateway:ApiKey";
/// The property by which a new value is asked for.
const ROTATION: &str = "rotation";
/// Minutes in which AWS is to say what stands.
const READING: u64 = 5;

/// How a value is made anew.
enum Kind {
    /// Secrets Manager makes one, and the one before is taken for a time.
    Generated,
    /// RDS makes one, and all that reads the secret has it.
    Master,
    /// API Gateway makes a new key.
    Key,
}

pub async fn rotate(global: &Global, args: &Rotate) -> Outcome {
    let work = Work::begin(global, args).await?;
    match work.kind {
        Kind::Key => work.replace_key().await,
        Kind::Master => work.new_password().await,
        Kind::Generated => work.new_value(global, args).await,
    }
}

/// One rotation, with the stack held.
struct Work {
    settled: Settled<Holding>,
    row: Row,
    kind: Kind,
    yes: bool,
}

impl Work {
    async fn begin(global: &Global, args: &Rotate) -> Result<Self, CommandError> {
        let desk = Desk::open(global)?.of_what_exists()?;
        let settled = desk.hold("ops secret rotate").await?.settle().await?;
        let (row, kind) = meant(settled.state(), &args.name)?;
        Ok(Self { settled, row, kind, yes: args.yes })
    }

    /// The command on record, with what was in force before it.
    fn command(&self, after: &str) -> String {
        format!("{} {after}", self.words())
    }

    fn words(&self) -> String {
        format!("ops secret rotate {} after", self.row.urn)
    }

    /// What was in force before a rotation that was cut off.
    fn begun(&self) -> Option<String> {
        let (_, after) = cut_off(self.settled.state(), &self.words())?;
        render::note("going on with a rotation that was begun");
        Some(after.to_owned())
    }

    /// What is in force of a secret at AWS.
    async fn in_force(&self, secret: &str) -> Result<InForce, CommandError> {
        let Some(connection) = self.settled.connection() else {
            return Err(CommandError::new("OPS-NONE", "there is no way to AWS", "nothing was changed"));
        };
        let aws = connection.session.region(&self.row.region);
        let mut patience = Patience::new(connection.pace, READING, self.settled.desk().stop.clone());
        let look = async || Ok(Next::Done(in_force(&aws, secret).await?));
        let found = patience.until(&format!("what AWS says of `{secret}`"), look).await?;
        found.ok_or_else(|| {
            CommandError::new(
                "OPS-GONE",
                format!("`{secret}` has no value in force"),
                "nothing was changed; see with `drift` what stands",
            )
        })
    }

    /// The secret itself and all that depends on it.
    fn selection(&self) -> Selection {
        let target = vec![UrnPattern::new(self.row.urn.as_str())];
        Selection { target, target_dependents: true, ..Selection::default() }
    }

    async fn replace_key(self) -> Outcome {
        let select = self.selection();
        let after = self.begun().unwrap_or_else(|| self.row.id.clone());
        let command = self.command(&after);
        // One that was cut off may have made the new key.
        let replace = if after == self.row.id { select.target.clone() } else { Vec::new() };
        let program = self.settled.desk().program()?;
        let confirmed = Confirmed { replace: vec![self.row.id.clone()], ..Confirmed::default() };
        let read = self.settled.read(&select, Some(&program)).await?;
        let wish =
            Wish { aim: Aim::Up(&program), selection: &select, replace: &replace, confirmed: &confirmed };
        let judged = read.plan(&wish).await?.judge().await?;
        judged.show(true, false);
        render::note(
            "CloudFront sends the new key before the old one goes; callers who send it themselves are refused from the end on, \
             until they have the new one",
        );
        let approved = judged.approve(RequireApproval::AnyChange, self.yes, "carry out this plan").await?;
        approved.execute(&command, false).await
    }

    async fn new_password(self) -> Outcome {
        let secret = self.row.outputs.get("master_user_secret_arn").and_then(Value::as_text);
        let Some(secret) = secret.map(str::to_owned) else {
            return Err(not_ours(&self.row, "RDS does not keep its master password"));
        };
        let after = match self.begun() {
            Some(after) => after,
            None => self.in_force(&secret).await?.current,
        };
        let command = self.command(&after);
        let sets = self.sets(&Rotation { after, alone: false });
        let target = vec![UrnPattern::new(self.row.urn.as_str())];
        let select = Selection { target, ..Selection::default() };
        let read = self.settled.read(&select, None).await?;
        let wish = Wish {
            aim: Aim::Operation(&sets),
            selection: &select,
            replace: &[],
            confirmed: &Confirmed::default(),
        };
        let judged = read.plan(&wish).await?.judge().await?;
        judged.show(true, false);
        render::note(
            "no request is refused: connections that stand stay; the proxy and the functions read the new password with the next one",
        );
        let approved = judged.approve(RequireApproval::AnyChange, self.yes, "carry out this plan").await?;
        approved.execute(&command, false).await
    }

    /// First a new value, which all who take the old one take too; when all who send it have it, the old one goes.
    async fn new_value(self, global: &Global, args: &Rotate) -> Outcome {
        let now = self.in_force(&self.row.id).await?;
        let after = match (self.begun(), now.previous) {
            (Some(after), _) => after,
            (None, Some(before)) => {
                render::note(
                    "going on with a rotation that was begun: the value before is still in force too",
                );
                before
            }
            (None, None) => now.current,
        };
        render::note(
            "no request is refused: the value before stays in force until all who send it have the new one; then it goes",
        );
        let exit = self.to(&Rotation { after: after.clone(), alone: false }).await?;
        if exit != 0 {
            return Ok(exit);
        }
        let rest = Self { yes: true, ..Self::begin(global, args).await? };
        rest.to(&Rotation { after, alone: true }).await
    }

    /// Brings the secret there, and all that depends on it after it.
    async fn to(self, rotation: &Rotation) -> Outcome {
        let (select, sets) = (self.selection(), self.sets(rotation));
        let command = self.command(&rotation.after);
        let program: Program = self.settled.desk().program()?;
        let read = self.settled.read(&select, Some(&program)).await?;
        let wish = Wish {
            aim: Aim::OperationUp(&program, &sets),
            selection: &select,
            replace: &[],
            confirmed: &Confirmed::default(),
        };
        let judged = read.plan(&wish).await?.judge().await?;
        judged.show(true, false);
        let approved = judged.approve(RequireApproval::AnyChange, self.yes, "carry out this plan").await?;
        approved.execute(&command, false).await
    }

    fn sets(&self, rotation: &Rotation) -> BTreeMap<Urn, Map> {
        let set = [(ROTATION.to_owned(), Value::from(rotation.to_string()))];
        [(self.row.urn.clone(), set.into())].into()
    }
}

/// What is meant by a name, among what can be rotated.
fn meant(state: &State, name: &str) -> Result<(Row, Kind), CommandError> {
    let kind = |row: &Row| {
        let is_set = |property: &str| row.inputs.get(property).is_some_and(|value| !value.is_null());
        match row.urn.type_name() {
            SECRET if is_set("generate") && !is_placeholder(row) => Some(Kind::Generated),
            DATABASE if row.inputs.get("manage_master_user_password") == Some(&true.into()) => {
                Some(Kind::Master)
            }
            KEY if !is_set("value") => Some(Kind::Key),
            _ => None,
        }
    };
    let is = |row: &&Row| {
        let names =
            ["name", "db_instance_identifier"].into_iter().filter_map(|key| row.inputs.get(key)?.as_text());
        names.chain([row.id.as_str(), row.urn.as_str(), row.urn.name()]).any(|one| one == name)
            || UrnPattern::new(name).matches(&row.urn)
    };
    let mut found: Vec<(&Row, Kind)> =
        state.rows.values().filter(is).filter_map(|row| Some((row, kind(row)?))).collect();
    if let (Some((row, kind)), true) = (found.pop(), found.is_empty()) {
        return Ok((row.clone(), kind));
    }
    if let Some(row) = state.rows.values().find(is).filter(|_| found.is_empty()) {
        return Err(not_ours(row, "neither the stack nor AWS makes its value"));
    }
    let all: Vec<&str> =
        state.rows.values().filter(|row| kind(row).is_some()).map(|row| row.urn.as_str()).collect();
    let all = if all.is_empty() { "nothing".to_owned() } else { all.join(", ") };
    Err(CommandError::new(
        "OPS-WHICH",
        format!("`{name}` is not one secret of stack `{}`; it has {all}", state.stack),
        "nothing was changed; give one of these",
    )
    .with_exit(USAGE))
}

/// Whether its generated value stands for one that people put in.
fn is_placeholder(row: &Row) -> bool {
    let generate = row.inputs.get("generate").and_then(Value::as_map);
    generate.and_then(|wanted| wanted.get("placeholder")) == Some(&true.into())
}

fn not_ours(row: &Row, why: &str) -> CommandError {
    CommandError::new(
        "OPS-WHICH",
        format!("{} is not rotated: {why}", row.urn),
        "nothing was changed; who gave the value puts another one (see the book, \"Secrets\")",
    )
    .with_exit(USAGE)
}
