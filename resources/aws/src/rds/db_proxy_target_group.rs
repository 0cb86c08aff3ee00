//! `aws:rds:DBProxyTargetGroup`

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_rds::types::{ConnectionPoolConfiguration, DbProxyTargetGroup as Described};
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The one group that every proxy has.
pub const DEFAULT: &str = "default";
/// What AWS assumes of `MaxConnectionsPercent` and `ConnectionBorrowTimeout`.
const CONNECTIONS: i32 = 100;
const BORROW: i32 = 120;

/// The handler of `aws:rds:DBProxyTargetGroup`; its physical id is `<proxy>|default`.
pub struct DbProxyTargetGroup;

#[async_trait]
impl Handler for DbProxyTargetGroup {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let proxies: BTreeSet<&str> = targets.iter().map(|target| proxy_of(&target.id)).collect();
        let groups = try_join_all(proxies.into_iter().map(|proxy| described(aws, proxy))).await?;
        Ok(in_order(targets, groups.iter().flatten().map(live)))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let proxy = inputs.required("db_proxy_name")?;
        let found = described(aws, proxy).await?;
        Ok(found.iter().map(|_| Candidate { id: id_of(proxy), ours: true }).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let proxy = inputs.required("db_proxy_name")?;
        match described(aws, proxy).await? {
            Some(_) => Ok(id_of(proxy)),
            None => {
                let message = format!("the proxy `{proxy}` has no target group yet");
                let mut failure = unexpected("rds:DescribeDBProxyTargetGroups", &message);
                failure.class = FailureClass::Absent;
                Err(failure)
            }
        }
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let most = desired.int32("max_connections_percent").unwrap_or(CONNECTIONS);
        let moved = differing.iter().any(|name| name == "max_connections_percent");
        let idle = match desired.int32("max_idle_connections_percent") {
            Some(wanted) => wanted,
            // Nobody said: AWS's own half where the whole changes, else what stands.
            None if moved => most / 2,
            None => live.properties.int32("max_idle_connections_percent").unwrap_or(most / 2),
        };
        let pool = ConnectionPoolConfiguration::builder()
            .max_connections_percent(most)
            .max_idle_connections_percent(idle)
            .connection_borrow_timeout(desired.int32("connection_borrow_timeout").unwrap_or(BORROW))
            .set_session_pinning_filters(Some(desired.texts("session_pinning_filters")))
            .init_query(desired.text("init_query").unwrap_or_default())
            .build();
        modify(aws, proxy_of(&target.id), pool).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        // It goes with its proxy; until then it has AWS's defaults again.
        let pool = ConnectionPoolConfiguration::builder()
            .max_connections_percent(CONNECTIONS)
            .max_idle_connections_percent(CONNECTIONS / 2)
            .connection_borrow_timeout(BORROW)
            .set_session_pinning_filters(Some(Vec::new()))
            .init_query("")
            .build();
        match modify(aws, proxy_of(&target.id), pool).await {
            Err(failure) if !matches!(failure.class, FailureClass::NotYet | FailureClass::Absent) => {
                Err(failure)
            }
            _ => Ok(Deleted::Gone),
        }
    }
}

fn id_of(proxy: &str) -> String {
    format!("{}|{DEFAULT}", proxy.to_ascii_lowercase())
}

fn proxy_of(id: &str) -> &str {
    id.split('|').next().unwrap_or(id)
}

async fn modify(aws: &Region, proxy: &str, pool: ConnectionPoolConfiguration) -> Result<(), Failure> {
    let call = aws.rds().modify_db_proxy_target_group().db_proxy_name(proxy).target_group_name(DEFAULT);
    let answer = call.connection_pool_config(pool).send().await;
    answer.map_err(|error| refused("rds:ModifyDBProxyTargetGroup", &error))?;
    Ok(())
}

async fn described(aws: &Region, proxy: &str) -> Result<Option<Described>, Failure> {
    let call = aws.rds().describe_db_proxy_target_groups().db_proxy_name(proxy).target_group_name(DEFAULT);
    let answer = call.send().await;
    let answer = answer.map_err(|error| unread("rds:DescribeDBProxyTargetGroups", &error));
    Ok(absent_as_none(answer)?.and_then(|answer| answer.target_groups).unwrap_or_default().into_iter().next())
}

fn live(group: &Described) -> Live {
    let proxy = group.db_proxy_name().unwrap_or_default();
    let pool = group.connection_pool_config();
    let filters = pool.map(|pool| pool.session_pinning_filters().to_vec()).unwrap_or_default();
    let properties = Values::new()
        .set("db_proxy_name", proxy)
        .set("max_connections_percent", pool.and_then(|pool| pool.max_connections_percent()))
        .set("max_idle_connections_percent", pool.and_then(|pool| pool.max_idle_connections_percent()))
        .set("connection_borrow_timeout", pool.and_then(|pool| pool.connection_borrow_timeout()))
        .list("session_pinning_filters", filters)
        .set("init_query", pool.and_then(|pool| pool.init_query()).unwrap_or_default());
    let outputs = Values::new().set("arn", group.target_group_arn());
    let health = match group.status() {
        Some(status @ ("creating" | "modifying")) => Health::Pending(status.to_owned()),
        Some("deleting") => Health::Deleting("deleting".to_owned()),
        _ => Health::Ready,
    };
    Live { id: id_of(proxy), properties: properties.build(), outputs: outputs.build(), health }
}
