//! `aws:rds:DBProxy`

use async_trait::async_trait;
use aws_sdk_rds::types::{DbProxy as Described, DefaultAuthScheme, EngineFamily};
use finsight_engine::contract::{Candidate, Failure, FailureClass, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use super::common::{candidate, converge_tags, deleted, tags_at, tags_of};
use super::db_instance_changes::some;
use super::db_proxy_values::{auth_of, live};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::Inputs;

/// Tags are read for so many proxies at a time.
const AT_ONCE: usize = 10;

/// The handler of `aws:rds:DBProxy`.
pub struct DbProxy;

#[async_trait]
impl Handler for DbProxy {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut proxies = Vec::new();
        let mut pages = aws.rds().describe_db_proxies().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("rds:DescribeDBProxies", &error))?;
            proxies.extend(page.db_proxies.unwrap_or_default());
        }
        proxies.retain(|proxy| targets.iter().any(|target| proxy.db_proxy_name() == Some(&target.id)));
        let mut found = Vec::new();
        for batch in proxies.chunks(AT_ONCE) {
            found.extend(try_join_all(batch.iter().map(|proxy| with_tags(aws, proxy, targets))).await?);
        }
        Ok(in_order(targets, found.into_iter().flatten()))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("db_proxy_name")?.to_ascii_lowercase();
        let answer = aws.rds().describe_db_proxies().db_proxy_name(&name).send().await;
        let answer = answer.map_err(|error| unread("rds:DescribeDBProxies", &error));
        let found = absent_as_none(answer)?.and_then(|answer| answer.db_proxies).unwrap_or_default();
        // Right after a create the answer may be about another proxy.
        match found.iter().find(|proxy| proxy.db_proxy_name() == Some(&name)) {
            Some(proxy) => candidate(aws, owner, &name, proxy.db_proxy_arn()).await,
            None => Ok(Vec::new()),
        }
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .rds()
            .create_db_proxy()
            .db_proxy_name(inputs.required("db_proxy_name")?)
            .engine_family(EngineFamily::from(inputs.required("engine_family")?))
            .role_arn(inputs.required("role_arn")?)
            .set_auth(Some(auth_of(inputs)).filter(|auth| !auth.is_empty()))
            .set_default_auth_scheme(scheme(inputs))
            .set_vpc_subnet_ids(Some(inputs.texts("vpc_subnet_ids")))
            .set_vpc_security_group_ids(some(inputs.texts("vpc_security_group_ids")))
            .set_require_tls(inputs.flag("require_tls"))
            .set_idle_client_timeout(inputs.int32("idle_client_timeout"))
            .set_debug_logging(inputs.flag("debug_logging"))
            .set_tags(Some(tags_of(inputs.tags())))
            .send()
            .await
            .map_err(|error| refused("rds:CreateDBProxy", &error))?;
        let name = answer.db_proxy().and_then(|proxy| proxy.db_proxy_name());
        name.map(str::to_owned).ok_or_else(|| unexpected("rds:CreateDBProxy", "the answer has no name"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        if let Some(arn) = live.outputs.text("arn") {
            converge_tags(aws, arn, &live.properties, desired).await?;
        }
        let differs = |name: &str| differing.iter().any(|item| item == name);
        if differs("condition") {
            return Err(unfit(&target.id, live.properties.text("condition").unwrap_or_default()));
        }
        if differing.iter().any(|name| name != "tags") {
            let groups = desired.texts("vpc_security_group_ids");
            aws.rds()
                .modify_db_proxy()
                .db_proxy_name(&target.id)
                .set_role_arn(desired.text("role_arn").map(str::to_owned))
                .set_auth(Some(auth_of(desired)).filter(|_| differs("auth")))
                .set_default_auth_scheme(scheme(desired).filter(|_| differs("default_auth_scheme")))
                .set_security_groups(some(groups).filter(|_| differs("vpc_security_group_ids")))
                .set_require_tls(desired.flag("require_tls"))
                .set_idle_client_timeout(desired.int32("idle_client_timeout"))
                .set_debug_logging(desired.flag("debug_logging"))
                .send()
                .await
                .map_err(|error| refused("rds:ModifyDBProxy", &error))?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.rds().delete_db_proxy().db_proxy_name(&target.id);
        match deleted("rds:DeleteDBProxy", call.send().await) {
            // The answer comes before its end; an earlier call may have begun it.
            Ok(Deleted::Gone) if !stands(aws, &target.id).await? => Ok(Deleted::Gone),
            Ok(_) => Ok(Deleted::Pending),
            Err(failure) if failure.code == "InvalidDBProxyStateFault" => Ok(Deleted::Pending),
            Err(failure) => Err(failure),
        }
    }
}

/// AWS changes nothing about a proxy that is not available.
fn unfit(id: &str, condition: &str) -> Failure {
    let advice = "AWS changes nothing about it any more; put right what this status is about, and name it with `--replace`";
    let mut failure = unexpected("rds:DescribeDBProxies", &format!("`{id}` is {condition}; {advice}"));
    failure.class = FailureClass::Invalid;
    failure.code = "DBProxyUnfit".to_owned();
    failure
}

fn scheme(inputs: &Map) -> Option<DefaultAuthScheme> {
    inputs.text("default_auth_scheme").map(DefaultAuthScheme::from)
}

async fn stands(aws: &Region, name: &str) -> Result<bool, Failure> {
    let answer = aws.rds().describe_db_proxies().db_proxy_name(name).send().await;
    let answer = answer.map_err(|error| unread("rds:DescribeDBProxies", &error));
    let found = absent_as_none(answer)?.and_then(|answer| answer.db_proxies).unwrap_or_default();
    Ok(found.iter().any(|proxy| proxy.db_proxy_name() == Some(name)))
}

async fn with_tags(aws: &Region, proxy: &Described, targets: &[Target]) -> Result<Option<Live>, Failure> {
    // What it gives is on record from when it was ready for the first time.
    let was_fit = |target: &Target| {
        proxy.db_proxy_name() == Some(&target.id) && target.outputs.contains_key("endpoint")
    };
    let was_fit = targets.iter().any(was_fit);
    let tags = tags_at(aws, proxy.db_proxy_arn().unwrap_or_default()).await?;
    Ok(tags.map(|tags| live(proxy, tags, was_fit)))
}
