//! `aws:apigateway:Authorizer`

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use aws_sdk_apigateway::types::{Authorizer as Standing, AuthorizerType};
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{filled, replacements};
use super::content::CONTENT_TAG;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::session::Region;
use crate::values::{Inputs, Values};

/// The handler of `aws:apigateway:Authorizer`.
pub struct Authorizer;

#[async_trait]
impl Handler for Authorizer {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let apis: BTreeSet<&str> = targets.iter().filter_map(api_of).collect();
        let mut standing = BTreeMap::new();
        for api in apis {
            standing.insert(api, absent_as_none(all(aws, api).await)?.unwrap_or_default());
        }
        let find = |target: &Target| {
            let api = api_of(target)?;
            let one = standing.get(api)?.iter().find(|one| one.id() == Some(&target.id))?;
            Some(live(api, one))
        };
        Ok(targets
            .iter()
            .map(|target| find(target).map_or(Reading::Absent, |live| Reading::Found(Box::new(live))))
            .collect())
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.text("name");
        let standing = absent_as_none(all(aws, inputs.required("rest_api_id")?).await)?.unwrap_or_default();
        // Names are unique in an API; that it calls our function proves it ours.
        let found = standing.into_iter().filter(|one| one.name() == name);
        Ok(found
            .filter_map(|one| {
                let ours = one.authorizer_uri() == inputs.text("authorizer_uri");
                Some(Candidate { id: one.id?, ours })
            })
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let api = inputs.required("rest_api_id")?;
        refuse_where_imported(aws, api).await?;
        let answer = aws
            .apigateway()
            .create_authorizer()
            .rest_api_id(api)
            .name(inputs.required("name")?)
            .r#type(AuthorizerType::from(inputs.required("authorizer_type")?))
            .authorizer_uri(inputs.required("authorizer_uri")?)
            .set_authorizer_credentials(filled(inputs, "authorizer_credentials"))
            .set_authorizer_result_ttl_in_seconds(inputs.int32("authorizer_result_ttl_in_seconds"))
            .set_identity_source(filled(inputs, "identity_source"))
            .set_identity_validation_expression(filled(inputs, "identity_validation_expression"))
            .send()
            .await
            .map_err(|error| refused("apigateway:CreateAuthorizer", &error))?;
        answer.id.ok_or_else(|| unexpected("apigateway:CreateAuthorizer", "the answer has no id"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        const PATHS: &[(&str, &str)] = &[
            ("authorizer_type", "/type"),
            ("authorizer_uri", "/authorizerUri"),
            ("authorizer_credentials", "/authorizerCredentials"),
            ("authorizer_result_ttl_in_seconds", "/authorizerResultTtlInSeconds"),
            ("identity_source", "/identitySource"),
            ("identity_validation_expression", "/identityValidationExpression"),
        ];
        aws.apigateway()
            .update_authorizer()
            .rest_api_id(desired.required("rest_api_id")?)
            .authorizer_id(&target.id)
            .set_patch_operations(Some(replacements(PATHS, desired, differing)))
            .send()
            .await
            .map_err(|error| refused("apigateway:UpdateAuthorizer", &error))?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let api = target.inputs.required("rest_api_id")?;
        let call = aws.apigateway().delete_authorizer().rest_api_id(api).authorizer_id(&target.id);
        call.send().await.map_err(|error| refused("apigateway:DeleteAuthorizer", &error))?;
        Ok(Deleted::Gone)
    }
}

fn api_of(target: &Target) -> Option<&str> {
    target.inputs.text("rest_api_id")
}

fn live(api: &str, one: &Standing) -> Live {
    let properties = Values::new()
        .set("rest_api_id", api)
        .set("name", one.name())
        .set("authorizer_type", one.r#type().map(|kind| kind.as_str()))
        .set("authorizer_uri", one.authorizer_uri())
        .set("authorizer_credentials", one.authorizer_credentials().filter(|text| !text.is_empty()))
        .set("authorizer_result_ttl_in_seconds", one.authorizer_result_ttl_in_seconds().unwrap_or(300))
        .set("identity_source", one.identity_source().unwrap_or_default())
        .set("identity_validation_expression", one.identity_validation_expression().unwrap_or_default());
    Live {
        id: one.id().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: Map::new(),
        health: Health::Ready,
    }
}

async fn all(aws: &Region, api: &str) -> Result<Vec<Standing>, Failure> {
    let call = aws.apigateway().get_authorizers().rest_api_id(api).limit(500);
    let answer = call.send().await.map_err(|error| unread("apigateway:GetAuthorizers", &error))?;
    Ok(answer.items.unwrap_or_default())
}

/// An authorizer beside an imported document would be drift of the API, and gone with the next import.
async fn refuse_where_imported(aws: &Region, api: &str) -> Result<(), Failure> {
    let answer = aws.apigateway().get_rest_api().rest_api_id(api).send().await;
    let answer = answer.map_err(|error| unread("apigateway:GetRestApi", &error))?;
    if !answer.tags().is_some_and(|tags| tags.contains_key(CONTENT_TAG)) {
        return Ok(());
    }
    let mut refusal = unexpected(
        "apigateway:CreateAuthorizer",
        &format!(
            "the content of {api} is imported from its `body`; declare the authorizer in it (`OpenApi::authorizer`)"
        ),
    );
    refusal.class = FailureClass::Invalid;
    refusal.code = "AuthorizerBesideBody".to_owned();
    Err(refusal)
}
