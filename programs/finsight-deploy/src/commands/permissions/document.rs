//! Policies from rights: statements by what they are on, ids that AWS gives left open, cut to AWS's limit.

use std::collections::{BTreeMap, BTreeSet};

use finsight_local::Right;
use serde_json::{Value, json};

/// What a customer managed policy may hold, white space not counted:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const LIMIT: usize = 6144;
/// The account of the rehearsal.
pub const REHEARSED: &str = "123456789012";

/// The policies that allow these rights and no more, each within AWS's limit.
pub fn documents(rights: &BTreeSet<Right>, stack: &str, account: &str, word: &str) -> Vec<Value> {
    let mut documents: Vec<Vec<Value>> = Vec::new();
    for (number, statement) in statements(rights, stack, account).into_iter().enumerate() {
        let mut statement = statement;
        statement["Sid"] = format!("{word}{}", number + 1).into();
        let size = |statements: &[Value]| document(statements).to_string().len();
        match documents.last_mut() {
            Some(last) if size(last) + statement.to_string().len() < LIMIT => last.push(statement),
            _ => documents.push(vec![statement]),
        }
    }
    documents.iter().map(|statements| document(statements)).collect()
}

fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// One statement for all actions of a service that are on the same.
fn statements(rights: &BTreeSet<Right>, stack: &str, account: &str) -> Vec<Value> {
    let mut on: BTreeMap<(String, Option<String>), BTreeSet<String>> = BTreeMap::new();
    for right in rights {
        let resource = right.resource.replace(REHEARSED, account);
        on.entry((right.action.clone(), right.passed_to.clone())).or_default().insert(resource);
    }
    let mut grouped: BTreeMap<(String, Option<String>, Vec<String>), Vec<String>> = BTreeMap::new();
    for ((action, passed_to), resources) in on {
        let service = action.split(':').next().unwrap_or_default().to_owned();
        grouped.entry((service, passed_to, covering(&resources, stack))).or_default().push(action);
    }
    grouped
        .into_iter()
        .map(|((_, passed_to, resources), actions)| {
            let mut statement = json!({"Effect": "Allow", "Action": actions, "Resource": resources});
            if let Some(service) = passed_to {
                statement["Condition"] = json!({"StringEquals": {"iam:PassedToService": service}});
            }
            statement
        })
        .collect()
}

/// The rights of a rehearsal with `*` in the place of all that was otherwise in another: what AWS gives, ids and
/// endings, is not known before.
pub fn opened(one: &BTreeSet<Right>, other: &BTreeSet<Right>) -> BTreeSet<Right> {
    let (one, other) = (&unnumbered(one), &unnumbered(other));
    let mut seen: BTreeMap<(&str, usize), BTreeSet<&str>> = BTreeMap::new();
    for right in other {
        for (at, part) in parts(&right.resource).enumerate() {
            seen.entry((right.action.as_str(), at)).or_default().insert(part);
        }
    }
    let nothing = BTreeSet::new();
    let open = |right: &Right| {
        let resource = parts(&right.resource).enumerate().map(|(at, part)| {
            let others = seen.get(&(right.action.as_str(), at)).unwrap_or(&nothing);
            if others.contains(part) { part.to_owned() } else { common(part, others) }
        });
        Right { resource: shortened(&resource.collect::<String>()), ..right.clone() }
    };
    one.iter().map(open).collect()
}

/// The rights without the moment of a rehearsal that ends a name, `-20261129-232408`, and without the number of a build:
/// the next one is called otherwise.
fn unnumbered(rights: &BTreeSet<Right>) -> BTreeSet<Right> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let open = |arn: &str| match arn.rsplit_once("/jobs/") {
        Some((branch, job)) if arn.starts_with("arn:aws:amplify:") && is_number(job) => {
            format!("{branch}/jobs/*")
        }
        _ => undated(arn),
    };
    rights.iter().map(|right| Right { resource: open(&right.resource), ..right.clone() }).collect()
}

/// An ARN without the moment that ends it.
fn undated(arn: &str) -> String {
    const MOMENT: &str = "-dddddddd-dddddd";
    let is_moment = |text: &str| {
        let alike = |(byte, form)| if form == b'd' { u8::is_ascii_digit(&byte) } else { byte == form };
        text.bytes().zip(MOMENT.bytes()).all(alike)
    };
    match arn.len().checked_sub(MOMENT.len()).and_then(|at| arn.split_at_checked(at)) {
        Some((name, moment)) if is_moment(moment) => format!("{name}-*"),
        _ => arn.to_owned(),
    }
}

/// The parts of an ARN, each with the character that ends it.
fn parts(arn: &str) -> impl Iterator<Item = &str> {
    arn.split_inclusive([':', '/'])
}

/// What a part has in common with one of the others up to a `-`, and `*` for the rest.
fn common(part: &str, others: &BTreeSet<&str>) -> String {
    let end = if part.ends_with([':', '/']) { &part[part.len() - 1..] } else { "" };
    let shared = |other: &&str| {
        let same = part.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        part.get(..same).and_then(|start| start.rfind('-')).map_or(0, |dash| dash + 1)
    };
    let longest = others.iter().map(shared).max().unwrap_or_default();
    format!("{}*{end}", &part[..longest])
}

/// Paths of API Gateway are told up to the first thing that is not known: `/restapis/*`.
fn shortened(arn: &str) -> String {
    match arn.split_once('*') {
        Some((known, _)) if arn.starts_with("arn:aws:apigateway:") => format!("{known}*"),
        _ => arn.to_owned(),
    }
}

/// Names of one stack are told by their common beginning: `role/finsight-prod-*` for forty roles.
fn covering(resources: &BTreeSet<String>, stack: &str) -> Vec<String> {
    if resources.contains("*") {
        return vec!["*".to_owned()];
    }
    let word = format!("-{stack}-");
    let beginning = |resource: &String| match resource.find(&word) {
        Some(at) => format!("{}*", &resource[..at + word.len()]),
        None => resource.clone(),
    };
    let all: BTreeSet<String> = resources.iter().map(beginning).collect();
    let is_within = |one: &String| {
        let covers = |other: &String| other.strip_suffix('*').is_some_and(|start| one.starts_with(start));
        all.iter().any(|other| other != one && covers(other))
    };
    all.iter().filter(|one| !is_within(one)).cloned().collect()
}

/// Who may take the role on: a workflow of a repository at GitHub, `OWNER/REPOSITORY` or with an environment,
/// `OWNER/REPOSITORY:ENVIRONMENT`; and a user or a role.
pub fn trust(github: Option<&str>, principal: Option<&str>, account: &str) -> Option<Value> {
    let mut statements: Vec<Value> = github.map(|subject| workflow(subject, account)).into_iter().collect();
    statements.extend(
        principal
            .map(|arn| json!({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"})),
    );
    (!statements.is_empty()).then(|| document(&statements))
}

fn workflow(subject: &str, account: &str) -> Value {
    let subject = match subject.split_once(':') {
        Some((repository, environment)) => format!("repo:{repository}:environment:{environment}"),
        None => format!("repo:{subject}:ref:refs/heads/main"),
    };
    json!({
        "Effect": "Allow",
        "Principal": {"Federated": format!("arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com")},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": subject
        }}
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(action: &str, resource: &str) -> Right {
        Right { action: action.to_owned(), resource: resource.to_owned(), passed_to: None }
    }

    #[test]
    fn what_differs_is_left_open_and_names_are_kept() {
        for (one, other, wanted) in [
            ("arn:aws:ec2:r:1:vpc/vpc-01", "arn:aws:ec2:r:1:vpc/vpc-02", "arn:aws:ec2:r:1:vpc/vpc-*"),
            (
                "arn:aws:amplify:r:1:apps/dab/domains/x",
                "arn:aws:amplify:r:1:apps/dcd/domains/x",
                "arn:aws:amplify:r:1:apps/*/domains/x",
            ),
            ("arn:aws:rds:r:1:db:finsight", "arn:aws:rds:r:1:db:finsight", "arn:aws:rds:r:1:db:finsight"),
            (
                "arn:aws:apigateway:r::/restapis/a1/stages/x",
                "arn:aws:apigateway:r::/restapis/b2/stages/x",
                "arn:aws:apigateway:r::/restapis/*",
            ),
            (
                "arn:aws:secretsmanager:r:1:secret:finsight/jwt-aB3dE6",
                "arn:aws:secretsmanager:r:1:secret:finsight/jwt-Zz1dE6",
                "arn:aws:secretsmanager:r:1:secret:finsight/jwt-*",
            ),
            (
                "arn:aws:rds:r:1:snapshot:db-manual-20261129-232408",
                "arn:aws:rds:r:1:snapshot:db-manual-20261129-232408",
                "arn:aws:rds:r:1:snapshot:db-manual-*",
            ),
            (
                "arn:aws:rds:r:1:snapshot:db-manual-20261129-235959",
                "arn:aws:rds:r:1:snapshot:db-manual-20261130-000000",
                "arn:aws:rds:r:1:snapshot:db-manual-*",
            ),
            (
                "arn:aws:amplify:r:1:apps/d1/branches/main/jobs/3",
                "arn:aws:amplify:r:1:apps/d2/branches/main/jobs/3",
                "arn:aws:amplify:r:1:apps/*/branches/main/jobs/*",
            ),
            ("*", "*", "*"),
        ] {
            let (one, other) = ([right("a:B", one)].into(), [right("a:B", other)].into());
            assert_eq!(opened(&one, &other), [right("a:B", wanted)].into());
        }
    }

    #[test]
    fn no_policy_is_longer_than_aws_takes() {
        let rights: BTreeSet<Right> = (0..400)
            .map(|n| right(&format!("s3:Do{n}"), &format!("arn:aws:s3:::bucket-of-number-{n}")))
            .collect();
        let documents = documents(&rights, "prod", "1", "Up");
        assert!(documents.len() > 1);
        assert!(documents.iter().all(|it| it.to_string().len() <= LIMIT));
        let statements: usize =
            documents.iter().filter_map(|it| it["Statement"].as_array()).map(Vec::len).sum();
        assert_eq!(statements, 400);
    }
}
