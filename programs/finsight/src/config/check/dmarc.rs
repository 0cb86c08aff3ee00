//! The tags of a DMARC record (RFC 7489, section 6.3): who reads one that is wrong takes it for none.

use super::others::is_address;

/// A tag, what fits it, and what that is in words.
type Tag = (&'static str, fn(&str) -> bool, &'static str);

/// What each tag takes. `np`, `psd` and `t` are of its successor; receivers pass over tags that they do not know, so that a
/// misspelt one has no effect.
const TAGS: &[Tag] = &[
    ("v", |value| value == "DMARC1", "v=DMARC1, once"),
    ("p", is_policy, "p=none, p=quarantine or p=reject"),
    ("sp", is_policy, "sp=none, sp=quarantine or sp=reject"),
    ("np", is_policy, "np=none, np=quarantine or np=reject"),
    ("adkim", is_alignment, "adkim=r or adkim=s"),
    ("aspf", is_alignment, "aspf=r or aspf=s"),
    ("pct", |value| value.parse().is_ok_and(|percent: u8| percent <= 100), "pct=0 to pct=100"),
    (
        "fo",
        |value| value.split(':').all(|one| ["0", "1", "d", "s"].contains(&one)),
        "any of 0, 1, d, s, with colons",
    ),
    ("rf", |value| value == "afrf", "rf=afrf"),
    ("ri", |value| value.parse::<u32>().is_ok(), "a number of seconds"),
    ("rua", are_addresses, "addresses such as mailto:dmarc@example.com, with commas"),
    ("ruf", are_addresses, "addresses such as mailto:dmarc@example.com, with commas"),
    ("psd", |value| ["y", "n", "u"].contains(&value), "psd=y, psd=n or psd=u"),
    ("t", |value| ["y", "n"].contains(&value), "t=y or t=n"),
];

fn is_policy(value: &str) -> bool {
    ["none", "quarantine", "reject"].contains(&value)
}

fn is_alignment(value: &str) -> bool {
    ["r", "s"].contains(&value)
}

/// Mail addresses, each with the largest report that it takes, or without.
fn are_addresses(value: &str) -> bool {
    value.split(',').all(|one| {
        let address = one.trim().strip_prefix("mailto:").unwrap_or_default();
        let (address, size) = address.split_once('!').unwrap_or((address, "1"));
        let digits = size.strip_suffix(['k', 'm', 'g', 't']).unwrap_or(size);
        is_address(address) && digits.parse::<u64>().is_ok()
    })
}

/// Looks through a record.
///
/// # Errors
/// What is wrong in it, and what is expected there.
pub(super) fn tags(record: &str) -> Result<(), (String, &'static str)> {
    let mut seen: Vec<&str> = Vec::new();
    let parts = record.trim_end().trim_end_matches(';').split(';');
    for (index, part) in parts.enumerate() {
        let part = part.trim();
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let (name, value) = (name.trim(), value.trim());
        let known = TAGS.iter().find(|(known, ..)| *known == name);
        let Some((_, fits, expected)) = known.filter(|_| !seen.contains(&name)) else {
            return Err((
                part.to_owned(),
                "each of the tags v, p, sp, np, adkim, aspf, pct, fo, rf, ri, rua, ruf, psd, t once",
            ));
        };
        if !fits(value) {
            return Err((part.to_owned(), expected));
        }
        if index == 1 && name != "p" {
            return Err((part.to_owned(), "the policy behind the version, such as p=quarantine"));
        }
        seen.push(name);
    }
    if seen.contains(&"p") { Ok(()) } else { Err((record.to_owned(), "a policy, such as p=quarantine")) }
}
