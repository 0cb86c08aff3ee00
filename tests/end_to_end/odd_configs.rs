//! Whole configs that somebody could write: each is refused before anything is made, or an `up` makes it, a second one
//! has nothing to do, nothing drifts, and a `destroy` leaves nothing.
//!
//! A sample of them; `FINSIGHT_CASES=all` tries all, a number so many, and `SEED=n` begins with that one.

#[allow(dead_code, reason = "that they are refused where they should is looked at elsewhere")]
#[path = "../../programs/finsight/tests/odd/mod.rs"]
mod odd;

use odd::{CONFIGS, Odd, odd};

use crate::support::{Run, Site};

/// So many are tried where nothing is said.
const SAMPLE: u64 = 2;

#[test]
fn each_is_refused_or_made_and_taken_down() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let all = std::env::var("FINSIGHT_CASES").is_ok_and(|text| text == "all");
    let many = if all { CONFIGS } else { number("FINSIGHT_CASES").unwrap_or(SAMPLE) };
    let first = if all { 0 } else { number("SEED").unwrap_or(1) % CONFIGS };
    println!("odd configs: {many} from SEED={first}");
    let (mut made, mut refused, mut wrong) = (0, 0, Vec::new());
    for seed in (first..first + many).map(|seed| seed % CONFIGS) {
        let one = odd(seed);
        match lived(&one) {
            Ok(true) => made += 1,
            Ok(false) => refused += 1,
            Err(why) => wrong.push(format!("SEED={seed}, stack {}, {:?}:\n{why}", one.stack, one.turns)),
        }
    }
    println!("odd configs: {made} made and taken down, {refused} refused");
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Whether it was made and taken down; `false` where it was refused before anything was made.
fn lived(one: &Odd) -> Result<bool, String> {
    let site = Site::local(&one.stack);
    let path = site.path(&format!("config/{}.json", one.stack));
    std::fs::write(path, serde_json::to_string_pretty(&one.config).expect("JSON"))
        .expect("the config is written");
    let up = site.run(&["up", "--yes"]);
    if one.mistaken {
        let place = format!("{}.json:", one.stack);
        return match up.code {
            Some(1 | 3 | 64) if up.stderr.contains(&place) && !site.state().exists() => Ok(false),
            _ => Err(format!("a mistake is not refused at a place: {}", told("up", &up))),
        };
    }
    must("up", &up, 0, "")?;
    must("up again", &site.run(&["up", "--yes"]), 0, "Nothing to change")?;
    must("drift", &site.run(&["drift"]), 0, "")?;
    // A last snapshot may stay, and nobody needs it.
    let key = format!("{}/security/aws:kms:Key/database", one.stack);
    let destroy = ["destroy", "--yes", "--confirm-unreadable", &key];
    must("destroy", &site.run(&destroy), 0, "")?;
    let left = site.rows();
    if left.is_empty() { Ok(true) } else { Err(format!("left after destroy: {left:?}")) }
}

fn must(what: &str, run: &Run, code: i32, says: &str) -> Result<(), String> {
    let fits = run.code == Some(code) && (run.stdout.contains(says) || run.stderr.contains(says));
    if fits { Ok(()) } else { Err(told(what, run)) }
}

fn told(what: &str, run: &Run) -> String {
    let failed = run.stdout.lines().filter(|line| line.starts_with('✗'));
    let said = run.stderr.lines().filter(|line| !line.starts_with('✓'));
    let lines: Vec<&str> = failed.chain(said).take(40).collect();
    format!("`{what}` ended with {:?}\n{}", run.code, lines.join("\n"))
}
