use std::time::Duration;

use aws_sdk_amplify::Client;
use aws_sdk_amplify::types::{
    CertificateSettings, CertificateType, DomainStatus, JobStatus, JobType, Step, SubDomainSetting,
};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use finsight_local::{LocalClock, LocalCloud, Outcome};

use crate::support::{REGION, code, config};

async fn client(cloud: &LocalCloud) -> Client {
    Client::new(&config(cloud, REGION).await)
}

async fn app(amplify: &Client) -> String {
    amplify.create_app().name("a").send().await.unwrap().app.unwrap().app_id
}

fn main_at_root() -> SubDomainSetting {
    SubDomainSetting::builder().prefix("").branch_name("main").build().unwrap()
}

#[tokio::test]
async fn a_repository_needs_a_token_and_a_mapped_branch_stays() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let amplify = client(&cloud).await;
    let refused = amplify.create_app().name("a").repository("https://github.com/a/b").send().await;
    assert_eq!(code(refused), "BadRequestException");
    let id = app(&amplify).await;
    let branch = || amplify.create_branch().app_id(&id).branch_name("main").send();
    branch().await.unwrap();
    assert_eq!(code(branch().await), "BadRequestException");
    assert_eq!(code(amplify.get_branch().app_id(&id).branch_name("x").send().await), "NotFoundException");
    let domain = || amplify.create_domain_association().app_id(&id).domain_name("example.com");
    domain().sub_domain_settings(main_at_root()).send().await.unwrap();
    let get = async || {
        let got =
            amplify.get_domain_association().app_id(&id).domain_name("example.com").send().await.unwrap();
        got.domain_association.unwrap()
    };
    assert_eq!(get().await.domain_status(), &DomainStatus::Creating);
    clock.advance(Duration::from_secs(30));
    let waiting = get().await;
    assert_eq!(waiting.domain_status(), &DomainStatus::PendingVerification);
    assert!(waiting.certificate_verification_dns_record().unwrap().contains(" CNAME "));
    let delete = || amplify.delete_branch().app_id(&id).branch_name("main").send();
    assert_eq!(code(delete().await), "BadRequestException");
    let settings = CertificateSettings::builder()
        .r#type(CertificateType::Custom)
        .custom_certificate_arn("arn:aws:acm:us-east-1:123456789012:certificate/none")
        .build()
        .unwrap();
    let own = amplify.update_domain_association().app_id(&id).domain_name("example.com");
    assert_eq!(code(own.certificate_settings(settings).send().await), "BadRequestException");
    amplify.delete_domain_association().app_id(&id).domain_name("example.com").send().await.unwrap();
    delete().await.unwrap();
}

#[tokio::test]
async fn jobs_come_to_their_end_one_at_a_time() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let amplify = client(&cloud).await;
    let made = amplify.create_app().name("a").repository("https://github.com/a/b").access_token("t");
    let id = made.send().await.unwrap().app.unwrap().app_id;
    amplify.create_branch().app_id(&id).branch_name("feature/x").send().await.unwrap();
    let start = || amplify.start_job().app_id(&id).branch_name("feature/x");
    let first = start().job_type(JobType::Release).commit_id("abc").send().await.unwrap();
    let first = first.job_summary.unwrap();
    assert_eq!((first.job_id(), first.status()), ("1", &JobStatus::Pending));
    assert_eq!(code(start().job_type(JobType::Release).send().await), "LimitExceededException");
    clock.advance(Duration::from_secs(200));
    let get = async |job: &str| {
        let got = amplify.get_job().app_id(&id).branch_name("feature/x").job_id(job).send().await.unwrap();
        got.job.unwrap().summary.unwrap()
    };
    assert_eq!(get("1").await.status(), &JobStatus::Succeed);
    assert_eq!(code(start().job_type(JobType::Retry).job_id("9").send().await), "NotFoundException");
    start().job_type(JobType::Retry).job_id("1").send().await.unwrap();
    assert_eq!(get("2").await.commit_id(), "abc");
    amplify.stop_job().app_id(&id).branch_name("feature/x").job_id("2").send().await.unwrap();
    assert_eq!(get("2").await.status(), &JobStatus::Cancelled);
    // No repository has such a commit.
    start().job_type(JobType::Release).commit_id("no commit").send().await.unwrap();
    clock.advance(Duration::from_secs(200));
    assert_eq!(get("3").await.status(), &JobStatus::Failed);
    let list = amplify.list_jobs().app_id(&id).branch_name("feature/x").send().await.unwrap();
    let ids: Vec<&str> = list.job_summaries().iter().map(|job| job.job_id()).collect();
    assert_eq!(ids, ["3", "2", "1"]);
    let by_hand = amplify.create_deployment().app_id(&id).branch_name("feature/x").send().await;
    assert_eq!(code(by_hand), "BadRequestException");

    let id = app(&amplify).await;
    amplify.create_branch().app_id(&id).branch_name("main").send().await.unwrap();
    let made = amplify.create_deployment().app_id(&id).branch_name("main").send().await.unwrap();
    assert!(made.zip_upload_url().starts_with("https://"));
    let go = amplify.start_deployment().app_id(&id).branch_name("main").job_id(made.job_id().unwrap());
    assert_eq!(go.send().await.unwrap().job_summary.unwrap().status(), &JobStatus::Pending);
}

/// The step that failed tells why, what comes after it is not begun, and the address of a log is signed.
#[tokio::test]
async fn a_build_fails_in_the_step_that_was_ordered() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let amplify = client(&cloud).await;
    let id = app(&amplify).await;
    amplify.create_branch().app_id(&id).branch_name("main").send().await.unwrap();
    let start = || amplify.start_job().app_id(&id).branch_name("main").job_type(JobType::Release).send();
    let refused = start().await;
    assert_eq!(code(refused), "BadRequestException", "no repository is connected");

    let connect = amplify.update_app().app_id(&id).repository("https://github.com/a/b").access_token("t");
    connect.send().await.unwrap();
    let order = |code: &str, reason: &str| {
        let (kind, name) = ("aws:amplify:Branch".to_owned(), "main".to_owned());
        cloud.set_outcomes(vec![Outcome { kind, name, code: code.to_owned(), reason: reason.to_owned() }]);
    };
    let steps = async |job: &str| {
        let got =
            amplify.get_job().app_id(&id).branch_name("main").job_id(job).send().await.unwrap().job.unwrap();
        let step = |step: &Step| {
            let log = step.log_url().map(|log| log.contains("X-Amz-Signature="));
            (step.status().as_str().to_owned(), step.status_reason().unwrap_or_default().to_owned(), log)
        };
        got.steps().iter().map(step).collect::<Vec<_>>()
    };
    let seen = |status: &str, reason: &str, log| (status.to_owned(), reason.to_owned(), log);
    order("BUILD", "npm ERR! missing script");
    start().await.unwrap();
    assert_eq!(steps("1").await, [seen("PENDING", "", None), seen("PENDING", "", None)]);
    clock.advance(Duration::from_secs(30));
    assert_eq!(steps("1").await, [seen("RUNNING", "", Some(true)), seen("PENDING", "", None)]);
    clock.advance(Duration::from_secs(200));
    let failed = seen("FAILED", "npm ERR! missing script", Some(true));
    assert_eq!(steps("1").await, [failed, seen("CANCELLED", "", None)]);
    order("DEPLOY", "too large");
    start().await.unwrap();
    clock.advance(Duration::from_secs(200));
    assert_eq!(steps("2").await, [seen("SUCCEED", "", Some(true)), seen("FAILED", "too large", Some(true))]);
    cloud.set_outcomes(Vec::new());
    start().await.unwrap();
    clock.advance(Duration::from_secs(200));
    assert_eq!(steps("3").await[1].0, "SUCCEED");
}

#[tokio::test]
async fn an_address_is_given_with_its_webhook() {
    let cloud = LocalCloud::in_memory();
    let amplify = client(&cloud).await;
    let id = app(&amplify).await;
    let create = || amplify.create_webhook().app_id(&id).branch_name("main").send();
    assert_eq!(code(create().await), "NotFoundException");
    amplify.create_branch().app_id(&id).branch_name("main").send().await.unwrap();
    let hook = create().await.unwrap().webhook.unwrap();
    assert!(hook.webhook_url().contains(hook.webhook_id()));
    amplify.delete_app().app_id(&id).send().await.unwrap();
    assert_eq!(code(amplify.get_webhook().webhook_id(hook.webhook_id()).send().await), "NotFoundException");
    assert!(cloud.status().await.is_empty());
}

/// Amplify's records go through Route 53 as anybody's do: there is no CNAME beside an MX record (amplify-hosting#2051).
#[tokio::test]
async fn a_domain_whose_records_are_refused_stays_pending() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let (amplify, dns) = (client(&cloud).await, aws_sdk_route53::Client::new(&config(&cloud, REGION).await));
    let made = dns.create_hosted_zone().name("finsight.com").caller_reference("one").send().await.unwrap();
    let zone = made.hosted_zone.unwrap().id;
    let mail = |action: ChangeAction| {
        let value = ResourceRecord::builder().value("10 mail.finsight.dev").build().unwrap();
        let set = ResourceRecordSet::builder().name("mail.finsight.com").r#type(RrType::Mx).ttl(300);
        let set = set.resource_records(value).build().unwrap();
        let change = Change::builder().action(action).resource_record_set(set).build().unwrap();
        let batch = ChangeBatch::builder().changes(change).build().unwrap();
        dns.change_resource_record_sets().hosted_zone_id(&zone).change_batch(batch).send()
    };
    mail(ChangeAction::Create).await.unwrap();
    let id = app(&amplify).await;
    amplify.create_branch().app_id(&id).branch_name("main").send().await.unwrap();
    let setting = || SubDomainSetting::builder().prefix("mail").branch_name("main").build().unwrap();
    let create = amplify.create_domain_association().app_id(&id).domain_name("finsight.com");
    create.sub_domain_settings(setting()).send().await.unwrap();
    let status = async || {
        let got = amplify.get_domain_association().app_id(&id).domain_name("finsight.com").send().await;
        got.unwrap().domain_association.unwrap().domain_status
    };
    let kinds = async || {
        let all = dns.list_resource_record_sets().hosted_zone_id(&zone).send().await.unwrap();
        all.resource_record_sets().iter().map(|one| one.r#type().as_str().to_owned()).collect::<Vec<_>>()
    };
    clock.advance(Duration::from_secs(48 * 3600));
    assert_eq!(status().await, DomainStatus::PendingVerification);
    assert_eq!(kinds().await, ["NS", "SOA", "MX"], "a batch is made whole or not at all");

    mail(ChangeAction::Delete).await.unwrap();
    let retry = amplify.update_domain_association().app_id(&id).domain_name("finsight.com");
    retry.sub_domain_settings(setting()).send().await.unwrap();
    clock.advance(Duration::from_secs(2000));
    assert_eq!(status().await, DomainStatus::Available);
    assert_eq!(kinds().await.iter().filter(|kind| *kind == "CNAME").count(), 2);
    assert_eq!(code(mail(ChangeAction::Create).await), "InvalidChangeBatch");
}

#[tokio::test]
async fn names_of_variables_that_amplify_keeps_are_refused() {
    let cloud = LocalCloud::in_memory();
    let amplify = client(&cloud).await;
    let refused = amplify.create_app().name("a").environment_variables("AWS_BRANCH", "x").send().await;
    assert_eq!(code(refused), "BadRequestException");
    let id = app(&amplify).await;
    let branch = || amplify.create_branch().app_id(&id).branch_name("main");
    assert_eq!(code(branch().environment_variables("AWSOME", "x").send().await), "BadRequestException");
    branch().environment_variables("MY_AWS", "x").send().await.unwrap();
    let update = amplify.update_branch().app_id(&id).branch_name("main");
    assert_eq!(code(update.environment_variables("AWS_REGION", "x").send().await), "BadRequestException");
    let update = amplify.update_app().app_id(&id).environment_variables("AWS_REGION", "x");
    assert_eq!(code(update.send().await), "BadRequestException");
}
