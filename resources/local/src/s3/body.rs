//! Bodies as they come over the wire.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use md5::{Digest, Md5};

use crate::answer::Refusal;

/// The bytes of a body that may be sent in chunks with signatures and trailers (`aws-chunked`).
pub(crate) fn decoded(headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let chunked = header("content-encoding").contains("aws-chunked")
        || header("x-amz-content-sha256").starts_with("STREAMING-");
    if !chunked {
        return Ok(body.to_vec());
    }
    let broken = || Refusal::bad("IncompleteBody", "The request body terminated unexpectedly");
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n").ok_or_else(broken)?;
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| broken())?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Ok(out);
        }
        if size.checked_add(2).is_none_or(|whole| rest.len() < whole) {
            return Err(broken());
        }
        out.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}

/// The bytes as they are kept.
pub(crate) fn kept(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes that were kept.
pub(crate) fn bytes(kept: &str) -> Vec<u8> {
    STANDARD.decode(kept).unwrap_or_default()
}

/// The MD5 of the content, as AWS gives it for objects that no KMS key encrypts.
pub(crate) fn etag(bytes: &[u8]) -> String {
    let digits: String = Md5::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    format!("\"{digits}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_with_signatures_and_trailers() {
        let mut headers = HeaderMap::new();
        headers.insert("content-encoding", http::HeaderValue::from_static("aws-chunked"));
        let body = b"4;chunk-signature=x\r\nabcd\r\n3\r\nefg\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
        assert_eq!(decoded(&headers, body).ok().as_deref(), Some(b"abcdefg".as_slice()));
        assert!(decoded(&headers, b"4\r\nab").is_err());
        assert!(decoded(&headers, b"ffffffffffffffff\r\nab\r\n").is_err(), "more than there can be");
        assert_eq!(decoded(&HeaderMap::new(), b"4\r\nab").ok().as_deref(), Some(b"4\r\nab".as_slice()));
    }
}
