//! `docs/guide/first-deployment.md`, word by word: its commands in their order, in one shell, by a new user with a new
//! account. What deploys has the policies of the role that the page makes, and nothing else.
//!
//! ```console
//! $ cargo test -p finsight-deploy --test end_to_end -- --nocapture first_deployment
//! ```

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use finsight_local::Account;

use crate::support::python::Venv;
use crate::support::site::REGION;
use crate::support::{Served, Site};

const PAGE: &str = include_str!("../../docs/guide/first-deployment.md");

/// The AWS CLI that pip has; people have its version 2, which takes the same commands.
const CLI: Venv = Venv { name: "awscli", wanted: &[&["awscli==1.46.3"]], alone: &[], imports: "awscli" };

/// What is not AWS's and not ours.
const ELSEWHERE: [&str; 4] = ["cargo", "dig", "curl", "programs/functions/build"];

/// The role that the page makes.
const ROLE: &str = "finsight-prod-up";

/// A command of the page, and the lines that it shows after it.
#[derive(Debug)]
struct Line {
    command: String,
    shown: Vec<String>,
}

/// The commands in the page's consoles.
fn lines() -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut inside = false;
    for text in PAGE.lines().map(str::trim) {
        if text.starts_with("```") {
            inside = text == "```console";
        } else if inside {
            match (text.strip_prefix("$ "), lines.last_mut()) {
                (Some(command), _) => lines.push(Line { command: command.to_owned(), shown: Vec::new() }),
                (None, Some(line)) => line.shown.push(text.to_owned()),
                (None, None) => panic!("what is shown before the first command: {text}"),
            }
        }
    }
    lines
}

/// A shell that goes on from command to command.
struct Shell {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Shell {
    /// A user's shell in the clone, with a home of its own, the binary and the AWS CLI.
    fn open(site: &Site, url: &str, python: &Path) -> Self {
        let (home, clone) = (site.path("home"), site.path("clone"));
        std::fs::create_dir_all(home.join(".aws")).expect("a home");
        std::fs::create_dir_all(clone.join("programs")).expect("a clone");
        let configs = clone.join("programs/config");
        std::fs::rename(site.path("config"), configs).expect("the shipped configs");
        // The embedded AWS takes any keys: who calls is set before each command.
        let keys = format!("region = {REGION}\naws_access_key_id = local\naws_secret_access_key = local\n");
        let profiles = format!("[profile admin]\n{keys}\n[profile {}]\n{keys}", "finsight-prod");
        std::fs::write(home.join(".aws/config"), profiles).expect("its profiles");
        let binary = Path::new(env!("CARGO_BIN_EXE_finsight-deploy")).parent().expect("its folder");
        let clis = python.parent().expect("its folder");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut child = Command::new("bash")
            .current_dir(&clone)
            .env_clear()
            .env("HOME", &home)
            .env("PATH", format!("{}:{}:{path}", binary.display(), clis.display()))
            .env("AWS_ENDPOINT_URL", url)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let to = child.stdin.take().expect("its input");
        let from = BufReader::new(child.stdout.take().expect("its output"));
        let mut shell = Self { child, to, from };
        // Nobody types `yes` here.
        let yes = r#"finsight-deploy() { local yes=; [ "$1" = up ] && yes=--yes; command finsight-deploy "$@" $yes; }"#;
        assert_eq!(shell.run(yes).0, 0);
        shell
    }

    /// Runs a command; its exit code and what it said.
    fn run(&mut self, command: &str) -> (i32, String) {
        writeln!(self.to, "{{ {command}\n}} < /dev/null 2>&1; code=$?; echo; echo \"@@$code\"")
            .expect("it is typed");
        let mut said = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.from.read_line(&mut line).expect("its output"), 0, "the shell ended: {said}");
            match line.trim_end().strip_prefix("@@") {
                Some(code) => return (code.parse().expect("a code"), said),
                None => said.push_str(&line),
            }
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The policies that stand at the role.
fn policies_of_the_role(served: &Served) -> Vec<String> {
    let iam = aws_sdk_iam::Client::new(&served.sdk(REGION));
    served.block(async {
        let attached = iam.list_attached_role_policies().role_name(ROLE).send().await.expect("its policies");
        let mut documents = Vec::new();
        for policy in attached.attached_policies() {
            let arn = policy.policy_arn().expect("its ARN");
            let version = iam.get_policy_version().policy_arn(arn).version_id("v1").send().await;
            let version = version.expect("its version").policy_version.expect("a version");
            let document = version.document.expect("a document");
            documents.push(decoded(&document));
        }
        documents
    })
}

/// IAM's documents come as parts of a URL.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).expect("an escape"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).expect("a text")
}

#[test]
fn a_new_account_comes_to_a_running_stack_by_the_page_alone() {
    let Some(python) = CLI.python_or_skip("the page of the first deployment") else { return };
    let served = Served::new();
    // What steps 1 and 7 have people at AWS do was done; AWS's own roles are not there yet.
    served.account(Account::Prepared);
    let site = Site::bare("prod");
    // Step 3, where the account's digits are put in.
    site.edit_config("\"region\":", "\"account\": \"123456789012\",\n  \"region\":");
    let mut shell = Shell::open(&site, &served.url, &python);
    let (mut count, mut under_the_role) = (0, 0);
    for Line { command, shown } in lines() {
        let name = command.split_whitespace().next().unwrap_or_default();
        // Nor does the embedded AWS count costs.
        if ELSEWHERE.contains(&name) || command.starts_with("aws ce ") {
            continue;
        }
        count += 1;
        let deploys = name == "finsight-deploy" && !command.contains(" permissions ");
        let policies = if deploys { policies_of_the_role_or_none(&served) } else { None };
        under_the_role += usize::from(policies.is_some());
        match &policies {
            Some(policies) => served.caller(policies),
            None => served.any_caller(),
        }
        let (code, said) = shell.run(&command);
        served.any_caller();
        assert_eq!(code, 0, "`{command}`:\n{said}");
        for line in shown {
            assert!(said.contains(&line), "`{command}` does not show `{line}`:\n{said}");
        }
        println!("$ {command}\n{}", said.trim_end());
    }
    println!("the page: {count} commands, {under_the_role} of them by the role alone");
    assert!(count > 25 && under_the_role > 6);
    let (_, drift) = shell.run("finsight-deploy drift --stack prod");
    assert!(drift.contains("nothing drifted"), "{drift}");
    let (_, preview) = shell.run("finsight-deploy preview --stack prod");
    assert!(preview.contains("Nothing to change"), "{preview}");
}

/// Once the page has made the role.
fn policies_of_the_role_or_none(served: &Served) -> Option<Vec<String>> {
    let iam = aws_sdk_iam::Client::new(&served.sdk(REGION));
    let role = served.block(iam.get_role().role_name(ROLE).send());
    role.is_ok().then(|| policies_of_the_role(served))
}
