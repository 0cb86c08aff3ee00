//! What is kept after its resource costs.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::cost::{Decimal, Item, Items};
use finsight_engine::state::Remnant;

use super::assumptions::USERS_PER_DAY;
use super::{estimate, prices};

/// Something that is kept, with its price.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<'a> {
    /// What is kept.
    pub remnant: &'a Remnant,
    /// US dollars a month at most; `None` where it has no price.
    pub monthly: Option<Decimal>,
    /// What that follows from.
    pub why: String,
}

/// What is kept costs in a month. AWS charges no backups up to the size of all databases that stand in the region
/// (<https://aws.amazon.com/blogs/database/demystifying-amazon-rds-backup-storage-costs/>), and nothing for secrets
/// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html>) and keys
/// (<https://aws.amazon.com/kms/pricing/>) that wait for their deletion.
#[must_use]
pub fn kept<'a>(remnants: &[&'a Remnant], items: &Items) -> Vec<Kept<'a>> {
    let mut free: BTreeMap<&str, i64> = BTreeMap::new();
    for item in items.of_type(DATABASE) {
        *free.entry(&item.region).or_default() += item.int(STORAGE).unwrap_or_default();
    }
    for one in remnants.iter().filter(|one| one.type_name == DATABASE) {
        *free.entry(&one.region).or_default() += size(one).unwrap_or_default();
    }
    let priced = |one: &&'a Remnant| {
        let (monthly, why) = match one.type_name.as_str() {
            "aws:rds:DBSnapshot" | "aws:rds:DBInstanceAutomatedBackup" => {
                backup(one, free.entry(&one.region).or_default())
            }
            DATABASE => database(one),
            "aws:secretsmanager:Secret" | "aws:kms:Key" => {
                (Some(Decimal::ZERO), "AWS charges nothing for what waits for its deletion".to_owned())
            }
            other => (None, format!("this version has no price of {other}")),
        };
        Kept { remnant: one, monthly, why }
    };
    remnants.iter().map(priced).collect()
}

const DATABASE: &str = "aws:rds:DBInstance";
const STORAGE: &str = "allocated_storage";

fn size(one: &Remnant) -> Option<i64> {
    one.priced_by.get(STORAGE)?.as_int()
}

/// What is stored of it is not known: at most as much as its database had room for.
fn backup(one: &Remnant, free: &mut i64) -> (Option<Decimal>, String) {
    let Some(gib) = size(one) else { return (None, "its size is not on record".to_owned()) };
    let prices = prices();
    let Ok((_, price)) = prices.find("rds.backup", &one.region) else {
        return (None, format!("this version has no price of backups in {}", one.region));
    };
    let without = gib.min(*free);
    *free -= without;
    let why = match without {
        0 => format!("{gib} GB × {} at most, as no database stands whose backups cost nothing", price.usd),
        _ => format!(
            "({gib} - {without} free) GB × {} at most, as backups up to the size of what stands cost nothing",
            price.usd
        ),
    };
    (Some(price.usd * Decimal::whole(gib - without)), why)
}

/// As any other instance that always runs.
fn database(one: &Remnant) -> (Option<Decimal>, String) {
    let item = Item {
        urn: one.urn.clone(),
        region: one.region.clone(),
        inputs: one.priced_by.clone(),
        edges: BTreeSet::new(),
    };
    match estimate(&std::iter::once(item).collect(), USERS_PER_DAY) {
        Ok(report) => (Some(report.estimate.total()), "its hours and its storage".to_owned()),
        Err(missing) => {
            let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
            (None, missing.join("; "))
        }
    }
}

#[cfg(test)]
mod tests {
    use finsight_engine::contract::OwnerId;
    use finsight_engine::value::Value;

    use super::*;

    fn remnant(type_name: &str, id: &str, priced_by: &[(&str, Value)]) -> Remnant {
        Remnant {
            what: "what is kept".to_owned(),
            type_name: type_name.to_owned(),
            id: id.to_owned(),
            urn: "dev/database/aws:rds:DBInstance/main".parse().unwrap(),
            owner: OwnerId("owner1".to_owned()),
            account: "1".to_owned(),
            region: "ap-northeast-1".to_owned(),
            since: String::new(),
            until: None,
            priced_by: priced_by.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            ends: None,
            brings_back: None,
        }
    }

    fn amounts(remnants: &[&Remnant], items: &Items) -> Vec<Option<String>> {
        kept(remnants, items).into_iter().map(|one| one.monthly.map(|amount| amount.fixed(2))).collect()
    }

    #[test]
    fn backups_cost_what_is_beyond_the_storage_that_stands() {
        let snapshot = |id, gib: i64| remnant("aws:rds:DBSnapshot", id, &[(STORAGE, gib.into())]);
        let (one, two) = (snapshot("one", 20), snapshot("two", 20));
        assert_eq!(amounts(&[&one, &two], &Items::default()), [Some("1.90".into()), Some("1.90".into())]);
        let database = Item {
            urn: one.urn.clone(),
            region: one.region.clone(),
            inputs: [(STORAGE.to_owned(), 30.into())].into_iter().collect(),
            edges: BTreeSet::new(),
        };
        let items = std::iter::once(database).collect();
        assert_eq!(amounts(&[&one, &two], &items), [Some("0.00".into()), Some("0.95".into())]);
    }

    #[test]
    fn a_database_that_was_kept_costs_what_it_did_and_what_waits_for_its_end_nothing() {
        let database = remnant(
            DATABASE,
            "db-before",
            &[
                ("db_instance_class", "db.t3.micro".into()),
                ("engine", "postgres".into()),
                (STORAGE, 20.into()),
                ("storage_type", "gp2".into()),
            ],
        );
        let item = Item {
            urn: database.urn.clone(),
            region: database.region.clone(),
            inputs: database.priced_by.clone(),
            edges: BTreeSet::new(),
        };
        let as_it_was = estimate(&std::iter::once(item).collect(), USERS_PER_DAY).unwrap().estimate.total();
        assert!(as_it_was > Decimal::whole(15));
        let (secret, key) =
            (remnant("aws:secretsmanager:Secret", "s", &[]), remnant("aws:kms:Key", "k", &[]));
        let other = remnant("aws:s3:Bucket", "b", &[]);
        let zero = Some("0.00".to_owned());
        assert_eq!(
            amounts(&[&database, &secret, &key, &other], &Items::default()),
            [Some(as_it_was.fixed(2)), zero.clone(), zero, None]
        );
    }
}
