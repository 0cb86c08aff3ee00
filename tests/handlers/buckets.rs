//! Buckets where S3 has its own ways, and objects that someone else touched.

use std::collections::BTreeMap;

use finsight_driver::cloud::Cloud as _;
use finsight_engine::contract::{Call, FailureClass, OWNER_TAG, OwnerId, Reply, Request, Target};
use finsight_engine::value::{Map, Value};

use crate::fixture::{Fixture, REGION, urn};
use crate::life::Life;
use crate::runtime;

const BUCKET: &str = "aws:s3:Bucket";

fn inputs(force: bool) -> Map {
    Map::from([
        ("bucket".to_owned(), "finsight-test-east".into()),
        ("force_destroy".to_owned(), force.into()),
        ("tags".to_owned(), Value::Map(Map::from([(OWNER_TAG.to_owned(), "owner".into())]))),
    ])
}

async fn call(life: &Life, call: Call) -> Reply {
    let request = Request { type_name: BUCKET.to_owned(), region: "us-east-1".to_owned(), call };
    life.aws.call(request).await
}

#[test]
fn the_first_region_says_that_it_made_what_stood() {
    runtime().block_on(async {
        let life = Life::new().await;
        let create = || Call::Create { owner: OwnerId("owner".to_owned()), inputs: inputs(false) };
        let made = call(&life, create()).await;
        assert_eq!(made, Reply::Created { id: "finsight-test-east".to_owned() });
        let again = call(&life, create()).await;
        assert!(
            matches!(&again, Reply::Failed(failure) if failure.class == FailureClass::Exists),
            "{again:?}"
        );
        let found = |owner: &str| Call::Find { owner: OwnerId(owner.to_owned()), inputs: inputs(false) };
        let ours = |reply: Reply| match reply {
            Reply::Found(found) => found.iter().map(|one| one.ours).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(ours(call(&life, found("owner")).await), [true]);
        assert_eq!(ours(call(&life, found("another")).await), [false]);
    });
}

#[test]
fn only_what_may_be_emptied_is_deleted_with_what_is_in_it() {
    runtime().block_on(async {
        let life = Life::new().await;
        let create = Call::Create { owner: OwnerId("owner".to_owned()), inputs: inputs(false) };
        call(&life, create).await;
        let s3 = life.session.region("us-east-1");
        for key in ["a", "b"] {
            let put = s3.s3().put_object().bucket("finsight-test-east").key(key);
            put.send().await.expect("an object");
        }
        let delete = |force| Call::Delete {
            target: Target {
                urn: urn(BUCKET, "subject"),
                id: "finsight-test-east".to_owned(),
                inputs: inputs(force),
                outputs: Map::new(),
                awaited: false,
            },
        };
        let refused = call(&life, delete(false)).await;
        let Reply::Failed(failure) = refused else { panic!("{refused:?}") };
        assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Invalid, "BucketNotEmpty"));
        assert!(failure.message.contains("force_destroy"), "{failure}");
        // Page by page.
        let mut reply = call(&life, delete(true)).await;
        while matches!(reply, Reply::Emptying { .. }) {
            reply = call(&life, delete(true)).await;
        }
        assert_eq!(reply, Reply::Gone);
        assert!(life.cloud.status().await.is_empty());
    });
}

#[test]
fn an_object_that_someone_else_wrote_is_drift() {
    runtime().block_on(async {
        let fixture = Fixture::of("aws:s3:Object");
        let graph = fixture.graph(&[]);
        let mut life = Life::new().await;
        life.reach(&graph, "made").await;
        let s3 = life.session.region(REGION);
        let put = s3.s3().put_object().bucket("finsight-test-one").key("a/b c.zip");
        let body = "something else".as_bytes().to_vec();
        put.content_type("application/octet-stream").body(body.into()).send().await.expect("overwritten");
        let plan = life.plan(&graph).await;
        let changed: BTreeMap<_, _> =
            plan.steps.iter().map(|step| (step.urn.name().to_owned(), step.diff.len())).collect();
        assert!(changed["subject"] > 0, "{}", crate::life::shown(&plan));
        life.reach(&graph, "put back").await;
        life.destroy("all of it").await;
    });
}
