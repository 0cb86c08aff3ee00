//! What a pattern of ARNs stands for: one thing, or whatever there is.

/// Services whose ARNs have a name where those of others have a kind before it, such as `arn:aws:s3:::bucket/key`.
const WITHOUT_KIND: &[&str] = &["s3", "sns", "sqs"];
/// What AWS makes by itself, under ids that nobody knows before: the network interfaces of functions and endpoints.
const NAMELESS: &[(&str, &str)] = &[("ec2", "network-interface")];

fn is_wild(text: &str) -> bool {
    text.chars().all(|c| "*?:/".contains(c))
}

/// The service, the account and the resource of an ARN, as plain text.
fn parts(pattern: &str) -> Option<(&str, &str, &str)> {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let ["arn", _, service, _, account, resource] = parts[..] else { return None };
    Some((service, account, resource))
}

/// Whether a pattern names nothing of its kind apart: each secret, each user of each database.
pub(super) fn is_whole(pattern: &str) -> bool {
    let Some((service, account, resource)) = parts(pattern) else {
        return is_wild(pattern.strip_prefix("arn:").unwrap_or(pattern));
    };
    let (kind, name) = match resource.split_once([':', '/']) {
        Some((kind, name)) if !WITHOUT_KIND.contains(&service) => (kind, name),
        _ => ("", resource),
    };
    if NAMELESS.contains(&(service, kind)) && !is_wild(account) {
        return false;
    }
    // `dbuser:<database>/<user>`: any user of one is the master too, and one user of any is another stack's.
    is_wild(name) || service == "rds-db" && name.split('/').any(is_wild)
}

/// Whether a pattern says nothing of who it is: of any account, and of anything there.
pub(super) fn is_anybody(pattern: &str) -> bool {
    match parts(pattern) {
        Some((_, account, _)) => is_wild(account) && is_whole(pattern),
        None => is_whole(pattern),
    }
}

/// Whether a pattern is for principals of any account, whatever their name: an account gives its roles what names it likes.
pub(super) fn is_of_any_account(pattern: &str) -> bool {
    parts(pattern).is_none_or(|(_, account, _)| is_wild(account))
}

#[cfg(test)]
mod tests {
    use super::{is_anybody, is_of_any_account, is_whole};

    #[test]
    fn patterns_stand_for_one_thing_or_for_all() {
        for all in [
            "*",
            "arn:*",
            "arn:aws:s3:::*",
            "arn:aws:s3:::*/*",
            "arn:aws:secretsmanager:*:*:secret:*",
            "arn:{partition}:secretsmanager:{region}:{account_id}:secret:*",
            "arn:{partition}:rds-db:{region}:{account_id}:dbuser:*",
            "arn:{partition}:rds-db:{region}:{account_id}:dbuser:*/finsight_app",
            "arn:{partition}:rds-db:{region}:{account_id}:dbuser:db-1/*",
            "arn:aws:ec2:*:*:network-interface/*",
            "arn:aws:ec2:r:1:subnet/*",
            "arn:aws:logs:r:1:log-group:*:*",
            "arn:aws:sns:r:1:*",
        ] {
            assert!(is_whole(all), "{all}");
        }
        for one in [
            "{prod/security/aws:kms:Key/secrets#arn}",
            "arn:aws:s3:::bucket/*",
            "arn:{partition}:rds-db:{region}:{account_id}:dbuser:{prod/database/aws:rds:DBInstance/main#dbi_resource_id}/app",
            "arn:{partition}:ec2:{region}:{account_id}:network-interface/*",
            "arn:aws:secretsmanager:r:1:secret:finsight/*",
            "arn:aws:rds:r:1:snapshot:finsight-db-*",
            "arn:aws:logs:r:1:log-group:/aws/x:*",
        ] {
            assert!(!is_whole(one), "{one}");
        }
    }

    #[test]
    fn patterns_say_who_or_not() {
        assert!(is_anybody("*") && is_anybody("arn:aws:iam::*:role/*") && is_anybody("arn:aws:s3:::*"));
        assert!(!is_anybody("arn:aws:cloudfront::{account_id}:distribution/*"));
        assert!(!is_anybody("123456789012") && !is_anybody("arn:aws:s3:::bucket"));
        assert!(is_of_any_account("arn:aws:iam::*:role/deploy") && is_of_any_account("arn:*"));
        assert!(!is_of_any_account("arn:aws:iam::123456789012:role/*"));
    }
}
