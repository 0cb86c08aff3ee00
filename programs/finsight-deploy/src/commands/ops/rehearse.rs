//! `ops database restore --rehearse`.
//!
//! What stands and what this run has done say what is next (`finsight_aws::ops::rehearse::next`). A run that was killed goes on by
//! the mark on the copy: with a password of its own, since nobody knows the one before.

use finsight_aws::ops::database;
use finsight_aws::ops::rehearse::{
    self, Answer, CopyName, Password, Progress, Question as Asked, Standing, Step, Told,
};
use finsight_aws::ops::restore::{self as aws_restore, Names, Source};
use finsight_aws::session::Region;
use finsight_engine::state::{Entry, Finish, Row};
use finsight_engine::value::{Map, Value};
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::questions::{Question, questions, shown};
use super::restore::{Way, source, unrestorable};
use super::{Bench, compact};
use crate::cli::Global;
use crate::cli::ops::Restore;
use crate::commands::patience::{Next, Stop};
use crate::error::{CommandError, FAILED, INTERRUPTED, Outcome, REFUSED};
use crate::render;
use crate::run::timestamp;
use crate::stack::who;

/// Minutes that restoring and asking may take, and that taking down may.
const REHEARSING: u64 = 210;
const TAKING_DOWN: u64 = 60;
const READING: u64 = 5;
/// How often in a row the copy need not answer: some seconds each, up to a quarter of a minute.
const TRIES: u32 = 30;
/// The name of the call of the function that reaches the database.
const MAKER: &str = "database-user";

pub async fn rehearse(global: &Global, args: &Restore) -> Outcome {
    let questions = questions(args.queries.as_deref())?;
    let source = source(args)?;
    let bench = Bench::open(global, "ops database restore --rehearse").await?;
    let row = bench.database(&args.on)?;
    let aws = bench.region(&row);
    let copy = copy_of(&row)?;
    if args.abandon {
        return abandon(&bench, args, &row, &aws, &copy).await;
    }
    let options = args.of.iter().fold(source.options(), |all, of| format!("{all} --of {of}"));
    let names = Names::new(&row.id, "", &source);
    let of = args.of.as_deref();
    let way =
        Way { bench: &bench, aws: &aws, row: &row, names: &names, source: &source, of, options: &options };
    let (function, qualifier) = maker(&bench)?;

    let look = async || {
        let seen = rehearse::look(&aws, &copy).await?;
        let step = rehearse::next(Some(&options), Progress::Begun, seen.as_ref());
        if let Step::Other(mark) = &step {
            return Err(other(&copy, mark.as_deref()).with_exit(REFUSED).into());
        }
        let here = database::look(&aws, &[&row.id]).await?.remove(&row.id);
        if step == Step::Restore {
            way.check_snapshot().await?;
            way.backups(here.as_ref()).await?;
        }
        match rehearse::greet(&aws, &function, &qualifier).await? {
            Told::Answers(_) => {}
            Told::Unknown => return Err(unknowing(&function).with_exit(REFUSED).into()),
            Told::Unreachable(why) | Told::Refused(why) => {
                let message = format!("the function `{function}`, which is to ask the copy, fails: {why}");
                let hint = "nothing was changed; see the function's log";
                return Err(CommandError::refused("OPS-REHEARSE-SILENT", message, hint).into());
            }
        }
        let stands = seen.is_some_and(|seen| seen.database.status != "deleting");
        Ok(Next::Done((stands, aws_restore::wanted(&row.inputs, here.as_ref()))))
    };
    let (stands, like) =
        bench.patience(&args.on.how, READING).until("what AWS says of the database", look).await?;
    for line in plan(&bench, &row, &copy, &options, &like, questions.len(), &function) {
        render::note(&line);
    }
    if stands {
        render::note(&format!("going on with the rehearsal whose copy `{}` stands", copy.name()));
    }
    bench.ask(&args.on.how, &format!("rehearse the restore of `{}` in `{}`", row.id, copy.name())).await?;

    let command = format!("ops database restore --rehearse {options} ({})", row.id);
    let (began, clock) = begin(&bench, &command)?;
    let mark = format!("{} {options}", compact(&began));
    let mut walk = Walk {
        way: &way,
        copy: &copy,
        mark,
        questions: &questions,
        function: (&function, &qualifier),
        progress: Progress::Begun,
        password: Password::new(String::new()),
        answers: Vec::new(),
        silent: 0,
        sent: None,
        restored: None,
        asked: None,
        connected: None,
    };
    let end =
        bench.patience(&args.on.how, REHEARSING).until("the rehearsal", async || walk.step().await).await;
    let down = match &end {
        // Who interrupts wants to be gone, and what is another's stays.
        Err(error) if error.exit == INTERRUPTED || error.code == "OPS-REHEARSE-OTHER" => None,
        _ => Some(take_down(&bench, args, &aws, &copy).await),
    };
    let report = end.as_ref().ok().map(|()| walk.report());
    let passed = report.as_ref().is_some_and(|checks| checks.iter().all(|check| check.passed));
    let problem = end.as_ref().err().or(down.as_ref().and_then(|down| down.as_ref().err()));
    let failed = (!passed && problem.is_none()).then(|| "the answers are not as expected".to_owned());
    finish(&bench, clock, problem, failed)?;
    if let Some(checks) = &report {
        walk.tell(checks, matches!(down, Some(Ok(_))));
    }
    match (end, down) {
        (Err(error), Some(Ok(false))) => Err(error),
        (Err(error), Some(Ok(true))) => Err(hinted(error, &format!("`{}` is taken down", copy.name()))),
        (Err(error), None) if error.code == "OPS-REHEARSE-OTHER" => Err(error),
        (Err(error), _) => Err(hinted(error, &left(&bench, &copy))),
        (Ok(()), Some(Err(error))) => Err(hinted(error, &left(&bench, &copy))),
        (Ok(()), _) if !passed => {
            bench.store.end();
            Ok(FAILED)
        }
        (Ok(()), _) => Ok(bench.store.end()),
    }
}

/// Takes down what a rehearsal left, whichever it was.
async fn abandon(bench: &Bench, args: &Restore, row: &Row, aws: &Region, copy: &CopyName) -> Outcome {
    let look = async || {
        let seen = rehearse::look(aws, copy).await?;
        match rehearse::next(None, Progress::Over, seen.as_ref()) {
            Step::Other(mark) => Err(other(copy, mark.as_deref()).with_exit(REFUSED).into()),
            step => Ok(Next::Done(step != Step::Done)),
        }
    };
    let how = &args.on.how;
    let stands = bench.patience(how, READING).until("what AWS says of the copy", look).await?;
    if stands {
        bench.ask(how, &format!("delete `{}`, the copy of a rehearsal", copy.name())).await?;
        let (_, clock) = begin(bench, &format!("ops database restore --rehearse --abandon ({})", row.id))?;
        let down = take_down(bench, args, aws, copy).await;
        finish(bench, clock, down.as_ref().err(), None)?;
        down?;
    }
    let text = if stands { "is taken down" } else { "does not stand: there is nothing to take down" };
    let document = json!({"database": row.id, "copy": copy.name(), "changed": stands});
    bench.tell(document, &format!("{} {text}", copy.name()));
    Ok(bench.store.end())
}

/// Deletes the copy and waits until it is gone; whether it stood.
async fn take_down(
    bench: &Bench,
    args: &Restore,
    aws: &Region,
    copy: &CopyName,
) -> Result<bool, CommandError> {
    let goal = format!("`{}` to be gone", copy.name());
    let mut stood = false;
    let look = async || {
        let seen = rehearse::look(aws, copy).await?;
        stood |= seen.is_some();
        Ok(match rehearse::next(None, Progress::Over, seen.as_ref()) {
            Step::Done => Next::Done(()),
            Step::TakeDown => {
                rehearse::take_down(aws, copy).await?;
                Next::Wait(format!("`{}` is taken down", copy.name()))
            }
            Step::Wait(why) => Next::Wait(why),
            Step::Other(mark) => return Err(other(copy, mark.as_deref()).into()),
            _ => Next::Wait(goal.clone()),
        })
    };
    bench.patience(&args.on.how, TAKING_DOWN).until(&goal, look).await?;
    Ok(stood)
}

/// Its beginning, recorded: from here on its end is, however it comes.
fn begin(bench: &Bench, command: &str) -> Result<(String, Instant), CommandError> {
    let began = timestamp();
    bench.stop.begin()?;
    let command = command.to_owned();
    bench.store.append(vec![Entry::UpdateStarted { command, who: who(), at: began.clone() }])?;
    Ok((began, Instant::now()))
}

fn finish(
    bench: &Bench,
    clock: Instant,
    problem: Option<&CommandError>,
    failed: Option<String>,
) -> Result<(), CommandError> {
    let good = problem.is_none() && failed.is_none();
    let record = Finish {
        result: match problem {
            _ if good => "succeeded",
            Some(error) if error.exit == INTERRUPTED => "interrupted",
            _ => "failed",
        }
        .to_owned(),
        at: timestamp(),
        seconds: clock.elapsed().as_secs_f64(),
        summary: if good { [("rehearse".to_owned(), 1)].into() } else { Default::default() },
        errors: problem.map(|error| error.message.clone()).into_iter().chain(failed).collect(),
    };
    bench.store.append(vec![Entry::UpdateFinished { record }])?;
    Ok(())
}

fn copy_of(row: &Row) -> Result<CopyName, CommandError> {
    CopyName::of(&row.id).ok_or_else(|| {
        let message = format!("`{}-rehearsal` would be longer than RDS takes", row.id);
        CommandError::refused(
            "OPS-NAME",
            message,
            "nothing was changed; restore it by hand to see that it can be",
        )
    })
}

/// The function that reaches the database, and its alias.
fn maker(bench: &Bench) -> Result<(String, String), CommandError> {
    let mut rows = bench.state.rows.values();
    let call = rows.find(|row| row.urn.type_name() == "aws:lambda:Invocation" && row.urn.name() == MAKER);
    let named = call.and_then(|row| row.id.split_once(':'));
    let found = named.map(|(function, qualifier)| (function.to_owned(), qualifier.to_owned()));
    found.ok_or_else(|| {
        let message =
            format!("stack `{}` has no function on record that reaches its database", bench.stack.name);
        CommandError::refused("OPS-NONE", message, "nothing was changed; run `up` first: it makes one")
    })
}

/// What is about to happen, and what it costs.
fn plan(
    bench: &Bench,
    row: &Row,
    copy: &CopyName,
    options: &str,
    like: &Map,
    questions: usize,
    function: &str,
) -> [String; 4] {
    let text = |name: &str| like.get(name).and_then(Value::as_text).unwrap_or_default();
    let (class, storage) = (text("db_instance_class"), text("storage_type"));
    let gib = like.get("allocated_storage").and_then(Value::as_int).unwrap_or_default();
    let hour = finsight::cost::of_instance_hour(text("engine"), class, storage, gib, &row.region);
    let hour = hour.map_or("at a price that this version does not know".to_owned(), |usd| {
        format!("about {} USD an hour", usd.fixed(3))
    });
    let name = copy.name();
    [
        format!(
            "`{name}` is restored beside `{}` of stack `{}` ({options}), asked {questions} questions by the function \
             `{function}`, and deleted",
            row.id, bench.stack.name
        ),
        format!("it costs {hour} while it stands: {class} in one zone, {gib} GiB {storage}"),
        "RDS takes a quarter of an hour or so to restore, longer with much data, and some minutes to delete; until then \
         the stack is locked"
            .to_owned(),
        "nothing of the stack changes: the next `up` has nothing to do for it".to_owned(),
    ]
}

/// One rehearsal on its way.
struct Walk<'a> {
    way: &'a Way<'a>,
    copy: &'a CopyName,
    mark: String,
    questions: &'a [Question],
    function: (&'a str, &'a str),
    progress: Progress,
    password: Password,
    answers: Vec<Answer>,
    /// How often in a row the copy did not answer.
    silent: u32,
    /// When this run sent the restore, and how long that took.
    sent: Option<Instant>,
    restored: Option<f64>,
    /// When it was first asked, and how long it took to answer.
    asked: Option<Instant>,
    connected: Option<f64>,
}

/// A question with its answer.
struct Check<'a> {
    question: &'a Question,
    got: String,
    passed: bool,
}

impl Walk<'_> {
    /// One look, and the next step.
    async fn step(&mut self) -> Result<Next<()>, Stop> {
        let (aws, name) = (self.way.aws, self.copy.name());
        let seen = rehearse::look(aws, self.copy).await?;
        let did = match rehearse::next(Some(self.way.options), self.progress, seen.as_ref()) {
            Step::Restore => {
                self.progress = Progress::Begun;
                self.sent.get_or_insert_with(Instant::now);
                self.restore().await?;
                format!("`{name}` is being restored ({})", self.way.options)
            }
            Step::Open => {
                let sent = self.sent;
                self.restored = self.restored.or(sent.map(|sent| sent.elapsed().as_secs_f64()));
                self.password = Password::new(finsight_state::random_text(32).to_string());
                rehearse::open(aws, self.copy, &self.password).await?;
                self.progress = Progress::Opened;
                format!("`{name}` gets a password of this run's own")
            }
            Step::Ask(host, port) => return self.ask(&host, port, seen.as_ref()).await,
            Step::Wait(why) => why,
            Step::Other(mark) => return Err(other(self.copy, mark.as_deref()).into()),
            Step::Stuck(status) => {
                let message = format!("AWS could not restore: `{name}` is {status}");
                let hint = format!("`{}` was not touched; see what AWS says of the backups", self.way.row.id);
                return Err(CommandError::new("OPS-FAILED", message, hint).into());
            }
            Step::TakeDown | Step::Done => String::new(),
        };
        Ok(Next::Wait(did))
    }

    async fn restore(&self) -> Result<(), Stop> {
        let Way { aws, row, source, .. } = *self.way;
        let here = database::look(aws, &[&row.id]).await?.remove(&row.id);
        let wanted = rehearse::wanted(aws_restore::wanted(&row.inputs, here.as_ref()));
        let tags = rehearse::tags(&wanted, self.copy, &self.mark);
        let name = self.copy.name();
        let time = match source {
            Source::Snapshot(id) => {
                let sent = aws_restore::from_snapshot(aws, id, name, &wanted, tags).await;
                return sent.map_err(unrestorable);
            }
            Source::ToTime(time) => Some(time.as_str()),
            Source::Latest => None,
        };
        let backups = self.way.backups(here.as_ref()).await?;
        let sent = aws_restore::to_point_in_time(aws, &backups, time, name, &wanted, tags).await;
        sent.map_err(unrestorable)
    }

    /// Asks what is not answered yet.
    async fn ask(&mut self, host: &str, port: u16, seen: Option<&Standing>) -> Result<Next<()>, Stop> {
        let text = |name: &str| {
            let live = seen.and_then(|seen| seen.database.properties.get(name)).and_then(Value::as_text);
            live.or(self.way.row.inputs.get(name).and_then(Value::as_text)).unwrap_or("postgres")
        };
        let left: Vec<&str> =
            self.questions.iter().skip(self.answers.len()).map(|one| one.sql.as_str()).collect();
        let question = Asked {
            host,
            port,
            database: text("db_name"),
            user: text("master_username"),
            password: &self.password,
            queries: &left,
        };
        let asked = *self.asked.get_or_insert_with(Instant::now);
        let (function, qualifier) = self.function;
        let why = match rehearse::ask(self.way.aws, function, qualifier, &question).await? {
            Told::Answers(some) if !some.is_empty() => {
                self.connected.get_or_insert_with(|| asked.elapsed().as_secs_f64());
                self.silent = 0;
                self.answers.extend(some.into_iter().take(left.len()));
                let (done, all) = (self.answers.len(), self.questions.len());
                if done == all {
                    return Ok(Next::Done(()));
                }
                return Ok(Next::Wait(format!("{done} of {all} questions are answered")));
            }
            Told::Answers(_) => "the function had no time to ask anything".to_owned(),
            Told::Unreachable(why) => why,
            Told::Refused(why) => return Err(self.unanswered(&why).into()),
            Told::Unknown => return Err(unknowing(function).into()),
        };
        self.silent += 1;
        if self.silent >= TRIES { Err(self.unanswered(&why).into()) } else { Ok(Next::Wait(why)) }
    }

    fn unanswered(&self, why: &str) -> CommandError {
        let (name, (function, _)) = (self.copy.name(), self.function);
        CommandError::new(
            "OPS-REHEARSE-SILENT",
            format!("`{name}` is restored, and the function `{function}` cannot ask it: {why}"),
            format!("`{}` was not touched; see the function's log", self.way.row.id),
        )
    }

    fn report(&self) -> Vec<Check<'_>> {
        let pairs = self.questions.iter().zip(&self.answers);
        let judged = pairs.map(|(question, answer)| {
            let (got, passed) = question.expect.judge(answer);
            Check { question, got, passed }
        });
        judged.collect()
    }

    fn tell(&self, checks: &[Check<'_>], gone: bool) {
        let (id, name, options) = (&self.way.row.id, self.copy.name(), self.way.options);
        let wrong = checks.iter().filter(|check| !check.passed).count();
        let verdict = if wrong == 0 { "passed" } else { "failed" };
        let time = match self.restored {
            Some(seconds) => format!("restored in {}", told(seconds)),
            None => "restored by a run before this one".to_owned(),
        };
        let connected = self.connected.unwrap_or_default();
        let mut text = format!(
            "The rehearsal of {id} ({options}) {verdict}: {time}, answered after {}, {} of {} answers as expected.\n\n",
            told(connected),
            checks.len() - wrong,
            checks.len()
        );
        for Check { question, got, passed } in checks {
            let (mark, sql, got) =
                (if *passed { "ok    " } else { "FAILED" }, shown(&question.sql), shown(got));
            text.push_str(&format!("  {mark} {sql}\n         expected {}, got {got}\n", question.expect));
        }
        if gone {
            text.push_str(&format!("\n{name} is gone; nothing of the stack was changed."));
        }
        let queries = checks.iter().map(|check| {
            json!({
                "query": check.question.sql, "expected": check.question.expect.to_string(), "got": check.got,
                "passed": check.passed,
            })
        });
        let document = json!({
            "database": id, "copy": name, "source": options, "verdict": verdict,
            "restore_seconds": self.restored.map(tenths), "connect_seconds": tenths(connected), "taken_down": gone,
            "queries": queries.collect::<Vec<Json>>(),
        });
        self.way.bench.tell(document, &text);
    }
}

fn tenths(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

/// Seconds as people say them.
fn told(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    format!("{} min {} s", whole / 60, whole % 60)
}

fn hinted(mut error: CommandError, more: &str) -> CommandError {
    error.hint = if error.hint.is_empty() { more.to_owned() } else { format!("{}; {more}", error.hint) };
    error
}

fn left(bench: &Bench, copy: &CopyName) -> String {
    format!(
        "`{}` may stand, and costs as long as it does: the same command goes on with it, `finsight-deploy ops database restore \
         --rehearse --abandon --stack {}` takes it down",
        copy.name(),
        bench.stack.name
    )
}

/// What stands under the copy's name is not this rehearsal's.
fn other(copy: &CopyName, mark: Option<&str>) -> CommandError {
    let name = copy.name();
    let Some(mark) = mark else {
        return CommandError::new(
            "OPS-REHEARSE-OTHER",
            format!("`{name}` stands, and has no mark of a rehearsal"),
            "it was not touched; give it another name or delete it, and run the command again",
        );
    };
    let options = mark.split_once(' ').map_or("", |(_, options)| options);
    CommandError::new(
        "OPS-REHEARSE-OTHER",
        format!("`{name}` stands, and is another rehearsal's ({mark})"),
        format!(
            "it was not touched; go on with that one: `ops database restore --rehearse {options}`; or take it down: \
             `ops database restore --rehearse --abandon`"
        ),
    )
}

fn unknowing(function: &str) -> CommandError {
    CommandError::new(
        "OPS-REHEARSE-FUNCTION",
        format!(
            "the function `{function}` knows nothing of rehearsals: it has no code yet, or that of an earlier version"
        ),
        "set `database.user_code` to what `programs/functions/build` makes, run `up`, and run the command again",
    )
}
