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
