//! Reserved concurrency, and what is provisioned of it.

use finsight_engine::contract::Failure;

use crate::failure::{refused, unread};
use crate::session::Region;

/// Sets or takes away what is reserved for a function.
pub async fn converge(aws: &Region, name: &str, wanted: Option<i32>) -> Result<(), Failure> {
    match wanted {
        Some(reserved) => {
            make_room(aws, name, reserved).await?;
            let call = aws.lambda().put_function_concurrency().function_name(name);
            let call = call.reserved_concurrent_executions(reserved);
            call.send().await.map_err(|error| refused("lambda:PutFunctionConcurrency", &error))?;
        }
        None => {
            let call = aws.lambda().delete_function_concurrency().function_name(name);
            call.send().await.map_err(|error| refused("lambda:DeleteFunctionConcurrency", &error))?;
        }
    }
    Ok(())
}

/// A container never shrinks before its content: Lambda refuses to reserve less than is provisioned. What is provisioned
/// stands on the function, and so comes to its own number only after it; here it shrinks as far as it has to.
async fn make_room(aws: &Region, name: &str, reserved: i32) -> Result<(), Failure> {
    let call = aws.lambda().list_provisioned_concurrency_configs().function_name(name);
    let mut pages = call.into_paginator().send();
    let mut provisioned = Vec::new();
    while let Some(page) = pages.next().await {
        const OPERATION: &str = "lambda:ListProvisionedConcurrencyConfigs";
        let page = page.map_err(|error| unread(OPERATION, &error))?;
        provisioned.extend(page.provisioned_concurrency_configs().iter().filter_map(|one| {
            let (_, qualifier) = one.function_arn()?.rsplit_once(':')?;
            Some((qualifier.to_owned(), one.requested_provisioned_concurrent_executions()?))
        }));
    }
    let wanted: Vec<i32> = provisioned.iter().map(|(_, count)| *count).collect();
    for ((qualifier, count), room) in provisioned.iter().zip(shares(&wanted, reserved)) {
        if room == 0 {
            let call = aws.lambda().delete_provisioned_concurrency_config().function_name(name);
            let call = call.qualifier(qualifier).send().await;
            call.map_err(|error| refused("lambda:DeleteProvisionedConcurrencyConfig", &error))?;
        } else if room < *count {
            let call = aws.lambda().put_provisioned_concurrency_config().function_name(name);
            let call = call.qualifier(qualifier).provisioned_concurrent_executions(room).send().await;
            call.map_err(|error| refused("lambda:PutProvisionedConcurrencyConfig", &error))?;
        }
    }
    Ok(())
}

/// What is left for each where not all of it fits.
fn shares(wanted: &[i32], room: i32) -> Vec<i32> {
    let sum: i64 = wanted.iter().map(|count| i64::from(*count)).sum();
    if sum <= i64::from(room) {
        return wanted.to_vec();
    }
    let share = |count: &i32| i32::try_from(i64::from(*count) * i64::from(room) / sum).unwrap_or_default();
    wanted.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_shrinks_in_proportion() {
        assert_eq!(shares(&[3, 2], 5), [3, 2]);
        assert_eq!(shares(&[10], 4), [4]);
        assert_eq!(shares(&[6, 3], 3), [2, 1]);
        assert_eq!(shares(&[6, 3], 0), [0, 0]);
        assert_eq!(shares(&[], 0), [0; 0]);
    }
}
