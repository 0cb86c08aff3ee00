//! Names that PostgreSQL and RDS keep for themselves, as data.

/// The reserved key words of PostgreSQL; its head says where they are from.
const RESERVED: &str = include_str!("../../data/postgres-words.txt");
/// Users that RDS keeps for itself: met, and documented nowhere (aws-cdk#10579, cfn-lint#4425).
const USERS: [&str; 2] = ["admin", "rdsadmin"];
/// Databases that stand in every instance before the first one is made. `postgres` does, too, and may be named.
const DATABASES: [&str; 3] = ["rdsadmin", "template0", "template1"];

fn is_word(name: &str) -> bool {
    RESERVED.lines().filter(|line| !line.starts_with('#')).any(|word| word.eq_ignore_ascii_case(name))
}

fn is_among(name: &str, names: &[&str]) -> bool {
    names.iter().any(|kept| kept.eq_ignore_ascii_case(name))
}

/// Whether no user of ours can have this name: roles that begin with `pg_` are PostgreSQL's, those with `rds_` are RDS's.
#[must_use]
pub fn is_kept_of_users(name: &str) -> bool {
    let begins = |with: &str| name.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    is_word(name) || is_among(name, &USERS) || begins("pg_") || begins("rds_")
}

/// Whether no database of ours can have this name.
#[must_use]
pub fn is_kept_of_databases(name: &str) -> bool {
    is_word(name) || is_among(name, &DATABASES)
}
