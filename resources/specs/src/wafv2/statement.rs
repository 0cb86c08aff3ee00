//! What a rule asks of a request.

use finsight_engine::program::{Input, Property};
use finsight_engine::value::{Map, Value};

use super::{FieldToMatch, ManagedRuleGroup, RateBased};
use crate::ids::Arn;
use crate::part::{map_property, one, set_of};

/// What a rule asks of a request.
#[derive(Clone)]
pub struct Statement(pub(super) Map);

map_property!(Statement);

impl Statement {
    fn of(kind: &str, members: Map) -> Self {
        Self(one(kind, members))
    }

    /// The field has this text at this place: `EXACTLY`, `STARTS_WITH`, `ENDS_WITH`, `CONTAINS` or
    /// `CONTAINS_WORD`, after it was transformed, such as by `NONE`, `LOWERCASE` or `URL_DECODE`.
    ///
    /// The text may be a secret, and is never shown where the field is not path or method.
    #[must_use]
    pub fn byte_match(
        field: FieldToMatch,
        positional_constraint: &str,
        search_string: impl Into<Input<String>>,
        text_transformations: &[&str],
    ) -> Self {
        let mut members = looked_at(field, text_transformations);
        members.insert("positional_constraint".to_owned(), positional_constraint.into());
        members.insert("search_string".to_owned(), search_string.into().into_value());
        Self::of("byte_match_statement", members)
    }

    /// The field fits a regular expression.
    #[must_use]
    pub fn regex_match(field: FieldToMatch, regex: &str, text_transformations: &[&str]) -> Self {
        let mut members = looked_at(field, text_transformations);
        members.insert("regex_string".to_owned(), regex.into());
        Self::of("regex_match_statement", members)
    }

    /// The field's size compares like this with a number of bytes: `EQ`, `NE`, `LE`, `LT`, `GE` or `GT`.
    #[must_use]
    pub fn size_constraint(
        field: FieldToMatch,
        comparison_operator: &str,
        size: i64,
        text_transformations: &[&str],
    ) -> Self {
        let mut members = looked_at(field, text_transformations);
        members.insert("comparison_operator".to_owned(), comparison_operator.into());
        members.insert("size".to_owned(), size.into());
        Self::of("size_constraint_statement", members)
    }

    /// The field looks like an SQL injection; `LOW` or `HIGH` sensitivity.
    #[must_use]
    pub fn sqli_match(field: FieldToMatch, sensitivity_level: &str, text_transformations: &[&str]) -> Self {
        let mut members = looked_at(field, text_transformations);
        members.insert("sensitivity_level".to_owned(), sensitivity_level.into());
        Self::of("sqli_match_statement", members)
    }

    /// The field looks like a script that is smuggled in.
    #[must_use]
    pub fn xss_match(field: FieldToMatch, text_transformations: &[&str]) -> Self {
        Self::of("xss_match_statement", looked_at(field, text_transformations))
    }

    /// The request comes from one of these countries, by ISO 3166-1 code.
    #[must_use]
    pub fn geo_match(country_codes: &[&str]) -> Self {
        Self::of("geo_match_statement", one("country_codes", set_of(country_codes)))
    }

    /// The request comes from an address of this set.
    #[must_use]
    pub fn ip_set(arn: impl Into<Input<Arn>>) -> Self {
        Self::of("ip_set_reference_statement", one("arn", arn.into().into_value()))
    }

    /// The first, last or any address (`FIRST`, `LAST`, `ANY`) of a header is of this set; a header
    /// without a valid address is a `MATCH` or `NO_MATCH`.
    #[must_use]
    pub fn forwarded_ip_set(
        arn: impl Into<Input<Arn>>,
        header_name: &str,
        fallback_behavior: &str,
        position: &str,
    ) -> Self {
        let mut forwarded = one("header_name", header_name);
        forwarded.insert("fallback_behavior".to_owned(), fallback_behavior.into());
        forwarded.insert("position".to_owned(), position.into());
        let mut members = one("arn", arn.into().into_value());
        members.insert("ip_set_forwarded_ip_config".to_owned(), forwarded.into());
        Self::of("ip_set_reference_statement", members)
    }

    /// An earlier rule put this label (`LABEL`) or one of this namespace (`NAMESPACE`) on the request.
    #[must_use]
    pub fn label_match(scope: &str, key: &str) -> Self {
        let mut members = one("scope", scope);
        members.insert("key".to_owned(), key.into());
        Self::of("label_match_statement", members)
    }

    /// The other does not hold.
    #[must_use]
    pub fn negate(other: Statement) -> Self {
        Self::of("not_statement", one("statement", other.0))
    }

    /// All of them hold: two at least.
    #[must_use]
    pub fn all(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self::of("and_statement", one("statements", listed(statements)))
    }

    /// One of them holds: two at least.
    #[must_use]
    pub fn any(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self::of("or_statement", one("statements", listed(statements)))
    }
}

impl From<ManagedRuleGroup> for Statement {
    fn from(group: ManagedRuleGroup) -> Self {
        Self::of("managed_rule_group_statement", group.0)
    }
}

impl From<RateBased> for Statement {
    fn from(rate: RateBased) -> Self {
        Self::of("rate_based_statement", rate.0)
    }
}

fn listed(statements: impl IntoIterator<Item = Statement>) -> Value {
    Value::List(statements.into_iter().map(Property::to_value).collect())
}

fn looked_at(field: FieldToMatch, text_transformations: &[&str]) -> Map {
    let transformations = text_transformations.iter().map(|kind| Value::from(*kind)).collect();
    Map::from([
        ("field_to_match".to_owned(), Value::Map(field.0)),
        ("text_transformations".to_owned(), Value::List(transformations)),
    ])
}
