//! From an ARN to the type and the physical id of what it names.

use crate::document::percent_decoded;

/// How the rest of an ARN becomes a physical id.
#[derive(Clone, Copy)]
enum Id {
    /// The rest itself.
    Rest,
    /// The last part of a path.
    Last,
    /// The whole ARN.
    Whole,
    /// Parts of a path, joined.
    Joined(fn(&[&str]) -> Option<String>),
    /// It is not told: a name that the ARN does not hold.
    Untold,
}

/// Service, what the resource part begins with, the type, and its id.
const TYPES: &[(&str, &str, &str, Id)] = &[
    ("acm", "certificate/", "aws:acm:Certificate", Id::Whole),
    ("amplify", "apps/", "aws:amplify:App", Id::Rest),
    ("apigateway", "/apikeys/", "aws:apigateway:ApiKey", Id::Rest),
    ("apigateway", "/domainnames/", "aws:apigateway:DomainName", Id::Rest),
    ("apigateway", "/restapis/", "aws:apigateway:RestApi", Id::Rest),
    ("apigateway", "/usageplans/", "aws:apigateway:UsagePlan", Id::Rest),
    ("cloudfront", "distribution/", "aws:cloudfront:Distribution", Id::Rest),
    ("cloudtrail", "trail/", "aws:cloudtrail:Trail", Id::Rest),
    ("cloudwatch", "alarm:", "aws:cloudwatch:Alarm", Id::Rest),
    ("cloudwatch", "dashboard/", "aws:cloudwatch:Dashboard", Id::Rest),
    ("config", "config-rule/", "aws:config:ConfigRule", Id::Untold),
    ("config", "configuration-recorder/", "aws:config:ConfigurationRecorder", Id::Joined(first)),
    ("events", "rule/", "aws:events:Rule", Id::Rest),
    ("iam", "policy/", "aws:iam:ManagedPolicy", Id::Whole),
    ("iam", "role/", "aws:iam:Role", Id::Last),
    ("kms", "key/", "aws:kms:Key", Id::Rest),
    ("lambda", "function:", "aws:lambda:Function", Id::Rest),
    ("logs", "log-group:", "aws:logs:LogGroup", Id::Rest),
    ("rds", "db:", "aws:rds:DBInstance", Id::Rest),
    ("rds", "db-proxy:", "aws:rds:DBProxy", Id::Untold),
    ("rds", "es:", "aws:rds:EventSubscription", Id::Rest),
    ("rds", "pg:", "aws:rds:DBParameterGroup", Id::Rest),
    ("rds", "subgrp:", "aws:rds:DBSubnetGroup", Id::Rest),
    ("route53", "healthcheck/", "aws:route53:HealthCheck", Id::Rest),
    ("route53", "hostedzone/", "aws:route53:HostedZone", Id::Rest),
    ("s3", "", "aws:s3:Bucket", Id::Rest),
    ("scheduler", "schedule-group/", "aws:scheduler:ScheduleGroup", Id::Rest),
    ("secretsmanager", "secret:", "aws:secretsmanager:Secret", Id::Whole),
    ("ses", "configuration-set/", "aws:ses:ConfigurationSet", Id::Rest),
    ("ses", "identity/", "aws:ses:EmailIdentity", Id::Rest),
    ("sns", "", "aws:sns:Topic", Id::Whole),
    ("wafv2", "global/ipset/", "aws:wafv2:IPSet", Id::Joined(of_cloudfront)),
    ("wafv2", "global/webacl/", "aws:wafv2:WebACL", Id::Joined(of_cloudfront)),
    ("wafv2", "regional/ipset/", "aws:wafv2:IPSet", Id::Joined(of_region)),
    ("wafv2", "regional/webacl/", "aws:wafv2:WebACL", Id::Joined(of_region)),
    ("xray", "group/", "aws:xray:Group", Id::Joined(first)),
    ("xray", "sampling-rule/", "aws:xray:SamplingRule", Id::Rest),
];

fn first(parts: &[&str]) -> Option<String> {
    parts.first().map(|part| (*part).to_owned())
}

fn of_cloudfront(parts: &[&str]) -> Option<String> {
    joined(parts, "CLOUDFRONT")
}

fn of_region(parts: &[&str]) -> Option<String> {
    joined(parts, "REGIONAL")
}

fn joined(parts: &[&str], scope: &str) -> Option<String> {
    match parts {
        [name, id] => Some(crate::wafv2::joined(name, id, scope)),
        _ => None,
    }
}

/// The type of what an ARN names, `aws:<service>:<kind>` where it is none of ours, and its physical id, which is the
/// ARN where that does not tell it.
#[must_use]
pub fn of_arn(arn: &str) -> (String, String) {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, _, _, resource] = parts.as_slice() else {
        return ("aws".to_owned(), arn.to_owned());
    };
    // Children of an app and of an API.
    if let Some((app, branch)) = resource.strip_prefix("apps/").and_then(|rest| rest.split_once("/branches/"))
    {
        return ("aws:amplify:Branch".to_owned(), format!("{app}|{}", percent_decoded(branch)));
    }
    if let Some((api, stage)) =
        resource.strip_prefix("/restapis/").and_then(|rest| rest.split_once("/stages/"))
    {
        return ("aws:apigateway:Stage".to_owned(), format!("{api}|{stage}"));
    }
    let known = TYPES.iter().find_map(|(of, beginning, name, id)| {
        (of == service).then(|| Some((*name, *id, resource.strip_prefix(beginning)?))).flatten()
    });
    let Some((name, id, rest)) = known else {
        let kind = resource.trim_start_matches('/').split(['/', ':']).next().unwrap_or_default();
        return (format!("aws:{service}:{kind}"), arn.to_owned());
    };
    let path: Vec<&str> = rest.split('/').collect();
    let id = match id {
        Id::Rest => Some(rest.trim_end_matches(":*").to_owned()),
        Id::Last => path.last().map(|part| (*part).to_owned()),
        Id::Joined(join) => join(&path),
        Id::Whole | Id::Untold => None,
    };
    (name.to_owned(), id.unwrap_or_else(|| arn.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_tell_type_and_id() {
        let check = |arn: &str, name: &str, id: &str| {
            assert_eq!(of_arn(arn), (name.to_owned(), id.to_owned()), "{arn}");
        };
        let key = "arn:aws:kms:ap-northeast-1:1:key/ab-cd";
        check(key, "aws:kms:Key", "ab-cd");
        check("arn:aws:iam::1:role/path/name", "aws:iam:Role", "name");
        check("arn:aws:logs:r:1:log-group:/aws/lambda/f", "aws:logs:LogGroup", "/aws/lambda/f");
        check("arn:aws:apigateway:r::/restapis/a/stages/s", "aws:apigateway:Stage", "a|s");
        check("arn:aws:apigateway:r::/restapis/a", "aws:apigateway:RestApi", "a");
        check("arn:aws:wafv2:r:1:global/webacl/n/i", "aws:wafv2:WebACL", "n|i|CLOUDFRONT");
        check("arn:aws:amplify:r:1:apps/d1/branches/feature%2Fx", "aws:amplify:Branch", "d1|feature/x");
        check("arn:aws:s3:::bucket", "aws:s3:Bucket", "bucket");
        let proxy = "arn:aws:rds:r:1:db-proxy:prx-1";
        check(proxy, "aws:rds:DBProxy", proxy);
        let other = "arn:aws:ecs:r:1:cluster/c";
        check(other, "aws:ecs:cluster", other);
    }
}
