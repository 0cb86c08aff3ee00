//! What RDS for PostgreSQL has, and what names it keeps for itself, as data. The embedded AWS compiles this file, too.

/// The reserved key words of PostgreSQL; its head says where they are from.
const WORDS: &str = include_str!("../../data/postgres-words.txt");
/// Versions, classes and their regions; its head says what is in it and where it is from.
const TABLE: &str = include_str!("../../data/rds-postgres.txt");
/// Which versions instance classes are for; its head says where it is from.
const CLASSES: &str = include_str!("../../data/rds-classes.txt");
/// Users that RDS keeps for itself: met, and documented nowhere (aws-cdk#10579, cfn-lint#4425).
const USERS: [&str; 2] = ["admin", "rdsadmin"];
/// Databases that stand in every instance before the first one is made. `postgres` does, too, and may be named.
const DATABASES: [&str; 3] = ["rdsadmin", "template0", "template1"];

/// Names that stand for others where a role is named ("CREATE ROLE": the role name is reserved).
const ROLES: [&str; 2] = ["none", "public"];

fn is_among(name: &str, names: &[&str]) -> bool {
    names.iter().any(|kept| kept.eq_ignore_ascii_case(name))
}

/// Whether PostgreSQL keeps a word for itself.
#[must_use]
pub fn is_word(name: &str) -> bool {
    WORDS.lines().filter(|line| !line.starts_with('#')).any(|word| word.eq_ignore_ascii_case(name))
}

/// Whether PostgreSQL keeps this beginning of a role's name for itself.
#[must_use]
pub fn is_of_postgres(name: &str) -> bool {
    name.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("pg_"))
}

/// Whether RDS keeps a user's name for itself.
#[must_use]
pub fn is_of_rds(name: &str) -> bool {
    is_among(name, &USERS)
}

/// Whether no user of ours can have this name.
#[must_use]
pub fn is_kept_of_users(name: &str) -> bool {
    let role = name.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("rds_"));
    is_word(name) || is_among(name, &ROLES) || is_of_rds(name) || is_of_postgres(name) || role
}

/// Whether no database of ours can have this name.
#[must_use]
pub fn is_kept_of_databases(name: &str) -> bool {
    is_word(name) || is_among(name, &DATABASES)
}

/// The words of a line.
fn words(kind: &'static str) -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter_map(move |line| line.strip_prefix(kind)).flat_map(|line| line.split(','))
}

/// Whether RDS has made instances of a version, major alone or with its minor part.
#[must_use]
pub fn has_version(version: &str) -> bool {
    words("versions ").any(|known| known == version)
}

/// All instance classes.
pub fn classes() -> impl Iterator<Item = &'static str> {
    let lines = TABLE.lines().filter_map(|line| line.strip_prefix("classes "));
    lines.filter_map(|line| line.split(' ').next()).flat_map(|names| names.split(','))
}

/// Whether a region has an instance class. Where it is not known what a region has, it has what there is.
#[must_use]
pub fn has_class(region: &str, class: &str) -> bool {
    TABLE.lines().filter_map(|line| line.strip_prefix("classes ")).any(|line| {
        let (names, without) = line.split_once(" without").unwrap_or((line, ""));
        names.split(',').any(|name| name == class) && !without.trim().split(',').any(|name| name == region)
    })
}

/// The major versions that an instance class is for, as far as that is known: the least, and the most.
#[must_use]
pub fn majors_of(class: &str) -> (Option<u32>, Option<u32>) {
    let family = class.rsplit_once('.').map_or(class, |(family, _)| family);
    let mut lines = CLASSES.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let own = lines.find_map(|line| match line.as_slice() {
        [name, least, most] if *name == family => Some((least.parse().ok(), most.parse().ok())),
        _ => None,
    });
    own.unwrap_or_default()
}

/// Whether RDS has a major version on an instance class, as far as that is known.
#[must_use]
pub fn runs_on(major: u32, class: &str) -> bool {
    let (least, most) = majors_of(class);
    least.is_none_or(|least| major >= least) && most.is_none_or(|most| major <= most)
}

/// Whether a class has a share of its processors, and no limit beyond it: what it uses there for a day is billed. T2 stops at its
/// share ("DB instance class types").
#[must_use]
pub fn is_unlimited(class: &str) -> bool {
    class.starts_with("db.t") && !class.starts_with("db.t1.") && !class.starts_with("db.t2.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_of_their_regions() {
        assert!(has_class("ap-northeast-1", "db.t3.micro") && has_class("us-east-1", "db.t4g.micro"));
        assert!(!has_class("ca-west-1", "db.t4g.micro") && !has_class("us-east-1", "db.t3.nano"));
        assert!(has_class("xx-new-1", "db.t4g.micro"));
        assert!(classes().count() > 250 && classes().all(|class| class.starts_with("db.")));
        assert!(has_version("15") && has_version("15.15") && !has_version("15.99") && !has_version("15."));
    }

    #[test]
    fn classes_are_of_their_versions() {
        assert!(!runs_on(13, "db.t2.micro") && runs_on(12, "db.t2.micro") && !runs_on(15, "db.m3.medium"));
        assert!(!runs_on(12, "db.m1.small") && runs_on(17, "db.t4g.micro") && !runs_on(11, "db.m6g.large"));
        assert!(runs_on(18, "db.t3.micro") && runs_on(15, "db.m8g.large"), "what is not known is not judged");
        assert!(is_unlimited("db.t3.micro") && is_unlimited("db.t4g.large") && !is_unlimited("db.t2.micro"));
        for line in CLASSES.lines().filter(|line| !line.starts_with('#')) {
            let family = line.split(' ').next().expect("a family");
            assert!(classes().any(|class| class.starts_with(&format!("{family}."))), "RDS has no {family}");
        }
    }
}
