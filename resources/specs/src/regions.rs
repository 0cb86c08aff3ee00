//! AWS's regions, and the services that are not in all of them, as data.

/// The list; its head says what is in it and where it is from.
const TABLE: &str = include_str!("../data/regions.txt");

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
    fn some_services_are_not_everywhere() {
        assert_eq!(partition("ap-northeast-1"), Some("aws"));
        assert_eq!(partition("us-gov-west-1"), Some("aws-us-gov"));
        assert_eq!(partition("ap-northeast-9"), None);
        assert!(has("ap-northeast-1", "aws:amplify:App") && !has("af-south-1", "aws:amplify:App"));
        assert!(!has("ap-east-1", "aws:ses:EmailIdentity") && has("ap-east-1", "aws:cloudwatch:Alarm"));
    }
}
