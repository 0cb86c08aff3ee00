//! Whether an answer is one: whole, and AWS's.
//!
//! The SDK takes an empty answer in JSON for one without members, and XML that is cut off for all that came before
//! the cut: a list would have fewer entries, and what stands would seem gone, or to carry no tags.

/// Why an answer of a call that AWS took says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("the answer is empty")]
    Empty,
    #[error("the answer is cut off")]
    CutOff,
    #[error("the answer is a web page, and not AWS's")]
    Page,
    #[error("the answer is not the document that it should be")]
    NotADocument,
    #[error("the call was not taken, and AWS's clock is another one than that of the signature")]
    OutOfTime,
}

/// Operations whose answer is a text as somebody stored it, which the SDK does not look into.
const DOCUMENTS: [&str; 1] = ["GetBucketPolicy"];

/// Checks the answer of an operation; `speaks` says that an empty one is none.
pub(crate) fn check(operation: &str, speaks: bool, body: &[u8]) -> Result<(), Unreadable> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
    if body.is_empty() {
        return if speaks { Err(Unreadable::Empty) } else { Ok(()) };
    }
    if body.starts_with(b"<") {
        return whole(body);
    }
    let document =
        || serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|document| document.is_object());
    if DOCUMENTS.contains(&operation) && !document() {
        return Err(Unreadable::NotADocument);
    }
    Ok(())
}

/// XML is whole when its first element ends where the text ends.
fn whole(body: &[u8]) -> Result<(), Unreadable> {
    let root = root(body).ok_or(Unreadable::CutOff)?;
    let name = root[1..].split(|byte| byte.is_ascii_whitespace() || b"/>".contains(byte)).next();
    let name = name.unwrap_or_default();
    if name.eq_ignore_ascii_case(b"html") {
        return Err(Unreadable::Page);
    }
    let alone = root.ends_with(b"/>") && root.iter().filter(|byte| **byte == b'>').count() == 1;
    let closed = root.strip_suffix(b">").map(<[u8]>::trim_ascii_end);
    let closed = closed.and_then(|rest| rest.strip_suffix(name)).is_some_and(|rest| rest.ends_with(b"</"));
    if alone || (closed && !name.is_empty()) { Ok(()) } else { Err(Unreadable::CutOff) }
}

/// The text from its first element on: after the declaration, and what else may stand before it.
fn root(body: &[u8]) -> Option<&[u8]> {
    const BEFORE: [(&[u8], &[u8]); 3] = [(b"<?", b"?>"), (b"<!--", b"-->"), (b"<!", b">")];
    let mut rest = body;
    while let Some((_, end)) = BEFORE.iter().find(|(begin, _)| rest.starts_with(begin)) {
        let at = rest.windows(end.len()).position(|window| window == *end)?;
        rest = rest[at + end.len()..].trim_ascii_start();
    }
    rest.starts_with(b"<").then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: &str = "<?xml version=\"1.0\"?>\n<Tagging xmlns=\"x\"><TagSet><Tag><Key>a</Key>\
        <Value>b</Value></Tag></TagSet></Tagging>\n";

    #[test]
    fn what_is_cut_off_anywhere_is_no_answer() {
        assert_eq!(check("GetBucketTagging", true, TAGS.as_bytes()), Ok(()));
        for length in 0..TAGS.trim_end().len() {
            let cut = &TAGS.as_bytes()[..length];
            assert!(check("GetBucketTagging", true, cut).is_err(), "{}", String::from_utf8_lossy(cut));
        }
    }

    #[test]
    fn what_is_short_is_an_answer() {
        let short: [(&str, &[u8]); 6] = [
            ("GetBucketVersioning", b"<VersioningConfiguration xmlns=\"x\"/>"),
            ("GetBucketLocation", b"<?xml version=\"1.0\"?><!-- none --><LocationConstraint />"),
            ("ListTables", b"{}"),
            ("ListMetrics", b"\xa0"),
            ("GetBucketPolicy", b"{\"Statement\": []}"),
            ("DescribeVpcs", b"<DescribeVpcsResponse></DescribeVpcsResponse >"),
        ];
        for (operation, body) in short {
            assert_eq!(check(operation, true, body), Ok(()), "{operation}");
        }
    }

    #[test]
    fn what_is_not_aws_s_is_no_answer() {
        let page = b"<!DOCTYPE html><html><body>Please log in</body></html>";
        assert_eq!(check("DescribeVpcs", true, page), Err(Unreadable::Page));
        assert_eq!(check("GetBucketPolicy", true, b"{\"Statement\": ["), Err(Unreadable::NotADocument));
        assert_eq!(check("GetBucketPolicy", true, b"\x01\x02"), Err(Unreadable::NotADocument));
        assert_eq!(check("ListTopics", true, b" \n"), Err(Unreadable::Empty));
        assert_eq!(check("DeleteTopic", false, b""), Ok(()));
    }
}
