//! What cannot be packed is said with a reason, all at once.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use finsight_artifact::{Code, Placeholder, Problem, Source, pack};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::packages::{folder, one};

fn at(path: &Path) -> Source {
    Source::Path(path.to_owned())
}

fn refused(path: &Path) -> Problem {
    pack(&[("it", at(path))], folder().path()).expect_err("refused").problems.remove(0)
}

fn zip(files: &[(&str, u32, &[u8])], path: &Path) {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, mode, content) in files {
        zip.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode)).expect("a file");
        zip.write_all(content).expect("content");
    }
    fs::write(path, zip.finish().expect("a ZIP").into_inner()).expect("a file");
}

#[test]
fn everything_that_is_missing_is_listed_at_once() {
    let root = folder();
    let empty = root.path().join("empty");
    fs::create_dir(&empty).expect("a directory");
    let sources = [
        ("users", at(&root.path().join("users.zip"))),
        ("auth", Source::Placeholder(Placeholder::Api)),
        ("reports", at(&root.path().join("none/bootstrap"))),
        ("assets", at(&empty)),
    ];
    let error = pack(&sources, &root.path().join("out")).expect_err("missing");
    assert_eq!(error.code(), "ARTIFACT-MISSING");
    let names: Vec<_> = error.problems.iter().map(|problem| problem.name.as_str()).collect();
    assert_eq!(names, ["users", "reports", "assets"]);
    let text = error.to_string();
    for part in ["users.zip", "none/bootstrap", "empty", "build the function first", "placeholder"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn what_is_missing_comes_before_what_is_wrong() {
    let root = folder();
    let text = root.path().join("text");
    fs::write(&text, "hello").expect("a file");
    let error = pack(&[("a", at(&text)), ("b", at(&root.path().join("x")))], root.path()).expect_err("wrong");
    assert_eq!((error.code(), error.problems.len()), ("ARTIFACT-MISSING", 2));
    assert_eq!(refused(&text).code, Code::Invalid);
}

#[test]
fn a_zip_that_lambda_could_not_start_is_refused() {
    let root = folder();
    let path = root.path().join("it.zip");
    for (files, part) in [
        (vec![("bootstrap", 0o644, &b"#!/bin/sh\n"[..])], "not executable"),
        (vec![("bootstrap", 0o755, b"\xcf\xfa\xed\xfe mac")], "nor an executable for Linux"),
        (vec![("../up", 0o644, b"x")], "outside of itself"),
        (vec![("empty", 0o644, b"")], "holds nothing"),
    ] {
        zip(&files, &path);
        let problem = refused(&path);
        assert_eq!(problem.code, Code::Invalid);
        assert!(problem.found.contains(part), "{problem}");
    }
    fs::write(&path, b"PK\x03\x04 and no more").expect("a file");
    assert_eq!(refused(&path).code, Code::Invalid);
}

#[test]
fn more_than_lambda_unpacks_is_refused_and_large_uploads_are_marked() {
    let root = folder();
    let large = root.path().join("large");
    fs::create_dir(&large).expect("a directory");
    for (name, megabytes) in [("a", 150), ("b", 101)] {
        fs::File::create(large.join(name)).expect("a file").set_len(megabytes << 20).expect("a size");
    }
    let problem = refused(&large);
    assert_eq!(problem.code, Code::TooLarge);
    assert!(problem.found.contains("250 MB"), "{problem}");

    // 51 MB that cannot be made smaller.
    let path = root.path().join("it.zip");
    let noise: Vec<u8> = (0..51 << 20_u32)
        .scan(1_u32, |x, _| {
            *x ^= *x << 13;
            *x ^= *x >> 17;
            *x ^= *x << 5;
            Some(x.to_le_bytes()[0])
        })
        .collect();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    writer.start_file("noise", stored).expect("a file");
    writer.write_all(&noise).expect("content");
    fs::write(&path, writer.finish().expect("a ZIP").into_inner()).expect("a file");
    assert!(one(at(&path), root.path()).needs_s3());
}

#[test]
fn strange_things_in_a_directory_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let root = folder();
    let source = root.path().join("it");
    fs::create_dir_all(source.join("sub")).expect("a directory");
    fs::write(source.join("sub/file"), "x").expect("a file");
    std::os::unix::fs::symlink(&source, source.join("circle")).expect("a link");
    assert!(refused(&source).found.contains("link to a directory"));
    fs::remove_file(source.join("circle")).expect("removed");
    std::os::unix::fs::symlink("nowhere", source.join("dangling")).expect("a link");
    assert_eq!(refused(&source).code, Code::Io);
    fs::remove_file(source.join("dangling")).expect("removed");
    fs::write(source.join(std::ffi::OsStr::from_bytes(b"\xff")), "x").expect("a file");
    assert!(refused(&source).found.contains("UTF-8"));
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let root = folder();
    let file = root.path().join("file");
    fs::write(&file, "x").expect("a file");
    let error = pack(&[("it", Source::Placeholder(Placeholder::Api))], &file).expect_err("no folder");
    assert_eq!(error.code(), "ARTIFACT-IO");
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_newer_glibc_than_lambdas_is_refused() {
    let mut program = fs::read(std::env::current_exe().expect("a path")).expect("this program");
    // Makes a version that this program needs one that does not exist yet.
    let at = (10..60)
        .map(|minor| format!("GLIBC_2.{minor}\0"))
        .find_map(|name| program.windows(name.len()).position(|found| found == name.as_bytes()))
        .expect("a version of glibc");
    program[at..at + 10].copy_from_slice(b"GLIBC_9.99");
    let root = folder();
    let path = root.path().join("program");
    fs::write(&path, program).expect("a file");
    let problem = refused(&path);
    assert_eq!(problem.code, Code::Invalid);
    assert!(problem.found.contains("glibc 9.99") && problem.found.contains("2.34"), "{problem}");
}
