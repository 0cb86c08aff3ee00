//! What the account has not: of its plan, and of Lambda's concurrency.

use std::collections::BTreeMap;

use finsight_aws::{AccountPlan, ConcurrencyError, preflight};
use finsight_engine::plan::{Op, Plan, Step};
use finsight_engine::urn::Urn;
use finsight_specs::free_plan::FreePlan;

use crate::connect::Connection;
use crate::error::CommandError;
use crate::render;

/// Where the Free Tier API is.
const PARTITION: &str = "aws";

/// How what a plan wants stands to what the account has.
pub enum Limit {
    /// It has it.
    Fits,
    /// AWS would refuse it, in the middle of the run.
    Exceeded(CommandError),
    /// AWS does not say beforehand. That stops nobody: it refuses itself what does not fit.
    Unknown(String),
}

/// Refuses a plan that the account would refuse, in the middle of the run.
pub async fn check(plan: &Plan, connection: &Connection) -> Result<(), CommandError> {
    free_plan(plan, connection).await.refuse()?;
    concurrency(plan, connection).await.refuse()
}

impl Limit {
    fn refuse(self) -> Result<(), CommandError> {
        match self {
            Self::Fits => Ok(()),
            Self::Exceeded(error) => Err(error),
            Self::Unknown(why) => {
                render::note(&why);
                Ok(())
            }
        }
    }
}

/// What is made or changed, which AWS looks at.
fn is_sent(step: &Step) -> bool {
    matches!(step.op, Op::Create | Op::Update | Op::Replace | Op::Import)
}

/// Whether AWS's free plan has all, where the account is on it.
pub async fn free_plan(plan: &Plan, connection: &Connection) -> Limit {
    let beyond = beyond_free_plan(plan);
    if beyond.is_empty() || connection.place.partition.as_deref() != Some(PARTITION) {
        return Limit::Fits;
    }
    let aws = connection.session.region(&connection.place.region);
    match connection.ask_soon(async || preflight::account_plan(&aws).await).await {
        Ok(Some(AccountPlan::Free)) => Limit::Exceeded(CommandError::new(
            "PREFLIGHT-PLAN",
            format!(
                "the account is on AWS's free plan, which does not have all of this:\n{}",
                beyond.join("\n")
            ),
            "nothing was changed; take the paid plan (`aws freetier upgrade-account-plan --account-plan-type PAID`), or change what is named",
        )),
        Ok(_) => Limit::Fits,
        Err(failure) => {
            Limit::Unknown(format!("whether the account's plan has all of this is not known: {failure}"))
        }
    }
}

/// What the free plan has not of what is to be made or changed, each with its place and what there is.
fn beyond_free_plan(plan: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    for line in FreePlan::all() {
        let type_name = line.type_name;
        let steps = || plan.steps.iter().filter(move |step| step.urn.type_name() == type_name);
        let words = line.words.map(|words| format!(" (AWS: \"{words}\")")).unwrap_or_default();
        let Some(property) = line.property else {
            let stand = steps().filter(|step| is_sent(step) || step.op == Op::Same).count();
            let too_many = i64::try_from(stand).is_ok_and(|stand| !line.has.allows(&stand.into()));
            let made = steps().filter(|step| too_many && matches!(step.op, Op::Create | Op::Replace));
            let has =
                |step: &Step| format!("{}: of {type_name} the free plan has {}{words}", step.urn, line.has);
            found.extend(made.map(has));
            continue;
        };
        for step in steps().filter(|step| is_sent(step) && (step.op != Op::Update || step.shows(property))) {
            let Some(value) = step.known.get(property).filter(|value| !line.has.allows(value)) else {
                continue;
            };
            let value = value.masked();
            found.push(format!(
                "{}: `{property}` is {value}, the free plan has {}{words}",
                step.urn, line.has
            ));
        }
    }
    found
}

/// What a function is to hold of the account's concurrency, and by which property of what.
struct Held {
    name: String,
    number: Option<i64>,
    place: Option<(Urn, &'static str)>,
}

/// Whether the account has as many concurrent executions left as the functions hold.
pub async fn concurrency(plan: &Plan, connection: &Connection) -> Limit {
    let mut limit = Limit::Fits;
    for (name, held) in held(plan) {
        let aws = connection.session.region(&name);
        let wanted: Vec<(String, Option<i64>)> =
            held.iter().map(|one| (one.name.clone(), one.number)).collect();
        // A shortage is an answer.
        let asked = connection.ask_soon(async || match preflight::concurrency(&aws, &wanted).await {
            Ok(()) => Ok(None),
            Err(ConcurrencyError::Shortage(shortage)) => Ok(Some(shortage)),
            Err(ConcurrencyError::Unknown(failure)) => Err(*failure),
        });
        match asked.await {
            Ok(None) => {}
            Ok(Some(shortage)) => {
                let places: Vec<String> = held
                    .iter()
                    .filter_map(|one| one.place.as_ref().zip(one.number))
                    .map(|((urn, property), number)| format!("\n{urn}: `{property}` is {number}"))
                    .collect();
                return Limit::Exceeded(CommandError::new(
                    "PREFLIGHT-CONCURRENCY",
                    format!("{shortage}{}", places.concat()),
                    "nothing was changed; lower `api.reserved_concurrency` in the config (or a function's `provisioned_concurrency`), or have the limit raised",
                ));
            }
            Err(failure) => {
                let why = format!("whether the account has enough concurrency is not known: {failure}");
                limit = Limit::Unknown(why);
            }
        }
    }
    limit
}

/// By region, the functions that the plan makes or changes; what others reserve is asked of AWS. What is kept warm of
/// a function that reserves nothing is taken from what all share.
fn held(plan: &Plan) -> BTreeMap<String, Vec<Held>> {
    let mut regions: BTreeMap<String, Vec<Held>> = BTreeMap::new();
    let number = |step: &Step, property| step.known.get(property).and_then(|value| value.as_int());
    for step in
        plan.steps.iter().filter(|step| is_sent(step) && step.urn.type_name() == "aws:lambda:Function")
    {
        let named = step.known.get("function_name").and_then(|name| name.as_text());
        let name = named.or(step.new_name.as_deref()).unwrap_or_default().to_owned();
        let reserved = number(step, "reserved_concurrent_executions");
        let place = reserved.map(|_| (step.urn.clone(), "reserved_concurrent_executions"));
        regions.entry(step.region.clone()).or_default().push(Held { name, number: reserved, place });
    }
    let warm =
        |step: &&Step| is_sent(step) && step.urn.type_name() == "aws:lambda:ProvisionedConcurrencyConfig";
    for step in plan.steps.iter().filter(warm) {
        let function = step.dependencies.iter().find(|(_, property)| property == "function_name");
        let function = function.and_then(|(urn, _)| plan.step(urn));
        let reserves = function.is_some_and(|of| number(of, "reserved_concurrent_executions").is_some());
        let wanted = number(step, "provisioned_concurrent_executions");
        if let (false, Some(number)) = (reserves, wanted) {
            let name = function.and_then(|of| of.known.get("function_name").and_then(|name| name.as_text()));
            let name = name.unwrap_or_default().to_owned();
            let place = Some((step.urn.clone(), "provisioned_concurrent_executions"));
            regions.entry(step.region.clone()).or_default().push(Held { name, number: Some(number), place });
        }
    }
    regions
}
