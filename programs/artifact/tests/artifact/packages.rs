//! What is packed, and that it is the same each time.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use finsight_artifact::{Artifact, Function, Kind, Machine, Placeholder, Source, pack, read};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

pub fn one(source: Source, artifacts: &Path) -> Artifact {
    pack(&[it(source)], artifacts).expect("packed").remove("it").expect("an artifact")
}

/// A function of which nothing is known but where its code is.
pub fn it(source: Source) -> Function<'static> {
    Function { name: "it", source, start: None }
}

fn own() -> PathBuf {
    std::env::current_exe().expect("a path")
}

/// Name, mode and content of each file.
fn files(zip: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).expect("a ZIP");
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).expect("a file");
            let mut content = Vec::new();
            file.read_to_end(&mut content).expect("content");
            (file.name().to_owned(), file.unix_mode().expect("a mode"), content)
        })
        .collect()
}

/// A tree of files, made in this order.
fn tree(names: &[&str]) -> tempfile::TempDir {
    let root = folder();
    for name in names {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, format!("content of {name}\n").repeat(50)).expect("a file");
    }
    root
}

#[test]
fn a_single_executable_becomes_bootstrap() {
    let artifacts = folder();
    let artifact = one(Source::Path(own()), artifacts.path());
    assert_eq!(artifact.kind, Kind::Executable);
    let machine = if cfg!(target_arch = "x86_64") { Machine::X86_64 } else { Machine::Arm64 };
    assert_eq!(artifact.machine, Some(machine));
    let zip = fs::read(artifact.path(artifacts.path())).expect("the ZIP");
    assert_eq!(zip.len() as u64, artifact.size);
    let files = files(&zip);
    assert_eq!((files.len(), files[0].0.as_str(), files[0].1 & 0o7777), (1, "bootstrap", 0o755));
    assert!(files[0].2 == fs::read(own()).expect("this program"));
    assert_eq!(artifact.unpacked, files[0].2.len() as u64);
}

#[test]
fn the_same_files_give_the_same_bytes_wherever_and_whenever() {
    let artifacts = folder();
    let (first, second) = (tree(&["b", "a/z", "a/b/c", "main.py"]), tree(&["main.py", "a/b/c", "a/z", "b"]));
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::open(second.path().join("b")).expect("a file").set_modified(old).expect("a time");
    fs::set_permissions(second.path().join("a/z"), fs::Permissions::from_mode(0o600)).expect("a mode");
    let [one, two] =
        [&first, &second].map(|tree| one(Source::Path(tree.path().to_owned()), artifacts.path()));
    assert_eq!(one, two);
    assert_eq!(one.kind, Kind::Directory);
    assert_eq!(fs::read_dir(artifacts.path()).expect("the folder").count(), 1);
    let names: Vec<_> = files(&fs::read(one.path(artifacts.path())).expect("the ZIP"))
        .into_iter()
        .map(|(name, mode, _)| (name, mode & 0o7777))
        .collect();
    let want = ["a/b/c", "a/z", "b", "main.py"].map(|name| (name.to_owned(), 0o644));
    assert_eq!(names, want);
}

#[test]
fn the_bytes_are_those_of_last_year() {
    // Changes with the compression library. Then every function's code is uploaded once more, so let it be known.
    let source = tree(&["a", "b/c"]);
    let artifact = one(Source::Path(source.path().to_owned()), folder().path());
    assert_eq!(artifact.sha256_hex, "9a9af4dde977eed8be30b0152558890fba994c9b5b9053e1b91cd5cce3cea2b5");
}

#[test]
fn modes_are_two_and_bootstrap_can_run() {
    let artifacts = folder();
    let source = tree(&["bootstrap", "tool", "data"]);
    fs::write(source.path().join("bootstrap"), "#!/bin/sh\n").expect("a file");
    fs::set_permissions(source.path().join("bootstrap"), fs::Permissions::from_mode(0o600)).expect("a mode");
    fs::set_permissions(source.path().join("tool"), fs::Permissions::from_mode(0o710)).expect("a mode");
    let artifact = one(Source::Path(source.path().to_owned()), artifacts.path());
    let modes: BTreeMap<_, _> = files(&read(artifacts.path(), &artifact.sha256_hex).expect("the ZIP"))
        .into_iter()
        .map(|(name, mode, _)| (name, mode & 0o7777))
        .collect();
    let want = [("bootstrap", 0o755), ("data", 0o644), ("tool", 0o755)];
    assert_eq!(modes, want.map(|(name, mode)| (name.to_owned(), mode)).into());
}

#[test]
fn no_time_and_no_extra_field_is_in_the_bytes() {
    let artifacts = folder();
    let artifact = one(Source::Placeholder(Placeholder::Api), artifacts.path());
    let zip = fs::read(artifact.path(artifacts.path())).expect("the ZIP");
    let number = |at: usize| u16::from_le_bytes([zip[at], zip[at + 1]]);
    // Local header: time at 10, date at 12 (1980-01-01 is 0x21), length of the extra field at 28.
    assert_eq!((number(10), number(12), number(28)), (0, 0x21, 0));
    // Entry of the central directory: the same at 12, 14 and 30; made by Unix (3) at 5.
    let entry = zip.windows(4).position(|four| four == b"PK\x01\x02").expect("a directory");
    assert_eq!((number(entry + 12), number(entry + 14), number(entry + 30)), (0, 0x21, 0));
    assert_eq!(zip[entry + 5], 3);
}

/// A ZIP of these entries, written in this order, as other tools would.
fn zipped(entries: &[(&str, u32, &str)], how: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, mode, content) in entries {
        if name.ends_with('/') {
            zip.add_directory(*name, how).expect("a folder");
            continue;
        }
        zip.start_file(*name, how.unix_permissions(*mode)).expect("a file");
        zip.write_all(content.as_bytes()).expect("content");
    }
    zip.finish().expect("a ZIP").into_inner()
}

/// G12: what the same files are packed with, and when, is no other code.
#[test]
fn a_ready_zip_is_known_by_its_files() {
    let artifacts = folder();
    let one_of = |bytes: &[u8]| {
        let path = artifacts.path().join("ready");
        fs::write(&path, bytes).expect("a file");
        one(Source::Path(path), artifacts.path())
    };
    let (plain, old) = (SimpleFileOptions::default(), zip::DateTime::from_date_and_time(2001, 2, 3, 4, 5, 6));
    let stored =
        plain.compression_method(zip::CompressionMethod::Stored).last_modified_time(old.expect("a time"));
    let (index, data) = (("index.js", 0o644, "exports.handler = 1"), ("lib/data", 0o600, "data"));
    let first = one_of(&zipped(&[index, data], plain));
    assert_eq!((first.kind, first.unpacked, first.machine), (Kind::Zip, 23, None));
    assert_eq!(one_of(&zipped(&[("lib/", 0o755, ""), data, index], stored)), first);
    // As a directory it is the same package.
    let tree = folder();
    fs::create_dir(tree.path().join("lib")).expect("a directory");
    fs::write(tree.path().join("index.js"), index.2).expect("a file");
    fs::write(tree.path().join("lib/data"), data.2).expect("a file");
    assert_eq!(one(Source::Path(tree.path().to_owned()), artifacts.path()).sha256_hex, first.sha256_hex);
    // Other content, another name and another right to be run are other code.
    for other in [
        ("index.js", 0o644, "exports.handler = 2"),
        ("main.js", 0o644, index.2),
        ("index.js", 0o755, index.2),
    ] {
        assert_ne!(one_of(&zipped(&[other, data], plain)).sha256_hex, first.sha256_hex, "{other:?}");
    }
    let found = files(&read(artifacts.path(), &first.sha256_hex).expect("the ZIP"));
    assert_eq!(
        (found[0].0.as_str(), found[1].0.as_str(), found[0].2.as_slice()),
        ("index.js", "lib/data", index.2.as_bytes())
    );
}

/// A link in a ZIP leads where it led.
#[test]
fn links_of_a_ready_zip_stay_links() {
    let artifacts = folder();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("node_modules/a/cli.js", SimpleFileOptions::default()).expect("a file");
    zip.write_all(b"1").expect("content");
    zip.add_symlink("node_modules/.bin/a", "../a/cli.js", SimpleFileOptions::default()).expect("a link");
    let path = artifacts.path().join("ready");
    fs::write(&path, zip.finish().expect("a ZIP").into_inner()).expect("a file");
    let artifact = one(Source::Path(path), artifacts.path());
    let found = files(&read(artifacts.path(), &artifact.sha256_hex).expect("the ZIP"));
    assert_eq!((found[0].0.as_str(), found[0].1 & 0o170_000), ("node_modules/.bin/a", 0o120_000));
    assert_eq!(found[0].2, b"../a/cli.js");
}

#[test]
fn the_hash_is_lambdas() {
    let artifacts = folder();
    let artifact = one(Source::Placeholder(Placeholder::Notifier), artifacts.path());
    let sum = std::process::Command::new("sha256sum").arg(artifact.path(artifacts.path())).output();
    let sum = String::from_utf8(sum.expect("sha256sum").stdout).expect("text");
    assert!(sum.starts_with(&artifact.sha256_hex), "{sum}");
    assert_eq!(artifact.sha256_base64.len(), 44);
    assert!(artifact.sha256_base64.ends_with('=') && !artifact.needs_s3());
}

#[test]
fn a_damaged_artifact_is_seen_and_replaced() {
    let artifacts = folder();
    let source = || Source::Placeholder(Placeholder::Api);
    let artifact = one(source(), artifacts.path());
    let path = artifact.path(artifacts.path());
    let good = fs::read(&path).expect("the ZIP");
    fs::write(&path, &good[..good.len() / 2]).expect("damage");
    assert!(read(artifacts.path(), &artifact.sha256_hex).is_err());
    assert_eq!(one(source(), artifacts.path()), artifact);
    assert_eq!(fs::read(&path).expect("the ZIP"), good);
    assert_eq!(fs::read_dir(artifacts.path()).expect("the folder").count(), 1, "something was left behind");
}

#[test]
fn a_link_to_a_file_is_that_file() {
    let source = tree(&["real"]);
    std::os::unix::fs::symlink("real", source.path().join("link")).expect("a link");
    let artifacts = folder();
    let artifact = one(Source::Path(source.path().to_owned()), artifacts.path());
    let files = files(&read(artifacts.path(), &artifact.sha256_hex).expect("the ZIP"));
    assert_eq!(files[0].2, files[1].2);
}

/// D4: what version control and desktops leave is not packed, nor what the directory's own file names.
#[test]
fn what_nobody_means_to_pack_is_left_out() {
    let artifacts = folder();
    let source =
        tree(&["main.py", ".git/config", "lib/.DS_Store", "lib/util.py", "notes.md", "lib/keep.md", ".env"]);
    fs::write(source.path().join(".lambdaignore"), "# not for Lambda\n*.md\n!/lib/keep.md\n!.env\n")
        .expect("a file");
    let artifact = one(Source::Path(source.path().to_owned()), artifacts.path());
    let found = files(&read(artifacts.path(), &artifact.sha256_hex).expect("the ZIP"));
    let names: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, [".env", "lib/keep.md", "lib/util.py", "main.py"]);
}
