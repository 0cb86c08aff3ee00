//! S1: web ACLs for CloudFront and for the API's stage.

use finsight_engine::program::{Handle, Scope, list};
use finsight_specs::ids::Arn;
use finsight_specs::logs::LogGroup;
use finsight_specs::secretsmanager::Secret;
use finsight_specs::wafv2::{
    Action, FieldToMatch, LogFilter, LoggingConfiguration, LoggingFilter, ManagedRuleGroup, RateBased, Rule,
    Rules, Statement, VisibilityConfig, WebAcl,
};

use crate::common::{name, named};
use crate::config::FirewallConfig;

/// The header by which the API knows that a request came through CloudFront.
pub const ORIGIN_HEADER: &str = "x-finsight-origin";
/// Where web ACLs of CloudFront live.
const EDGE: &str = "us-east-1";

/// How much larger a share is behind CloudFront.
const BEHIND: i64 = 10;
/// The largest limit that WAF takes.
const MOST: i64 = 2_000_000_000;
/// Bytes of a body that each rule looks at ("Managing body inspection size limits for AWS WAF").
const LOOKED_AT: i64 = 16_384;

/// The web ACL of CloudFront, and that of the API's stage.
pub(super) fn firewalls(
    s: &Scope,
    config: &FirewallConfig,
    origin: &Handle<Secret>,
) -> (Handle<WebAcl>, Handle<WebAcl>) {
    let limit = config.requests_per_5_minutes;
    let uploads = &config.upload_paths;
    let edge = firewall(&s.in_region(EDGE), config, "edge", "CLOUDFRONT", {
        // Below `/auth` no token is asked for: who guesses passwords is stopped long before.
        let below_auth =
            Statement::byte_match(FieldToMatch::uri_path(), "STARTS_WITH", "/auth", &["LOWERCASE"]);
        let log_in = RateBased::per_ip(config.log_ins_per_5_minutes).scope_down(below_auth);
        shared(
            uploads,
            true,
            vec![
                ("log-in", Rule::new(0, log_in, Action::block())),
                ("rate-limit", Rule::new(1, RateBased::per_ip(limit), Action::block())),
            ],
        )
    });
    // Behind CloudFront the caller's address stands in a header, and what a caller wrote there himself before it. Nobody's
    // share here is used up by somebody else whom CloudFront's own limit stops.
    let by_caller =
        RateBased::per_forwarded_ip(limit.saturating_mul(BEHIND).min(MOST), "X-Forwarded-For", "NO_MATCH");
    // CloudFront has another value minutes after the firewall: until then the one before is as good.
    let from_edge = Statement::any([&origin.secret_string, &origin.other_string].map(|value| {
        Statement::byte_match(FieldToMatch::single_header(ORIGIN_HEADER), "EXACTLY", value, &["NONE"])
    }));
    let regional = firewall(s, config, "regional", "REGIONAL", {
        shared(
            uploads,
            config.regional_groups,
            vec![
                ("only-through-cloudfront", Rule::new(0, Statement::negate(from_edge), Action::block())),
                ("rate-limit", Rule::new(1, by_caller, Action::block())),
            ],
        )
    });
    (edge, regional)
}

/// These rules first; then bodies that are too long to be judged, AWS's groups (what is usual, SQL injection, known bad inputs),
/// and cross-site scripting.
fn shared(uploads: &[String], groups: bool, mut rules: Vec<(&str, Rule)>) -> Rules {
    // The group takes half of what is looked at for a body; what is longer than that is judged all the same, and what is longer
    // than what is looked at the rule before it refuses.
    let common = ManagedRuleGroup::aws("AWSManagedRulesCommonRuleSet")
        .rule_action_override("SizeRestrictions_BODY", Action::count());
    let scripting = Statement::any([
        Statement::xss_match(FieldToMatch::body("CONTINUE"), &["HTML_ENTITY_DECODE"]),
        Statement::xss_match(FieldToMatch::query_string(), &["URL_DECODE"]),
    ]);
    rules.push(("long-bodies", Rule::new(2, too_long(uploads), Action::block())));
    if groups {
        rules.extend([
            ("common", Rule::group(3, common)),
            ("sql-injection", Rule::group(4, ManagedRuleGroup::aws("AWSManagedRulesSQLiRuleSet"))),
            (
                "known-bad-inputs",
                Rule::group(5, ManagedRuleGroup::aws("AWSManagedRulesKnownBadInputsRuleSet")),
            ),
        ]);
    }
    rules.push(("cross-site-scripting", Rule::new(6, scripting, Action::block())));
    let quiet =
        |all: Rules, (name, rule): (&str, Rule)| all.rule(name, rule.visibility_config(unsampled(name)));
    rules.into_iter().fold(Rules::new(), quiet)
}

/// A body that is longer than all rules look at, whatever stands in its rest, on another path than those of uploads
/// ("Considerations for managing components of oversize requests").
fn too_long(uploads: &[String]) -> Statement {
    let long = Statement::size_constraint(FieldToMatch::body("MATCH"), "GT", LOOKED_AT, &["NONE"]);
    let below = |path: &String| {
        Statement::byte_match(FieldToMatch::uri_path(), "STARTS_WITH", path.as_str(), &["NONE"])
    };
    match uploads {
        [] => long,
        [path] => Statement::all([long, Statement::negate(below(path))]),
        paths => Statement::all([long, Statement::negate(Statement::any(paths.iter().map(below)))]),
    }
}

/// Counted, and not sampled: samples show all headers, tokens among them, to whoever may read in the account, whatever the
/// log leaves out.
fn unsampled(metric: &str) -> VisibilityConfig {
    VisibilityConfig::new(metric).sampled_requests_enabled(false)
}

fn firewall(s: &Scope, config: &FirewallConfig, what: &str, scope: &str, rules: Rules) -> Handle<WebAcl> {
    let acl = s.add(
        what,
        WebAcl::new(scope, Action::allow(), unsampled(&named(s, what)))
            .name(named(s, what))
            .description("FinSight: rate limit, SQL injection and cross-site scripting")
            .rules(rules)
            .tags(name(s, what)),
    );
    let group = s.add(
        &format!("waf-{what}"),
        LogGroup::new()
            .log_group_name(format!("aws-waf-logs-{}", named(s, what)))
            .retention_in_days(config.log_retention_days)
            .tags(name(s, what)),
    );
    // What is allowed is in the API's own access log.
    let refused =
        LoggingFilter::new("DROP").filter(LogFilter::new("KEEP", "MEETS_ANY").actions(&["BLOCK", "COUNT"]));
    let destination = finsight_engine::program::Output::<Arn>::of(group.urn(), "arn");
    s.add(
        what,
        LoggingConfiguration::new(&acl.arn, list([destination]))
            .redacted_fields(vec![
                FieldToMatch::single_header("authorization"),
                FieldToMatch::single_header("cookie"),
                FieldToMatch::single_header(ORIGIN_HEADER),
            ])
            .logging_filter(refused),
    );
    acl
}
