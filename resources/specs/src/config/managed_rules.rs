//! AWS's own rules of AWS Config, as data: where AWS has them, and what they are given.

/// The list, one rule a line; its head says what is in it and where it is from.
pub const TABLE: &str = include_str!("../../data/config-rules.txt");

/// A rule of AWS's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedRule {
    /// Whether `regions` are those that have it, or those that do not.
    only: bool,
    regions: Vec<&'static str>,
    /// Names of parameters; with `true` where they have to be given.
    parameters: Vec<(&'static str, bool)>,
}

impl ManagedRule {
    /// The rule with this identifier, such as `ROOT_ACCOUNT_MFA_ENABLED`.
    #[must_use]
    pub fn named(identifier: &str) -> Option<Self> {
        let line = TABLE.lines().find(|line| line.split(' ').next() == Some(identifier))?;
        let [_, regions, parameters] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let listed = |text: &'static str| text.split(',').filter(|item| !item.is_empty() && *item != "-");
        let required = |name: &'static str| match name.strip_suffix('!') {
            Some(name) => (name, true),
            None => (name, false),
        };
        Some(Self {
            only: regions.starts_with('+'),
            regions: listed(&regions[1..]).collect(),
            parameters: listed(parameters).map(required).collect(),
        })
    }

    /// Whether AWS has it in a region.
    #[must_use]
    pub fn is_in(&self, region: &str) -> bool {
        self.regions.contains(&region) == self.only
    }

    /// What it can be given, and whether it has to be.
    #[must_use]
    pub fn parameters(&self) -> &[(&'static str, bool)] {
        &self.parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_have_regions_and_parameters() {
        let edge = ManagedRule::named("CLOUDFRONT_VIEWER_POLICY_HTTPS").expect("a rule");
        assert!(edge.is_in("us-east-1") && !edge.is_in("ap-northeast-1"));
        let keys = ManagedRule::named("ACCESS_KEYS_ROTATED").expect("a rule");
        assert!(keys.is_in("ap-northeast-1") && !keys.is_in("me-central-1"));
        assert_eq!(keys.parameters(), [("maxAccessKeyAge", false)]);
        assert_eq!(ManagedRule::named("NO_SUCH_RULE"), None);
        let broken = TABLE.lines().filter(|line| {
            !line.starts_with('#') && ManagedRule::named(line.split(' ').next().unwrap_or_default()).is_none()
        });
        assert_eq!(broken.count(), 0);
    }
}
