//! Parts of requests, to and from AWS.

use aws_sdk_wafv2::types::{
    All, AllQueryArguments, Body, BodyParsingFallbackBehavior, FieldToMatch, JsonBody, JsonMatchPattern,
    JsonMatchScope, Method, OversizeHandling, QueryString, SingleHeader, SingleQueryArgument,
    TextTransformation, TextTransformationType, UriPath,
};
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use super::common::{built, invalid, kind_of};
use crate::values::{Inputs, Values};

/// The part of a request that a structure names.
pub fn field(wanted: &Map) -> Result<FieldToMatch, Failure> {
    let (kind, members) = kind_of(wanted)?;
    let field = FieldToMatch::builder();
    let field = match kind {
        "single_header" => {
            field.single_header(built(SingleHeader::builder().name(members.required("name")?).build())?)
        }
        "single_query_argument" => {
            let argument = SingleQueryArgument::builder().name(members.required("name")?);
            field.single_query_argument(built(argument.build())?)
        }
        "all_query_arguments" => field.all_query_arguments(AllQueryArguments::builder().build()),
        "uri_path" => field.uri_path(UriPath::builder().build()),
        "query_string" => field.query_string(QueryString::builder().build()),
        "method" => field.method(Method::builder().build()),
        "body" => field.body(Body::builder().set_oversize_handling(oversize(members)).build()),
        "json_body" => {
            let all = JsonMatchPattern::builder().all(All::builder().build()).build();
            let fallback = members.text("invalid_fallback_behavior").map(BodyParsingFallbackBehavior::from);
            let body = JsonBody::builder()
                .match_pattern(all)
                .match_scope(JsonMatchScope::from(members.required("match_scope")?))
                .set_invalid_fallback_behavior(fallback)
                .set_oversize_handling(oversize(members));
            field.json_body(built(body.build())?)
        }
        other => return Err(invalid(&format!("there is no field `{other}`"))),
    };
    Ok(field.build())
}

fn oversize(members: &Map) -> Option<OversizeHandling> {
    members.text("oversize_handling").map(OversizeHandling::from)
}

/// Transformations, made in the order of the list.
pub fn transformations(members: &Map) -> Result<Vec<TextTransformation>, Failure> {
    let kinds = members.texts("text_transformations");
    let one = |(at, kind): (usize, &String)| {
        let priority = i32::try_from(at).unwrap_or(i32::MAX);
        let kind = TextTransformationType::from(kind.as_str());
        built(TextTransformation::builder().priority(priority).r#type(kind).build())
    };
    kinds.iter().enumerate().map(one).collect()
}

/// The part of a request as it stands; a part that we do not know differs from every wanted one.
pub fn live_field(field: &FieldToMatch) -> Map {
    let name = |name: &str| Values::new().set("name", name.to_ascii_lowercase()).build();
    let size = |handling: Option<&OversizeHandling>| {
        handling.map_or("CONTINUE", OversizeHandling::as_str).to_owned()
    };
    let values = Values::new()
        .set("single_header", field.single_header().map(|header| name(header.name())))
        .set("single_query_argument", field.single_query_argument().map(|argument| name(argument.name())))
        .set("all_query_arguments", field.all_query_arguments().map(|_| Map::new()))
        .set("uri_path", field.uri_path().map(|_| Map::new()))
        .set("query_string", field.query_string().map(|_| Map::new()))
        .set("method", field.method().map(|_| Map::new()))
        .set(
            "body",
            field
                .body()
                .map(|body| Values::new().set("oversize_handling", size(body.oversize_handling())).build()),
        )
        .set(
            "json_body",
            field.json_body().map(|body| {
                let paths = body.match_pattern().map(JsonMatchPattern::included_paths).unwrap_or_default();
                let paths = Some(paths).filter(|paths| !paths.is_empty());
                Values::new()
                    .set("match_scope", body.match_scope().as_str())
                    .set("invalid_fallback_behavior", body.invalid_fallback_behavior().map(|b| b.as_str()))
                    .set("oversize_handling", size(body.oversize_handling()))
                    .set("included_paths", paths.map(|paths| paths.join(" ")))
                    .build()
            }),
        )
        .build();
    if values.is_empty() { Values::new().set("other", true).build() } else { values }
}

/// The transformations that stand, in their order.
pub fn live_transformations(transformations: &[TextTransformation]) -> Value {
    let mut ordered: Vec<&TextTransformation> = transformations.iter().collect();
    ordered.sort_by_key(|transformation| transformation.priority());
    let kinds = ordered.iter().map(|transformation| Value::text(transformation.r#type().as_str()));
    Value::List(kinds.collect())
}
