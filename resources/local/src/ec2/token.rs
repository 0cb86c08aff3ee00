//! Client tokens: the same token with the same parameters gives the same resource.

use serde::{Deserialize, Serialize};

use super::Network;
use crate::answer::Refusal;
use crate::wire::query::Params;
use crate::world::Tags;

/// A token that was used.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    /// What was asked for.
    asked: String,
    /// What was made.
    pub made: Vec<String>,
}

/// The key and content of the token of a call, if it carries one.
pub(crate) struct Asked {
    key: String,
    asked: String,
    token: String,
    params: Params,
}

impl Asked {
    /// Tags count by content and not by order, because SDKs keep them in any order.
    pub(crate) fn of(operation: &str, params: &Params, tags: &Tags) -> Result<Option<Asked>, Refusal> {
        let Some(token) = params.filled("ClientToken") else { return Ok(None) };
        if token.len() > 64 || !token.is_ascii() {
            return Err(Refusal::bad("InvalidParameterValue", "ClientToken has at most 64 ASCII characters"));
        }
        let untagged: Vec<String> = params
            .fingerprint(&["ClientToken", "Action", "Version"])
            .split('&')
            .filter(|pair| !pair.starts_with("TagSpecification."))
            .map(str::to_owned)
            .collect();
        let asked = format!("{} {tags:?}", untagged.join("&"));
        Ok(Some(Asked { key: format!("{operation}/{token}"), asked, token, params: params.clone() }))
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }
}

impl Network {
    /// What an earlier call with this token made, if `lives` still says so of all of it.
    pub(crate) fn replayed(
        &self,
        asked: Option<&Asked>,
        lives: impl Fn(&Network, &str) -> bool,
    ) -> Result<Option<Vec<String>>, Refusal> {
        let Some(asked) = asked else { return Ok(None) };
        let Some(token) = self.tokens.get(&asked.key) else { return Ok(None) };
        if !token.made.iter().all(|id| lives(self, id)) {
            return Ok(None);
        }
        if token.asked != asked.asked {
            return Err(Refusal::bad(
                "IdempotentParameterMismatch",
                "The client token has been used before with different parameters.",
            ));
        }
        // What it asks for was read the first time.
        asked.params.look_at_all();
        Ok(Some(token.made.clone()))
    }

    /// Remembers what a call with a token made.
    pub(crate) fn remember(&mut self, asked: Option<Asked>, made: Vec<String>) {
        if let Some(Asked { key, asked, .. }) = asked {
            self.tokens.insert(key, Token { asked, made });
        }
    }
}
