//! D3: the user as which the functions log in with IAM credentials. AWS makes none, so a function does, with the master user's
//! secret, which no person carries; and the deployment calls it.

use finsight_engine::program::{Handle, Input, Options, Scope, list};
use finsight_engine::value::{Map, Value};
use finsight_specs::lambda::Invocation;
use finsight_specs::logs::LogGroup;
use finsight_specs::rds::DbInstance;

use crate::api::functions::{LIVE, Plan, Workshop, interfaces, read_secrets};
use crate::artifacts::Artifacts;
use crate::common::{name, named};
use crate::config::Config;
use crate::network::Network;
use crate::security::Keys;

/// The name of the function and of its code.
const WHAT: &str = "database-user";
/// What it may take: rights that IAM is still spreading, and a database that is starting, are waited for.
const SECONDS: i64 = 60;

/// What the user stands on.
pub(super) struct Ground<'a> {
    pub network: &'a Network,
    pub keys: &'a Keys,
    pub artifacts: &'a Artifacts,
    pub instance: &'a Handle<DbInstance>,
}

/// The function that makes the user, and its call: once for each database that there is. A restored one has another resource
/// id, and is without the user where it is as it was before.
pub(super) fn user(s: &Scope, config: &Config, ground: &Ground<'_>) -> Handle<Invocation> {
    let Ground { network, keys, artifacts, instance } = ground;
    let log_group = s.add(
        WHAT,
        LogGroup::new()
            .log_group_name(format!("/aws/lambda/{}", named(s, WHAT)))
            .retention_in_days(config.database.log_retention_days)
            .tags(name(s, WHAT)),
    );
    let workshop = Workshop { scope: s, config: &config.api, artifacts, log_group: &log_group, bucket: None };
    let master = &instance.master_user_secret_arn;
    let (user, database) = (config.database.application_username.as_str(), config.database.name.as_str());
    let function = workshop.function(Plan {
        what: WHAT.to_owned(),
        description: "FinSight: makes the user that the API's functions log in as".to_owned(),
        code: config.database.user_code.clone(),
        memory_mib: 128,
        timeout_seconds: SECONDS,
        environment: Map::from([
            ("DB_HOST".to_owned(), instance.endpoint_address.value()),
            ("DB_PORT".to_owned(), Value::from("5432")),
            ("DB_NAME".to_owned(), Value::from(database)),
            ("DB_USER".to_owned(), Value::from(user)),
            ("DB_MASTER_SECRET_ARN".to_owned(), master.value()),
        ]),
        allowed: vec![
            ("secrets".to_owned(), read_secrets(s, std::slice::from_ref(master), &keys.secrets.arn)),
            ("network".to_owned(), interfaces(s, network, &network.user_group, WHAT)),
        ],
        reserved: None,
        network: Some((list(&network.private_subnets), list([&network.user_group]))),
        after: Options::default(),
    });
    let code = artifacts.of(WHAT).map_or("", |artifact| artifact.sha256_base64.as_str());
    let triggers = Map::from([
        ("instance".to_owned(), instance.dbi_resource_id.value()),
        ("database".to_owned(), Value::from(database)),
        ("user".to_owned(), Value::from(user)),
        ("code".to_owned(), Value::from(code)),
    ]);
    let call = Invocation::new(&function).qualifier(LIVE);
    s.add(WHAT, call.triggers(Input::from_value(Value::Map(triggers))))
}
