//! Published versions of a function: which there are, and which nobody needs any more.

use std::collections::BTreeSet;
use std::time::SystemTime;

use aws_sdk_lambda::types::{AliasConfiguration, FunctionConfiguration};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use finsight_driver::clock::wall;
use finsight_engine::contract::Failure;

use crate::failure::{absent_as_none, refused, unread};
use crate::session::Region;

/// As many versions besides the live one are kept, to go back to: a region holds 75 GB of code.
const KEPT: usize = 5;

/// The number of a published version; `None` for `$LATEST`.
pub fn number(version: &FunctionConfiguration) -> Option<u64> {
    version.version()?.parse().ok()
}

/// The published versions of a function, from old to new.
pub async fn published(aws: &Region, name: &str) -> Result<Vec<FunctionConfiguration>, Failure> {
    let mut pages = aws.lambda().list_versions_by_function().function_name(name).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("lambda:ListVersionsByFunction", &error));
        let Some(page) = absent_as_none(page)? else { break };
        found.extend(page.versions.unwrap_or_default().into_iter().filter(|one| number(one).is_some()));
    }
    found.sort_by_key(number);
    Ok(found)
}

/// The aliases of a function.
pub async fn aliases(aws: &Region, name: &str) -> Result<Vec<AliasConfiguration>, Failure> {
    let mut pages = aws.lambda().list_aliases().function_name(name).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("lambda:ListAliases", &error))?;
        found.extend(page.aliases.unwrap_or_default());
    }
    Ok(found)
}

/// Deletes a published version.
pub async fn delete(aws: &Region, name: &str, version: &str) -> Result<(), Failure> {
    let call = aws.lambda().delete_function().function_name(name).qualifier(version);
    absent_as_none(call.send().await.map_err(|error| refused("lambda:DeleteFunction", &error)))?;
    Ok(())
}

/// The versions that aliases send calls to.
fn called(aliases: &[AliasConfiguration]) -> BTreeSet<u64> {
    let shares = |alias: &AliasConfiguration| -> Vec<String> {
        let weights = alias.routing_config().and_then(|routing| routing.additional_version_weights());
        weights.into_iter().flatten().map(|(version, _)| version.clone()).collect()
    };
    let all = aliases
        .iter()
        .flat_map(|alias| shares(alias).into_iter().chain(alias.function_version().map(str::to_owned)));
    all.filter_map(|version| version.parse().ok()).collect()
}

/// Deletes old versions that no alias stands for, but for the last few.
///
/// What an alias was taken off a moment ago still gets calls (azul#7883): as long as the newest version is that young,
/// nothing goes, and the next publishing does it.
pub async fn prune(aws: &Region, name: &str) -> Result<(), Failure> {
    let published = published(aws, name).await?;
    if published.len() <= KEPT || !is_settled(aws, &published) {
        return Ok(());
    }
    let called = called(&aliases(aws, name).await?);
    for version in &published[..published.len() - KEPT] {
        if number(version).is_some_and(|number| !called.contains(&number)) {
            delete(aws, name, version.version().unwrap_or_default()).await?;
        }
    }
    Ok(())
}

/// Whether a version that no alias stands for any more gets no calls for sure.
pub async fn may_go(aws: &Region, name: &str) -> Result<bool, Failure> {
    Ok(is_settled(aws, &published(aws, name).await?))
}

/// Deletes these versions of a function of ours, whose network goes; or says why they stay for now.
pub async fn retire(aws: &Region, name: &str, numbers: &BTreeSet<u64>) -> Result<Option<String>, Failure> {
    let called = called(&aliases(aws, name).await?);
    if let Some(version) = numbers.iter().find(|number| called.contains(number)) {
        return Ok(Some(format!("an alias stands for version {version} of {name}, which is in it")));
    }
    if !is_settled(aws, &published(aws, name).await?) {
        return Ok(Some(format!("versions of {name} are in it that may still get calls for some minutes")));
    }
    for version in numbers {
        delete(aws, name, &version.to_string()).await?;
    }
    Ok(None)
}

/// Whether the newest version has stood for so long that all calls go where the aliases say.
fn is_settled(aws: &Region, published: &[FunctionConfiguration]) -> bool {
    let newest = published.last().and_then(|version| version.last_modified());
    newest.is_none_or(|text| is_older(text, wall(), aws.drain().as_secs()))
}

/// Whether a moment as Lambda writes it lies as many seconds back. What cannot be read does not.
fn is_older(text: &str, now: SystemTime, seconds: u64) -> bool {
    let text = text.replace("+0000", "Z");
    let Ok(then) = DateTime::from_str(&text, Format::DateTime) else { return false };
    let age = DateTime::from(now).secs().saturating_sub(then.secs());
    age >= i64::try_from(seconds).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// H16: a version whose successor is a minute old is not deleted.
    #[test]
    fn what_may_still_get_calls_is_told_by_its_age() {
        let noon = UNIX_EPOCH + Duration::from_secs(1_767_268_800);
        let published = "2026-01-01T11:59:00.000+0000";
        assert!(!is_older(published, noon, 300));
        assert!(is_older(published, noon, 60));
        assert!(is_older(published, noon, 0));
        assert!(!is_older("yesterday", noon, 0));
    }

    #[test]
    fn versions_that_aliases_call_are_kept() {
        let weights = [("3".to_owned(), 1.0)].into();
        let routing = aws_sdk_lambda::types::AliasRoutingConfiguration::builder();
        let routing = routing.set_additional_version_weights(Some(weights)).build();
        let live = AliasConfiguration::builder().function_version("4").routing_config(routing).build();
        let latest = AliasConfiguration::builder().function_version("$LATEST").build();
        assert_eq!(called(&[live, latest]), BTreeSet::from([3, 4]));
    }
}
