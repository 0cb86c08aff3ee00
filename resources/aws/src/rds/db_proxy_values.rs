//! A proxy as AWS describes it, in the shape of its spec.

use std::collections::BTreeMap;

use aws_sdk_rds::types::{
    AuthScheme, ClientPasswordAuthType, DbProxy, DbProxyStatus, IamAuthMode, UserAuthConfig,
    UserAuthConfigInfo,
};
use finsight_engine::contract::{Health, Live};
use finsight_engine::value::{Map, Value};

use crate::values::{Inputs, Values};

/// How a client of a PostgreSQL proxy proves its password where nobody said how.
const PASSWORDS: &str = "POSTGRES_SCRAM_SHA_256";

/// The proxy as it stands; `was_fit` says whether it has been fit for use.
pub fn live(proxy: &DbProxy, tags: BTreeMap<String, String>, was_fit: bool) -> Live {
    let unfit = proxy.status().filter(|status| is_unfit(status));
    let condition = unfit.map_or("fit", DbProxyStatus::as_str);
    let auth = proxy.auth().iter().map(auth_value).collect::<Vec<_>>();
    let properties = Values::new()
        .set("db_proxy_name", proxy.db_proxy_name())
        .set("engine_family", proxy.engine_family())
        .set("role_arn", proxy.role_arn())
        .set("auth", auth)
        .set("default_auth_scheme", proxy.default_auth_scheme().unwrap_or("NONE"))
        .list("vpc_subnet_ids", proxy.vpc_subnet_ids())
        .list("vpc_security_group_ids", proxy.vpc_security_group_ids())
        .set("require_tls", proxy.require_tls().unwrap_or(false))
        .set("idle_client_timeout", proxy.idle_client_timeout())
        .set("debug_logging", proxy.debug_logging().unwrap_or(false))
        .set("condition", condition)
        .tags(tags);
    let arn = proxy.db_proxy_arn();
    let outputs = Values::new()
        .set("arn", arn)
        .set("endpoint", proxy.endpoint())
        .set("resource_id", arn.and_then(|arn| arn.rsplit(':').next()))
        .set("vpc_id", proxy.vpc_id());
    Live {
        id: proxy.db_proxy_name().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: health(proxy.status(), was_fit),
    }
}

/// One that a change has left unfit was fit before: it is a difference, and no reason to make another one unasked. One
/// that never was is of no use.
fn health(status: Option<&DbProxyStatus>, was_fit: bool) -> Health {
    match status {
        Some(DbProxyStatus::Available) => Health::Ready,
        Some(DbProxyStatus::Deleting) => Health::Deleting("deleting".to_owned()),
        Some(status) if is_unfit(status) && was_fit => Health::Ready,
        // It keeps no data: another one takes its place.
        Some(status) if is_unfit(status) => Health::Failed(status.as_str().to_owned()),
        Some(other) => Health::Pending(other.as_str().to_owned()),
        None => Health::Pending("creating".to_owned()),
    }
}

fn is_unfit(status: &DbProxyStatus) -> bool {
    matches!(status, DbProxyStatus::IncompatibleNetwork | DbProxyStatus::InsufficientResourceLimits)
}

fn auth_value(auth: &UserAuthConfigInfo) -> Value {
    let kind = auth.client_password_auth_type().map_or(PASSWORDS, ClientPasswordAuthType::as_str);
    let description = auth.description().filter(|text| !text.is_empty());
    let values = Values::new()
        .set("auth_scheme", auth.auth_scheme().map_or("SECRETS", AuthScheme::as_str))
        .set("secret_arn", auth.secret_arn())
        .set("iam_auth", auth.iam_auth().map_or("DISABLED", IamAuthMode::as_str))
        .set("client_password_auth_type", kind)
        .set("description", description);
    Value::Map(values.build())
}

/// The wanted list, for a call.
pub fn auth_of(inputs: &Map) -> Vec<UserAuthConfig> {
    let items = inputs.get("auth").and_then(Value::as_list).unwrap_or_default();
    items
        .iter()
        .filter_map(Value::as_map)
        .map(|item| {
            UserAuthConfig::builder()
                .set_auth_scheme(item.text("auth_scheme").map(AuthScheme::from))
                .set_secret_arn(item.text("secret_arn").map(str::to_owned))
                .set_iam_auth(item.text("iam_auth").map(IamAuthMode::from))
                .set_client_password_auth_type(
                    item.text("client_password_auth_type").map(ClientPasswordAuthType::from),
                )
                .set_description(item.text("description").map(str::to_owned))
                .build()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_leaves_out_is_what_it_assumes() {
        let secret = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:s-abcdef";
        let proxy = DbProxy::builder()
            .db_proxy_name("p")
            .db_proxy_arn("arn:aws:rds:ap-northeast-1:123456789012:db-proxy:prx-0a1b")
            .status(DbProxyStatus::Available)
            .auth(UserAuthConfigInfo::builder().secret_arn(secret).build())
            .build();
        let live = live(&proxy, BTreeMap::new(), false);
        assert_eq!((live.outputs.text("resource_id"), &live.health), (Some("prx-0a1b"), &Health::Ready));
        let item = auth_of(&live.properties).remove(0);
        assert_eq!((item.secret_arn(), item.iam_auth()), (Some(secret), Some(&IamAuthMode::Disabled)));
    }
}
