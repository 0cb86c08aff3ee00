//! `aws:rds:DBProxy`

use std::collections::BTreeMap;

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::resource;
use crate::ids::{Arn, DbProxyName, SecurityGroupId, SubnetId, VpcId};

/// How clients of one database user log in to a proxy, and it to the database: by a secret with
/// `username` and `password`.
#[derive(Clone)]
pub struct ProxyAuth(Map);

impl ProxyAuth {
    /// With the user and password of this secret, by ARN, on both sides.
    pub fn secret(secret_arn: impl Into<Input<Arn>>) -> Self {
        Self(Map::from([
            ("auth_scheme".to_owned(), "SECRETS".into()),
            ("secret_arn".to_owned(), secret_arn.into().into_value()),
            ("iam_auth".to_owned(), "DISABLED".into()),
            ("client_password_auth_type".to_owned(), "POSTGRES_SCRAM_SHA_256".into()),
        ]))
    }

    /// Clients show IAM credentials instead of the password; the proxy must have `require_tls`.
    #[must_use]
    pub fn iam(self) -> Self {
        self.iam_auth("REQUIRED")
    }

    /// Whether clients show IAM credentials: `DISABLED` or `REQUIRED`.
    #[must_use]
    pub fn iam_auth(self, mode: impl Into<Input<String>>) -> Self {
        self.set("iam_auth", mode.into().into_value())
    }

    /// How clients prove a password; `POSTGRES_SCRAM_SHA_256` where it is not said.
    #[must_use]
    pub fn client_password_auth_type(self, kind: impl Into<Input<String>>) -> Self {
        self.set("client_password_auth_type", kind.into().into_value())
    }

    /// What it is for.
    #[must_use]
    pub fn description(self, text: impl Into<Input<String>>) -> Self {
        self.set("description", text.into().into_value())
    }

    fn set(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

impl Property for ProxyAuth {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

resource! {
    /// A proxy that shares few database connections among many clients.
    DbProxy: "aws:rds:DBProxy", id DbProxyName, outputs DbProxyOutputs {
        required {
            /// The kind of database: `POSTGRESQL`.
            engine_family: String { replace(), lets_go(LetsGo::Free) },
            /// The role that reads the secrets, by ARN.
            role_arn: Arn { lets_go(LetsGo::Free) },
            /// Its subnets: at least two, in different zones of the database's VPC.
            vpc_subnet_ids: Vec<SubnetId> { unordered(), replace() },
        }
        optional {
            /// Its name, which RDS keeps in lower case; generated where it is not set.
            db_proxy_name: String { replace(), equality(Equality::CaseInsensitive), lets_go(LetsGo::Free) },
            /// How each database user logs in.
            auth: Vec<ProxyAuth> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// `NONE`, or `IAM_AUTH`: users that `auth` does not name log in with IAM end to end.
            default_auth_scheme: String { default("NONE"), lets_go(LetsGo::Free) },
            /// Whether clients must use TLS.
            require_tls: bool { default(false) },
            /// Seconds after which a client that says nothing is cut off, 1 to 28800.
            idle_client_timeout: i64 { default(1800) },
            /// Whether it logs statements; AWS switches it off by itself after a day.
            debug_logging: bool { default(false) },
            /// Its security groups; the VPC's default one where they are not set.
            vpc_security_group_ids: Vec<SecurityGroupId> { unordered(), lets_go(LetsGo::Shrunk) },
            /// Not to be set: where a change has left it unfit for use, AWS's word stands here. Only another one helps; it is
            /// made when `--replace` names it.
            condition: String { follows(), default("fit"), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// The host name that clients connect to.
            endpoint: String,
            /// `prx-…`, which `rds-db:connect` policies name.
            resource_id: String,
            /// Its VPC.
            vpc_id: VpcId,
        }
        spec {
            identity: Identity::Named { property: "db_proxy_name" },
            generated_name: Some("db_proxy_name"),
            timing: Timing::new([490, 60, 120], [30, 30, 60]).poll(5_000).lag(60_000),
            pending: true,
        }
    }
}
