//! Whether the firewall sees what it is to judge: S14, W9.

use serde_json::Value as Json;

use super::{STACKS, config, graph, said};

/// S14: what is longer than the firewall looks at passes on the paths of uploads alone.
#[test]
fn long_bodies_pass_where_files_go_alone() {
    for stack in STACKS {
        let (graph, config) = (graph(stack), config(stack));
        let paths = &config.security.firewall.upload_paths;
        assert_eq!(paths, &["/transactions"], "{stack}");
        for acl in ["edge", "regional"] {
            let rules = said(&graph, stack, &format!("security/aws:wafv2:WebACL/{acl}"), "rules");
            let rule = &rules["long-bodies"];
            assert!(rule["action"].get("block").is_some(), "{stack} {acl}: {rule}");
            let [size, elsewhere] =
                rule["statement"]["and_statement"]["statements"].as_array().expect("two").as_slice()
            else {
                panic!("{stack} {acl}: {rule}")
            };
            let size = &size["size_constraint_statement"];
            assert_eq!(
                (&size["comparison_operator"], &size["size"]),
                (&"GT".into(), &16_384.into()),
                "{stack} {acl}"
            );
            // What is too long to be looked at is too long.
            assert_eq!(size["field_to_match"]["body"]["oversize_handling"], "MATCH", "{stack} {acl}");
            let elsewhere = elsewhere["not_statement"].to_string();
            assert!(elsewhere.contains("/transactions"), "{stack} {acl}: {elsewhere}");
            // It comes before the groups, which look at the beginning of a body alone.
            let first = |name: &str| rules[name]["priority"].as_i64().expect("a priority");
            assert!(first("long-bodies") < first("sql-injection").min(first("common")), "{stack} {acl}");
        }
    }
}

/// W10: the same groups twice are a choice.
#[test]
fn groups_before_the_api_can_be_left_out() {
    let text = finsight::config::built_in("prod").expect("shipped");
    let text = text.replacen("\"upload_paths\"", "\"regional_groups\": false,\n\"upload_paths\"", 1);
    let config = finsight::config::parse("test.json", &text).unwrap_or_else(|error| panic!("{error}"));
    let graph =
        finsight::finsight("prod", &config, &finsight::artifacts::Artifacts::default()).expect("a graph");
    let groups = |acl: &str| {
        let rules = said(&graph, "prod", &format!("security/aws:wafv2:WebACL/{acl}"), "rules");
        rules.to_string().matches("managed_rule_group_statement").count()
    };
    assert_eq!((groups("edge"), groups("regional")), (3, 0));
    let rules = said(&graph, "prod", "security/aws:wafv2:WebACL/regional", "rules");
    for own in ["only-through-cloudfront", "rate-limit", "long-bodies", "cross-site-scripting"] {
        assert!(rules.get(own).is_some(), "{own}: {rules}");
    }
}

/// W9: a caller writes the first address of `X-Forwarded-For` himself. One who has his limit at CloudFront cannot fill the
/// share of another behind it.
#[test]
fn nobody_uses_up_the_share_of_another() {
    for stack in STACKS {
        let graph = graph(stack);
        let limit = |acl: &str| {
            let rules = said(&graph, stack, &format!("security/aws:wafv2:WebACL/{acl}"), "rules");
            let rate: Json = rules["rate-limit"]["statement"]["rate_based_statement"].clone();
            (rate["aggregate_key_type"].clone(), rate["limit"].as_i64().expect("a limit"))
        };
        let (edge, regional) = (limit("edge"), limit("regional"));
        assert_eq!((edge.0, regional.0), ("IP".into(), "FORWARDED_IP".into()), "{stack}");
        assert!(regional.1 >= 10 * edge.1, "{stack}: {} behind {}", regional.1, edge.1);
    }
}
