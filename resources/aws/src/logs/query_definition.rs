//! `aws:logs:QueryDefinition`

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::types::QueryDefinition as Definition;
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use finsight_specs::logs::QueryDefinition as Spec;

use crate::client_token::uuid;
use crate::failure::{refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::standing::as_wanted;
use crate::values::{Inputs, Values};

/// The handler of `aws:logs:QueryDefinition`.
pub struct QueryDefinition;

#[async_trait]
impl Handler for QueryDefinition {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        // There is no call for one definition: one sweep serves all.
        Ok(in_order(targets, described(aws, None).await?.iter().map(values)))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("name")?;
        let spec = Spec::spec();
        // Names are not unique: others of the same name are no hindrance.
        Ok(described(aws, Some(name))
            .await?
            .iter()
            .map(values)
            .filter(|live| as_wanted(&spec, live, inputs))
            .map(|live| Candidate { id: live.id, ours: true })
            .collect())
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        put(aws, inputs, None, Some(&uuid(&[owner.as_str()]))).await
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        put(aws, desired, Some(&target.id), None).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.logs().delete_query_definition().query_definition_id(&target.id);
        call.send().await.map_err(|error| refused("logs:DeleteQueryDefinition", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn described(aws: &Region, prefix: Option<&str>) -> Result<Vec<Definition>, Failure> {
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let answer = aws
            .logs()
            .describe_query_definitions()
            .set_query_definition_name_prefix(prefix.map(str::to_owned))
            .max_results(1000)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| unread("logs:DescribeQueryDefinitions", &error))?;
        found.extend(answer.query_definitions.unwrap_or_default());
        token = answer.next_token;
        if token.is_none() {
            return Ok(found);
        }
    }
}

/// Makes a definition, or replaces the one with this id whole.
async fn put(aws: &Region, inputs: &Map, id: Option<&str>, token: Option<&str>) -> Result<String, Failure> {
    let groups = inputs.texts("log_group_names");
    // What is not ours to set would go with the rest.
    let standing = match id {
        Some(id) => {
            let all = described(aws, None).await?;
            all.into_iter().find(|definition| definition.query_definition_id() == Some(id))
        }
        None => None,
    };
    let answer = aws
        .logs()
        .put_query_definition()
        .name(inputs.required("name")?)
        .query_string(inputs.required("query_string")?)
        .set_log_group_names((!groups.is_empty()).then_some(groups))
        .set_query_definition_id(id.map(str::to_owned))
        .set_client_token(token.map(str::to_owned))
        .set_query_language(standing.as_ref().and_then(|it| it.query_language.clone()))
        .set_parameters(standing.and_then(|it| it.parameters))
        .send()
        .await
        .map_err(|error| refused("logs:PutQueryDefinition", &error))?;
    Ok(answer.query_definition_id.unwrap_or_default())
}

fn values(definition: &Definition) -> Live {
    let properties = Values::new()
        .set("name", definition.name())
        .set("query_string", definition.query_string())
        .list("log_group_names", definition.log_group_names());
    Live {
        id: definition.query_definition_id().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: Map::new(),
        health: Health::Ready,
    }
}
