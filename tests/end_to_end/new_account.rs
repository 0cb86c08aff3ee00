//! A new account. What it has not is told before anything is made, or in AWS's words where no call of AWS tells it; what
//! AWS makes in it by itself comes on the way.

use aws_sdk_freetier::types::AccountPlanType;
use finsight_local::Account;

use crate::support::site::REGION;
use crate::support::subject::removable;
use crate::support::{Served, Site};

#[test]
fn what_the_free_plan_has_not_is_refused_before_anything_is_made() {
    for (stack, more) in [
        ("dev", &[][..]),
        ("prod", &["prod/database/aws:rds:DBProxy/main: of aws:rds:DBProxy the free plan has none"][..]),
    ] {
        let site = Site::local(stack);
        site.run(&["local", "reset", "--yes", "--account", "new"]).ok();
        let database = format!("{stack}/database/aws:rds:DBInstance/main: `backup_retention_period` is 7");
        let says = [
            "PREFLIGHT-PLAN",
            &database,
            "the free plan has at most 1",
            "exceeds the maximum available to free tier customers",
            "nothing was changed",
            "upgrade-account-plan --account-plan-type PAID",
        ];
        site.run(&["preview", "--offline"]).ok();
        for args in [&["preview"][..], &["up", "--yes"]] {
            site.run(args).exit(1).says(&says).says(more);
        }
        assert!(site.rows().is_empty(), "{stack}: nothing was made");
        assert_eq!(site.run(&["local", "status", "--json"]).ok().json(), serde_json::json!({}));
        // Where nothing of the plan would be refused nobody asks.
        site.run(&["up", "--yes", "--target", &format!("{stack}/network/aws:ec2:Vpc/main")]).ok();
    }
}

/// What wants no more than the free plan has.
#[test]
fn a_small_database_comes_and_goes_on_the_free_plan() {
    let served = Served::new();
    served.account(Account::New);
    let site = removable("dev", &served.url);
    let up = ["up", "--yes", "--component", "network", "security", "database"];
    site.edit_config("\"backup_retention_days\": 7", "\"backup_retention_days\": 1");
    site.run(&up).ok();
    // A class that it has not is refused before it is asked for.
    site.edit_config("\"db.t3.micro\"", "\"db.t3.small\"");
    site.run(&up).exit(1).says(&["PREFLIGHT-PLAN", "`db_instance_class` is \"db.t3.small\"", "`.micro`"]);
    site.edit_config("\"db.t3.small\"", "\"db.t4g.micro\"");
    site.run(&up).ok();
    site.run(&["destroy", "--yes"]).ok();
}

#[test]
fn prod_comes_to_a_new_account_step_by_step() {
    let served = Served::new();
    served.account(Account::New);
    let site = removable("prod", &served.url);
    site.run(&["up", "--yes"]).exit(1).says(&["PREFLIGHT-PLAN"]);
    let freetier = aws_sdk_freetier::Client::new(&served.sdk(REGION));
    let upgrade = freetier.upgrade_account_plan().account_plan_type(AccountPlanType::Paid);
    served.block(upgrade.send()).expect("the paid plan");

    // Lambda's ten concurrent executions.
    site.run(&["up", "--yes"]).exit(1).says(&[
        "PREFLIGHT-CONCURRENCY",
        "limit of 10",
        "prod/api/aws:lambda:Function/auth: `reserved_concurrent_executions` is 100",
        "at least 1000",
        "L-B99A9384",
        "nothing was changed",
    ]);
    assert!(site.rows().is_empty(), "nothing was made");
    site.edit_config("\"reserved_concurrency\": 100,", "");

    // That CloudFront does not know the account no call tells: AWS's words, and the page for them.
    site.run(&["up", "--yes", "--continue-on-error"]).exit(1).says(&[
        "EXEC-QUOTA",
        "Your account must be verified before you can add new CloudFront resources",
        "https://console.aws.amazon.com/support/home#/",
        // The token that a person is to put in: what stands is said with where it is held.
        "Bad credentials",
        "prod/security/aws:secretsmanager:Secret/github-token holds, from which `access_token` comes",
        "Left to people",
        "--secret-id finsight/github-token --secret-string file://FILE` (step 8)",
    ]);
    let secrets = aws_sdk_secretsmanager::Client::new(&served.sdk(REGION));
    let token = secrets.put_secret_value().secret_id("finsight/github-token").secret_string("ghp_token");
    served.block(token.send()).expect("a token");
    let run = site.run(&["up", "--yes"]).exit(1).says(&["EXEC-QUOTA"]);
    assert!(
        !run.stderr.contains("Bad credentials") && !run.stdout.contains("Bad credentials"),
        "{}",
        run.stderr
    );
    served.account(Account::Prepared);
    site.run(&["up", "--yes"]).ok();
    let run = site.run(&["up", "--yes"]).ok();
    let left = [
        "it answers with a placeholder",
        "ops@finsight.com opens the link",
        "finsight/slack-webhook",
        "production access (step 12)",
    ];
    let run = run.says(&["Nothing to change", "Left to people"]).says(&left);
    // What a person has done is not asked for again.
    assert!(!run.stdout.contains("github-token --secret"), "{}", run.stdout);
    let json = site.run(&["up", "--yes", "--json"]).ok();
    let end = json.stdout.lines().find(|line| line.contains("update_finished")).expect("an end");
    assert!(end.contains("\"left_to_people\":[{\"urns\":[\"prod/"), "{end}");
    site.run(&["destroy", "--yes"]).ok();
}

/// The roles that AWS has made for its services.
fn linked_roles(served: &Served) -> Vec<String> {
    let iam = aws_sdk_iam::Client::new(&served.sdk(REGION));
    let listed = served.block(iam.list_roles().path_prefix("/aws-service-role/").send()).expect("a list");
    listed.roles().iter().map(|role| role.role_name().to_owned()).collect()
}

#[test]
fn where_only_the_roles_of_services_are_missing_aws_makes_them_on_the_way() {
    for stack in ["dev", "prod"] {
        let served = Served::new();
        served.account(Account::Prepared);
        let site = removable(stack, &served.url);
        site.run(&["up", "--yes"]).ok();
        let roles = linked_roles(&served);
        for role in ["AWSServiceRoleForRDS", "AWSServiceRoleForAPIGateway", "AWSServiceRoleForAmazonSES"] {
            assert!(roles.iter().any(|made| made == role), "{stack}: no {role}: {roles:?}");
        }
        // RDS has refused its first calls, and they were sent again.
        let groups =
            served.calls(0).into_iter().filter(|call| call.operation == "CreateDBSubnetGroup").count();
        assert!(groups > 1, "{stack}: {groups} calls");
        site.edit_config("\"storage_gib\": 20", "\"storage_gib\": 30");
        site.run(&["up", "--yes"]).ok();
        site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
        site.run(&["destroy", "--yes"]).ok();
        assert_eq!(linked_roles(&served), roles, "{stack}: they are AWS's");
    }
}
