//! Values as they are stored: markers for what plain JSON cannot say, and no secret in clear.

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::{Map, Value};
use crate::secret::Secret;

impl Value {
    /// JSON for storage: markers for unknowns, expressions and sealed secrets.
    ///
    /// # Errors
    /// When a secret has no sealed form: it is never stored in clear.
    pub fn to_stored(&self) -> Result<Json, String> {
        Ok(match self {
            Self::List(items) => Json::Array(items.iter().map(Self::to_stored).collect::<Result<_, _>>()?),
            Self::Map(map) => {
                let object: serde_json::Map<String, Json> = map
                    .iter()
                    .map(|(key, item)| Ok::<_, String>((key.clone(), item.to_stored()?)))
                    .collect::<Result<_, _>>()?;
                // A user's key that looks like one of our markers is wrapped.
                let marker = object.len() == 1 && object.keys().all(|key| key.starts_with('$'));
                if marker { json!({"$map": object}) } else { Json::Object(object) }
            }
            Self::Secret(secret) => {
                json!({"$secret": secret.sealed().ok_or("a secret was to be stored unsealed")?})
            }
            Self::Unknown => json!({"$unknown": true}),
            Self::Expr(expr) => {
                json!({"$expr": serde_json::to_value(expr).map_err(|e| e.to_string())?})
            }
            plain => plain.masked(),
        })
    }

    /// Reads what [`Value::to_stored`] wrote.
    ///
    /// # Errors
    /// When a marker has no meaning.
    pub fn from_stored(json: &Json) -> Result<Self, String> {
        Ok(match json {
            Json::Array(items) => Self::List(items.iter().map(Self::from_stored).collect::<Result<_, _>>()?),
            Json::Object(map) => {
                let single = if map.len() == 1 { map.iter().next() } else { None };
                match single.map(|(key, item)| (key.as_str(), item)) {
                    Some(("$unknown", _)) => Self::Unknown,
                    Some(("$secret", Json::String(sealed))) => {
                        Self::Secret(Secret::from_sealed(sealed.as_str()))
                    }
                    Some(("$expr", expr)) => {
                        Self::Expr(Box::new(serde_json::from_value(expr.clone()).map_err(|e| e.to_string())?))
                    }
                    Some(("$map", Json::Object(inner))) => Self::Map(stored_map(inner)?),
                    Some((key, _)) if key.starts_with('$') => {
                        return Err(format!("unknown marker `{key}`"));
                    }
                    _ => Self::Map(stored_map(map)?),
                }
            }
            plain => Self::from_plain_json(plain),
        })
    }
}

fn stored_map(map: &serde_json::Map<String, Json>) -> Result<Map, String> {
    map.iter().map(|(key, item)| Ok((key.clone(), Value::from_stored(item)?))).collect()
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_stored().map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_stored(&Json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
