//! Looks at an executable the way Lambda's loader will: is it for Linux, for which processor, with which glibc?
//!
//! The layout is that of the System V ABI for 64-bit little-endian files, and of the Linux Standard Base for the
//! section `.gnu.version_r`.

use crate::NEWEST_GLIBC;
use crate::error::Flaw;

/// The processor that an executable was built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// Lambda's `x86_64`.
    X86_64,
    /// Lambda's `arm64`.
    Arm64,
}

impl Machine {
    /// Lambda's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

/// Checks what Lambda starts as `bootstrap`. Scripts have no processor.
pub(crate) fn bootstrap(content: &[u8]) -> Result<Option<Machine>, Flaw> {
    if content.starts_with(b"#!") {
        return Ok(None);
    }
    let build = "build the function for Linux: docs/guide/functions.md says how";
    if !content.starts_with(b"\x7fELF") {
        let found = "it is neither a ZIP, nor a script, nor an executable for Linux";
        return Err(Flaw::invalid(found, build));
    }
    let machine = match (content.get(4..6), u16_at(content, 18)) {
        (Some([2, 1]), Some(62)) => Machine::X86_64,
        (Some([2, 1]), Some(183)) => Machine::Arm64,
        _ => return Err(Flaw::invalid("it was built for a processor that Lambda does not have", build)),
    };
    match glibc(content) {
        Some(version) if version > NEWEST_GLIBC => {
            let ((major, minor), (most_major, most_minor)) = (version, NEWEST_GLIBC);
            let found = format!(
                "it needs glibc {major}.{minor}, and Lambda's newest (Amazon Linux 2023) is {most_major}.{most_minor}"
            );
            Err(Flaw::invalid(found, "build it on an older system, or link it statically"))
        }
        _ => Ok(Some(machine)),
    }
}

/// The newest version of glibc's symbols that an executable cannot do without. None for a static one.
fn glibc(file: &[u8]) -> Option<(u32, u32)> {
    const VERSION_NEEDS: u32 = 0x6fff_fffe;
    const WEAK: u16 = 2;
    let table = usize::try_from(u64_at(file, 40)?).ok()?;
    let (size, count) = (usize::from(u16_at(file, 58)?), usize::from(u16_at(file, 60)?));
    let section = |index: usize| file.get(table.checked_add(index.checked_mul(size)?)?..);
    let needs = (0..count).filter_map(section).find(|header| u32_at(header, 4) == Some(VERSION_NEEDS))?;
    let names = section(usize::try_from(u32_at(needs, 40)?).ok()?)?;
    let content = |header: &[u8]| file.get(usize::try_from(u64_at(header, 24)?).ok()?..);
    let (names, mut need) = (content(names)?, content(needs)?);
    let mut newest = None;
    // Each library has a list of versions; both lists give the distance to the next entry, and 0 at the end.
    loop {
        let mut entry = need.get(usize::try_from(u32_at(need, 8)?).ok()?..)?;
        for _ in 0..u16_at(need, 2)? {
            let name = text_at(names, usize::try_from(u32_at(entry, 8)?).ok()?);
            // A weak need is one that the program can do without.
            let must = u16_at(entry, 4)? & WEAK == 0;
            newest = newest.max(name.filter(|_| must).and_then(version));
            entry = entry.get(usize::try_from(u32_at(entry, 12)?).ok()?..)?;
        }
        match usize::try_from(u32_at(need, 12)?).ok()? {
            0 => return newest,
            next => need = need.get(next..)?,
        }
    }
}

/// `GLIBC_2.34` as numbers.
fn version(name: &str) -> Option<(u32, u32)> {
    let mut numbers = name.strip_prefix("GLIBC_")?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn text_at(names: &[u8], at: usize) -> Option<&str> {
    let rest = names.get(at..)?;
    std::str::from_utf8(rest.split(|byte| *byte == 0).next()?).ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::{bootstrap, glibc, version};

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("GLIBC_2.4") < version("GLIBC_2.34"));
        assert_eq!(version("GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(version("GLIBC_PRIVATE"), None);
        assert_eq!(version("GCC_3.0"), None);
    }

    #[test]
    fn the_running_test_needs_glibc_where_it_is_not_static() {
        let own = std::fs::read(std::env::current_exe().expect("a path")).expect("this program");
        if cfg!(all(target_os = "linux", target_env = "gnu")) {
            assert!(glibc(&own).is_some_and(|version| version > (2, 2)));
        }
    }

    #[test]
    fn no_damage_can_make_it_fail() {
        let mut own = std::fs::read(std::env::current_exe().expect("a path")).expect("this program");
        own.truncate(4_096);
        for at in 0..64 {
            let mut damaged = own.clone();
            damaged[at] ^= 0xff;
            let _ = (bootstrap(&damaged), glibc(&damaged), bootstrap(&own[..at]));
        }
    }

    #[test]
    fn what_linux_cannot_start_is_refused() {
        assert!(matches!(bootstrap(b"#!/bin/sh\n"), Ok(None)));
        for content in [&b""[..], b"hello", b"\xcf\xfa\xed\xfe", b"MZ\x90", b"\x7fELF\x01\x01", b"\x7fELF"] {
            assert!(bootstrap(content).is_err(), "{content:?}");
        }
    }
}
