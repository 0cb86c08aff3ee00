//! The prefix lists of the services that have gateway endpoints.

use serde_json::{Value, json};

use super::describe::{filters, invalid_filter, matches};
use crate::answer::{self, Answered, Refusal};
use crate::wire::query::Params;
use crate::world::Context;

const SERVICES: [(&str, &str, &str); 2] =
    [("s3", "pl-61a54008", "52.219.0.0/20"), ("dynamodb", "pl-78a54011", "52.94.8.0/24")];

/// The prefix list of a service such as `com.amazonaws.ap-northeast-1.s3`.
pub(crate) fn of_service(name: &str) -> Option<&'static str> {
    let service = name.rsplit('.').next()?;
    SERVICES.iter().find(|(s, _, _)| *s == service).map(|(_, id, _)| *id)
}

/// Whether a prefix list with this id exists.
pub(crate) fn exists(id: &str) -> bool {
    SERVICES.iter().any(|(_, known, _)| *known == id)
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let ids = params.texts("PrefixListId");
    if let Some(unknown) = ids.iter().find(|id| !exists(id)) {
        return Err(Refusal::bad(
            "InvalidPrefixListId.NotFound",
            format!("The prefix list ID '{unknown}' does not exist"),
        ));
    }
    let filters = filters(params)?;
    let mut found: Vec<Value> = Vec::new();
    for (service, id, cidr) in SERVICES {
        let name = format!("com.amazonaws.{}.{service}", cx.region());
        let mut passes = ids.is_empty() || ids.iter().any(|wanted| wanted == id);
        for (filter, wanted) in &filters {
            let have = match filter.as_str() {
                "prefix-list-id" => id,
                "prefix-list-name" => name.as_str(),
                _ => return Err(invalid_filter(filter)),
            };
            passes &= wanted.iter().any(|pattern| matches(pattern, have));
        }
        if passes {
            found.push(json!({"prefixListId": id, "prefixListName": name, "cidrSet": [cidr]}));
        }
    }
    Ok(answer::ec2("DescribePrefixLists", json!({"prefixListSet": found})))
}
