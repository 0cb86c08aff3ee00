//! JSON-patch updates of a REST API.

use serde_json::Value;

use super::rest_api::{RestApi, check_endpoint};
use super::{bad, find};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// One patch operation.
pub(super) struct Patch {
    pub op: String,
    pub path: Vec<String>,
    pub value: Option<String>,
}

impl Patch {
    fn of(value: &Value) -> Result<Patch, Refusal> {
        let text = |member: &str| value.get(member).and_then(Value::as_str).map(str::to_owned);
        let path = text("path").ok_or_else(|| bad("Invalid patch path"))?;
        Ok(Patch {
            op: text("op").ok_or_else(|| bad("Invalid patch operation"))?,
            path: path.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect(),
            value: text("value"),
        })
    }

    /// The operations of a call.
    pub(super) fn all(cx: &Context<'_>) -> Result<Vec<Patch>, Refusal> {
        let body = cx.call.json()?;
        let list = body.get("patchOperations").and_then(Value::as_array);
        list.into_iter().flatten().map(Patch::of).collect()
    }

    pub(super) fn parts(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// A number.
    pub(super) fn number<T: std::str::FromStr>(&self) -> Result<T, Refusal> {
        let text = self.filled().ok_or_else(|| self.invalid())?;
        text.parse().map_err(|_| bad(format!("Invalid value specified: {text} is no number")))
    }

    /// The value; an empty one is none.
    pub(super) fn filled(&self) -> Option<String> {
        self.value.clone().filter(|v| !v.is_empty())
    }

    pub(super) fn flag(&self) -> bool {
        self.value.as_deref().is_some_and(|v| v.eq_ignore_ascii_case("true"))
    }

    pub(super) fn invalid(&self) -> Refusal {
        bad(format!("Invalid patch path  '/{}' specified for op '{}'.", self.path.join("/"), self.op))
    }

    /// Adds to, removes from or replaces in a list.
    fn on_list(&self, list: &mut Vec<String>, key: Option<&str>) -> Result<(), Refusal> {
        // Keys of media types stand in the path, those of VPC endpoints in the value.
        let item = key.map(str::to_owned).or_else(|| self.filled()).ok_or_else(|| self.invalid())?;
        match self.op.as_str() {
            "add" if !list.contains(&item) => list.push(item),
            "add" => {}
            "remove" => {
                if !list.contains(&item) {
                    return Err(self.invalid());
                }
                list.retain(|have| *have != item);
            }
            "replace" => {
                let new = self.filled().ok_or_else(|| self.invalid())?;
                let slot = list.iter_mut().find(|have| **have == item).ok_or_else(|| self.invalid())?;
                *slot = new;
            }
            _ => return Err(self.invalid()),
        }
        Ok(())
    }

    fn apply(&self, api: &mut RestApi, region: &str) -> Result<(), Refusal> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let list = matches!(
            path.as_slice(),
            ["binaryMediaTypes", ..] | ["endpointConfiguration", "vpcEndpointIds", ..]
        );
        if !list && !matches!(self.op.as_str(), "replace" | "remove" | "add") {
            return Err(self.invalid());
        }
        match path.as_slice() {
            ["name"] => api.name = self.filled().ok_or_else(|| bad("API name cannot be empty"))?,
            ["description"] => api.description = self.filled(),
            ["version"] => api.version = self.filled(),
            ["policy"] => api.set_policy(region, &self.filled().unwrap_or_default())?,
            ["apiKeySource"] => match self.value.as_deref() {
                Some(source @ ("HEADER" | "AUTHORIZER")) => api.api_key_source = source.to_owned(),
                _ => return Err(bad("Invalid value for API key source. Must be HEADER or AUTHORIZER")),
            },
            ["minimumCompressionSize"] => api.minimum_compression = self.compression()?,
            ["disableExecuteApiEndpoint"] => api.endpoint_disabled = self.flag(),
            ["securityPolicy"] => api.security_policy = self.filled(),
            ["endpointAccessMode"] => {}
            ["binaryMediaTypes", key] => self.on_list(&mut api.binary_media_types, Some(key))?,
            ["endpointConfiguration", "types", _] => {
                let types: Vec<String> = self.filled().into_iter().collect();
                check_endpoint(&types)?;
                api.endpoint_types = types;
            }
            ["endpointConfiguration", "ipAddressType"] => {
                api.address_type = self.filled().ok_or_else(|| self.invalid())?;
            }
            ["endpointConfiguration", "vpcEndpointIds"] => self.on_list(&mut api.vpc_endpoints, None)?,
            ["endpointConfiguration", "vpcEndpointIds", key] => {
                self.on_list(&mut api.vpc_endpoints, Some(key))?
            }
            _ => return Err(self.invalid()),
        }
        Ok(())
    }

    /// `null`, `-1` and a removal all turn compression off.
    fn compression(&self) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.filled().filter(|v| v != "null" && self.op != "remove") else {
            return Ok(None);
        };
        match text.parse::<i64>() {
            Ok(-1) => Ok(None),
            Ok(size) if (0..=10_485_760).contains(&size) => Ok(Some(size)),
            _ => Err(bad("Invalid minimum compression size, must be between 0 and 10485760")),
        }
    }
}

/// All operations take effect, or none.
pub(crate) fn update(cx: &mut Context<'_>) -> Answered {
    let patches = Patch::all(cx)?;
    let region = cx.region().to_owned();
    let mut api = find(cx)?.clone();
    for patch in &patches {
        patch.apply(&mut api, &region)?;
    }
    api.failed = super::rest_api::ordered(cx, &api.name);
    let shown = api.render();
    cx.apis().apis.insert(api.id.clone(), api);
    Ok(answer::rest(200, shown))
}
