//! Small programs that many scenarios share.

use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use finsight_sim::kinds::{Program, reference};

pub const PARENT: &str = "sim:net:Parent";
pub const MEMBER: &str = "sim:net:Member";
pub const LINK: &str = "sim:net:Link";
pub const ROLE: &str = "sim:id:Role";
pub const STORE: &str = "sim:db:Store";
pub const VAULT: &str = "sim:db:Vault";
pub const FUNCTION: &str = "sim:app:Function";
pub const SITE: &str = "sim:edge:Site";
pub const RECORD: &str = "sim:edge:Record";
pub const BALANCER: &str = "sim:app:Balancer";
pub const DEFAULT: &str = "sim:net:Default";
pub const NAME: &str = "sim:net:Name";
pub const BOARD: &str = "sim:net:Board";
pub const PIN: &str = "sim:net:Pin";
pub const NOTE: &str = "sim:net:Note";

/// The range of a parent before, and after what forces its replacement.
pub const OLD: &str = "10.0.0.0/16";
pub const NEW: &str = "10.1.0.0/16";

/// A program of the stack `dev`.
pub fn program(declare: impl FnOnce(&mut Program)) -> Graph {
    let mut program = Program::new("dev");
    declare(&mut program);
    program.graph()
}

/// The program that declares nothing.
pub fn empty() -> Graph {
    program(|_| {})
}

/// `Parent/main` of this range alone.
pub fn alone(range: &str, options: Options) -> Graph {
    program(|p| {
        p.add_with(PARENT, "main", &[("range", range.into())], options);
    })
}

/// `Parent/main` with a note, in this zone.
pub fn zoned(zone: &str) -> Graph {
    program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into()), ("note", "a".into()), ("zone", zone.into())]);
    })
}

/// A `Parent/main` of this range, and `Member/a` in it.
pub fn net(range: &str, main: Options, a: Options) -> Graph {
    program(|p| {
        let main = p.add_with(PARENT, "main", &[("range", range.into())], main);
        p.add_with(MEMBER, "a", &[("parent_id", reference(&main, "id")), ("range", "10.0.1.0/24".into())], a);
    })
}

/// A `Role/runner` of this path, and `Function/api` that runs as it.
pub fn service(path: &str, api: Options) -> Graph {
    program(|p| {
        let role = p.add(ROLE, "runner", &[("path", path.into())]);
        p.add_with(FUNCTION, "api", &[("role", reference(&role, "arn"))], api);
    })
}

/// The same, where the role has a name that it keeps.
pub fn named_service(path: &str) -> Graph {
    program(|p| {
        let role = p.add(ROLE, "runner", &[("role_name", "runner".into()), ("path", path.into())]);
        p.add(FUNCTION, "api", &[("role", reference(&role, "arn"))]);
    })
}

/// Three parents, and a member in the first.
pub fn three() -> Graph {
    program(|p| {
        let one = p.add(PARENT, "one", &[("range", OLD.into())]);
        p.add(PARENT, "two", &[("range", OLD.into())]);
        p.add(PARENT, "three", &[("range", OLD.into())]);
        p.add(MEMBER, "a", &member(&one, "10.0.1.0/24"));
    })
}

/// `Member/a` stands on `Member/b`, or the other way round.
pub fn peers(turned: bool) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let mut add = |name: &str, range: &str, on: Option<&str>| {
            let [parent, range] = member(&main, range);
            let mut inputs = vec![parent, range];
            if let Some(on) = on {
                inputs.push(("peers", vec![reference(&urn(MEMBER, on), "id")].into()));
            }
            p.add(MEMBER, name, &inputs);
        };
        add("a", "10.0.1.0/24", (!turned).then_some("b"));
        add("b", "10.0.2.0/24", turned.then_some("a"));
    })
}

/// `lb` can do without `a` for a while; `a` stands on `runner`, whose replacement is made once the old one is gone, by its name.
pub fn stacked(path: &str, range: &str) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let m = p.add(MEMBER, "m", &member(&main, "10.0.9.0/24"));
        let role = p.add(ROLE, "runner", &[("role_name", "runner".into()), ("path", path.into())]);
        let a = p.add(MEMBER, "a", &[("parent_id", reference(&role, "arn")), ("range", range.into())]);
        p.add(
            BALANCER,
            "lb",
            &[
                ("parent_id", reference(&main, "id")),
                ("member_ids", vec![reference(&m, "id")].into()),
                ("role", reference(&a, "arn")),
            ],
        );
    })
}

/// A member of a parent.
pub fn member(parent: &Urn, range: &str) -> [(&'static str, Value); 2] {
    [("parent_id", reference(parent, "id")), ("range", range.into())]
}

/// The URN of a resource of these programs.
pub fn urn(type_name: &str, name: &str) -> Urn {
    Urn::new("dev", "sim", type_name, name).expect("a URN")
}

pub fn plain() -> Options {
    Options::default()
}

pub fn protected() -> Options {
    Options { protect: true, ..plain() }
}

pub fn first() -> Options {
    Options { delete_before_replace: true, ..plain() }
}

pub fn retained() -> Options {
    Options { retain_on_delete: true, ..plain() }
}

/// `depends_on` of one resource.
pub fn depending(on: &Urn) -> Options {
    Options { depends_on: [(on.clone(), "the scenario wants it".to_owned())].into(), ..plain() }
}
