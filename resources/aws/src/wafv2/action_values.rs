//! Actions of rules, to and from AWS.

use aws_sdk_wafv2::types::{
    AllowAction, BlockAction, CaptchaAction, ChallengeAction, CountAction, CustomHttpHeader,
    CustomRequestHandling, CustomResponse, DefaultAction, NoneAction, OverrideAction, RuleAction,
};
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use super::common::{built, invalid, kind_of, part};
use crate::values::{Inputs, Values};

/// What a rule does.
pub fn rule_action(wanted: &Map) -> Result<RuleAction, Failure> {
    let (kind, members) = kind_of(wanted)?;
    let handling = request_handling(members)?;
    let action = RuleAction::builder();
    let action = match kind {
        "allow" => action.allow(AllowAction::builder().set_custom_request_handling(handling).build()),
        "block" => action.block(block(members)?),
        "count" => action.count(CountAction::builder().set_custom_request_handling(handling).build()),
        "captcha" => action.captcha(CaptchaAction::builder().set_custom_request_handling(handling).build()),
        "challenge" => {
            action.challenge(ChallengeAction::builder().set_custom_request_handling(handling).build())
        }
        other => return Err(invalid(&format!("there is no action `{other}`"))),
    };
    Ok(action.build())
}

/// What happens where no rule decides.
pub fn default_action(wanted: &Map) -> Result<DefaultAction, Failure> {
    let (kind, members) = kind_of(wanted)?;
    let handling = request_handling(members)?;
    let action = DefaultAction::builder();
    let action = match kind {
        "allow" => action.allow(AllowAction::builder().set_custom_request_handling(handling).build()),
        "block" => action.block(block(members)?),
        other => return Err(invalid(&format!("`{other}` cannot be the default action"))),
    };
    Ok(action.build())
}

/// What a group's rules do instead of what they say.
pub fn override_action(wanted: &Map) -> Result<OverrideAction, Failure> {
    let action = OverrideAction::builder();
    match kind_of(wanted)?.0 {
        "none" => Ok(action.none(NoneAction::builder().build()).build()),
        "count" => Ok(action.count(CountAction::builder().build()).build()),
        other => Err(invalid(&format!("`{other}` cannot override the actions of a group"))),
    }
}

fn headers(wanted: Option<&Map>) -> Result<Option<Vec<CustomHttpHeader>>, Failure> {
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else { return Ok(None) };
    let header = |(name, value): (&String, &Value)| {
        let header = CustomHttpHeader::builder().name(name);
        built(header.set_value(value.as_text().map(str::to_owned)).build())
    };
    wanted.iter().map(header).collect::<Result<_, _>>().map(Some)
}

fn request_handling(members: &Map) -> Result<Option<CustomRequestHandling>, Failure> {
    let Some(wanted) = part(members, "custom_request_handling") else { return Ok(None) };
    let handling =
        CustomRequestHandling::builder().set_insert_headers(headers(part(wanted, "insert_headers"))?);
    built(handling.build()).map(Some)
}

fn block(members: &Map) -> Result<BlockAction, Failure> {
    let response = match part(members, "custom_response") {
        Some(wanted) => {
            let response = CustomResponse::builder()
                .set_response_code(wanted.int32("response_code"))
                .set_custom_response_body_key(wanted.text("custom_response_body_key").map(str::to_owned))
                .set_response_headers(headers(part(wanted, "response_headers"))?);
            Some(built(response.build())?)
        }
        None => None,
    };
    Ok(BlockAction::builder().set_custom_response(response).build())
}

/// What a rule does as it stands.
pub fn live_rule_action(action: &RuleAction) -> Map {
    Values::new()
        .set("allow", action.allow().map(|allow| live_handling(allow.custom_request_handling())))
        .set("block", action.block().map(live_block))
        .set("count", action.count().map(|count| live_handling(count.custom_request_handling())))
        .set("captcha", action.captcha().map(|captcha| live_handling(captcha.custom_request_handling())))
        .set(
            "challenge",
            action.challenge().map(|challenge| live_handling(challenge.custom_request_handling())),
        )
        .set("monetize", action.monetize().map(|_| Map::new()))
        .build()
}

/// What happens where no rule decides, as it stands.
pub fn live_default_action(action: &DefaultAction) -> Map {
    Values::new()
        .set("allow", action.allow().map(|allow| live_handling(allow.custom_request_handling())))
        .set("block", action.block().map(live_block))
        .build()
}

/// What a group's rules do instead, as it stands.
pub fn live_override_action(action: &OverrideAction) -> Map {
    Values::new()
        .set("none", action.none().map(|_| Map::new()))
        .set("count", action.count().map(|count| live_handling(count.custom_request_handling())))
        .build()
}

fn live_headers(headers: &[CustomHttpHeader]) -> Map {
    headers.iter().map(|header| (header.name().to_owned(), header.value().into())).collect()
}

fn live_handling(handling: Option<&CustomRequestHandling>) -> Map {
    let handling = handling
        .map(|handling| Values::new().set("insert_headers", live_headers(handling.insert_headers())).build());
    Values::new().set("custom_request_handling", handling).build()
}

fn live_block(block: &BlockAction) -> Map {
    let response = block.custom_response().map(|response| {
        let headers = Some(live_headers(response.response_headers())).filter(|headers| !headers.is_empty());
        Values::new()
            .set("response_code", response.response_code())
            .set("custom_response_body_key", response.custom_response_body_key())
            .set("response_headers", headers)
            .build()
    });
    Values::new().set("custom_response", response).build()
}
