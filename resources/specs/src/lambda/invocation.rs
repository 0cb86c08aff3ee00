//! `aws:lambda:Invocation`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{FunctionName, InvocationId};

resource! {
    /// A call of a function that has to have succeeded: it is made once, and again with each change of what it is made for.
    ///
    /// Nothing in AWS shows that a call was made: the record alone says so, and a call whose answer was lost is made again. So
    /// the function has to come to the same when it is called twice. A delete calls nothing.
    Invocation: "aws:lambda:Invocation", id InvocationId, outputs InvocationOutputs {
        required {
            /// The function.
            function_name: FunctionName { replace() },
        }
        optional {
            /// The version or alias.
            qualifier: String { replace(), default("$LATEST") },
            /// The event, as JSON.
            input: String { write_only(), default("{}"), equality(Equality::Json), lets_go(LetsGo::Free) },
            /// What else it is made for: with each change of a value it is made again.
            triggers: BTreeMap<String, String> { write_only(), lets_go(LetsGo::Free) },
        }
        outputs {}
        spec {
            identity: Identity::Adopted { key: &["function_name", "qualifier"] },
            // A function may work for a quarter of an hour.
            timing: Timing::new([5, 5, 1], [20, 20, 2]).poll(1_000),
        }
    }
}
