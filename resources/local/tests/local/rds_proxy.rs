use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{
    ConnectionPoolConfiguration, DbProxyStatus, EngineFamily, IamAuthMode, TargetHealthReason, TargetState,
    UserAuthConfig,
};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config, ec2, group, role, subnet, vpc};

struct Site {
    rds: Client,
    secrets: aws_sdk_secretsmanager::Client,
    ec2: aws_sdk_ec2::Client,
    clock: LocalClock,
    cloud: LocalCloud,
    subnets: [String; 2],
    group: String,
    role: String,
}

/// An available instance `db` with a managed password, in two subnets.
async fn site() -> Site {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let config = config(&cloud, REGION).await;
    let (rds, ec2) = (Client::new(&config), ec2(&cloud).await);
    let vpc = vpc(&ec2).await;
    let subnets = [
        subnet(&ec2, &vpc, "10.0.1.0/24", "ap-northeast-1a").await,
        subnet(&ec2, &vpc, "10.0.2.0/24", "ap-northeast-1c").await,
    ];
    let group = group(&ec2, &vpc, "proxy").await;
    let call = rds.create_db_subnet_group().db_subnet_group_name("db").db_subnet_group_description("d");
    call.set_subnet_ids(Some(subnets.to_vec())).send().await.unwrap();
    let site = Site {
        secrets: aws_sdk_secretsmanager::Client::new(&config),
        role: role(&cloud, "proxy", "rds.amazonaws.com").await,
        rds,
        ec2,
        clock,
        cloud,
        subnets,
        group,
    };
    site.database().await;
    site.advance(900);
    site
}

impl Site {
    async fn database(&self) {
        let call =
            self.rds.create_db_instance().db_instance_identifier("db").db_instance_class("db.t3.micro");
        let call = call.engine("postgres").engine_version("15").allocated_storage(20).master_username("app");
        call.manage_master_user_password(true).db_subnet_group_name("db").send().await.unwrap();
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    async fn secret(&self) -> Option<String> {
        let found = self.rds.describe_db_instances().db_instance_identifier("db").send().await.unwrap();
        found.db_instances()[0].master_user_secret()?.secret_arn().map(str::to_owned)
    }

    fn auth(&self, secret: &str) -> UserAuthConfig {
        UserAuthConfig::builder().secret_arn(secret).iam_auth(IamAuthMode::Required).build()
    }

    fn create(&self) -> aws_sdk_rds::operation::create_db_proxy::builders::CreateDBProxyFluentBuilder {
        let call = self.rds.create_db_proxy().db_proxy_name("Proxy").engine_family(EngineFamily::Postgresql);
        call.role_arn(&self.role)
            .set_vpc_subnet_ids(Some(self.subnets.to_vec()))
            .vpc_security_group_ids(&self.group)
    }

    async fn status(&self) -> DbProxyStatus {
        let found = self.rds.describe_db_proxies().db_proxy_name("proxy").send().await.unwrap();
        found.db_proxies()[0].status().unwrap().clone()
    }

    async fn health(&self) -> (TargetState, Option<TargetHealthReason>) {
        let found = self.rds.describe_db_proxy_targets().db_proxy_name("proxy").send().await.unwrap();
        let health = found.targets()[0].target_health().unwrap();
        (health.state().unwrap().clone(), health.reason().cloned())
    }

    fn register(
        &self,
    ) -> aws_sdk_rds::operation::register_db_proxy_targets::builders::RegisterDBProxyTargetsFluentBuilder
    {
        self.rds.register_db_proxy_targets().db_proxy_name("proxy").db_instance_identifiers("db")
    }
}

#[tokio::test]
async fn a_proxy_from_creation_to_its_end() {
    let site = site().await;
    let secret = site.secret().await.unwrap();
    assert_eq!(code(site.create().send().await), "InvalidParameterCombination", "no way to log in");
    let plain = site.create().auth(site.auth(&secret)).send().await;
    assert_eq!(code(plain), "InvalidParameterCombination", "IAM without TLS");
    let create = || site.create().auth(site.auth(&secret)).require_tls(true);
    let few = create().set_vpc_subnet_ids(Some(vec![site.subnets[0].clone()])).send().await;
    assert_eq!(code(few), "InvalidSubnet");
    let made = create().send().await.unwrap().db_proxy.unwrap();
    assert_eq!((made.db_proxy_name(), made.idle_client_timeout()), (Some("proxy"), Some(1800)));
    assert!(made.db_proxy_arn().unwrap().contains(":db-proxy:prx-"));
    assert_eq!(code(create().send().await), "DBProxyAlreadyExistsFault");
    assert_eq!(code(site.register().send().await), "InvalidDBProxyStateFault");
    site.advance(500);
    assert_eq!(site.status().await, DbProxyStatus::Available);

    let modify = |config: ConnectionPoolConfiguration| {
        let call =
            site.rds.modify_db_proxy_target_group().db_proxy_name("proxy").target_group_name("default");
        call.connection_pool_config(config).send()
    };
    let pool = ConnectionPoolConfiguration::builder;
    assert_eq!(code(modify(pool().max_idle_connections_percent(10).build()).await), "InvalidParameterValue");
    assert_eq!(code(modify(pool().max_connections_percent(20).build()).await), "InvalidParameterValue");
    let both = pool().max_connections_percent(20).max_idle_connections_percent(10).build();
    let group = modify(both).await.unwrap().db_proxy_target_group.unwrap();
    assert_eq!(group.connection_pool_config().unwrap().connection_borrow_timeout(), Some(120));

    site.register().send().await.unwrap();
    assert_eq!(code(site.register().send().await), "DBProxyTargetAlreadyRegisteredFault");
    assert_eq!(site.health().await, (TargetState::Registering, None));
    site.advance(100);
    let reason = Some(TargetHealthReason::PendingProxyCapacity);
    assert_eq!(site.health().await, (TargetState::Unavailable, reason));
    site.advance(300);
    assert_eq!(site.health().await, (TargetState::Available, None));
    assert_eq!(site.cloud.status().await.count("aws:rds:DBProxyTarget"), 1);

    site.rds.modify_db_proxy().db_proxy_name("proxy").debug_logging(true).send().await.unwrap();
    assert_eq!(site.status().await, DbProxyStatus::Modifying);
    let delete = || site.rds.delete_db_proxy().db_proxy_name("proxy");
    assert_eq!(code(delete().send().await), "InvalidDBProxyStateFault");
    site.advance(100);
    let held = site.ec2.delete_security_group().group_id(&site.group).send().await;
    assert_eq!(code(held), "DependencyViolation");
    delete().send().await.unwrap();
    assert_eq!(site.status().await, DbProxyStatus::Deleting);
    site.advance(200);
    let gone = site.rds.describe_db_proxies().db_proxy_name("proxy").send().await;
    assert_eq!(code(gone), "DBProxyNotFoundFault");
    site.ec2.delete_security_group().group_id(&site.group).send().await.unwrap();
}

#[tokio::test]
async fn a_secret_or_role_that_does_not_fit_shows_at_the_target() {
    let site = site().await;
    let none = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:none-abcdef";
    site.create().auth(site.auth(none)).require_tls(true).send().await.unwrap();
    site.advance(500);
    site.register().send().await.unwrap();
    site.advance(400);
    let failed = (TargetState::Unavailable, Some(TargetHealthReason::AuthFailure));
    assert_eq!(site.health().await, failed);
    let secret = site.secret().await.unwrap();
    let fixed = site.rds.modify_db_proxy().db_proxy_name("proxy").auth(site.auth(&secret));
    fixed.send().await.unwrap();
    assert_eq!(site.health().await, (TargetState::Available, None));
    site.advance(100);
    // A database that is gone takes its target along.
    let delete = site.rds.delete_db_instance().db_instance_identifier("db").skip_final_snapshot(true);
    delete.send().await.unwrap();
    site.advance(300);
    let found = site.rds.describe_db_proxy_targets().db_proxy_name("proxy").send().await.unwrap();
    assert!(found.targets().is_empty());
}

/// H25: nothing says that a proxy tells on whose behalf it assumes its role, so that a condition on that shuts it out.
#[tokio::test]
async fn a_role_that_asks_for_the_account_shuts_the_proxy_out() {
    let site = site().await;
    let secret = site.secret().await.unwrap();
    site.create().auth(site.auth(&secret)).require_tls(true).send().await.unwrap();
    site.advance(500);
    site.register().send().await.unwrap();
    site.advance(400);
    assert_eq!(site.health().await, (TargetState::Available, None));
    let iam = aws_sdk_iam::Client::new(&config(&site.cloud, REGION).await);
    let document = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "rds.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}]}"#;
    iam.update_assume_role_policy().role_name("proxy").policy_document(document).send().await.unwrap();
    let failed = (TargetState::Unavailable, Some(TargetHealthReason::AuthFailure));
    assert_eq!(site.health().await, failed);
}

#[tokio::test]
async fn the_managed_password_is_a_secret_that_goes_with_the_instance() {
    let site = site().await;
    let arn = site.secret().await.unwrap();
    let seen = site.secrets.describe_secret().secret_id(&arn).send().await.unwrap();
    assert_eq!(seen.owning_service(), Some("rds"));
    assert!(seen.name().unwrap().starts_with("rds!db-"));
    let value = async || {
        let got = site.secrets.get_secret_value().secret_id(&arn).send().await.unwrap();
        got.secret_string.unwrap()
    };
    let first = value().await;
    assert!(first.contains("\"username\":\"app\"") && !format!("{:?}", site.cloud).contains(&first));
    let delete = site.secrets.delete_secret().secret_id(&arn).force_delete_without_recovery(true);
    assert_eq!(code(delete.send().await), "InvalidRequestException");
    let modify = || site.rds.modify_db_instance().db_instance_identifier("db").apply_immediately(true);
    modify().rotate_master_user_password(true).send().await.unwrap();
    assert_ne!(value().await, first);
    site.advance(900);
    let given = modify().manage_master_user_password(false).master_user_password("correct-horse");
    given.send().await.unwrap();
    assert_eq!(
        code(site.secrets.describe_secret().secret_id(&arn).send().await),
        "ResourceNotFoundException"
    );
    assert_eq!(site.cloud.status().await.count("aws:secretsmanager:Secret"), 0);
}
