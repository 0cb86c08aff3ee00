//! What AWS takes of the values of each type, as data: `data/limits`, compared with AWS's service models by
//! `tests/limits.rs`.

use finsight_engine::limits::Limit;

/// The data of a service; its head says what is in it.
macro_rules! tables {
    ($($service:literal),* $(,)?) => {
        /// The data of all services that have any.
        const TABLES: &[(&str, &str)] =
            &[$(($service, include_str!(concat!("../data/limits/", $service, ".txt")))),*];
    };
}
tables! {
    "acm", "amplify", "apigateway", "applicationautoscaling", "budgets", "cloudfront", "cloudtrail", "cloudwatch", "config", "ec2", "events", "iam", "kms", "lambda", "logs", "rds", "route53", "s3", "scheduler", "secretsmanager", "ses", "sns", "wafv2", "xray",
}

/// The limits of a type.
#[must_use]
pub fn of(type_name: &str) -> Vec<Limit> {
    let service = type_name.split(':').nth(1).unwrap_or_default();
    let table = TABLES.iter().find(|(name, _)| *name == service).map_or("", |(_, table)| *table);
    let after = table.lines().skip_while(|line| *line != type_name).skip(1);
    after.map_while(|line| line.strip_prefix("    ")).filter_map(Limit::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_of_a_type_or_a_limit_of_one() {
        let registry = crate::registry();
        for (service, table) in TABLES {
            let mut lines = 0;
            for line in table.lines().filter(|line| !line.starts_with('#')) {
                match line.strip_prefix("    ") {
                    Some(limit) => {
                        assert!(Limit::of(limit).is_some(), "{service}: {limit}");
                        lines += 1;
                    }
                    None => assert!(registry.get(line).is_some(), "{service}: {line}"),
                }
            }
            let of_service = format!("aws:{service}:");
            let types = registry.iter().filter(|spec| spec.name.starts_with(&of_service));
            assert_eq!(types.map(|spec| spec.limits.len()).sum::<usize>(), lines, "{service}");
        }
    }

    #[test]
    fn a_program_that_sets_what_aws_does_not_take_is_refused_at_the_property() {
        let stack = finsight_engine::program::Stack::new("dev", "ap-northeast-1");
        let key = crate::kms::Key::new(finsight_engine::value::Value::Null)
            .key_spec("SYMETRIC_DEFAULT")
            .rotation_period_in_days(30);
        stack.component("data", std::collections::BTreeMap::new()).add("main", key);
        let errors = stack.finish().expect("a graph").checked(&crate::registry()).expect_err("refused");
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let says = |text: &str| errors.iter().any(|error| error.contains(text));
        assert!(says("property `key_spec` is `SYMETRIC_DEFAULT`, and AWS takes"), "{errors:?}");
        assert!(says("did you mean `SYMMETRIC_DEFAULT`?"), "{errors:?}");
        assert!(says("property `rotation_period_in_days` is 30, and AWS takes 90 to 2560"), "{errors:?}");
    }

    #[test]
    fn limits_are_of_properties_and_hold_for_their_defaults() {
        for spec in crate::registry().iter() {
            for limit in &spec.limits {
                let property = limit.path.split('.').next().unwrap_or_default();
                assert!(spec.property(property).is_some(), "{}: no property {property}", spec.name);
            }
            let mut defaults = finsight_engine::value::Map::new();
            spec.fill_defaults(&mut defaults);
            let broken: Vec<_> = spec.limits.iter().flat_map(|limit| limit.broken(&defaults)).collect();
            assert!(broken.is_empty(), "{}: {broken:?}", spec.name);
        }
    }
}
