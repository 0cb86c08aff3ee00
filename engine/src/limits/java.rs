//! AWS's patterns are Java's. The embedded AWS compiles this file, too.

/// A pattern of Java as one of Rust's crates for the whole of a text: classes of ASCII, Java's names for what can be printed, its way to write a code point.
pub(crate) fn whole(pattern: &str) -> String {
    let mut ours = pattern
        .replace(r"\w", "[0-9A-Za-z_]")
        .replace(r"\d", "[0-9]")
        .replace(r"\p{Print}", r"[\x20-\x7E]")
        .replace(r"\p{Graph}", r"[\x21-\x7E]")
        .replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\x{10000}-\x{10FFFF}");
    while let Some(at) = ours.find(r"\u")
        && let Some(digits) = ours.get(at + 2..at + 6).map(str::to_owned)
    {
        ours.replace_range(at..at + 6, &format!(r"\x{{{digits}}}"));
    }
    format!(r"\A(?:{ours})\z")
}
