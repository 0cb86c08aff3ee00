//! Groups of schedules, and their tags.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{DEFAULT, conflict, done, empty, invalid, name_in, not_found, paged, text};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::wire::query::repeated;
use crate::world::{Context, Tags};

/// Seconds that AWS takes to delete a group with its schedules.
const DELETING: u32 = 30;

/// A group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Group {
    created_at: i64,
    token: Option<String>,
    /// When it will be gone, once its deletion is asked for.
    gone_at: Option<i64>,
    pub tags: Tags,
}

impl Group {
    pub(super) fn going(&self) -> bool {
        self.gone_at.is_some()
    }

    pub(super) fn gone(&self, now: i64) -> bool {
        self.gone_at.is_some_and(|at| at <= now)
    }
}

pub(super) fn arn_of(region: &str, name: &str) -> String {
    format!("arn:aws:scheduler:{region}:{ACCOUNT}:schedule-group/{name}")
}

fn render(region: &str, name: &str, group: Option<&Group>) -> Value {
    let created = group.map_or(0, |group| group.created_at) / 1000;
    json!({
        "Arn": arn_of(region, name),
        "Name": name,
        "State": if group.is_some_and(Group::going) { "DELETING" } else { "ACTIVE" },
        "CreationDate": created,
        "LastModificationDate": created,
    })
}

fn missing(name: &str) -> Refusal {
    not_found(format!("Schedule group {name} does not exist."))
}

/// Refuses a group that takes no schedules.
pub(super) fn check_open(cx: &mut Context<'_>, name: &str) -> Result<(), Refusal> {
    if name == DEFAULT {
        return Ok(());
    }
    match cx.schedules().groups.get(name) {
        None => Err(missing(name)),
        Some(group) if group.going() => Err(conflict(format!("Schedule group {name} is being deleted."))),
        Some(_) => Ok(()),
    }
}

fn tags_in(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in body.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        let key =
            text(tag, "Key").filter(|key| !key.is_empty()).ok_or_else(|| invalid("A tag needs a key."))?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("Tag keys may not begin with aws:"));
        }
        tags.insert(key, text(tag, "Value").unwrap_or_default());
    }
    limited(tags)
}

fn limited(tags: Tags) -> Result<Tags, Refusal> {
    if tags.len() <= 50 { Ok(tags) } else { Err(invalid("A schedule group has at most 50 tags.")) }
}

pub(super) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = name_in(cx)?;
    let token = text(body, "ClientToken");
    let arn = json!({"ScheduleGroupArn": arn_of(cx.region(), &name)});
    if let Some(standing) = cx.schedules().groups.get(&name) {
        if !standing.going() && token.is_some() && standing.token == token {
            return done(arn);
        }
        return Err(conflict(format!("Schedule group {name} already exists.")));
    }
    if name == DEFAULT {
        return Err(conflict("Schedule group default already exists."));
    }
    let group = Group { created_at: cx.now(), token, gone_at: None, tags: tags_in(body)? };
    cx.schedules().groups.insert(name, group);
    done(arn)
}

pub(super) fn get(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let name = name_in(cx)?;
    let region = cx.region().to_owned();
    if name == DEFAULT {
        return done(render(&region, DEFAULT, None));
    }
    let group = cx.schedules().groups.get(&name).cloned().ok_or_else(|| missing(&name))?;
    done(render(&region, &name, Some(&group)))
}

/// The schedules go at once; the group itself takes a while.
pub(super) fn delete(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let name = name_in(cx)?;
    if name == DEFAULT {
        return Err(invalid("The default schedule group cannot be deleted."));
    }
    let due = cx.clock.due(DELETING);
    let schedules = cx.schedules();
    let group = schedules.groups.get_mut(&name).ok_or_else(|| missing(&name))?;
    if group.going() {
        return Err(conflict(format!("Schedule group {name} is being deleted.")));
    }
    group.gone_at = Some(due);
    let inside = format!("{name}/");
    schedules.schedules.retain(|id, _| !id.starts_with(&inside));
    Ok(empty())
}

pub(super) fn list(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let region = cx.region().to_owned();
    let prefix = cx.call.query_params().text("NamePrefix").unwrap_or_default();
    let mut all = vec![(DEFAULT.to_owned(), render(&region, DEFAULT, None))];
    let own = cx.schedules().groups.iter();
    all.extend(own.map(|(name, group)| (name.clone(), render(&region, name, Some(group)))));
    let fits = |(name, shown): (String, Value)| name.starts_with(&prefix).then_some(shown);
    let found = all.into_iter().filter_map(fits).collect();
    done(paged(cx, "ScheduleGroups", found)?)
}

/// The tags of the group whose ARN stands in the path.
fn tagged<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Tags, Refusal> {
    let arn = cx.call.segments().get(1..).map(|parts| parts.join("/")).unwrap_or_default();
    let region = cx.region().to_owned();
    let mut groups = cx.schedules().groups.iter_mut();
    let found = groups.find(|(name, _)| arn_of(&region, name) == arn);
    found
        .map(|(_, group)| &mut group.tags)
        .ok_or_else(|| not_found(format!("Resource {arn} does not exist.")))
}

pub(super) fn tag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let new = tags_in(body)?;
    let tags = tagged(cx)?;
    let mut merged = tags.clone();
    merged.extend(new);
    *tags = limited(merged)?;
    Ok(empty())
}

pub(super) fn untag(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let keys = repeated(&cx.call.query, "TagKeys");
    tagged(cx)?.retain(|key, _| !keys.contains(key));
    Ok(empty())
}

pub(super) fn tags(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let tags: Vec<Value> =
        tagged(cx)?.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    done(json!({"Tags": tags}))
}
