//! `aws:lambda:Permission`

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use async_trait::async_trait;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use serde_json::Value as Json;

use super::common::ours;
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:lambda:Permission`; its physical id is `<function>|<qualifier>|<statement>`.
pub struct Permission;

#[async_trait]
impl Handler for Permission {
    /// One call a policy, with all its statements.
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut policies: BTreeMap<(&str, &str), Vec<Json>> = BTreeMap::new();
        for target in targets {
            let (function, qualifier, _) = parts(&target.id);
            if let Entry::Vacant(unread) = policies.entry((function, qualifier)) {
                unread.insert(statements(aws, function, qualifier).await?);
            }
        }
        let found = targets.iter().filter_map(|target| {
            let (function, qualifier, sid) = parts(&target.id);
            let statements = policies.get(&(function, qualifier))?;
            let statement = statements.iter().find(|statement| statement["Sid"] == sid)?;
            Some(live(target, statement))
        });
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (function, sid) = (inputs.required("function_name")?, inputs.required("statement_id")?);
        let statements = statements(aws, function, qualifier(inputs)).await?;
        Ok(ours(statements.iter().find(|statement| statement["Sid"] == sid), id(inputs)?))
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let text = |name: &str| inputs.text(name).map(str::to_owned);
        aws.lambda()
            .add_permission()
            .function_name(inputs.required("function_name")?)
            .set_qualifier(Some(qualifier(inputs)).filter(|text| !text.is_empty()).map(str::to_owned))
            .statement_id(inputs.required("statement_id")?)
            .action(inputs.required("action")?)
            .principal(inputs.required("principal")?)
            .set_source_arn(text("source_arn"))
            .set_source_account(text("source_account"))
            .set_principal_org_id(text("principal_org_id"))
            .send()
            .await
            .map_err(|error| refused("lambda:AddPermission", &error))?;
        id(inputs)
    }

    /// A statement cannot be changed.
    async fn converge(
        &self,
        _aws: &Region,
        _target: &Target,
        _live: &Live,
        _desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        remove(aws, &target.id).await?;
        Ok(Deleted::Gone)
    }
}

/// Takes a statement away, by its id here.
pub(super) async fn remove(aws: &Region, id: &str) -> Result<(), Failure> {
    let (function, qualifier, sid) = parts(id);
    let call = aws.lambda().remove_permission().function_name(function).statement_id(sid);
    let call = call.set_qualifier(Some(qualifier.to_owned()).filter(|text| !text.is_empty()));
    call.send().await.map_err(|error| refused("lambda:RemovePermission", &error))?;
    Ok(())
}

/// The ids of all statements of a function's or an alias's policy.
pub(super) async fn ids(aws: &Region, function: &str, qualifier: &str) -> Result<Vec<String>, Failure> {
    let statements = statements(aws, function, qualifier).await?;
    let sids = statements.iter().filter_map(|statement| statement["Sid"].as_str());
    Ok(sids.map(|sid| format!("{function}|{qualifier}|{sid}")).collect())
}

fn qualifier(inputs: &Map) -> &str {
    inputs.text("qualifier").unwrap_or_default()
}

fn id(inputs: &Map) -> Result<String, Failure> {
    let (function, sid) = (inputs.required("function_name")?, inputs.required("statement_id")?);
    Ok(format!("{function}|{}|{sid}", qualifier(inputs)))
}

fn parts(id: &str) -> (&str, &str, &str) {
    let mut parts = id.splitn(3, '|');
    let mut next = || parts.next().unwrap_or_default();
    (next(), next(), next())
}

async fn statements(aws: &Region, function: &str, qualifier: &str) -> Result<Vec<Json>, Failure> {
    let call = aws.lambda().get_policy().function_name(function);
    let call = call.set_qualifier(Some(qualifier.to_owned()).filter(|text| !text.is_empty()));
    let answer = call.send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("lambda:GetPolicy", &error)))?;
    let policy = answer.and_then(|answer| answer.policy).unwrap_or_default();
    let mut document: Json = serde_json::from_str(&policy).unwrap_or_default();
    Ok(document["Statement"].as_array_mut().map(std::mem::take).unwrap_or_default())
}

fn live(target: &Target, statement: &Json) -> Live {
    let (function, qualifier, sid) = parts(&target.id);
    let principal = match &statement["Principal"] {
        Json::Object(kinds) => kinds.values().next().and_then(Json::as_str),
        other => other.as_str(),
    };
    let condition = |key: &str| {
        let operators = statement["Condition"].as_object();
        let values = operators.into_iter().flat_map(|operators| operators.values());
        values
            .filter_map(Json::as_object)
            .flatten()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .and_then(|(_, value)| match value {
                Json::Array(items) => items.first().and_then(Json::as_str),
                other => other.as_str(),
            })
    };
    Live {
        id: target.id.clone(),
        properties: Values::new()
            .set("function_name", function)
            .set("qualifier", qualifier)
            .set("statement_id", sid)
            .set("action", statement["Action"].as_str())
            .set("principal", principal.map(|live| as_wanted(live, target.inputs.text("principal"))))
            .set("source_arn", condition("AWS:SourceArn"))
            .set("source_account", condition("AWS:SourceAccount"))
            .set("principal_org_id", condition("aws:PrincipalOrgID"))
            .build(),
        outputs: Map::new(),
        health: Health::Ready,
    }
}

/// An account is given back as the ARN of its root.
fn as_wanted<'a>(live: &'a str, wanted: Option<&'a str>) -> &'a str {
    match wanted {
        Some(account) if live.ends_with(&format!(":iam::{account}:root")) => account,
        _ => live,
    }
}
