//! `aws:lambda:Function`

use std::collections::BTreeMap;

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Identity, Kind, LetsGo, Lingers, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Shape, resource};
use crate::ids::{Arn, FunctionName, SecurityGroupId, SubnetId};

/// Where a function's code comes from: a zip archive.
#[derive(Clone)]
pub struct Code(Map);

impl Code {
    /// The archive itself, as Base64 text.
    #[must_use]
    pub fn zip(base64: impl Into<Input<String>>) -> Self {
        Self(Map::from([("zip_base64".to_owned(), base64.into().into_value())]))
    }

    /// An archive that lies beside the program as `<SHA-256>.zip`, by the lower-case hexadecimal digits of its
    /// SHA-256. Where it lies is said when the program runs, and makes no difference.
    ///
    /// Lambda takes archives of up to 50 MiB in a call; larger ones go through an [`crate::s3::Object`].
    #[must_use]
    pub fn artifact(sha256: impl Into<Input<String>>) -> Self {
        Self(Map::from([("artifact".to_owned(), sha256.into().into_value())]))
    }

    /// An archive on S3.
    #[must_use]
    pub fn s3(bucket: impl Into<Input<String>>, key: impl Into<Input<String>>) -> Self {
        Self(Map::from([
            ("s3_bucket".to_owned(), bucket.into().into_value()),
            ("s3_key".to_owned(), key.into().into_value()),
        ]))
    }

    /// Which version of the S3 object.
    #[must_use]
    pub fn object_version(mut self, version: impl Into<Input<String>>) -> Self {
        self.0.insert("s3_object_version".to_owned(), version.into().into_value());
        self
    }
}

impl Property for Code {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for Code {
    const KIND: Kind = Kind::Map;
}

resource! {
    /// A function of a zip archive.
    Function: "aws:lambda:Function", id FunctionName, outputs FunctionOutputs {
        required {
            /// The role that it runs in, by ARN.
            role: Arn { lets_go(LetsGo::Free) },
            /// The runtime, such as `provided.al2023`.
            runtime: String { lets_go(LetsGo::Free) },
            /// What is called in the code.
            handler: String { lets_go(LetsGo::Free) },
            /// Its code.
            code: Code { write_only(), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name; generated where it is not set.
            function_name: String { replace(), lets_go(LetsGo::Free) },
            /// The Base64 text of the archive's SHA-256: with it, other code is seen as drift.
            code_sha256: String { lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { default("") },
            /// Instruction set: `x86_64` or `arm64`.
            architectures: Vec<String> { default(vec![Value::from("x86_64")]), lets_go(LetsGo::Free) },
            /// MiB of memory; the share of a processor grows with it.
            memory_size: i64 { default(128) },
            /// Seconds that a call may take.
            timeout: i64 { default(3) },
            /// MiB of `/tmp`.
            ephemeral_storage_size: i64 { default(512) },
            /// Environment variables.
            environment: BTreeMap<String, String> { default(Map::new()), lets_go(LetsGo::Free) },
            /// The unique id of its role, such as `AROA…`. The variables are read by a grant to that very role: where
            /// it is made again under its name, another id here has the grant given anew.
            role_id: String { lets_go(LetsGo::Free) },
            /// The KMS key of the environment variables, by ARN.
            kms_key_arn: Arn { absent(), lets_go(LetsGo::Changed) },
            /// The subnets of its network interfaces; outside of any VPC where there are none.
            subnet_ids: Vec<SubnetId> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Shrunk) },
            /// The security groups of its network interfaces.
            security_group_ids: Vec<SecurityGroupId> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Shrunk),
            },
            /// `Active` or `PassThrough`: whether X-Ray traces it.
            tracing_mode: String { default("PassThrough"), lets_go(LetsGo::Free) },
            /// `Text` or `JSON`.
            log_format: String { default("Text"), lets_go(LetsGo::Free) },
            /// The log group's name; `/aws/lambda/` and the function's name where it is not set.
            log_group: String { names(&["aws:logs:LogGroup"]), lets_go(LetsGo::Free) },
            /// The least level of the code's own logs; with `JSON` only.
            application_log_level: String { lets_go(LetsGo::Free) },
            /// The least level of Lambda's logs; with `JSON` only.
            system_log_level: String { lets_go(LetsGo::Free) },
            /// The queue or topic of events that failed, by ARN.
            dead_letter_target_arn: Arn { absent(), lets_go(LetsGo::Free) },
            /// Layers by version ARN, later ones over earlier ones.
            layers: Vec<Arn> { default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// Not to be set: where Lambda could not make its last update, its word stands here, and the
            /// update is made again.
            last_update_status: String { follows(), default("Successful"), lets_go(LetsGo::Free) },
            /// An alias that stands for the function as it is: every change publishes a version and moves it.
            live_alias: String { absent(), lets_go(LetsGo::Free) },
            /// Not to be set: `current`, or what stands where the alias does not stand for a version that is the
            /// function as it is, or for the one that it was taken back to. The next update publishes one and moves the alias.
            live_version: String { follows(), default("current"), lets_go(LetsGo::Free) },
            /// Not to be set: the version to which `rollback` has taken the alias. It stays there until the code or the role
            /// changes: a version runs as the role with which it was published.
            live_pin: String { kept_until(&["code", "code_sha256", "role"]), kept_with(&["role"]) },
            /// Not to be set: function URLs, by which it can be called from anywhere, show here; the next update takes
            /// them away.
            function_urls: String { follows(), default("none"), lets_go(LetsGo::Free) },
            /// Not to be set: statements of its policy and its aliases', by which others may call it and which nothing
            /// declares, show here; the next update takes them away.
            policy_statements: Vec<String> { parts("aws:lambda:Permission") },
            /// Not to be set: settings of asynchronous events that nothing declares show here; the next update takes them
            /// away.
            event_invoke_configs: Vec<String> { parts("aws:lambda:EventInvokeConfig") },
            /// Concurrent calls that are kept for it, and that it may have at most.
            reserved_concurrent_executions: i64 { absent() },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN, without a version.
            arn: Arn,
            /// The version that was read: `$LATEST`.
            version: String { volatile },
            /// The URI by which API Gateway calls it.
            invoke_arn: String,
            /// The ARN of `live_alias`.
            live_arn: Arn,
            /// The URI by which API Gateway calls `live_alias`.
            live_invoke_arn: String,
            /// The number of the version that `live_alias` stands for.
            live_version_number: String { volatile },
        }
        spec {
            identity: Identity::Named { property: "function_name" },
            generated_name: Some("function_name"),
            // An alias waits for its version, and for provisioned concurrency to move along. Network interfaces stay
            // for 20 to 45 minutes, users have met an hour (terraform-provider-aws#10329, #32130).
            timing: Timing::new([72, 12, 5], [10, 20, 75]).poll(1_000),
            lingers: Some(Lingers { property: "subnet_ids", millis: 25 * 60_000 }),
            pending: true,
        }
    }
}
