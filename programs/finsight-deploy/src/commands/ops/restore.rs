//! `ops database restore`.
//!
//! The history holds when a restore began: a run that is given again after one that did not succeed is the
//! same restore, with the same names. All else is read off what stands (`finsight_aws::ops::restore::next`).

use finsight_aws::ops::database::{self, Backup, Database};
use finsight_aws::ops::restore::{self, Backups, Names, Source, Standing, Step};
use finsight_aws::session::Region;
use finsight_engine::contract::Failure;
use finsight_engine::state::Row;
use finsight_engine::value::Value;
use serde_json::json;

use super::begun::Begun;
use super::work::Outline;
use super::{Bench, compact};
use crate::cli::Global;
use crate::cli::ops::Restore;
use crate::commands::patience::{Next, Stop};
use crate::error::{CommandError, Outcome, REFUSED, USAGE};
use crate::render;
use crate::run::timestamp;

/// Minutes that it may take: less than the four hours in which all must be back.
const RESTORING: u64 = 210;
/// The longest identifier of an instance.
const LONGEST: usize = 63;

pub async fn restore(global: &Global, args: &Restore) -> Outcome {
    if args.rehearse {
        return super::rehearse::rehearse(global, args).await;
    }
    let source = source(args)?;
    let bench = Bench::open(global, "ops database restore").await?;
    let row = bench.database(&args.on)?;
    let aws = bench.region(&row);
    let options = args.of.iter().fold(source.options(), |all, of| format!("{all} --of {of}"));
    let command = format!("ops database restore {options} ({})", row.id);
    let mut patience = bench.patience(&args.on.how, RESTORING);
    let begun = Begun::of(&bench.state, &row, &options, &command);
    let look = async || begun.look(&aws).await.map(Next::Done);
    let begun = patience.until("what AWS says of the database", look).await?;
    let began = timestamp();
    let moment = begun.clone().unwrap_or_else(|| compact(&began));
    let mark = format!("{moment} {options}");
    let names = Names { mark, ..Names::new(&row.id, &moment, &source) };
    if names.before.len() > LONGEST {
        let message =
            format!("`{}` would be longer than the {LONGEST} characters that RDS takes", names.before);
        return Err(CommandError::refused("OPS-NAME", message, "nothing was changed; restore it by hand"));
    }
    let of = args.of.as_deref();
    let way =
        Way { bench: &bench, aws: &aws, row: &row, names: &names, source: &source, of, options: &options };

    let look = async || {
        let seen = way.look().await?;
        let step = restore::next(&names, &seen);
        way.refuse(&step).map_err(|error| error.with_exit(REFUSED))?;
        if matches!(step, Step::Restore { .. }) {
            way.check_snapshot().await?;
            way.backups(seen.here.as_ref()).await?;
        }
        Ok(Next::Done(step))
    };
    let first = patience.until("what AWS says of the database", look).await?;
    if first != Step::Done {
        bench.propose(&args.on.how, &way.outline(&first)).await?;
    }
    if begun.is_some() {
        render::note(&format!("going on with the restore that began at {moment}"));
    }
    let mut placed = false;
    let work = async || patience.until("the restore", async || way.walk(&mut placed).await).await;
    let end = async |finish| super::remnants::restored(&aws, &row, &names.before, finish).await;
    bench.carry_out_to(&command, began, work, end).await?;
    way.tell().await?;
    Ok(bench.store.end())
}

pub(super) fn source(args: &Restore) -> Result<Source, CommandError> {
    match (&args.to_time, &args.snapshot) {
        (Some(text), _) => Source::to_time(text).ok_or_else(|| {
            CommandError::new(
                "CLI-USAGE",
                format!("`{text}` is no moment"),
                "give it as in RFC 3339, with its offset: 2026-01-31T09:30:00+09:00",
            )
            .with_exit(USAGE)
        }),
        (None, Some(id)) => Ok(Source::Snapshot(id.to_ascii_lowercase())),
        (None, None) => Ok(Source::Latest),
    }
}

/// One restore on its way.
pub(super) struct Way<'a> {
    pub bench: &'a Bench,
    pub aws: &'a Region,
    pub row: &'a Row,
    pub names: &'a Names,
    pub source: &'a Source,
    /// The incarnation whose backups are meant.
    pub of: Option<&'a str>,
    /// The options that say all that.
    pub options: &'a str,
}

impl Way<'_> {
    /// What it will do, from this step on.
    fn outline(&self, first: &Step) -> Outline {
        let Names { id, fresh, before, .. } = self.names;
        let mut steps = Vec::new();
        if matches!(first, Step::Restore { .. }) {
            steps.push(format!("RDS restores into `{fresh}` ({})", self.options));
        }
        let lost = matches!(first, Step::Restore { lost: true });
        if !lost {
            steps.push(format!(
                "`{id}` becomes `{before}`: it keeps all that was written, and costs as long as it stands"
            ));
        }
        steps.push(format!("`{fresh}` becomes `{id}`"));
        let meanwhile = match lost {
            true => "nothing serves until it stands".to_owned(),
            false => format!(
                "`{id}` serves until it makes way; from then until the next `up` has ended every request that needs the database fails; \
                 what is written from now on stays in `{before}` alone"
            ),
        };
        Outline {
            what: format!("restore `{id}` of stack `{}` ({})", self.bench.stack.name, self.options),
            steps,
            takes: "20 minutes to hours, by the size of the data",
            interruption: None,
            meanwhile,
            next_up: "sets the master password's secret, the proxy's target, the functions' right to connect, and what a restore leaves out"
                .to_owned(),
        }
    }

    /// What stands now.
    async fn look(&self) -> Result<Standing, Failure> {
        let Names { id, fresh, before, .. } = self.names;
        let mut found = database::look(self.aws, &[id, fresh, before]).await?;
        let mut seen = Standing {
            here: found.remove(id.as_str()),
            fresh: found.remove(fresh.as_str()),
            before: found.remove(before.as_str()),
            stale: Vec::new(),
        };
        // Between the two: whatever stands behind a proxy under one of these names is the old one.
        if seen.here.is_none() && seen.fresh.is_some() {
            let rows = self.bench.state.rows.values();
            let proxies: Vec<String> = rows
                .filter(|row| row.urn.type_name() == "aws:rds:DBProxy" && row.region == self.row.region)
                .map(|row| row.id.clone())
                .collect();
            seen.stale = database::targets(self.aws, &proxies, &[id, before]).await?;
        }
        Ok(seen)
    }

    /// One look, and the next step.
    async fn walk(&self, placed: &mut bool) -> Result<Next<()>, Stop> {
        let Names { id, fresh, before, .. } = self.names;
        let seen = self.look().await?;
        let step = restore::next(self.names, &seen);
        self.refuse(&step)?;
        let did = match step {
            Step::Done => return Ok(Next::Done(())),
            Step::Wait(why) => why,
            // It is on its way to its name: nothing is missing.
            Step::Restore { .. } if *placed => format!("`{fresh}` is getting its name"),
            Step::Restore { .. } => {
                self.begin(&seen).await?;
                format!("`{fresh}` is being restored ({})", self.options)
            }
            Step::MakeWay => {
                database::rename(self.aws, id, before).await?;
                format!("`{id}` becomes `{before}`")
            }
            Step::Release(arn) => {
                database::untag(self.aws, &arn, finsight_engine::contract::OWNER_TAG).await?;
                format!("`{before}` is not the stack's any more")
            }
            Step::Deregister(proxy, instance) => {
                database::deregister(self.aws, &proxy, &instance).await?;
                format!("`{instance}` is taken out from behind the proxy `{proxy}`")
            }
            Step::TakePlace => {
                *placed = true;
                database::rename(self.aws, fresh, id).await?;
                format!("`{fresh}` becomes `{id}`")
            }
            Step::Other(_) | Step::Stuck(..) => String::new(),
        };
        Ok(Next::Wait(did))
    }

    /// Sends the restore.
    async fn begin(&self, seen: &Standing) -> Result<(), Stop> {
        let wanted = restore::wanted(&self.row.inputs, seen.here.as_ref());
        let tags = restore::tags(&wanted, self.row.owner.as_str(), &self.names.mark);
        let fresh = &self.names.fresh;
        let time = match self.source {
            Source::Snapshot(id) => {
                let sent = restore::from_snapshot(self.aws, id, fresh, &wanted, tags).await;
                return self.told(sent).await;
            }
            Source::ToTime(time) => Some(time.as_str()),
            Source::Latest => None,
        };
        let backups = self.backups(seen.here.as_ref()).await?;
        let sent = restore::to_point_in_time(self.aws, &backups, time, fresh, &wanted, tags).await;
        self.told(sent).await
    }

    /// What cannot be restored is said with what can be: what made way for an earlier restore reaches further back.
    async fn told(&self, sent: Result<(), Failure>) -> Result<(), Stop> {
        let Err(failure) = sent else { return Ok(()) };
        let mut stop = unrestorable(failure);
        if let Stop::Refused(error) = &mut stop {
            let earlier = database::earlier(self.aws, &self.names.id).await.unwrap_or_default();
            for one in earlier {
                error.hint.push_str(&format!(
                    "; `{}` has backups of before: give --of {} as well",
                    one.id, one.resource_id
                ));
            }
        }
        Err(stop)
    }

    /// The backups to restore out of: of the one that stands, or those that were kept of one that is gone.
    /// Where several had the identifier, one that was made in place of a lost one holds nothing of it.
    pub(super) async fn backups(&self, here: Option<&Database>) -> Result<Backups, Stop> {
        let id = &self.names.id;
        let here = here.map(|here| here.resource_id.as_str());
        if matches!(self.source, Source::Snapshot(_)) {
            return Ok(Backups::Of(id.clone()));
        }
        let all = database::backups(self.aws, id).await?;
        let others: Vec<&Backup> =
            all.iter().filter(|backup| Some(backup.resource_id.as_str()) != here).collect();
        match (self.of, here) {
            (Some(of), Some(here)) if of == here => Ok(Backups::Of(id.clone())),
            (Some(of), _) if others.iter().any(|backup| backup.resource_id == of) => {
                Ok(Backups::Kept(of.to_owned()))
            }
            (Some(of), _) if let Some(standing) = self.earlier(of).await? => Ok(Backups::Of(standing)),
            (Some(of), _) => {
                let message = format!("no backups of `{of}` are kept under the name `{id}`");
                Err(self.no_point(message, &all).await?)
            }
            (None, Some(_)) if others.is_empty() => Ok(Backups::Of(id.clone())),
            (None, Some(here)) => Err(self.which(here, &others)),
            (None, None) => match self.kept(&others) {
                Some(kept) => Ok(Backups::Kept(kept)),
                None => {
                    let message =
                        format!("`{id}` does not stand any more, and its automated backups went with it");
                    Err(self.no_point(message, &all).await?)
                }
            },
        }
    }

    /// Under which name an incarnation stands that made way for a restored one.
    async fn earlier(&self, of: &str) -> Result<Option<String>, Failure> {
        let all = database::earlier(self.aws, &self.names.id).await?;
        Ok(all.into_iter().find(|one| one.resource_id == of).map(|one| one.id))
    }

    /// Of several that are gone the one on record, or the newest.
    fn kept(&self, all: &[&Backup]) -> Option<String> {
        let recorded = self.row.outputs.get("dbi_resource_id").and_then(Value::as_text);
        let on_record = all.iter().find(|backup| Some(backup.resource_id.as_str()) == recorded);
        on_record.or(all.last()).map(|backup| backup.resource_id.clone())
    }

    /// Which one is meant is for people to say.
    fn which(&self, here: &str, others: &[&Backup]) -> Stop {
        let id = &self.names.id;
        let kept: Vec<String> = others
            .iter()
            .map(|backup| format!("--of {} (gone; up to {})", backup.resource_id, backup.latest))
            .collect();
        CommandError::refused(
            "OPS-RESTORE-WHICH",
            format!(
                "`{id}` was made anew: the one that stands holds nothing of what an earlier one held, whose \
                 backups are kept"
            ),
            format!(
                "nothing was changed; say which is meant: {}, or --of {here} (it stands)",
                kept.join(", ")
            ),
        )
        .into()
    }

    /// There is nothing to restore out of: says what there is.
    async fn no_point(&self, message: String, all: &[Backup]) -> Result<Stop, Failure> {
        let snapshots = database::snapshots(self.aws, &self.names.id).await?;
        let backups = all.iter().map(|backup| format!("--latest --of {}", backup.resource_id));
        let ways: Vec<String> =
            backups.chain(snapshots.iter().map(|id| format!("--snapshot {id}"))).collect();
        let ways = if ways.is_empty() {
            "neither backups nor snapshots of it are kept; `aws rds describe-db-snapshots` lists all others"
                .to_owned()
        } else {
            format!("`ops database restore` takes {}", ways.join(", "))
        };
        let hint = format!("nothing was changed; {ways}");
        Ok(CommandError::refused("OPS-RESTORE-POINT", message, hint).into())
    }

    /// A snapshot that `up` could not make the stack's database of is not restored.
    pub(super) async fn check_snapshot(&self) -> Result<(), Stop> {
        let Source::Snapshot(id) = self.source else { return Ok(()) };
        let Some(found) = database::snapshot(self.aws, id).await? else {
            let message = format!("there is no snapshot `{id}`");
            let hint = "nothing was changed; `aws rds describe-db-snapshots` lists what there is";
            return Err(CommandError::refused("OPS-RESTORE-POINT", message, hint).into());
        };
        for (name, has) in &found.fixed {
            let wants = self.row.inputs.get(*name).and_then(Value::as_text);
            if wants.is_some_and(|wants| wants != has) {
                return Err(CommandError::refused(
                    "OPS-RESTORE-POINT",
                    format!(
                        "the snapshot `{id}` has the {name} `{has}`, and the stack's database `{}`: `up` would \
                         replace what is restored",
                        wants.unwrap_or_default()
                    ),
                    "nothing was changed; take another snapshot, or bring it to the stack's key with \
                     `aws rds copy-db-snapshot --kms-key-id`",
                )
                .into());
            }
        }
        Ok(())
    }

    /// What stands in the way and does not go by itself.
    fn refuse(&self, step: &Step) -> Result<(), CommandError> {
        let Names { id, fresh, .. } = self.names;
        match step {
            Step::Other(mark) => {
                let options = mark.split_once(' ').map_or("", |(_, options)| options);
                let hint = if mark.is_empty() {
                    format!(
                        "it has no mark of a restore: give it another name or delete it, and run the command again (`{id}` is untouched)"
                    )
                } else {
                    format!(
                        "go on with that one: `ops database restore {options}`; or, while `{id}` still stands, delete `{fresh}` and run this command again"
                    )
                };
                Err(CommandError::new(
                    "OPS-RESTORE-OTHER",
                    format!(
                        "`{fresh}` stands, and not from this restore ({})",
                        if mark.is_empty() { "unknown" } else { mark }
                    ),
                    hint,
                ))
            }
            Step::Stuck(stuck, status) if stuck == id && status == "stopped" => Err(CommandError::new(
                "OPS-STATE",
                format!("`{id}` is stopped, and RDS renames no stopped instance"),
                "start it with `ops database start`, and run the command again: it goes on from here",
            )),
            Step::Stuck(stuck, status) if stuck == id => Err(CommandError::new(
                "OPS-STATE",
                format!("`{id}` is {status}, and RDS does not rename it as it is"),
                format!(
                    "`{fresh}` holds what was restored; put `{id}` right, or delete it with a final snapshot if it \
                     can give one, and run the command again: it goes on from here"
                ),
            )),
            Step::Stuck(stuck, status) => Err(CommandError::new(
                "OPS-FAILED",
                format!("AWS could not restore: `{stuck}` is {status}"),
                format!(
                    "`{id}` was not touched for it; see what AWS says of `{stuck}`, delete it, and run the command again"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// What stands now, and what is left to be done.
    async fn tell(&self) -> Outcome {
        let Names { id, before, .. } = self.names;
        let kept = match database::look(self.aws, &[before]).await {
            Ok(found) => found.contains_key(before.as_str()),
            // It was seen to go there: whether it was deleted since then is not what this says.
            Err(_) => true,
        };
        let local = if self.bench.global.local { " --local" } else { "" };
        let up = format!("finsight-deploy up --stack {}{local}", self.bench.stack.name);
        let mut text = format!("{id} is restored ({}) and stands under its name.\n", self.options);
        if kept {
            text.push_str(&format!(
                "\nNothing is lost: the one before stands as {before}, and costs as long as it does. When nobody needs it:\n\
                 \n  aws rds modify-db-instance --db-instance-identifier {before} --no-deletion-protection --apply-immediately\
                 \n  aws rds delete-db-instance --db-instance-identifier {before} --final-db-snapshot-identifier {before}-final\n",
            ));
        }
        text.push_str(&format!(
            "\nNow run\n\n  {up}\n\nIt sets what RDS does not restore: the master password in Secrets Manager, the proxy's\n\
             target, the functions' permission to connect, and the settings that a restore leaves out."
        ));
        let document = json!({
            "database": id, "source": self.options, "changed": true,
            "before": kept.then_some(before), "next": up,
        });
        self.bench.tell(document, &text);
        Ok(0)
    }
}

/// What cannot be restored: nothing was changed.
pub(super) fn unrestorable(failure: Failure) -> Stop {
    let point = matches!(
        failure.code.as_str(),
        "PointInTimeRestoreNotEnabled"
            | "InvalidRestoreFault"
            | "DBSnapshotNotFound"
            | "InvalidDBSnapshotState"
            | "DBInstanceAutomatedBackupNotFound"
    );
    if !point && !failure.message.contains("restored to a time") {
        return failure.into();
    }
    CommandError::refused(
        "OPS-RESTORE-POINT",
        failure.to_string(),
        "nothing was changed; `aws rds describe-db-instance-automated-backups` tells which moments can be \
         restored, `aws rds describe-db-snapshots` which snapshots",
    )
    .into()
}
