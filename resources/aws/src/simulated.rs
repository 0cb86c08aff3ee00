//! Whether a principal may do something, asked of IAM without doing it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use finsight_engine::contract::Failure;

use crate::failure::unread;
use crate::session::Region;

/// How many actions one question has; and how many resources, of which each is asked for each action.
const ACTIONS: usize = 50;
const RESOURCES: usize = 20;
const OPERATION: &str = "iam:SimulatePrincipalPolicy";

/// Something that a principal is to be allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The action, such as `rds:CreateDBInstance`.
    pub action: String,
    /// The ARN of what it is on, or `*`.
    pub resource: String,
    /// The service that a role is passed to, of `iam:PassRole`.
    pub passed_to: Option<String>,
    /// The region that is asked.
    pub region: String,
}

/// What IAM says of what a principal wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulated {
    /// How much was asked.
    pub asked: usize,
    /// What is not allowed, with IAM's word for why.
    pub denied: BTreeSet<(Wanted, String)>,
    /// What depends on what a simulation does not know: a condition on something of the request.
    pub open: BTreeSet<Wanted>,
}

/// Who has the policies of a caller, by the caller's ARN: a user as it is; of a session the role, which is asked of IAM
/// because its path is not in the session's ARN. Nothing of a root user, who may do all, nor of a federated one.
///
/// # Errors
/// When AWS does not say.
pub async fn role_of(aws: &Region, caller: &str) -> Result<Option<String>, Failure> {
    let (head, name) = match caller.rsplit_once(':') {
        Some((head, name)) => (head, name),
        None => return Ok(None),
    };
    if ["user/", "role/", "group/"].iter().any(|kind| name.starts_with(kind)) && head.contains(":iam:") {
        return Ok(Some(caller.to_owned()));
    }
    let Some(role) = name.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next()) else {
        return Ok(None);
    };
    let answer = aws.iam().get_role().role_name(role).send().await;
    let answer = answer.map_err(|error| unread("iam:GetRole", &error))?;
    Ok(answer.role().map(|role| role.arn().to_owned()))
}

/// Asks what of this a principal is not allowed.
///
/// # Errors
/// When AWS does not say.
pub async fn simulate(
    aws: &Region,
    principal: &str,
    wanted: &BTreeSet<Wanted>,
) -> Result<Simulated, Failure> {
    let mut simulated = Simulated { asked: wanted.len(), ..Simulated::default() };
    for question in questions(wanted) {
        for actions in question.actions.chunks(ACTIONS) {
            for resources in question.resources.chunks(RESOURCES) {
                ask(aws, principal, &question, actions, resources, &mut simulated).await?;
            }
        }
    }
    Ok(simulated)
}

/// Actions that are wanted on the same resources, under the same conditions.
#[derive(Debug, PartialEq, Eq)]
struct Question {
    actions: Vec<String>,
    resources: Vec<String>,
    passed_to: Option<String>,
    region: String,
}

/// Region, the service that gets a role passed, and resources: what actions of one question have in common.
type Alike<'a> = (&'a str, &'a Option<String>, BTreeSet<&'a str>);

/// Few questions, of which each asks for nothing that is not wanted.
fn questions(wanted: &BTreeSet<Wanted>) -> Vec<Question> {
    let mut on: BTreeMap<(&str, &Option<String>, &str), BTreeSet<&str>> = BTreeMap::new();
    for one in wanted {
        on.entry((&one.region, &one.passed_to, &one.action)).or_default().insert(&one.resource);
    }
    let mut alike: BTreeMap<Alike<'_>, Vec<String>> = BTreeMap::new();
    for ((region, passed_to, action), resources) in on {
        alike.entry((region, passed_to, resources)).or_default().push(action.to_owned());
    }
    alike
        .into_iter()
        .map(|((region, passed_to, resources), actions)| Question {
            actions,
            resources: resources.into_iter().map(str::to_owned).collect(),
            passed_to: passed_to.clone(),
            region: region.to_owned(),
        })
        .collect()
}

async fn ask(
    aws: &Region,
    principal: &str,
    question: &Question,
    actions: &[String],
    resources: &[String],
    simulated: &mut Simulated,
) -> Result<(), Failure> {
    let entry = |name: &str, value: &str| {
        let kind = ContextKeyTypeEnum::String;
        ContextEntry::builder()
            .context_key_name(name)
            .context_key_values(value)
            .context_key_type(kind)
            .build()
    };
    let passed_to = question.passed_to.as_deref().map(|service| entry("iam:PassedToService", service));
    let call = aws
        .iam()
        .simulate_principal_policy()
        .policy_source_arn(principal)
        .set_action_names(Some(actions.to_vec()))
        .set_resource_arns(Some(resources.to_vec()))
        .set_context_entries(Some(
            passed_to.into_iter().chain([entry("aws:RequestedRegion", &question.region)]).collect(),
        ));
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread(OPERATION, &error))?;
        for result in page.evaluation_results() {
            take(question, result, simulated);
        }
    }
    Ok(())
}

/// Of several resources IAM answers each by itself, or all in one result.
fn take(question: &Question, result: &EvaluationResult, simulated: &mut Simulated) {
    let mut add = |resource: &str, decision: &PolicyEvaluationDecisionType, missing: bool| {
        let one = Wanted {
            action: result.eval_action_name().to_owned(),
            resource: resource.to_owned(),
            passed_to: question.passed_to.clone(),
            region: question.region.clone(),
        };
        match decision {
            PolicyEvaluationDecisionType::Allowed => {}
            // What a simulation does not know of the request may be what allows it.
            PolicyEvaluationDecisionType::ImplicitDeny if missing => {
                simulated.open.insert(one);
            }
            other => {
                let by_organization = result
                    .organizations_decision_detail()
                    .is_some_and(|detail| !detail.allowed_by_organizations());
                let why = match (by_organization, other) {
                    (true, _) => "a policy of the organization does not allow it",
                    (false, PolicyEvaluationDecisionType::ExplicitDeny) => "a policy denies it",
                    _ => "no policy allows it",
                };
                simulated.denied.insert((one, why.to_owned()));
            }
        }
    };
    let specific = result.resource_specific_results();
    if specific.is_empty() {
        let missing = !result.missing_context_values().is_empty();
        add(result.eval_resource_name().unwrap_or("*"), result.eval_decision(), missing);
    }
    for one in specific {
        let missing = !one.missing_context_values().is_empty();
        add(one.eval_resource_name(), one.eval_resource_decision(), missing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(all: &[(&str, &str, Option<&str>)]) -> BTreeSet<Wanted> {
        all.iter()
            .map(|(action, resource, passed_to)| Wanted {
                action: (*action).to_owned(),
                resource: (*resource).to_owned(),
                passed_to: passed_to.map(str::to_owned),
                region: "eu-west-1".to_owned(),
            })
            .collect()
    }

    /// A question asks each of its actions on each of its resources: none of them may be one that nobody wants.
    #[test]
    fn nothing_is_asked_that_is_not_wanted_and_all_that_is() {
        let all = wanted(&[
            ("s3:GetObject", "arn:a", None),
            ("s3:GetObject", "arn:b", None),
            ("s3:PutObject", "arn:a", None),
            ("s3:PutObject", "arn:b", None),
            ("s3:DeleteObject", "arn:a", None),
            ("iam:PassRole", "arn:r", Some("lambda.amazonaws.com")),
            ("iam:PassRole", "arn:r", Some("rds.amazonaws.com")),
        ]);
        let questions = questions(&all);
        assert_eq!(questions.len(), 4);
        let mut asked = BTreeSet::new();
        for question in questions {
            for action in &question.actions {
                for resource in &question.resources {
                    asked.insert(Wanted {
                        action: action.clone(),
                        resource: resource.clone(),
                        passed_to: question.passed_to.clone(),
                        region: question.region.clone(),
                    });
                }
            }
        }
        assert_eq!(asked, all);
    }

    /// Results of several resources come one by one, or together.
    #[test]
    fn both_forms_of_results_are_read() {
        use aws_sdk_iam::types::ResourceSpecificResult;
        let question = Question {
            actions: vec!["s3:GetObject".to_owned()],
            resources: vec!["arn:a".to_owned(), "arn:b".to_owned()],
            passed_to: None,
            region: "eu-west-1".to_owned(),
        };
        let specific = |resource: &str, decision: PolicyEvaluationDecisionType| {
            let result = ResourceSpecificResult::builder().eval_resource_name(resource);
            result.eval_resource_decision(decision).build().expect("a result")
        };
        let together = EvaluationResult::builder()
            .eval_action_name("s3:GetObject")
            .eval_decision(PolicyEvaluationDecisionType::ImplicitDeny)
            .resource_specific_results(specific("arn:a", PolicyEvaluationDecisionType::Allowed))
            .resource_specific_results(specific("arn:b", PolicyEvaluationDecisionType::ExplicitDeny))
            .build()
            .expect("a result");
        let alone = EvaluationResult::builder()
            .eval_action_name("s3:GetObject")
            .eval_resource_name("arn:c")
            .eval_decision(PolicyEvaluationDecisionType::ImplicitDeny)
            .missing_context_values("aws:ResourceTag/Team")
            .build()
            .expect("a result");
        let mut simulated = Simulated::default();
        take(&question, &together, &mut simulated);
        take(&question, &alone, &mut simulated);
        let denied: Vec<(&str, &str)> =
            simulated.denied.iter().map(|(one, why)| (one.resource.as_str(), why.as_str())).collect();
        assert_eq!(denied, [("arn:b", "a policy denies it")]);
        let open: Vec<&str> = simulated.open.iter().map(|one| one.resource.as_str()).collect();
        assert_eq!(open, ["arn:c"]);
    }
}
