//! Where a run happens, and what references resolve to there.

use std::collections::BTreeMap;

use crate::expr::{ContextKey, Lookup};
use crate::state::{Row, State};
use crate::urn::Urn;
use crate::value::{Map, Value};

/// Where a stack runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The account; `None` while there are no credentials.
    pub account: Option<String>,
    /// `aws`, `aws-cn`, `aws-us-gov`; `None` while there are no credentials.
    pub partition: Option<String>,
    /// The stack's own region.
    pub region: String,
}

impl Place {
    fn fact(&self, key: ContextKey) -> Value {
        let known = |fact: &Option<String>| fact.as_deref().map_or(Value::Unknown, Value::text);
        match key {
            ContextKey::AccountId => known(&self.account),
            ContextKey::Partition => known(&self.partition),
            ContextKey::Region => Value::text(&self.region),
        }
    }
}

/// What is known of a resource's outputs.
#[derive(Debug, Clone, PartialEq)]
pub enum View {
    /// It will be created: nothing is known.
    Unknown,
    /// It stands; outputs that may still change are [`Value::Unknown`].
    Known {
        /// The physical id.
        id: String,
        /// The outputs.
        outputs: Map,
    },
}

impl View {
    /// What stands, as it is on record.
    pub(crate) fn of(row: &Row) -> Self {
        Self::Known { id: row.id.clone(), outputs: row.outputs.clone() }
    }
}

/// References as a plan sees them.
pub struct Views<'a> {
    /// What is known so far.
    pub views: &'a BTreeMap<Urn, View>,
    /// Where the run happens.
    pub place: &'a Place,
}

impl Lookup for Views<'_> {
    fn output(&self, urn: &Urn, name: &str) -> Result<Value, String> {
        match self.views.get(urn) {
            None => Err(format!("{urn} is not there")),
            Some(View::Unknown) => Ok(Value::Unknown),
            Some(View::Known { id, .. }) if name == "id" => Ok(Value::text(id)),
            // An output that an older version did not record is known after the next read.
            Some(View::Known { outputs, .. }) => Ok(outputs.get(name).cloned().unwrap_or(Value::Unknown)),
        }
    }

    fn context(&self, key: ContextKey) -> Value {
        self.place.fact(key)
    }
}

/// References as the executor sees them: the rows on record.
pub struct Rows<'a> {
    /// What is on record.
    pub state: &'a State,
    /// Where the run happens.
    pub place: &'a Place,
}

impl Lookup for Rows<'_> {
    fn output(&self, urn: &Urn, name: &str) -> Result<Value, String> {
        let row = self.state.rows.get(urn).ok_or_else(|| format!("{urn} is not on record"))?;
        if name == "id" {
            return Ok(Value::text(&row.id));
        }
        row.outputs.get(name).cloned().ok_or_else(|| format!("{urn} has no output `{name}`"))
    }

    fn context(&self, key: ContextKey) -> Value {
        self.place.fact(key)
    }
}
