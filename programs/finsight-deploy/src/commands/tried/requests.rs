//! What browsers send, and what they should see.

use std::collections::BTreeSet;

use finsight_function_testing::issuer::Key;
use finsight_local::walk::{Request, Seen, Walk};
use serde_json::{Value, json};

use super::backend::Mood;
use super::ground::Ground;
use super::row::Row;

/// Seconds since 1970 at which every token is long over.
const LONG_AGO: u64 = 1_000_000_000;
/// Another site than FinSight's.
const STRANGER: &str = "https://finsight.example.org";
/// What a page sends besides what every page may send.
const SENT: [&str; 2] = ["Authorization", "Content-Type"];
/// A line of a statement in Shift_JIS: 日付,金額.
const STATEMENT: &[u8] = &[0x93, 0xfa, 0x95, 0x74, 0x2c, 0x8b, 0xe0, 0x8a, 0x7a];

/// The same as a function gets it.
const IN_BASE64: &str = "k/qVdCyL4Ip6";

/// What should be seen.
#[derive(Clone, Copy)]
struct Want<'a> {
    status: u16,
    /// How the name of the place begins that decides.
    by: &'a str,
    /// Whether the page may read it.
    readable: bool,
}

/// What should be seen by a page of the site.
fn want(status: u16, by: &str) -> Want<'_> {
    Want { status, by, readable: true }
}

/// A check of what was seen besides: what is wrong with it.
type Check<'a> = &'a dyn Fn(&Request, &Seen) -> Option<String>;

struct Script<'g> {
    ground: &'g Ground<'g>,
    walk: Walk,
    url: String,
    site: String,
    rows: Vec<Row>,
    unknown: BTreeSet<String>,
}

/// Sends everything, and gives what is not known of the way too.
pub fn all(ground: &Ground<'_>) -> (Vec<Row>, BTreeSet<String>) {
    let mut script = Script {
        ground,
        walk: ground.walk(),
        url: format!("https://{}", ground.config.api.domain),
        site: ground.config.api.cors_origins.first().cloned().unwrap_or_default(),
        rows: Vec::new(),
        unknown: BTreeSet::new(),
    };
    script.preflights();
    script.calls();
    script.strangers();
    script.tokens();
    script.sizes();
    script.troubles();
    script.ways_round();
    script.many();
    (script.rows, script.unknown)
}

impl Script<'_> {
    /// A call of a page of the site.
    fn call(&self, method: &str, path: &str) -> Request {
        Request::new(method, &format!("{}{path}", self.url)).header("Origin", self.site.as_str())
    }

    /// The same with a token of these claims.
    fn with(&self, claims: &Value, method: &str, path: &str) -> Request {
        self.call(method, path).header("Authorization", format!("Bearer {}", Key::first().token(claims)))
    }

    fn authorized(&self, method: &str, path: &str) -> Request {
        self.with(&self.ground.claims(), method, path)
    }

    /// The origins that may call: those of the config, and a preview's where there are previews.
    fn origins(&self) -> Vec<String> {
        let mut all = self.ground.config.api.cors_origins.clone();
        if self.ground.config.frontend.pull_request_previews
            && let Some(domain) = self.walk.site(self.ground.tag())
        {
            all.push(format!("https://pr-7.{domain}"));
        }
        all
    }

    fn send(&mut self, request: &Request, mood: Mood) -> Seen {
        let seen = self.walk.send(request, &|event, environment| mood.work(event, environment));
        self.unknown.extend(seen.unknown.iter().cloned());
        seen
    }

    /// A line: each of these requests should be answered so.
    fn line(&mut self, what: &str, requests: &[Request], mood: Mood, want: Want<'_>, check: Check<'_>) {
        let mut row: Option<Row> = None;
        for request in requests {
            let seen = self.send(request, mood);
            let wrong = judged(request, &seen, want, check);
            if row.as_ref().is_none_or(Row::is_good) {
                row = Some(Row {
                    what: what.to_owned(),
                    times: requests.len(),
                    asked: Some((request.method.clone(), url(request))),
                    origin: request.headers.get("Origin").map(str::to_owned),
                    seen,
                    wrong,
                });
            }
        }
        self.rows.extend(row);
        // Whoever waits a moment has all his tokens again.
        self.walk.pass(10_000);
    }

    fn preflights(&mut self) {
        let origins = self.origins();
        for (_, groups, _) in self.ground.config.api.functions.all() {
            for group in groups {
                let asked: Vec<Request> = origins
                    .iter()
                    .flat_map(|origin| {
                        [format!("/{group}"), format!("/{group}/1")].map(|path| self.preflight(&path, origin))
                    })
                    .collect();
                let check = |request: &Request, seen: &Seen| {
                    let origin = request.headers.get("Origin").unwrap_or_default();
                    let lets = seen.reply.as_ref().is_some_and(|reply| reply.lets(origin, "PUT", &SENT));
                    (!lets).then(|| format!("{}: a page of {origin} may not send PUT", place(seen)))
                };
                self.line(&format!("preflight of /{group}"), &asked, Mood::Well, want(200, "stage"), &check);
            }
        }
        let asked = [self.preflight("/users", STRANGER)];
        let want = Want { readable: false, ..want(200, "stage") };
        self.line("preflight of another site", &asked, Mood::Well, want, &nothing);
    }

    fn preflight(&self, path: &str, origin: &str) -> Request {
        self.call("OPTIONS", path)
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "PUT")
            .header("Access-Control-Request-Headers", "authorization,content-type")
    }

    fn calls(&mut self) {
        let (origins, stack) = (self.origins(), self.ground.stack);
        let claims = self.ground.claims();
        for (name, groups, _) in self.ground.config.api.functions.all() {
            let function = format!("function {}:", finsight::stack_name(stack, &format!("finsight-{name}")));
            for group in groups {
                let open = *group == "auth";
                let path = |path: String| match open {
                    true => self.call("POST", &path).body("application/json", "{}"),
                    false => self.authorized("GET", &path),
                };
                let paths = [format!("/{group}"), format!("/{group}/1")];
                let asked: Vec<Request> = origins
                    .iter()
                    .flat_map(|origin| paths.clone().map(|one| path(one).header("Origin", origin.as_str())))
                    .collect();
                let who = if open { Value::Null } else { claims["sub"].clone() };
                let check = |request: &Request, seen: &Seen| {
                    let said = answer(seen);
                    let good = said["path"] == request.path && said["who"] == who;
                    (!good).then(|| {
                        format!("{}: the function did not get the call as it was: {said}", place(seen))
                    })
                };
                let what = if open { "without a token" } else { "with a token" };
                self.line(&format!("/{group} {what}"), &asked, Mood::Well, want(200, &function), &check);
            }
        }
        let report = [self.authorized("GET", "/reports/2026.pdf").header("Accept", "application/pdf")];
        let check = |_: &Request, seen: &Seen| {
            let body = seen.reply.as_ref().map(|reply| reply.body.clone()).unwrap_or_default();
            (!body.starts_with(b"%PDF")).then(|| format!("{}: it is no PDF any more", place(seen)))
        };
        self.line("a report as PDF", &report, Mood::Well, want(200, "function"), &check);
    }

    /// What a page of another site gets, it may not read.
    fn strangers(&mut self) {
        let asked = [self.authorized("GET", "/users").header("Origin", STRANGER)];
        let want = Want { readable: false, ..want(200, "function") };
        self.line("/users from another site", &asked, Mood::Well, want, &nothing);
    }

    fn tokens(&mut self) {
        let origins = self.origins();
        let of_each = |request: &Request| -> Vec<Request> {
            origins.iter().map(|origin| request.clone().header("Origin", origin.as_str())).collect()
        };
        let good = self.ground.claims();
        let changed = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            claims
        };
        let forged = Key::second().sign(&json!({"alg": "RS256", "typ": "JWT", "kid": "first"}), &good);
        let cases = [
            ("no token", self.call("GET", "/users")),
            ("an expired token", self.with(&changed("exp", json!(LONG_AGO)), "GET", "/users")),
            ("a token for another API", self.with(&changed("aud", json!("https://other")), "GET", "/users")),
            (
                "a forged token",
                self.call("GET", "/users").header("Authorization", format!("Bearer {forged}")),
            ),
        ];
        for (what, request) in cases {
            let asked = of_each(&request);
            self.line(&format!("/users with {what}"), &asked, Mood::Well, want(401, "stage"), &nothing);
        }
        let asked = of_each(&self.authorized("GET", "/nothing"));
        self.line("a path that is not there", &asked, Mood::Well, want(403, "stage"), &nothing);
        let walk = std::mem::replace(&mut self.walk, self.ground.walk_without_keys());
        let asked = of_each(&self.authorized("GET", "/users"));
        self.line("/users while Auth0 is away", &asked, Mood::Well, want(500, "stage"), &nothing);
        self.walk = walk;
    }

    fn sizes(&mut self) {
        let edge = self.acl("edge");
        let long = self.authorized("POST", "/users").body("application/json", vec![b' '; 16_385]);
        self.line("a body of 16 KB and more", &[long], Mood::Well, want(403, &edge), &nothing);
        let Some(path) = self.ground.config.security.firewall.upload_paths.first().cloned() else { return };
        let statement = self.authorized("POST", &path).body("text/csv", STATEMENT);
        let check = |_: &Request, seen: &Seen| {
            let said = answer(seen);
            (said["body"] != IN_BASE64).then(|| format!("{}: it came as {}", place(seen), said["body"]))
        };
        self.line("a statement in Shift_JIS", &[statement], Mood::Well, want(200, "function"), &check);
        let file = self.authorized("POST", &path).body("text/csv", vec![b'1'; 4_500_000]);
        self.line("a file of 4.5 MB", &[file], Mood::Well, want(200, "function"), &nothing);
        let file = self.authorized("POST", &path).body("text/csv", vec![b'1'; (10 << 20) + 1]);
        self.line("a file of more than 10 MB", &[file], Mood::Well, want(413, "stage"), &nothing);
    }

    fn troubles(&mut self) {
        let page = |_: &Request, seen: &Seen| {
            let said = answer(seen);
            let good = said["message"].as_str().is_some_and(|text| text.contains("not available"));
            (!good).then(|| format!("{}: the page for a silent API is not shown: {said}", place(seen)))
        };
        let cases = [
            ("a function that takes a minute", Mood::Slow, 502, "stage"),
            ("a function that crashes", Mood::Broken, 502, "stage"),
            ("a function without its database", Mood::WithoutDatabase, 503, "function"),
        ];
        for (what, mood, status, by) in cases {
            let asked: Vec<Request> = self
                .origins()
                .iter()
                .map(|origin| self.authorized("GET", "/users").header("Origin", origin.as_str()))
                .collect();
            self.line(what, &asked, mood, want(status, by), &page);
        }
    }

    /// Nobody comes in by another way.
    fn ways_round(&mut self) {
        let clear = self.authorized("GET", "/users");
        let clear = Request { secure: false, ..clear };
        self.line("/users without TLS", &[clear], Mood::Well, want(403, "distribution"), &nothing);
        let request = self.authorized("GET", "/users");
        let seen = self.walk.send_round(&request, &|event, environment| Mood::Well.work(event, environment));
        let mut wrong = Vec::new();
        if seen.status() != Some(403) || !blocked_by(&seen, &self.acl("regional")) {
            wrong.push(format!("{}: {}: who goes round CloudFront is let in", place(&seen), did(&seen)));
        }
        self.rows.push(Row {
            what: "/users past CloudFront".to_owned(),
            times: 1,
            asked: Some((request.method.clone(), url(&request))),
            origin: Some(self.site.clone()),
            seen,
            wrong,
        });
    }

    /// Too many requests: of a caller, of all, of who guesses passwords. They come last: who is stopped stays so.
    fn many(&mut self) {
        let firewall = &self.ground.config.security.firewall;
        let (edge, of_log_in) = (self.acl("edge"), firewall.log_ins_per_5_minutes);
        let of_all = firewall.requests_per_5_minutes;
        if let Some(plan) = self.ground.config.api.usage_plans.values().next() {
            let asked = self.authorized("GET", "/users").from("192.0.2.20");
            let what = format!("more than {} calls at once", plan.burst);
            self.flood(&what, &asked, plan.burst, 0, want(429, "stage"));
        }
        let log_in = self.call("POST", "/auth/login").body("application/json", "{}").from("192.0.2.30");
        let what = format!("more than {of_log_in} log-ins in 5 minutes");
        self.flood(&what, &log_in, of_log_in, 100, want(403, &edge));
        let asked = self.preflight("/users", &self.site).from("192.0.2.40");
        let what = format!("more than {of_all} requests in 5 minutes");
        // Slow enough for the stage's own limit.
        self.flood(&what, &asked, of_all, 300_000 / (of_all.unsigned_abs() + 1), want(403, &edge));
    }

    /// Sends a request so often that the next one is too many: all before it are let through.
    fn flood(&mut self, what: &str, request: &Request, most: i64, pause: u64, want: Want<'_>) {
        let mut wrong = Vec::new();
        for number in 1..=most {
            let seen = self.send(request, Mood::Well);
            self.walk.pass(pause);
            if seen.status() != Some(200) {
                wrong.push(format!("{}: {} stops number {number} of {most}", place(&seen), did(&seen)));
                break;
            }
        }
        let seen = self.send(request, Mood::Well);
        if wrong.is_empty() {
            wrong = judged(request, &seen, want, &nothing);
        }
        self.walk.pass(10_000);
        self.rows.push(Row {
            what: what.to_owned(),
            times: usize::try_from(most).unwrap_or_default() + 1,
            asked: Some((request.method.clone(), url(request))),
            origin: request.headers.get("Origin").map(str::to_owned),
            seen,
            wrong,
        });
    }

    fn acl(&self, what: &str) -> String {
        format!("web ACL {}", finsight::stack_name(self.ground.stack, &format!("finsight-{what}")))
    }
}

/// What is wrong with what was seen of a request.
fn judged(request: &Request, seen: &Seen, want: Want<'_>, check: Check<'_>) -> Vec<String> {
    let Some(reply) = &seen.reply else {
        return vec![format!("{}: {}: there is no answer", place(seen), did(seen))];
    };
    let mut wrong = Vec::new();
    let decided =
        seen.decided_by().is_some_and(|hop| hop.at.starts_with(want.by) || blocked_by(seen, want.by));
    if reply.status != want.status || !decided {
        let (status, by) = (want.status, want.by.trim_end_matches(':'));
        // Who answered instead of the place that had decided, as with a page for an error.
        let instead = seen.answered_by().filter(|last| last.did != did(seen));
        let instead = instead.map(|last| format!(", then {}: {}", last.at, last.did)).unwrap_or_default();
        let story = format!("{}: {}{instead}", place(seen), did(seen));
        wrong.push(format!("{story}: {} instead of {status} by the {by}", reply.status));
        return wrong;
    }
    let origin = request.headers.get("Origin").unwrap_or_default();
    let allowed = reply.headers.get("Access-Control-Allow-Origin").unwrap_or("absent");
    if reply.readable_by(origin) != want.readable {
        let may = if want.readable { "cannot" } else { "can" };
        let last = seen.hops.last().map_or("nobody", |hop| hop.at.as_str());
        wrong.push(format!(
            "{last}: a page of {origin} {may} read it: Access-Control-Allow-Origin is {allowed}"
        ));
    }
    // The second line: who goes on without CloudFront's policy still knows what was refused.
    let bare = |hop: &&finsight_local::walk::Hop| {
        let own = hop.reply.as_ref().filter(|own| own.status >= 400);
        hop.at.starts_with("stage ")
            && own.is_some_and(|own| own.headers.get("Access-Control-Allow-Origin").is_none())
    };
    if let Some(hop) = seen.hops.iter().find(bare) {
        wrong.push(format!("{}: {}: its own answer has no CORS header", hop.at, hop.did));
    }
    if request.secure && reply.headers.get("Strict-Transport-Security").is_none() {
        let last = seen.hops.last().map_or("nobody", |hop| hop.at.as_str());
        wrong.push(format!("{last}: Strict-Transport-Security is absent"));
    }
    wrong.extend(check(request, seen));
    wrong
}

/// Whether a web ACL of this name stands behind an answer that a stage gave for it.
fn blocked_by(seen: &Seen, by: &str) -> bool {
    by.starts_with("web ACL")
        && seen.hops.iter().any(|hop| hop.at.starts_with(by) && hop.did.contains(" blocks "))
}

fn nothing(_: &Request, _: &Seen) -> Option<String> {
    None
}

fn place(seen: &Seen) -> &str {
    seen.decided_by().map_or("nobody", |hop| hop.at.as_str())
}

fn did(seen: &Seen) -> &str {
    seen.decided_by().map_or("", |hop| hop.did.as_str())
}

fn answer(seen: &Seen) -> Value {
    let text = seen.reply.as_ref().map(finsight_local::walk::Reply::text).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn url(request: &Request) -> String {
    let scheme = if request.secure { "https" } else { "http" };
    format!("{scheme}://{}{}", request.host, request.path)
}
