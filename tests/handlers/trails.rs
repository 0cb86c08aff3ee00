//! Records of what is done in the account, which can be on and come to nobody.

use std::time::Duration;

use aws_sdk_s3::Client;
use finsight_engine::graph::Graph;
use finsight_engine::program::Scope;
use finsight_specs::cloudtrail::Trail;
use finsight_specs::config::{ConfigurationRecorder, ConfigurationRecorderStatus, DeliveryChannel};
use finsight_specs::iam::{Policy, Statement};
use finsight_specs::s3::Bucket;
use tokio::time::sleep;

use crate::life::{Life, shown};
use crate::network::{config, program, trusted};
use crate::runtime;

const BUCKET: &str = "records-of-the-account";

/// A bucket in which a service may write.
fn bucket(scope: &Scope, service: &str) {
    let whole = format!("arn:aws:s3:::{BUCKET}");
    let look = Statement::allow(&["s3:GetBucketAcl"]).service(service).resource(whole.as_str());
    let write = Statement::allow(&["s3:PutObject"]).service(service).resource(format!("{whole}/*"));
    let policy = Policy::new().statement(look).statement(write).document();
    scope.add("records", Bucket::new(BUCKET).policy(policy).force_destroy(true));
}

fn trail() -> Graph {
    program(|scope| {
        bucket(scope, "cloudtrail.amazonaws.com");
        scope.add("main", Trail::new(BUCKET).name("main"));
    })
}

fn recorder() -> Graph {
    program(|scope| {
        bucket(scope, "config.amazonaws.com");
        let role =
            scope.add("config", trusted("config.amazonaws.com", &["ec2:Describe*"]).role_name("config"));
        let recorder = scope.add("main", ConfigurationRecorder::new(&role.arn));
        let channel = scope.add("main", DeliveryChannel::new(BUCKET, &recorder));
        scope.add("main", ConfigurationRecorderStatus::new(&recorder, &channel));
    })
}

/// Closes the bucket for the service; what was attempted by then, and is again, is known.
async fn close(life: &Life) {
    let s3 = Client::new(&config(life).await);
    s3.delete_bucket_policy().bucket(BUCKET).send().await.expect("taken away");
    sleep(Duration::from_millis(500)).await;
}

/// H14: a trail can record and deliver nothing: drift and plan say so, and why, until it arrives again.
#[test]
fn a_trail_that_delivers_nothing_is_told() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&trail(), "made").await;
        sleep(Duration::from_millis(100)).await;
        assert_eq!(life.drift().await, "");
        close(&life).await;
        let drift = life.drift().await;
        assert!(drift.contains("delivery") && drift.contains("files: AccessDenied"), "{drift}");
        let plan = life.plan(&trail()).await;
        let notes = plan.notes.join("; ");
        assert!(notes.contains("delivery is FAILED: files: AccessDenied"), "{notes}");
        assert!(shown(&plan).contains("policy") && !shown(&plan).contains("Trail"), "{}", shown(&plan));
        life.reach(&trail(), "open again").await;
        sleep(Duration::from_millis(100)).await;
        assert_eq!(life.drift().await, "");
        life.destroy("destroyed").await;
    });
}

/// H14: so can AWS Config, whose recorder can be on and see nothing.
#[test]
fn a_recorder_that_records_or_delivers_nothing_is_told() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&recorder(), "made").await;
        sleep(Duration::from_millis(500)).await;
        assert_eq!(life.drift().await, "");
        close(&life).await;
        let drift = life.drift().await;
        assert!(drift.contains("delivery") && drift.contains("FAILED: AccessDenied"), "{drift}");
        let notes = life.plan(&recorder()).await.notes.join("; ");
        assert!(notes.contains("delivery is FAILED: AccessDenied Unable to write to bucket"), "{notes}");
        let iam = aws_sdk_iam::Client::new(&config(&life).await);
        let nobody = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let call = iam.update_assume_role_policy().role_name("config").policy_document(nobody);
        call.send().await.expect("taken");
        let drift = life.drift().await;
        assert!(drift.contains("last_status") && drift.contains("The role cannot be assumed"), "{drift}");
        life.reach(&recorder(), "put right").await;
        sleep(Duration::from_millis(500)).await;
        assert_eq!(life.drift().await, "");
        life.destroy("destroyed").await;
    });
}
