use aws_sdk_budgets::Client;
use aws_sdk_budgets::types::{
    Budget, BudgetType, ComparisonOperator, Notification, NotificationType, Spend, Subscriber,
    SubscriptionType, TimeUnit,
};
use finsight_local::LocalCloud;

use crate::support::{REGION, code, config};

const ACCOUNT: &str = "123456789012";

fn budget(amount: &str) -> Budget {
    Budget::builder()
        .budget_name("one")
        .budget_type(BudgetType::Cost)
        .time_unit(TimeUnit::Monthly)
        .budget_limit(Spend::builder().amount(amount).unit("USD").build().unwrap())
        .build()
        .unwrap()
}

fn mail(address: &str) -> Subscriber {
    Subscriber::builder().subscription_type(SubscriptionType::Email).address(address).build().unwrap()
}

fn over(threshold: f64) -> Notification {
    Notification::builder()
        .notification_type(NotificationType::Actual)
        .comparison_operator(ComparisonOperator::GreaterThan)
        .threshold(threshold)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_budget_and_whom_it_tells() {
    let cloud = LocalCloud::in_memory();
    let budgets = Client::new(&config(&cloud, REGION).await);
    let create = |amount: &str| budgets.create_budget().account_id(ACCOUNT).budget(budget(amount)).send();
    assert_eq!(code(create("much").await), "InvalidParameterException");
    create("100").await.unwrap();
    assert_eq!(code(create("100").await), "DuplicateRecordException");
    let described = budgets.describe_budget().account_id(ACCOUNT).budget_name("one").send().await.unwrap();
    assert_eq!(described.budget().unwrap().budget_limit().unwrap().amount(), "100.0");
    let stranger = budgets.describe_budget().account_id("210987654321").budget_name("one").send().await;
    assert_eq!(code(stranger), "AccessDeniedException");

    let notify = |threshold: f64, subscriber: Subscriber| {
        let call = budgets.create_notification().account_id(ACCOUNT).budget_name("one");
        call.notification(over(threshold)).subscribers(subscriber).send()
    };
    notify(80.0, mail("a@example.com")).await.unwrap();
    assert_eq!(code(notify(80.0, mail("b@example.com")).await), "DuplicateRecordException");
    let topic = Subscriber::builder()
        .subscription_type(SubscriptionType::Sns)
        .address("arn:aws:sns:ap-northeast-1:123456789012:none")
        .build()
        .unwrap();
    assert_eq!(code(notify(90.0, topic).await), "InvalidParameterException");
    for threshold in [81.0, 82.0, 83.0, 84.0] {
        notify(threshold, mail("a@example.com")).await.unwrap();
    }
    assert_eq!(code(notify(85.0, mail("a@example.com")).await), "CreationLimitExceededException");
    // G9: one takes another's place in one call.
    let swap = |from: &str, to: &str| {
        let call =
            budgets.update_subscriber().account_id(ACCOUNT).budget_name("one").notification(over(80.0));
        call.old_subscriber(mail(from)).new_subscriber(mail(to)).send()
    };
    swap("a@example.com", "b@example.com").await.unwrap();
    assert_eq!(code(swap("a@example.com", "c@example.com").await), "NotFoundException");
    swap("b@example.com", "a@example.com").await.unwrap();
    // With its last subscriber a notification goes.
    let leave = || {
        let call = budgets.delete_subscriber().account_id(ACCOUNT).budget_name("one");
        call.notification(over(80.0)).subscriber(mail("a@example.com")).send()
    };
    leave().await.unwrap();
    assert_eq!(code(leave().await), "NotFoundException");
    let left = budgets.describe_notifications_for_budget().account_id(ACCOUNT).budget_name("one");
    assert_eq!(left.send().await.unwrap().notifications().len(), 4);

    budgets.update_budget().account_id(ACCOUNT).new_budget(budget("7.50")).send().await.unwrap();
    let described = budgets.describe_budget().account_id(ACCOUNT).budget_name("one").send().await.unwrap();
    assert_eq!(described.budget().unwrap().budget_limit().unwrap().amount(), "7.5");
    let delete = || budgets.delete_budget().account_id(ACCOUNT).budget_name("one").send();
    delete().await.unwrap();
    assert_eq!(code(delete().await), "NotFoundException");
}
