//! How many of what AWS lets an account have by default, as data.

/// The list, one quota a line; its head says what is in it and where it is from.
const TABLE: &str = include_str!("../data/quotas.txt");

/// A quota that a stack can exceed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// What is counted, as the data names it.
    pub what: &'static str,
    /// Whose resources count, or entries.
    pub type_name: &'static str,
    /// Only resources with this value of this property.
    pub only: Option<(&'static str, &'static str)>,
    /// What counts.
    pub counts: Counts,
    /// Within what.
    pub within: Within,
    /// How many where AWS was not asked for more.
    default: u64,
    /// Regions with another default.
    elsewhere: Vec<(&'static str, u64)>,
    /// Whether AWS raises it when it is asked.
    pub adjustable: bool,
    /// The service, as Service Quotas names it.
    pub service: &'static str,
    /// Its code there, where it has one.
    pub code: Option<&'static str>,
    /// Its name in AWS's documentation.
    pub name: &'static str,
    /// Where that is.
    pub source: &'static str,
}

/// What counts for a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Resources.
    Resources,
    /// The entries of a property.
    Entries(&'static str),
    /// The characters of a document without white space.
    Characters(&'static str),
    /// The same of all documents that a property holds.
    AllCharacters(&'static str),
}

/// What shares a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// All in a region.
    Region,
    /// All in the account.
    Account,
    /// All with the same value of a property; with a second one, of that of the resource it refers to.
    Property(&'static str, Option<&'static str>),
    /// Each resource has its own.
    Each,
}

impl Quota {
    /// All quotas.
    #[must_use]
    pub fn all() -> Vec<Self> {
        TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(Self::of).collect()
    }

    fn of(line: &'static str) -> Option<Self> {
        let fields: Vec<&'static str> = line.split(" | ").collect();
        let [what, within, default, adjustable, service, code, name, source] = fields.try_into().ok()?;
        let whole = what;
        let (documents, what) = what.strip_prefix('@').map_or((false, what), |what| (true, what));
        let (what, only) = match what.split_once('[') {
            Some((what, only)) => (what, Some(only.strip_suffix(']')?.split_once('=')?)),
            None => (what, None),
        };
        let (type_name, property) = what.split_once('.').map_or((what, None), |(of, name)| (of, Some(name)));
        let counts = match (documents, property) {
            (false, None) => Counts::Resources,
            (false, Some(property)) => Counts::Entries(property),
            (true, property) => match property?.strip_suffix(".*") {
                Some(property) => Counts::AllCharacters(property),
                None => Counts::Characters(property?),
            },
        };
        let within = match within {
            "region" => Within::Region,
            "account" => Within::Account,
            "each" => Within::Each,
            path => {
                let (property, of) = path.split_once('.').map_or((path, None), |(one, of)| (one, Some(of)));
                Within::Property(property, of)
            }
        };
        let mut numbers = default.split(',');
        Some(Self {
            what: whole,
            type_name,
            only,
            counts,
            within,
            default: numbers.next()?.parse().ok()?,
            elsewhere: numbers
                .map(|of| {
                    of.split_once('=').and_then(|(region, number)| Some((region, number.parse().ok()?)))
                })
                .collect::<Option<_>>()?,
            adjustable: adjustable == "yes",
            service,
            code: Some(code).filter(|code| *code != "-"),
            name,
            source,
        })
    }

    /// How many there can be in a region where AWS was not asked for more.
    #[must_use]
    pub fn default_in(&self, region: &str) -> u64 {
        self.elsewhere.iter().find(|(of, _)| *of == region).map_or(self.default, |(_, number)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_quota_of_a_type_that_has_what_it_names() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        let quotas = Quota::all();
        assert_eq!(quotas.len(), lines);
        let registry = crate::registry();
        for quota in &quotas {
            let spec = registry.get(quota.type_name).unwrap_or_else(|| panic!("{quota:?}"));
            let counted = match quota.counts {
                Counts::Resources => None,
                Counts::Entries(name) | Counts::Characters(name) | Counts::AllCharacters(name) => Some(name),
            };
            let shared = match quota.within {
                Within::Property(name, _) => Some(name),
                _ => None,
            };
            let only = quota.only.map(|(name, _)| name);
            for name in [counted, shared, only].into_iter().flatten() {
                assert!(spec.property(name).is_some(), "{}: no property {name}", quota.type_name);
            }
            assert!(quota.source.starts_with("https://docs.aws.amazon.com/"), "{quota:?}");
            assert!(quota.code.is_none_or(|code| code.starts_with("L-")), "{quota:?}");
        }
    }

    #[test]
    fn a_region_can_have_another_default() {
        let quotas = Quota::all();
        let databases = quotas.iter().find(|quota| quota.name == "DB instances").expect("a quota");
        assert_eq!(databases.default_in("ap-northeast-1"), 40);
        assert_eq!(databases.default_in("ap-south-1"), 20);
    }
}
