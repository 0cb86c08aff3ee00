//! H19: a change that AWS took and that failed leaves what stood: it is a difference, and no reason to make another one.

use finsight_engine::plan::Op;
use finsight_engine::state::Row;
use finsight_engine::urn::UrnPattern;
use finsight_local::Outcome;

use crate::fixture::{Fixture, urn};
use crate::life::{Life, shown};
use crate::network::config;
use crate::runtime;

const FUNCTION: &str = "aws:lambda:Function";
const API: &str = "aws:apigateway:RestApi";
const DOMAIN: &str = "aws:apigateway:DomainName";
const PROXY: &str = "aws:rds:DBProxy";

fn badly(kind: &str, code: &str) -> Outcome {
    Outcome {
        kind: kind.to_owned(),
        name: "*".to_owned(),
        code: code.to_owned(),
        reason: "it did not work".to_owned(),
    }
}

/// What another hand changes while the change of this type is to fail.
async fn change(life: &Life, row: &Row) {
    let aws = config(life).await;
    let id = row.id.as_str();
    match row.urn.type_name() {
        FUNCTION => {
            let call = aws_sdk_lambda::Client::new(&aws).update_function_configuration().function_name(id);
            call.timeout(9).send().await.expect("taken");
        }
        API => {
            let patch = aws_sdk_apigateway::types::PatchOperation::builder()
                .op(aws_sdk_apigateway::types::Op::Replace)
                .path("/description")
                .value("another")
                .build();
            let call = aws_sdk_apigateway::Client::new(&aws).update_rest_api().rest_api_id(id);
            call.patch_operations(patch).send().await.expect("taken");
        }
        DOMAIN => {
            let patch = aws_sdk_apigateway::types::PatchOperation::builder()
                .op(aws_sdk_apigateway::types::Op::Replace)
                .path("/securityPolicy")
                .value("TLS_1_2")
                .build();
            let call = aws_sdk_apigateway::Client::new(&aws).update_domain_name().domain_name(id);
            call.patch_operations(patch).send().await.expect("taken");
        }
        PROXY => {
            let call = aws_sdk_rds::Client::new(&aws).modify_db_proxy().db_proxy_name(id);
            call.idle_client_timeout(77).send().await.expect("taken");
        }
        other => panic!("{other}"),
    }
}

/// A stack whose subject's last change has failed, and the row of the subject before.
async fn failed(life: &mut Life, type_name: &str, code: &str) -> Row {
    let fixture = Fixture::of(type_name);
    life.reach(&fixture.graph(&[]), type_name).await;
    let row = life.subject(type_name);
    life.cloud.set_outcomes(vec![badly(type_name, code)]);
    change(life, &row).await;
    life.cloud.set_outcomes(Vec::new());
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    row
}

#[test]
fn what_failed_to_change_is_changed_again_and_not_made_anew() {
    runtime().block_on(async {
        for (type_name, property) in [(FUNCTION, "last_update_status"), (API, "status"), (DOMAIN, "status")] {
            let mut life = Life::new().await;
            let graph = Fixture::of(type_name).graph(&[]);
            let before = failed(&mut life, type_name, "InvalidSubnet").await;
            let plan = life.plan(&graph).await;
            let step = plan.step(&urn(type_name, "subject")).expect("a step");
            assert_eq!(step.op, Op::Update, "{type_name}: {}", shown(&plan));
            assert!(
                shown(&plan).contains(property) && shown(&plan).contains("it did not work"),
                "{}",
                shown(&plan)
            );
            life.reach(&graph, type_name).await;
            assert_eq!(life.subject(type_name).owner, before.owner, "{type_name}");
            life.destroy(type_name).await;
        }
    });
}

/// AWS changes nothing about a proxy that is not available: it says so, and another one is made when it is named.
#[test]
fn a_proxy_that_a_change_has_left_unfit_is_replaced_when_it_is_named() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = Fixture::of(PROXY).graph(&[]);
        let before = failed(&mut life, PROXY, "incompatible-network").await;
        let plan = life.plan(&graph).await;
        let step = plan.step(&urn(PROXY, "subject")).expect("a step");
        assert_eq!(step.op, Op::Update, "{}", shown(&plan));
        let outcome = life.execute(plan).await;
        let said = format!("{:?}", outcome.errors);
        assert!(said.contains("incompatible-network") && said.contains("--replace"), "{said}");
        assert_eq!(life.subject(PROXY).owner, before.owner);
        life.replace = vec![UrnPattern::new("*DBProxy/subject")];
        let outcome = life.up(&graph).await;
        assert!(outcome.succeeded(), "{:?}", outcome.errors);
        life.replace = Vec::new();
        life.reach(&graph, "another one").await;
        assert_ne!(life.subject(PROXY).owner, before.owner);
        life.destroy("all of it").await;
    });
}

/// One that never was fit is of no use to anybody.
#[test]
fn a_proxy_that_never_was_fit_is_made_anew() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = Fixture::of(PROXY).graph(&[]);
        life.cloud.set_outcomes(vec![badly(PROXY, "incompatible-network")]);
        let outcome = life.up(&graph).await;
        assert!(format!("{:?}", outcome.errors).contains("EXEC-FAILED-STATE"), "{:?}", outcome.errors);
        life.cloud.set_outcomes(Vec::new());
        life.reach(&graph, "another one").await;
        life.destroy("all of it").await;
    });
}

/// What AWS has taken and could not make is told with its reason, and made once nothing is in the way.
#[test]
fn what_comes_to_nothing_is_told_and_made_anew() {
    const CERTIFICATE: &str = "aws:acm:Certificate";
    let cases = [
        ("aws:ec2:Subnet", "aws:ec2:Subnet", "failed-insufficient-capacity", "failed-insufficient-capacity"),
        ("aws:ec2:SubnetRouteTableAssociation", "aws:ec2:SubnetRouteTableAssociation", "", "it did not work"),
        ("aws:ec2:NatGateway", "aws:ec2:NatGateway", "InternalError", "it did not work"),
        ("aws:ec2:VpcEndpoint", "aws:ec2:VpcEndpoint", "InternalError", "failed: it did not work"),
        ("aws:rds:DBSnapshot", "aws:rds:DBSnapshot", "failed", "failed"),
        (FUNCTION, FUNCTION, "InternalError", "it did not work"),
        (CERTIFICATE, CERTIFICATE, "FAILED", "FAILED: it did not work"),
        ("aws:acm:CertificateValidation", CERTIFICATE, "VALIDATION_TIMED_OUT", "VALIDATION_TIMED_OUT"),
    ];
    runtime().block_on(async {
        for (type_name, kind, code, told) in cases {
            let graph = Fixture::of(type_name).graph(&[]);
            let mut life = Life::new().await;
            life.cloud.set_outcomes(vec![badly(kind, code)]);
            let outcome = life.up(&graph).await;
            let said = format!("{:?}", outcome.errors);
            assert!(said.contains("EXEC-FAILED-STATE") && said.contains(told), "{type_name}: {said}");
            life.cloud.set_outcomes(Vec::new());
            life.reach(&graph, type_name).await;
            life.destroy(type_name).await;
            assert!(life.cloud.status().await.is_empty(), "{type_name}");
        }
    });
}

/// K11, K12: what AWS gives up after the call is a difference with its reason, and begun again by the next run.
#[test]
fn what_aws_gives_up_is_a_difference_and_begun_again() {
    const MAIL: &str = "aws:ses:EmailIdentity";
    const SITE: &str = "aws:amplify:DomainAssociation";
    let from = ("mail_from_domain", serde_json::json!("bounce.example.com"));
    let auto = ("enable_auto_sub_domain", serde_json::json!(true));
    let cases = [
        (MAIL, "DKIM", Vec::new(), "DKIM FAILED"),
        (MAIL, "MAIL FROM", vec![from], "MAIL FROM FAILED"),
        (SITE, "FAILED", Vec::new(), "FAILED: it did not work"),
        (SITE, "UPDATE_FAILED", vec![auto], "UPDATE_FAILED: it did not work"),
    ];
    runtime().block_on(async {
        for (type_name, code, more, told) in cases {
            let fixture = Fixture::of(type_name);
            let mut life = Life::new().await;
            if code == "UPDATE_FAILED" {
                life.reach(&fixture.graph(&[]), "made").await;
            }
            let graph = fixture.graph(&more);
            life.cloud.set_outcomes(vec![badly(type_name, code)]);
            // Where the end comes while this run still looks, it begins again and does not get there: it says so.
            let outcome = life.up(&graph).await;
            let said = format!("{:?}", outcome.errors);
            let told_so = said.contains("EXEC-NOT-CONVERGING") && said.contains("condition");
            assert!(outcome.succeeded() || told_so, "{type_name} {code}: {said}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            life.cloud.set_outcomes(Vec::new());
            let plan = life.plan(&graph).await;
            let step = plan.step(&urn(type_name, "subject")).expect("a step");
            assert_eq!(step.op, Op::Update, "{type_name} {code}: {}", shown(&plan));
            assert!(shown(&plan).contains(told), "{type_name} {code}: {}", shown(&plan));
            life.reach(&graph, type_name).await;
            life.destroy(type_name).await;
        }
    });
}

/// An instance that needs help is told with AWS's word, and never replaced unasked.
#[test]
fn an_instance_that_ends_badly_is_told_and_put_right() {
    const INSTANCE: &str = "aws:rds:DBInstance";
    let storage = serde_json::json!(40);
    runtime().block_on(async {
        for status in ["failed", "incompatible-network", "incompatible-parameters", "storage-full"] {
            let fixture = Fixture::of(INSTANCE);
            let mut graph = fixture.graph(&[]);
            let mut life = Life::new().await;
            life.cloud.set_outcomes(vec![badly(INSTANCE, status)]);
            let outcome = life.up(&graph).await;
            let said = format!("{:?}", outcome.errors);
            assert!(said.contains("DBInstanceUnfit") && said.contains(status), "{status}: {said}");
            life.cloud.set_outcomes(Vec::new());
            let before = life.subject(INSTANCE);
            let rds = aws_sdk_rds::Client::new(&config(&life).await);
            match status {
                "storage-full" => graph = fixture.graph(&[("allocated_storage", storage.clone())]),
                "incompatible-parameters" => {
                    let call = rds.reboot_db_instance().db_instance_identifier(&before.id);
                    call.send().await.expect("it takes a reboot");
                }
                // Nothing of it can be kept: AWS makes no snapshot of it.
                _ => {
                    let call = rds.delete_db_instance().db_instance_identifier(&before.id);
                    call.skip_final_snapshot(true).send().await.expect("it is deleted by hand");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    life.replace = vec![UrnPattern::new("*DBInstance/subject")];
                }
            }
            let outcome = life.up(&graph).await;
            assert!(outcome.succeeded(), "{status}: {:?}", outcome.errors);
            life.replace = Vec::new();
            life.reach(&graph, status).await;
            let same = life.subject(INSTANCE).owner == before.owner;
            assert_eq!(same, matches!(status, "storage-full" | "incompatible-parameters"), "{status}");
            life.destroy(status).await;
        }
    });
}

/// What AWS takes of a full instance is more storage (user guide, "DB instance status"): that goes first, whatever else is to
/// change. The other way round nothing would ever change.
#[test]
fn a_full_instance_gets_its_storage_before_all_else() {
    const INSTANCE: &str = "aws:rds:DBInstance";
    runtime().block_on(async {
        let fixture = Fixture::of(INSTANCE);
        let mut life = Life::new().await;
        life.cloud.set_outcomes(vec![badly(INSTANCE, "storage-full")]);
        assert!(!life.up(&fixture.graph(&[])).await.succeeded());
        life.cloud.set_outcomes(Vec::new());
        let larger = [
            ("allocated_storage", serde_json::json!(40)),
            ("db_instance_class", serde_json::json!("db.t3.medium")),
            ("backup_retention_period", serde_json::json!(9)),
        ];
        let graph = fixture.graph(&larger);
        let outcome = life.up(&graph).await;
        assert!(outcome.succeeded(), "{:?}", outcome.errors);
        life.reach(&graph, "larger").await;
        life.destroy("destroyed").await;
    });
}

/// What is named with `--replace` goes without a snapshot that AWS cannot make of it, or says how.
#[test]
fn an_instance_that_failed_can_be_replaced() {
    const INSTANCE: &str = "aws:rds:DBInstance";
    runtime().block_on(async {
        let graph = Fixture::of(INSTANCE).graph(&[]);
        let mut life = Life::new().await;
        life.cloud.set_outcomes(vec![badly(INSTANCE, "failed")]);
        assert!(!life.up(&graph).await.succeeded());
        life.cloud.set_outcomes(Vec::new());
        let before = life.subject(INSTANCE);
        life.replace = vec![UrnPattern::new("*DBInstance/subject")];
        let outcome = life.up(&graph).await;
        let said = format!("{:?}", outcome.errors);
        assert!(said.contains("FinalSnapshotImpossible") && said.contains("--skip-final-snapshot"), "{said}");
        let rds = aws_sdk_rds::Client::new(&config(&life).await);
        let call = rds.delete_db_instance().db_instance_identifier(&before.id);
        call.skip_final_snapshot(true).send().await.expect("it is deleted by hand, as was said");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        life.replace = Vec::new();
        life.reach(&graph, "another one").await;
        assert_ne!(life.subject(INSTANCE).owner, before.owner);
        life.destroy("all of it").await;
    });
}
