//! Names, ports and periods that RDS for PostgreSQL takes (`CreateDBInstance`).

use super::create::{combination, invalid};
use super::postgres;
use super::property::Properties;
use crate::answer::Refusal;

/// The longest name of PostgreSQL; for a master user met in a live account (floci#3730), where the reference says 16.
const LONGEST: usize = 63;
/// Days of Performance Insights that Database Insights wants at least in its advanced mode.
const ADVANCED: i64 = 465;

fn form(name: &str) -> bool {
    name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Refuses names of the master user and of the database.
pub(super) fn check(user: Option<&str>, database: Option<&str>) -> Result<(), Refusal> {
    if let Some(name) = user {
        if !form(name) {
            return Err(invalid(
                "MasterUsername must begin with a letter and contain only alphanumeric characters or underscores.",
            ));
        }
        if postgres::is_of_postgres(name) {
            return Err(invalid(format!(
                "MasterUsername {name} cannot be used because role names starting with \"pg_\" are reserved by the PostgreSQL engine"
            )));
        }
        if postgres::is_of_rds(name) || postgres::is_word(name) {
            return Err(invalid(format!(
                "MasterUsername {name} cannot be used as it is a reserved word used by the engine"
            )));
        }
    }
    match database {
        Some(name) if !form(name) => {
            Err(invalid("DBName must begin with a letter and contain only alphanumeric characters."))
        }
        Some(name) if postgres::is_word(name) => {
            Err(invalid(format!("DBName {name} cannot be used. It is a reserved word for this engine")))
        }
        _ => Ok(()),
    }
}

/// Refuses a port that no instance can have.
pub(super) fn port(port: Option<i64>) -> Result<(), Refusal> {
    match port {
        Some(port) if !(1_150..=65_535).contains(&port) => {
            Err(invalid(format!("Invalid database port: {port}. Must be between 1150 and 65535.")))
        }
        _ => Ok(()),
    }
}

/// Refuses periods that Performance Insights does not keep, and an advanced mode without it.
pub(super) fn insights(properties: &Properties) -> Result<(), Refusal> {
    let on = properties.get("PerformanceInsightsEnabled").and_then(serde_json::Value::as_bool) == Some(true);
    let days = properties.get("PerformanceInsightsRetentionPeriod").and_then(serde_json::Value::as_i64);
    if let Some(days) = days
        && !(days == 7 || days == 731 || days % 31 == 0 && (1..=23).contains(&(days / 31)))
    {
        return Err(invalid(format!(
            "Invalid Performance Insights retention period: {days}. Valid values are 7, month * 31 with 1 to 23 months, and 731."
        )));
    }
    let mode = properties.get("DatabaseInsightsMode").and_then(serde_json::Value::as_str);
    if mode == Some("advanced") && !(on && days.unwrap_or(7) >= ADVANCED) {
        return Err(combination(format!(
            "To use the advanced mode of Database Insights, enable Performance Insights and set its retention period to at least {ADVANCED} days."
        )));
    }
    Ok(())
}
