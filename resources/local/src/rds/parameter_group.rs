//! DB parameter groups and the parameters that were set in them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{arn, done, identifier, paged, tags};
use crate::answer::{Answered, Refusal};
use crate::wire::query::Params;
use crate::world::{Context, Tags};

/// The most parameters of one call.
const AT_ONCE: usize = 20;

/// Parameters of PostgreSQL that only take effect after a reboot.
const STATIC: [&str; 14] = [
    "autovacuum_freeze_max_age",
    "autovacuum_max_workers",
    "huge_pages",
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_wal_senders",
    "max_worker_processes",
    "rds.logical_replication",
    "shared_buffers",
    "shared_preload_libraries",
    "track_activity_query_size",
    "wal_buffers",
];

/// A DB parameter group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ParameterGroup {
    name: String,
    family: String,
    description: String,
    /// What was set to something else than the family's default: value and method.
    set: BTreeMap<String, (String, String)>,
    /// Until then an instance that is made with it comes up without its static parameters: AWS asks for
    /// five minutes between a modification and the first instance (`ModifyDBParameterGroup`).
    #[serde(default)]
    settles_at: i64,
    pub tags: Tags,
}

/// Seconds that AWS asks for after a modification.
const SETTLING: u32 = 300;

/// What a family itself sets a parameter to; AWS gives its source as `system`. TLS is demanded from
/// postgres15 on (RDS User Guide, "Requiring an SSL connection to a PostgreSQL DB instance").
fn default_value(family: &str, name: &str) -> Option<&'static str> {
    let major: u32 = family.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
    match name {
        "rds.force_ssl" if major >= 15 => Some("1"),
        "rds.force_ssl" | "rds.logical_replication" => Some("0"),
        "max_connections" => Some("LEAST({DBInstanceClassMemory/9531392},5000)"),
        "shared_preload_libraries" => Some("pg_stat_statements"),
        _ => None,
    }
}

fn missing(name: &str) -> Refusal {
    Refusal::new(404, "DBParameterGroupNotFound", format!("DBParameterGroup not found: {name}"))
}

impl ParameterGroup {
    /// A group of AWS's own, `default.postgres15`.
    fn default_of(name: &str) -> Option<ParameterGroup> {
        let family = name.strip_prefix("default.")?;
        Some(ParameterGroup {
            name: name.to_owned(),
            family: family.to_owned(),
            description: format!("Default parameter group for {family}"),
            set: BTreeMap::new(),
            settles_at: 0,
            tags: Tags::new(),
        })
    }

    fn render(&self, region: &str) -> Value {
        json!({
            "DBParameterGroupName": self.name,
            "DBParameterGroupFamily": self.family,
            "Description": self.description,
            "DBParameterGroupArn": arn(region, "pg", &self.name),
        })
    }

    fn parameters(&self) -> Vec<Value> {
        let user =
            self.set.iter().map(|(name, (value, method))| parameter(name, Some(value), "user", method));
        let known = STATIC.iter().copied().chain(["rds.force_ssl"]);
        let untouched = known.filter(|name| !self.set.contains_key(*name)).map(|name| {
            let default = default_value(&self.family, name).map(str::to_owned);
            let source = if default.is_some() { "system" } else { "engine-default" };
            parameter(name, default.as_ref(), source, "pending-reboot")
        });
        user.chain(untouched).collect()
    }

    /// The value of a parameter, whoever set it.
    fn value(&self, name: &str) -> Option<&str> {
        let set = self.set.get(name).map(|(value, _)| value.as_str());
        set.or_else(|| default_value(&self.family, name))
    }
}

fn parameter(name: &str, value: Option<&String>, source: &str, method: &str) -> Value {
    let apply = if STATIC.contains(&name) { "static" } else { "dynamic" };
    json!({
        "ParameterName": name, "ParameterValue": value, "Source": source, "ApplyType": apply,
        "ApplyMethod": method, "IsModifiable": true, "DataType": "string",
    })
}

fn seen(cx: &mut Context<'_>, name: &str) -> Result<ParameterGroup, Refusal> {
    let name = name.to_lowercase();
    let own = cx.databases().parameter_groups.get(&name).cloned();
    own.or_else(|| ParameterGroup::default_of(&name)).ok_or_else(|| missing(&name))
}

/// The name of a group, if it is there and of this family.
pub(crate) fn fitting(cx: &mut Context<'_>, name: &str, family: &str) -> Result<String, Refusal> {
    let group = seen(cx, name)?;
    if group.family != family {
        let message = format!(
            "The Parameter Group {name} with DBParameterGroupFamily {} can't be used for this instance. Please use a Parameter Group with DBParameterGroupFamily {family}",
            group.family
        );
        return Err(Refusal::bad("InvalidParameterCombination", message));
    }
    Ok(group.name)
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = identifier(params, "DBParameterGroupName")?;
    let group = ParameterGroup {
        name: name.clone(),
        family: params.required("DBParameterGroupFamily")?,
        description: params.required("Description")?,
        set: BTreeMap::new(),
        settles_at: 0,
        tags: tags::of(params)?,
    };
    if cx.databases().parameter_groups.contains_key(&name) {
        let message = format!("Parameter group {name} already exists");
        return Err(Refusal::bad("DBParameterGroupAlreadyExists", message));
    }
    let body = json!({"DBParameterGroup": group.render(cx.region())});
    cx.databases().parameter_groups.insert(name, group);
    Ok(done(cx, &body))
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let region = cx.region().to_owned();
    let items = match params.filled("DBParameterGroupName") {
        Some(name) => vec![seen(cx, &name)?.render(&region)],
        None => cx.databases().parameter_groups.values().map(|g| g.render(&region)).collect(),
    };
    let body = paged(params, "DBParameterGroups", items)?;
    Ok(done(cx, &body))
}

/// Whether an instance that is made with a group now comes up without its static parameters.
pub(crate) fn settles(cx: &mut Context<'_>, name: &str) -> bool {
    let now = cx.now();
    let group = cx.databases().parameter_groups.get(name);
    group.is_some_and(|g| now < g.settles_at && g.set.keys().any(|p| STATIC.contains(&p.as_str())))
}

/// What was set; besides it only the static parameters and those with a default of the family are listed.
pub(crate) fn parameters(cx: &mut Context<'_>, params: &Params) -> Answered {
    let group = seen(cx, &params.required("DBParameterGroupName")?)?;
    let source = params.filled("Source");
    let items =
        group.parameters().into_iter().filter(|p| source.as_ref().is_none_or(|s| p["Source"] == json!(s)));
    let body = paged(params, "Parameters", items.collect())?;
    Ok(done(cx, &body))
}

/// A group to change.
fn owned<'a>(cx: &'a mut Context<'_>, params: &Params) -> Result<&'a mut ParameterGroup, Refusal> {
    let name = params.required("DBParameterGroupName")?.to_lowercase();
    if name.starts_with("default.") {
        let message = format!("Parameter group {name} is a default group and cannot be changed");
        return Err(Refusal::bad("InvalidDBParameterGroupState", message));
    }
    cx.databases().parameter_groups.get_mut(&name).ok_or_else(|| missing(&name))
}

fn named(params: &Params) -> Result<Vec<Params>, Refusal> {
    let list = params.list("Parameters");
    if list.len() > AT_ONCE {
        let message = format!("At most {AT_ONCE} parameters can be changed in one request");
        return Err(Refusal::bad("InvalidParameterValue", message));
    }
    Ok(list)
}

/// Marks the instances of a group, if a static parameter of it changed.
fn mark(cx: &mut Context<'_>, group: &str, changed: &[String]) {
    if changed.iter().any(|name| STATIC.contains(&name.as_str())) {
        for instance in cx.databases().instances.values_mut().filter(|i| i.parameter_group == group) {
            instance.awaits_reboot = true;
        }
    }
}

pub(crate) fn modify(cx: &mut Context<'_>, params: &Params) -> Answered {
    let list = named(params)?;
    if list.is_empty() {
        return Err(Refusal::missing("Parameters"));
    }
    let mut wanted = Vec::new();
    for item in &list {
        let name = item.required("ParameterName")?;
        let method = item.filled("ApplyMethod").unwrap_or_else(|| "pending-reboot".to_owned());
        if method == "immediate" && STATIC.contains(&name.as_str()) {
            let message = format!("cannot use immediate apply method for static parameter: {name}");
            return Err(Refusal::bad("InvalidParameterCombination", message));
        }
        wanted.push((name, (item.required("ParameterValue")?, method)));
    }
    let settles_at = cx.clock.due(SETTLING);
    let group = owned(cx, params)?;
    let name = group.name.clone();
    let differs =
        |(parameter, wish): &&(String, (String, String))| group.value(parameter) != Some(wish.0.as_str());
    let changed: Vec<String> =
        wanted.iter().filter(differs).map(|(parameter, _)| parameter.clone()).collect();
    for (parameter, wish) in wanted {
        // What is set to the family's own default stays the family's (terraform-provider-aws#23335).
        if default_value(&group.family, &parameter) == Some(wish.0.as_str()) {
            group.set.remove(&parameter);
        } else {
            group.set.insert(parameter, wish);
        }
    }
    group.settles_at = settles_at;
    mark(cx, &name, &changed);
    Ok(done(cx, &json!({"DBParameterGroupName": name})))
}

pub(crate) fn reset(cx: &mut Context<'_>, params: &Params) -> Answered {
    let list = named(params)?;
    let all = params.flag("ResetAllParameters").unwrap_or(false);
    // How it comes in force is the parameter's own: what is said of that is not looked at.
    let names: Vec<String> = list
        .iter()
        .filter_map(|item| {
            let _ = item.filled("ApplyMethod");
            item.filled("ParameterName")
        })
        .collect();
    let settles_at = cx.clock.due(SETTLING);
    let group = owned(cx, params)?;
    group.settles_at = settles_at;
    let name = group.name.clone();
    let dropped: Vec<String> = group.set.keys().filter(|k| all || names.contains(k)).cloned().collect();
    group.set.retain(|key, _| !dropped.contains(key));
    mark(cx, &name, &dropped);
    Ok(done(cx, &json!({"DBParameterGroupName": name})))
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = owned(cx, params)?.name.clone();
    if cx.databases().instances.values().any(|i| i.parameter_group == name) {
        let message = format!(
            "One or more database instances are still members of this parameter group {name}, so the group cannot be deleted"
        );
        return Err(Refusal::bad("InvalidDBParameterGroupState", message));
    }
    cx.databases().parameter_groups.remove(&name);
    Ok(done(cx, &json!({})))
}
