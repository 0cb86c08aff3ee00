//! The behaviors of a distribution, to and from AWS.

use aws_sdk_cloudfront::types::{
    AllowedMethods, CacheBehavior, CacheBehaviors, CachedMethods, DefaultCacheBehavior, EventType,
    FunctionAssociation, FunctionAssociations, GrpcConfig, LambdaFunctionAssociations, Method,
    TrustedKeyGroups, TrustedSigners, ViewerProtocolPolicy,
};
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use super::common::{built, filled, part, parts, quantity, sorted};
use crate::values::{Inputs, Values};

/// The behavior of all paths that no other covers.
pub fn default_behavior(wanted: &Map) -> Result<DefaultCacheBehavior, Failure> {
    built(
        DefaultCacheBehavior::builder()
            .target_origin_id(wanted.required("target_origin_id")?)
            .viewer_protocol_policy(protocol_policy(wanted)?)
            .allowed_methods(methods(wanted)?)
            .smooth_streaming(false)
            .set_compress(wanted.flag("compress"))
            .function_associations(functions(wanted)?)
            .lambda_function_associations(no_lambdas()?)
            .field_level_encryption_id("")
            .set_cache_policy_id(filled(wanted, "cache_policy_id"))
            .set_origin_request_policy_id(filled(wanted, "origin_request_policy_id"))
            .set_response_headers_policy_id(filled(wanted, "response_headers_policy_id"))
            .build(),
    )
}

/// The behaviors of the paths of patterns, in order.
pub fn path_behaviors(desired: &Map) -> Result<CacheBehaviors, Failure> {
    let mut items = Vec::new();
    for wanted in parts(desired, "cache_behaviors") {
        items.push(built(
            CacheBehavior::builder()
                .path_pattern(wanted.required("path_pattern")?)
                .target_origin_id(wanted.required("target_origin_id")?)
                .viewer_protocol_policy(protocol_policy(wanted)?)
                .allowed_methods(methods(wanted)?)
                .smooth_streaming(false)
                .set_compress(wanted.flag("compress"))
                .function_associations(functions(wanted)?)
                .lambda_function_associations(no_lambdas()?)
                .field_level_encryption_id("")
                .set_cache_policy_id(filled(wanted, "cache_policy_id"))
                .set_origin_request_policy_id(filled(wanted, "origin_request_policy_id"))
                .set_response_headers_policy_id(filled(wanted, "response_headers_policy_id"))
                .build(),
        )?);
    }
    built(CacheBehaviors::builder().quantity(quantity(&items)).set_items(Some(items)).build())
}

fn protocol_policy(wanted: &Map) -> Result<ViewerProtocolPolicy, Failure> {
    Ok(ViewerProtocolPolicy::from(wanted.required("viewer_protocol_policy")?))
}

fn methods(wanted: &Map) -> Result<AllowedMethods, Failure> {
    let of = |name: &str| -> Vec<Method> {
        wanted.texts(name).iter().map(|method| Method::from(method.as_str())).collect()
    };
    let (allowed, cached) = (of("allowed_methods"), of("cached_methods"));
    let cached = CachedMethods::builder().quantity(quantity(&cached)).set_items(Some(cached)).build();
    let allowed = AllowedMethods::builder().quantity(quantity(&allowed)).set_items(Some(allowed));
    built(allowed.cached_methods(built(cached)?).build())
}

/// An update must say that there are none (AWS: `distribution-overview-required-fields`).
fn no_lambdas() -> Result<LambdaFunctionAssociations, Failure> {
    built(LambdaFunctionAssociations::builder().quantity(0).build())
}

fn functions(wanted: &Map) -> Result<FunctionAssociations, Failure> {
    let mut items = Vec::new();
    for (event, arn) in part(wanted, "function_associations").into_iter().flatten() {
        let association = FunctionAssociation::builder()
            .event_type(EventType::from(event.as_str()))
            .function_arn(arn.as_text().unwrap_or_default());
        items.push(built(association.build())?);
    }
    built(FunctionAssociations::builder().quantity(quantity(&items)).set_items(Some(items)).build())
}

/// What stands as the behavior of all other paths.
pub fn live_default(behavior: &DefaultCacheBehavior) -> Map {
    common(&Standing {
        origin: behavior.target_origin_id(),
        protocol: behavior.viewer_protocol_policy(),
        methods: behavior.allowed_methods(),
        compress: behavior.compress(),
        functions: behavior.function_associations(),
        cache: behavior.cache_policy_id(),
        request: behavior.origin_request_policy_id(),
        response: behavior.response_headers_policy_id(),
        lambdas: behavior.lambda_function_associations(),
        key_groups: behavior.trusted_key_groups(),
        signers: behavior.trusted_signers(),
        grpc: behavior.grpc_config(),
        log: behavior.realtime_log_config_arn(),
    })
    .build()
}

/// What stands for the paths of patterns.
pub fn live_paths(behaviors: Option<&CacheBehaviors>) -> Value {
    let one = |behavior: &CacheBehavior| {
        let values = common(&Standing {
            origin: behavior.target_origin_id(),
            protocol: behavior.viewer_protocol_policy(),
            methods: behavior.allowed_methods(),
            compress: behavior.compress(),
            functions: behavior.function_associations(),
            cache: behavior.cache_policy_id(),
            request: behavior.origin_request_policy_id(),
            response: behavior.response_headers_policy_id(),
            lambdas: behavior.lambda_function_associations(),
            key_groups: behavior.trusted_key_groups(),
            signers: behavior.trusted_signers(),
            grpc: behavior.grpc_config(),
            log: behavior.realtime_log_config_arn(),
        });
        Value::Map(values.set("path_pattern", behavior.path_pattern()).build())
    };
    Value::List(behaviors.map(CacheBehaviors::items).unwrap_or_default().iter().map(one).collect())
}

/// What both kinds of behavior have.
struct Standing<'a> {
    origin: &'a str,
    protocol: &'a ViewerProtocolPolicy,
    methods: Option<&'a AllowedMethods>,
    compress: Option<bool>,
    functions: Option<&'a FunctionAssociations>,
    cache: Option<&'a str>,
    request: Option<&'a str>,
    response: Option<&'a str>,
    lambdas: Option<&'a LambdaFunctionAssociations>,
    key_groups: Option<&'a TrustedKeyGroups>,
    signers: Option<&'a TrustedSigners>,
    grpc: Option<&'a GrpcConfig>,
    log: Option<&'a str>,
}

fn common(standing: &Standing<'_>) -> Values {
    let names = |methods: &[Method]| sorted(methods.iter().map(Method::as_str));
    let cached = standing.methods.and_then(AllowedMethods::cached_methods).map(CachedMethods::items);
    let functions: Map = standing
        .functions
        .map(FunctionAssociations::items)
        .unwrap_or_default()
        .iter()
        .map(|function| (function.event_type().as_str().to_owned(), function.function_arn().into()))
        .collect();
    let lambdas = standing.lambdas.map(LambdaFunctionAssociations::items).unwrap_or_default();
    let lambdas = sorted(lambdas.iter().map(|lambda| lambda.lambda_function_arn()));
    let groups = standing.key_groups.map(TrustedKeyGroups::items).unwrap_or_default();
    let groups = sorted(groups.iter().map(String::as_str));
    let signers = standing.signers.map(TrustedSigners::items).unwrap_or_default();
    let signers = sorted(signers.iter().map(String::as_str));
    let some = |list: Value| Some(list).filter(|list| list.as_list().is_some_and(|items| !items.is_empty()));
    Values::new()
        .set("target_origin_id", standing.origin)
        .set("viewer_protocol_policy", standing.protocol.as_str())
        .set("cache_policy_id", standing.cache.unwrap_or_default())
        .set("origin_request_policy_id", standing.request.unwrap_or_default())
        .set("response_headers_policy_id", standing.response.unwrap_or_default())
        .set("compress", standing.compress.unwrap_or(false))
        .set("allowed_methods", names(standing.methods.map(AllowedMethods::items).unwrap_or_default()))
        .set("cached_methods", names(cached.unwrap_or_default()))
        .set("function_associations", Some(functions).filter(|functions| !functions.is_empty()))
        // Not ours to set: seen, and gone with the next change.
        .set("lambda_function_associations", some(lambdas))
        .set("trusted_key_groups", some(groups))
        .set("trusted_signers", some(signers))
        .set("grpc_enabled", standing.grpc.filter(|grpc| grpc.enabled()).map(|_| true))
        .set("realtime_log_config_arn", standing.log.filter(|arn| !arn.is_empty()))
}
