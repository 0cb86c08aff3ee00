//! AWS's regions, and the services that are not in all of them, as data.

/// The list; its head says what is in it and where it is from.
const TABLE: &str = include_str!("../data/regions.txt");

/// What is not everywhere where its service is; its head says what is in it.
const FEATURES: &str = include_str!("../data/features.txt");
/// The zones of regions; its head says what is in it and where it is from.
const ZONES: &str = include_str!("../data/zones.txt");

/// An availability zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Its name, such as `ap-northeast-1a`.
    pub name: String,
    /// Its id, which is the same place for every account, such as `apne1-az4`.
    pub id: String,
    /// Whether an account usually sees it; some see it in the place of another one.
    pub usual: bool,
}

/// The availability zones of a region that any account sees; none where they are not known.
#[must_use]
pub fn zones(region: &str) -> Vec<Zone> {
    let line = ZONES.lines().find_map(|line| line.strip_prefix(region)?.strip_prefix(' '));
    let mut words = line.unwrap_or_default().split(' ');
    let code = words.next().unwrap_or_default();
    let zone = |word: &str| {
        let (letter, number) = word.trim_matches(['(', ')']).split_at_checked(1)?;
        let (name, id) = (format!("{region}{letter}"), format!("{code}-az{number}"));
        Some(Zone { name, id, usual: !word.starts_with('(') })
    };
    words.filter_map(zone).collect()
}

/// Whether a region has a feature of a service, such as `cloudfront-logs`.
#[must_use]
pub fn has_feature(region: &str, feature: &str) -> bool {
    let line = FEATURES.lines().find_map(|line| line.strip_prefix(feature)?.strip_prefix(' '));
    let without = line.and_then(|line| line.split(' ').next()).unwrap_or_default();
    !without.split(',').any(|name| name == region)
}

/// The lines of a kind, without the word.
fn lines(kind: &'static str) -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter_map(move |line| line.strip_prefix(kind)?.strip_prefix(' '))
}

/// The names of all regions.
pub fn all() -> impl Iterator<Item = &'static str> {
    lines("region").filter_map(|line| Some(line.split_once(' ')?.1))
}

/// The partition of a region, such as `aws-cn`; `None` where there is no such region.
#[must_use]
pub fn partition(region: &str) -> Option<&'static str> {
    lines("region")
        .filter_map(|line| line.split_once(' '))
        .find(|(_, name)| *name == region)
        .map(|(of, _)| of)
}

/// Whether a region has the service of a type, such as `aws:amplify:App`.
#[must_use]
pub fn has(region: &str, type_name: &str) -> bool {
    let service = match type_name.split(':').nth(1).unwrap_or_default() {
        "cloudwatch" => "monitoring",
        "applicationautoscaling" => "application-autoscaling",
        service => service,
    };
    let without = lines("without").filter_map(|line| line.split_once(' ')).find(|(of, _)| *of == service);
    without.is_none_or(|(_, names)| !names.split(',').any(|name| name == region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_of_a_partition_or_of_a_service_that_types_have() {
        let regions: Vec<&str> = all().collect();
        let told = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(regions.len() + lines("without").count(), told);
        let services: Vec<String> = crate::registry()
            .iter()
            .filter_map(|spec| spec.name.split(':').nth(1))
            .map(|service| service.replace("cloudwatch", "monitoring"))
            .collect();
        for line in lines("without") {
            let (service, names) = line.split_once(' ').expect("a service and regions");
            assert!(services.iter().any(|known| known == service), "{service}");
            assert!(names.split(',').all(|name| regions.contains(&name)), "{line}");
        }
    }

    #[test]
    fn every_region_of_the_plain_partition_has_zones_of_its_own() {
        let mut ids = std::collections::BTreeSet::new();
        for region in lines("region").filter_map(|line| line.strip_prefix("aws ")) {
            let zones = zones(region);
            let usual = zones.iter().filter(|zone| zone.usual).count();
            assert!(usual >= if region == "us-west-1" { 2 } else { 3 }, "{region}: {zones:?}");
            let own = zones.iter().filter(|zone| zone.usual);
            assert!(own.into_iter().all(|zone| ids.insert(zone.id.clone())), "{region}: {zones:?}");
        }
        for line in ZONES.lines().chain(FEATURES.lines()).filter(|line| !line.starts_with('#')) {
            let is_numbered =
                |word: &&str| word.rsplit('-').next().is_some_and(|number| number.parse::<u8>().is_ok());
            let names = line.split(' ').find(is_numbered).unwrap_or_default();
            assert!(names.split(',').all(|name| partition(name).is_some()), "{line}");
        }
        assert_eq!(zones("ca-central-1")[2].id, "cac1-az4");
        assert!(!has_feature("eu-south-1", "cloudfront-logs") && has_feature("eu-west-1", "cloudfront-logs"));
    }

    #[test]
    fn some_services_are_not_everywhere() {
        assert_eq!(partition("ap-northeast-1"), Some("aws"));
        assert_eq!(partition("us-gov-west-1"), Some("aws-us-gov"));
        assert_eq!(partition("ap-northeast-9"), None);
        assert!(has("ap-northeast-1", "aws:amplify:App") && !has("af-south-1", "aws:amplify:App"));
        assert!(!has("ap-east-1", "aws:ses:EmailIdentity") && has("ap-east-1", "aws:cloudwatch:Alarm"));
    }
}
