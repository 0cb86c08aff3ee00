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
    /// What was set: value and method.
    set: BTreeMap<String, (String, String)>,
    pub tags: Tags,
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
        let untouched = STATIC.iter().filter(|name| !self.set.contains_key(**name));
        user.chain(untouched.map(|name| parameter(name, None, "engine-default", "pending-reboot"))).collect()
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

/// What was set; besides it only the static parameters are listed.
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
    let group = owned(cx, params)?;
    let name = group.name.clone();
    let differs = |(parameter, wish): &&(String, (String, String))| {
        group.set.get(parameter).map(|s| &s.0) != Some(&wish.0)
    };
    let changed: Vec<String> =
        wanted.iter().filter(differs).map(|(parameter, _)| parameter.clone()).collect();
    group.set.extend(wanted);
    mark(cx, &name, &changed);
    Ok(done(cx, &json!({"DBParameterGroupName": name})))
}

pub(crate) fn reset(cx: &mut Context<'_>, params: &Params) -> Answered {
    let list = named(params)?;
    let all = params.flag("ResetAllParameters").unwrap_or(false);
    let names: Vec<String> = list.iter().filter_map(|item| item.filled("ParameterName")).collect();
    let group = owned(cx, params)?;
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
