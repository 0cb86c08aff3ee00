//! What stacks share with others: the account.

use crate::support::Site;

const ACCOUNT: &str = "Account/main";

#[test]
fn concurrency_that_the_account_does_not_have_is_refused_before_anything_is_made() {
    let site = Site::local("prod");
    // The config promises more than the account has.
    site.edit_config("\"account_concurrency\": 1000", "\"account_concurrency\": 5000");
    site.edit_config("\"reserved_concurrency\": 100", "\"reserved_concurrency\": 200");
    let says = ["PREFLIGHT-CONCURRENCY", "but 900 are left", "limit of 1000", "nothing was changed"];
    site.run(&["config", "validate"]).ok();
    site.run(&["preview", "--save-plan", "plan.json"]).exit(1).says(&says);
    assert!(!site.path("plan.json").exists(), "what is refused is not saved");
    site.run(&["preview", "--offline"]).ok();
    site.run(&["up", "--yes"]).exit(1).says(&says);
    assert!(site.rows().is_empty(), "nothing was made");
    // Without a function in the selection nobody asks.
    site.run(&["up", "--yes", "--target", "prod/network/aws:ec2:Vpc/main"]).ok();
    assert_eq!(site.rows().len(), 1);
}

#[test]
fn two_stacks_share_the_account_s_role_of_api_gateway() {
    let mut site = Site::local("dev");
    let mut on = |stack: &str, args: &[&str]| {
        stack.clone_into(&mut site.stack);
        site.run(args)
    };
    for stack in ["dev", "staging"] {
        on(stack, &["up", "--yes"]).ok();
    }
    // Neither takes the role from the other.
    for stack in ["dev", "staging"] {
        on(stack, &["up", "--yes"]).ok().says(&["Nothing to change"]);
        on(stack, &["drift"]).ok();
    }
    // The role that stands is that of the first, and goes with it; the other sees that and sets its own.
    on("dev", &["destroy", "--yes"]).ok();
    on("staging", &["drift"]).exit(2).says(&[ACCOUNT, "cloudwatch_role_arn"]);
    on("staging", &["up", "--yes"]).ok().says(&[ACCOUNT]);
    on("staging", &["up", "--yes"]).ok().says(&["Nothing to change"]);
    // One that is not the owner leaves the role where it is.
    on("dev", &["up", "--yes"]).ok();
    on("dev", &["destroy", "--yes"]).ok();
    on("staging", &["drift"]).ok();
    on("staging", &["destroy", "--yes"]).ok();
}
