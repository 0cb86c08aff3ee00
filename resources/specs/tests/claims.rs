//! What AWS allows only once, in which scope, and how a holder lets go: what the planner takes from the specs.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::schema::{Effect, Identity, Kind, LetsGo, Scope, TypeSpec};

fn spec(name: &str) -> TypeSpec {
    finsight_specs::registry().get(name).unwrap_or_else(|| panic!("no type {name}")).clone()
}

fn claims(name: &str) -> BTreeSet<Vec<&'static str>> {
    let registry = finsight_specs::registry();
    let spec = registry.get(name).unwrap_or_else(|| panic!("no type {name}"));
    spec.claims().map(<[&str]>::to_vec).collect()
}

fn claim(name: &str, properties: &[&'static str]) -> bool {
    claims(name).contains(properties)
}

#[test]
fn no_claim_is_said_twice() {
    for spec in finsight_specs::registry().iter() {
        let all: Vec<&[&str]> = spec.claims().collect();
        let once: BTreeSet<&[&str]> = all.iter().copied().collect();
        assert_eq!(all.len(), once.len(), "{}: {all:?}", spec.name);
        for (property, _) in spec.scopes {
            assert!(all.iter().any(|set| set.contains(property)), "{}: {property} is in no claim", spec.name);
        }
    }
}

#[test]
fn a_claim_is_of_properties_that_can_be_compared() {
    for spec in finsight_specs::registry().iter() {
        for name in spec.claims().flatten() {
            let property = spec.property(name).unwrap_or_else(|| panic!("{}: no {name}", spec.name));
            assert_ne!(property.kind, Kind::Any, "{}.{name}", spec.name);
            assert_ne!(property.kind, Kind::Map, "{}.{name}", spec.name);
        }
    }
}

/// E3: a key is let into a stage by one plan alone, and a plan that takes the place of another waits for that.
#[test]
fn a_key_enters_a_stage_by_one_plan_alone() {
    assert!(claim("aws:apigateway:UsagePlanKey", &["key_id", "api_stages"]));
}

/// `A` and `AAAA` of a name stand beside each other, and so do weighted record sets.
#[test]
fn record_sets_of_one_name_differ_by_type_and_set() {
    let whole = vec!["hosted_zone_id", "name", "record_type", "set_identifier"];
    assert_eq!(claims("aws:route53:RecordSet"), BTreeSet::from([whole]));
    let spec = spec("aws:route53:RecordSet");
    let set = spec.property("set_identifier").expect("it has one");
    assert!(set.default.is_some(), "a record set without an identifier claims its place too");
}

/// A firewall's name is unique in its scope: one of the edge and one of the region can have the same.
#[test]
fn an_identity_gives_way_to_what_says_it_more_exactly() {
    for name in ["aws:wafv2:WebACL", "aws:wafv2:IPSet"] {
        assert_eq!(claims(name), BTreeSet::from([vec!["name", "scope"]]), "{name}");
    }
}

/// G8: what AWS keeps wider than in a region, and nothing else.
#[test]
fn claims_are_kept_where_aws_keeps_them() {
    let mut wider = BTreeSet::new();
    for spec in finsight_specs::registry().iter() {
        for set in spec.claims().filter(|set| spec.scope(set) == Scope::World) {
            wider.insert((spec.name, set.join("+")));
        }
        let regional = spec.claims().any(|set| spec.scope(set) == Scope::Region);
        assert!(!(spec.global && regional), "{}: what is of the account is claimed there", spec.name);
    }
    let wanted = [
        ("aws:amplify:DomainAssociation", "domain_name"),
        ("aws:cloudfront:Distribution", "aliases"),
        ("aws:s3:Bucket", "bucket"),
        ("aws:s3:Object", "bucket+key"),
    ];
    assert_eq!(wider, wanted.map(|(name, set)| (name, set.to_owned())).into());
    let of = |name: &str, set: &[&str]| spec(name).scope(set);
    assert_eq!(of("aws:budgets:Budget", &["budget_name"]), Scope::Account);
    assert_eq!(of("aws:cloudwatch:Dashboard", &["dashboard_name"]), Scope::Account);
    // AWS's documents: "A custom domain name must be unique within a Region across all AWS accounts."
    assert_eq!(of("aws:apigateway:DomainName", &["domain_name"]), Scope::Region);
    assert_eq!(of("aws:cloudtrail:Trail", &["name"]), Scope::Region);
    assert_eq!(of("aws:cloudtrail:Trail", &["name", "is_multi_region_trail"]), Scope::Account);
}

/// What is not said is taken for a hold: only of what is replaced with what it refers to is that right.
#[test]
fn every_property_says_how_it_lets_go() {
    for spec in finsight_specs::registry().iter() {
        for property in &spec.properties {
            let said = property.lets_go.is_some() || property.effect == Effect::Replace;
            assert!(said, "{}.{} does not say how it lets go", spec.name, property.name);
        }
    }
}

/// What is deleted with its data is not made anew for the sake of what it refers to.
#[test]
fn what_holds_data_is_not_recreated_for_what_it_refers_to() {
    for spec in finsight_specs::registry().iter().filter(|spec| spec.data.is_some()) {
        for property in &spec.properties {
            if property.effect == Effect::Replace && matches!(property.kind, Kind::Text | Kind::List) {
                assert_ne!(property.letting(), LetsGo::Recreated, "{}.{}", spec.name, property.name);
            }
        }
    }
    // A snapshot is there for the time when its instance is not.
    let snapshot = spec("aws:rds:DBSnapshot");
    let instance = snapshot.property("db_instance_identifier").expect("it has one");
    assert_eq!(instance.letting(), LetsGo::Free);
}

/// A key is deleted whoever uses it, and takes what it encrypts along: nothing that is encrypted is without one.
#[test]
fn an_encryption_key_is_held_by_what_it_encrypts() {
    let mut seen = 0;
    for spec in finsight_specs::registry().iter() {
        for property in spec.properties.iter().filter(|property| property.name.contains("kms")) {
            let how = property.letting();
            assert!(
                matches!(how, LetsGo::Changed | LetsGo::Never),
                "{}.{}: {how:?}",
                spec.name,
                property.name
            );
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen} properties");
}

/// Roles, topics, functions and log groups can be deleted whoever names them.
#[test]
fn what_aws_deletes_all_the_same_is_not_held() {
    let free: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("aws:cloudwatch:Alarm", ["alarm_actions", "ok_actions", "dimensions", "metrics"].as_slice()),
        ("aws:lambda:Function", &["role", "environment", "code", "log_group", "dead_letter_target_arn"]),
        ("aws:lambda:Permission", &["source_arn"]),
        ("aws:ec2:RouteTable", &["routes"]),
        ("aws:ec2:FlowLog", &["log_destination", "deliver_logs_permission_arn"]),
        ("aws:apigateway:RestApi", &["body", "policy"]),
        ("aws:apigateway:Stage", &["access_log_settings", "variables"]),
        ("aws:iam:Role", &["inline_policies", "assume_role_policy_document"]),
        ("aws:budgets:Budget", &["notifications"]),
        ("aws:route53:RecordSet", &["resource_records", "alias_target"]),
        ("aws:scheduler:Schedule", &["target"]),
        ("aws:sns:Subscription", &["endpoint"]),
        ("aws:wafv2:LoggingConfiguration", &["log_destination_configs"]),
    ]);
    for (name, properties) in free {
        for property in properties {
            let letting = spec(name).property(property).expect("it has this property").letting();
            assert_eq!(letting, LetsGo::Free, "{name}.{property}");
        }
    }
}

/// E1, E2: what keeps AWS from deleting subnets, groups, policies, firewalls, branches and stages.
#[test]
fn holders_let_go_as_aws_lets_them() {
    let how = [
        ("aws:rds:DBSubnetGroup", "subnet_ids", LetsGo::Changed),
        ("aws:rds:DBInstance", "db_subnet_group_name", LetsGo::Never),
        ("aws:rds:DBInstance", "vpc_security_group_ids", LetsGo::Shrunk),
        ("aws:lambda:Function", "subnet_ids", LetsGo::Shrunk),
        ("aws:lambda:Function", "security_group_ids", LetsGo::Shrunk),
        ("aws:ec2:VpcEndpoint", "subnet_ids", LetsGo::Shrunk),
        ("aws:ec2:VpcEndpoint", "route_table_ids", LetsGo::Emptied),
        ("aws:ec2:NatGateway", "subnet_id", LetsGo::Recreated),
        ("aws:ec2:NatGateway", "vpc_gateway_attachment", LetsGo::Recreated),
        ("aws:ec2:SecurityGroup", "ingress", LetsGo::Emptied),
        ("aws:cloudfront:Distribution", "default_cache_behavior", LetsGo::Changed),
        ("aws:cloudfront:Distribution", "web_acl_id", LetsGo::Emptied),
        ("aws:wafv2:WebACLAssociation", "web_acl_arn", LetsGo::Recreated),
        ("aws:apigateway:UsagePlan", "api_stages", LetsGo::Emptied),
        ("aws:apigateway:BasePathMapping", "stage", LetsGo::Recreated),
        ("aws:apigateway:Stage", "deployment_id", LetsGo::Changed),
        ("aws:amplify:DomainAssociation", "sub_domain_settings", LetsGo::Recreated),
    ];
    for (name, property, letting) in how {
        let found = spec(name).property(property).expect("it has this property").letting();
        assert_eq!(found, letting, "{name}.{property}");
    }
}

/// An origin names a bucket, which can go, and an access control, which cannot.
#[test]
fn one_property_can_hold_some_and_free_others() {
    let distribution = spec("aws:cloudfront:Distribution");
    let origins = distribution.property("origins").expect("it has origins");
    assert_eq!(origins.letting_of("aws:s3:Bucket"), LetsGo::Free);
    assert_eq!(origins.letting_of("aws:cloudfront:OriginAccessControl"), LetsGo::Changed);
    let acl = spec("aws:wafv2:WebACL");
    let rules = acl.property("rules").expect("it has rules");
    assert_eq!(rules.letting_of("aws:secretsmanager:Secret"), LetsGo::Free);
    assert_eq!(rules.letting_of("aws:wafv2:IPSet"), LetsGo::Emptied);
    let registry = finsight_specs::registry();
    for spec in registry.iter() {
        for held in spec.properties.iter().flat_map(|property| property.holds) {
            assert!(registry.get(held).is_some(), "{}: there is no type {held}", spec.name);
        }
    }
}

#[test]
fn what_waits_for_its_deletion_can_be_restored() {
    let names: Vec<&str> =
        finsight_specs::registry().iter().filter(|spec| spec.restorable).map(|spec| spec.name).collect();
    assert_eq!(names, ["aws:kms:Key", "aws:secretsmanager:Secret"]);
}

/// What a property can name by a plain text is a type that has such a name: a literal there is a reference to it.
#[test]
fn what_is_named_by_a_text_has_a_name() {
    let registry = finsight_specs::registry();
    let mut named = BTreeSet::new();
    for spec in registry.iter() {
        for property in &spec.properties {
            for name in property.names {
                let of = registry
                    .get(name)
                    .unwrap_or_else(|| panic!("{}.{}: no {name}", spec.name, property.name));
                let has_name = matches!(of.identity, Identity::Named { .. } | Identity::Child { .. });
                assert!(has_name, "{}.{}: {name} has no name", spec.name, property.name);
                named.insert((spec.name, property.name, *name));
            }
        }
    }
    for one in [
        ("aws:logs:MetricFilter", "log_group_name", "aws:logs:LogGroup"),
        ("aws:logs:QueryDefinition", "log_group_names", "aws:logs:LogGroup"),
        ("aws:s3:Object", "bucket", "aws:s3:Bucket"),
        ("aws:cloudtrail:Trail", "s3_bucket_name", "aws:s3:Bucket"),
        ("aws:rds:DBInstance", "db_subnet_group_name", "aws:rds:DBSubnetGroup"),
        ("aws:amplify:Webhook", "branch_name", "aws:amplify:Branch"),
        ("aws:config:ConfigurationRecorderStatus", "name", "aws:config:ConfigurationRecorder"),
    ] {
        assert!(named.contains(&one), "{one:?}");
    }
    // Words of AWS's and of people name nothing.
    for (type_name, property) in [
        ("aws:ec2:Vpc", "instance_tenancy"),
        ("aws:cloudwatch:Alarm", "dimensions"),
        ("aws:cloudfront:Distribution", "aliases"),
        ("aws:wafv2:WebACL", "visibility_config"),
        // A prefix may be called as a branch is.
        ("aws:amplify:DomainAssociation", "sub_domain_settings"),
        ("aws:config:DeliveryChannel", "name"),
    ] {
        assert!(
            !named.iter().any(|(of, by, _)| (*of, *by) == (type_name, property)),
            "{type_name}.{property}"
        );
    }
}
