//! Client tokens in the form that an API asks for. An incarnation's own text, 26 letters and digits, fits
//! most; some want a UUID (`logs:PutQueryDefinition` 36 to 128 characters, Secrets Manager 32 to 64). AWS's
//! models hold each to it (`resources/local/models`).

use sha2::{Digest, Sha256};

/// The UUID that stands for these texts, and says nothing of them.
#[must_use]
pub fn uuid(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_uuid_of_all_its_texts() {
        let one = uuid(&["owner", "value"]);
        assert_eq!((one.len(), one.as_bytes()[14]), (36, b'4'));
        assert_eq!(one, uuid(&["owner", "value"]));
        assert_ne!(one, uuid(&["ownerv", "alue"]));
    }
}
