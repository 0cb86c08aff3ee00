//! Accounts and principals of AWS, as options name them.

pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `arn:aws:iam::123456789012:user/ada`, a role or session the same, or the account's `:root`.
pub fn principal(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let sound = match parts.as_slice() {
        ["arn", partition, "iam" | "sts", "", account, who] => {
            let fits = |c: char| c.is_ascii_alphanumeric() || "+=,.@_/-".contains(c);
            let kind = |kind: &&str| who.strip_prefix(*kind).is_some_and(|name| !name.is_empty());
            partition.starts_with("aws")
                && partition.chars().all(|c| c.is_ascii_lowercase() || c == '-')
                && is_account(account)
                && who.chars().all(fits)
                && (*who == "root" || ["user/", "role/", "assumed-role/"].iter().any(kind))
        }
        _ => false,
    };
    match sound {
        true => Ok(text.to_owned()),
        false => {
            Err("expected the ARN of a user or role, such as arn:aws:iam::123456789012:user/ada".to_owned())
        }
    }
}
