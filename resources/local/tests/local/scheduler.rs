use std::time::Duration;

use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::types::{FlexibleTimeWindow, FlexibleTimeWindowMode, ScheduleGroupState, Target};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config, role};

#[tokio::test]
async fn schedules_and_the_going_of_their_group() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let scheduler = Client::new(&config(&cloud, REGION).await);
    let fitting = role(&cloud, "fitting", "scheduler.amazonaws.com").await;
    let unfit = role(&cloud, "unfit", "lambda.amazonaws.com").await;
    let stop = "arn:aws:scheduler:::aws-sdk:rds:stopDBInstance";
    let call = |arn: &str, group: &str, token: &str, role: &str, expression: &str, zone: &str| {
        let target = Target::builder().arn(arn).role_arn(role);
        let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build().unwrap();
        scheduler
            .create_schedule()
            .group_name(group)
            .name("one")
            .client_token(token)
            .schedule_expression(expression)
            .schedule_expression_timezone(zone)
            .flexible_time_window(window)
            .target(target.build().unwrap())
            .send()
    };
    let create = |group: &str, token: &str, role: &str, expression: &str, zone: &str| {
        call(stop, group, token, role, expression, zone)
    };
    let cron = "cron(0 20 ? * MON-FRI *)";
    assert_eq!(code(create("g", "t", &fitting, cron, "Asia/Tokyo").await), "ResourceNotFoundException");
    scheduler.create_schedule_group().name("g").client_token("t").send().await.unwrap();
    scheduler.create_schedule_group().name("g").client_token("t").send().await.unwrap();
    let other = scheduler.create_schedule_group().name("g").client_token("u").send().await;
    assert_eq!(code(other), "ConflictException");
    let refused = create("g", "t", &unfit, cron, "Asia/Tokyo").await.unwrap_err();
    let said = refused.as_service_error().unwrap().to_string();
    assert!(said.contains("must allow AWS EventBridge Scheduler to assume the role"), "{said}");
    for (expression, zone) in [("cron(0 20 * * MON-FRI *)", "Asia/Tokyo"), (cron, "tokyo")] {
        assert_eq!(code(create("g", "t", &fitting, expression, zone).await), "ValidationException");
    }
    for none in
        ["arn:aws:scheduler:::aws-sdk:rds:stopDatabase", "arn:aws:scheduler:::aws-sdk:rdss:stopDBInstance"]
    {
        let refused = call(none, "g", "t", &fitting, cron, "Asia/Tokyo").await.unwrap_err();
        let said = refused.as_service_error().unwrap().to_string();
        assert!(said.contains("for a target"), "{said}");
    }
    create("g", "t", &fitting, cron, "Asia/Tokyo").await.unwrap();
    create("g", "t", &fitting, cron, "Asia/Tokyo").await.unwrap();
    assert_eq!(code(create("g", "u", &fitting, cron, "Asia/Tokyo").await), "ConflictException");
    let got = scheduler.get_schedule().group_name("g").name("one").send().await.unwrap();
    let retry = got.target().unwrap().retry_policy().unwrap();
    assert_eq!(
        (retry.maximum_event_age_in_seconds(), retry.maximum_retry_attempts()),
        (Some(86_400), Some(185))
    );

    scheduler.delete_schedule_group().name("g").send().await.unwrap();
    let group = scheduler.get_schedule_group().name("g").send().await.unwrap();
    assert_eq!(group.state(), Some(&ScheduleGroupState::Deleting));
    assert_eq!(code(create("g", "t", &fitting, cron, "UTC").await), "ConflictException");
    assert!(cloud.status().await.iter().all(|(kind, _)| !kind.starts_with("aws:scheduler:")));
    clock.advance(Duration::from_secs(30));
    let gone = scheduler.get_schedule_group().name("g").send().await;
    assert_eq!(code(gone), "ResourceNotFoundException");
    assert_eq!(code(scheduler.delete_schedule_group().name("default").send().await), "ValidationException");
    scheduler.get_schedule_group().name("default").send().await.unwrap();
}
