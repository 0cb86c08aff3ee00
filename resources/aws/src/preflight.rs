//! What is checked against the account's limits before anything is changed.

use std::fmt;

use aws_sdk_freetier::types::AccountPlanType;
use finsight_engine::contract::Failure;
use futures::future::try_join_all;

use crate::failure::{absent_as_none, unexpected, unread};
use crate::session::Region;

/// The plan of an account that was opened since July 15, 2025.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountPlan {
    /// It costs nothing, and has not all that AWS has (`finsight_specs::free_plan`).
    Free,
    /// It has all.
    Paid,
}

/// The account's plan; older accounts have none.
///
/// # Errors
/// When AWS does not say.
pub async fn account_plan(aws: &Region) -> Result<Option<AccountPlan>, Failure> {
    let answer = aws.freetier().get_account_plan_state().send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("freetier:GetAccountPlanState", &error)))?;
    Ok(answer.map(|state| match state.account_plan_type() {
        AccountPlanType::Free => AccountPlan::Free,
        _ => AccountPlan::Paid,
    }))
}

/// Concurrent executions that Lambda never lets functions reserve; in a smaller account all of them.
const UNRESERVED: i64 = 100;
/// How many functions are asked at a time.
const AT_ONCE: usize = 10;

/// Why the functions' concurrency cannot be reserved, or is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConcurrencyError {
    /// The account has not enough.
    #[error("{0}")]
    Shortage(Shortage),
    /// AWS did not say.
    #[error("{0}")]
    Unknown(Box<Failure>),
}

/// More concurrent executions are to be reserved than the account has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// The region.
    pub region: String,
    /// The sum of what is to be reserved.
    pub needed: i64,
    /// Concurrent executions of the account in the region.
    pub limit: i64,
    /// What other functions than the named ones have reserved.
    pub reserved_by_others: i64,
    /// What Lambda keeps unreserved.
    pub unreserved: i64,
    /// What can be reserved: the limit without the two.
    pub left: i64,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the functions are to reserve {} concurrent executions, but {} are left in {}: of the account's \
             limit of {}, other functions reserve {}, and Lambda keeps {} unreserved. Reserve less, or ask AWS \
             for a limit of at least {} (Service Quotas, AWS Lambda, \"Concurrent executions\", L-B99A9384)",
            self.needed,
            self.left,
            self.region,
            self.limit,
            self.reserved_by_others,
            self.unreserved,
            // A limit that is asked for is no longer that of a small account.
            self.needed + self.reserved_by_others + UNRESERVED,
        )
    }
}

/// Checks that what functions are to reserve fits into the account's limit in a region.
///
/// `wanted` names all functions of the program, with what each is to reserve: what they have reserved
/// now does not count. Nothing is asked where none is to reserve anything.
///
/// # Errors
/// [`ConcurrencyError::Shortage`] where it does not fit, [`ConcurrencyError::Unknown`] where AWS does not say.
pub async fn concurrency(aws: &Region, wanted: &[(String, Option<i64>)]) -> Result<(), ConcurrencyError> {
    let needed: i64 = wanted.iter().filter_map(|(_, reserved)| *reserved).sum();
    if needed == 0 {
        return Ok(());
    }
    let unknown = |failure| ConcurrencyError::Unknown(Box::new(failure));
    let limit = limit(aws).await.map_err(unknown)?;
    let reserved_by_others = reserved_by_others(aws, wanted).await.map_err(unknown)?;
    let unreserved = UNRESERVED.min(limit);
    let left = (limit - unreserved - reserved_by_others).max(0);
    if needed <= left {
        return Ok(());
    }
    let region = aws.name().to_owned();
    Err(ConcurrencyError::Shortage(Shortage { region, needed, limit, reserved_by_others, unreserved, left }))
}

async fn limit(aws: &Region) -> Result<i64, Failure> {
    let operation = "lambda:GetAccountSettings";
    let answer = aws.lambda().get_account_settings().send().await;
    let answer = answer.map_err(|error| unread(operation, &error))?;
    let limit = answer.account_limit().map(|limit| i64::from(limit.concurrent_executions()));
    limit.ok_or_else(|| unexpected(operation, "the answer has no limit"))
}

async fn reserved_by_others(aws: &Region, wanted: &[(String, Option<i64>)]) -> Result<i64, Failure> {
    let mut others = Vec::new();
    let mut pages = aws.lambda().list_functions().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("lambda:ListFunctions", &error))?;
        let names = page.functions().iter().filter_map(|function| function.function_name());
        let others_here = names.filter(|name| wanted.iter().all(|(ours, _)| ours != name));
        others.extend(others_here.map(str::to_owned));
    }
    let mut sum = 0;
    for batch in others.chunks(AT_ONCE) {
        let mut reads = Vec::new();
        for name in batch {
            reads.push(reserved(aws, name));
        }
        sum += try_join_all(reads).await?.into_iter().sum::<i64>();
    }
    Ok(sum)
}

/// What a function has reserved; nothing where it has gone in the meantime.
async fn reserved(aws: &Region, name: &str) -> Result<i64, Failure> {
    let answer = aws.lambda().get_function_concurrency().function_name(name).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("lambda:GetFunctionConcurrency", &error)))?;
    Ok(answer.and_then(|answer| answer.reserved_concurrent_executions()).map_or(0, i64::from))
}
