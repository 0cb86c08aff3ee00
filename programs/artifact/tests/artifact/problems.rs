//! What cannot be packed is said with a reason, all at once.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use finsight_artifact::{Code, Function, Machine, Placeholder, Problem, Source, Start, pack};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::packages::{folder, it, one};

fn at(path: &Path) -> Source {
    Source::Path(path.to_owned())
}

fn refused(path: &Path) -> Problem {
    pack(&[it(at(path))], folder().path()).expect_err("refused").problems.remove(0)
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
    let sources = sources.map(|(name, source)| Function { name, source, start: None });
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
    let functions = [("a", at(&text)), ("b", at(&root.path().join("x")))].map(|(name, source)| Function {
        name,
        source,
        start: None,
    });
    let error = pack(&functions, root.path()).expect_err("wrong");
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

/// S20: a link that leaves the directory brings in what nobody sees there.
#[test]
fn a_link_out_of_the_directory_is_refused() {
    let root = folder();
    let source = root.path().join("it");
    fs::create_dir(&source).expect("a directory");
    fs::write(source.join("main.py"), "x").expect("a file");
    fs::write(root.path().join("passwords"), "x").expect("a file");
    // What stands beside it under a name that begins alike is outside too.
    fs::create_dir(root.path().join("it2")).expect("a directory");
    fs::write(root.path().join("it2/file"), "x").expect("a file");
    for target in ["../passwords", "../it2/file", "/etc/hostname"] {
        let link = source.join("link");
        std::os::unix::fs::symlink(target, &link).expect("a link");
        assert!(refused(&source).found.contains("outside of its directory"), "{target}");
        fs::remove_file(link).expect("removed");
    }
}

/// D4: credentials are not packed by accident.
#[test]
fn credentials_in_a_directory_are_refused() {
    let root = folder();
    let source = root.path().join("it");
    for name in [".env", ".env.production", "conf/.npmrc", "id_rsa", ".aws/credentials", "infra/prod.tfstate"]
    {
        let path = source.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(source.join("main.py"), "x").expect("a file");
        fs::write(&path, "x").expect("a file");
        let problem = refused(&source);
        assert!(
            problem.found.contains("credentials") && problem.remedy.contains(".lambdaignore"),
            "{problem}"
        );
        fs::remove_dir_all(&source).expect("removed");
    }
    fs::create_dir(&source).expect("a directory");
    fs::write(source.join(".lambdaignore"), "[z-a]").expect("a file");
    assert!(refused(&source).found.contains(".lambdaignore"));
}

/// D4: a read of a pipe would never end.
#[test]
fn a_pipe_or_a_device_is_refused_at_once() {
    let root = folder();
    let pipe = root.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    for path in [pipe.as_path(), Path::new("/dev/zero")] {
        assert!(refused(path).found.contains("neither a file nor a directory"));
    }
    let source = root.path().join("it");
    fs::create_dir(&source).expect("a directory");
    fs::rename(&pipe, source.join("pipe")).expect("moved");
    assert!(refused(&source).found.contains("neither a file nor a directory"));
}

/// A1, A2: what the runtime starts is in the package, and is for its processor.
#[test]
fn what_the_runtime_starts_is_in_the_package() {
    let root = folder();
    let path = root.path().join("it.zip");
    let x86 = fs::read(std::env::current_exe().expect("a path")).expect("this program");
    let (own, other) = match cfg!(target_arch = "x86_64") {
        true => (Machine::X86_64, Machine::Arm64),
        false => (Machine::Arm64, Machine::X86_64),
    };
    let packed = |files: &[(&str, u32, &[u8])], runtime: &str, handler: &str, machine: Machine| {
        zip(files, &path);
        let start = Some(Start { runtime, handler, machine });
        let function = Function { name: "it", source: at(&path), start };
        pack(&[function], folder().path()).map_err(|mut error| error.problems.remove(0).to_string())
    };
    let binary: &[(&str, u32, &[u8])] = &[("bootstrap", 0o755, &x86)];
    packed(binary, "provided.al2023", "bootstrap", own).expect("packed");
    let wrong = packed(binary, "provided.al2023", "bootstrap", other).expect_err("the other processor");
    assert!(wrong.contains(&format!("built for {}", own.as_str())), "{wrong}");

    let fits: &[(&str, &str, &str)] = &[
        ("bootstrap", "provided.al2023", "anything"),
        ("index.js", "nodejs22.x", "index.handler"),
        ("dist/index.mjs", "nodejs22.x", "dist/index.handler"),
        ("dist/index.cjs", "nodejs22.x", "./dist/index.api.handler"),
        ("app/main.py", "python3.13", "app.main.handler"),
        ("app/main/__init__.py", "python3.13", "app/main.handler"),
        ("function.rb", "ruby3.4", "function.Handlers::It.process"),
        ("com/It.class", "java21", "com.It::handle"),
        ("anything", "nodejs22.x", "/opt/nodejs/index.handler"),
    ];
    for (file, runtime, handler) in fits {
        let done = packed(&[(file, 0o755, b"#!/bin/sh")], runtime, handler, own);
        assert!(done.is_ok(), "{file} {runtime} {handler}: {done:?}");
    }
    for (file, runtime, handler, part) in [
        ("main", "provided.al2023", "main", "it has no bootstrap, which provided.al2023 starts"),
        ("out/bootstrap", "provided.al2", "x", "pack what is in that folder"),
        ("bootstrap", "nodejs22.x", "index.handler", "it has no index.js or index.mjs or index.cjs"),
        ("main.js", "python3.13", "main.handler", "it has no main.py"),
        ("Index.js", "nodejs22.x", "index.handler", "it has no index.js"),
    ] {
        let wrong = packed(&[(file, 0o755, b"#!/bin/sh")], runtime, handler, own).expect_err(file);
        assert!(wrong.contains(part), "{wrong}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let root = folder();
    let file = root.path().join("file");
    fs::write(&file, "x").expect("a file");
    let error = pack(&[it(Source::Placeholder(Placeholder::Api))], &file).expect_err("no folder");
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
