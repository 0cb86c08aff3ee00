//! A request as a tree with the names of its model, whatever the protocol calls them.

use serde_json::{Map as Object, Value};

use super::shape::{List, Map, Member, Model, Place, Shape, Structure};
use crate::answer::Refusal;
use crate::call::{Call, Protocol, segments};
use crate::wire::query::{Params, repeated};
use crate::wire::xml_in::Element;

/// What the call gives to its operation; `None` where the body is of no kind that the model knows.
pub(super) fn input(
    model: &Model,
    uri: &str,
    input: &Structure,
    call: &Call,
) -> Result<Option<Value>, Refusal> {
    let body = match call.protocol_used() {
        Protocol::Ec2 => return Ok(Some(of_params(model, input, &call.form(), true))),
        Protocol::Query => return Ok(Some(of_params(model, input, &call.form(), false))),
        Protocol::Json => return Ok(Some(of_json(model, input, &call.json()?))),
        Protocol::Cbor => {
            return Ok(crate::wire::cbor::decode(&call.body).map(|tree| of_json(model, input, &tree)));
        }
        Protocol::RestJson => of_rest_json(model, input, call)?,
        Protocol::RestXml => of_rest_xml(model, input, call)?,
    };
    let Some(Value::Object(mut members)) = body else { return Ok(None) };
    around(model, uri, input, call, &mut members);
    Ok(Some(Value::Object(members)))
}

/// What stands in path, query and headers.
fn around(model: &Model, uri: &str, input: &Structure, call: &Call, members: &mut Object<String, Value>) {
    let labels = labels(uri, &call.path);
    for (name, member) in &input.members {
        let wire = member.wire.as_deref().unwrap_or(name);
        let found = match member.place {
            Place::Body | Place::Headers | Place::Attribute => continue,
            Place::Uri => {
                labels.iter().find(|(label, _)| label == wire).map(|(_, text)| Value::from(text.clone()))
            }
            Place::QueryString if matches!(model.shapes.get(&member.of), Some(Shape::List(_))) => {
                let texts = repeated(&call.query, wire);
                (!texts.is_empty()).then(|| Value::from(texts))
            }
            Place::QueryString => call.query_params().text(wire).map(Value::from),
            Place::Header => call.headers.get(wire).and_then(|it| it.to_str().ok()).map(Value::from),
        };
        if let Some(found) = found {
            members.insert(name.clone(), found);
        }
    }
}

/// The parts of a path that a template names; a name with `+` takes the rest.
fn labels(template: &str, path: &str) -> Vec<(String, String)> {
    let (wanted, given) = (template.split('/').filter(|it| !it.is_empty()), segments(path));
    let mut found = Vec::new();
    for (at, part) in wanted.enumerate() {
        let Some(label) = part.strip_prefix('{').and_then(|it| it.strip_suffix('}')) else { continue };
        match label.strip_suffix('+') {
            Some(label) if at < given.len() => found.push((label.to_owned(), given[at..].join("/"))),
            None if at < given.len() => found.push((label.to_owned(), given[at].clone())),
            _ => {}
        }
    }
    found
}

fn of_rest_json(model: &Model, input: &Structure, call: &Call) -> Result<Option<Value>, Refusal> {
    let Some(payload) = &input.payload else {
        return Ok(Some(of_json(model, input, &call.json()?)));
    };
    let mut members = Object::new();
    let shape = input.members.get(payload).and_then(|member| model.shapes.get(&member.of));
    if let Some(Shape::Structure(inner)) = shape
        && !call.body.is_empty()
    {
        members.insert(payload.clone(), of_json(model, inner, &call.json()?));
    } else if !call.body.is_empty() {
        members.insert(payload.clone(), Value::from(String::from_utf8_lossy(&call.body).into_owned()));
    }
    Ok(Some(Value::Object(members)))
}

fn of_rest_xml(model: &Model, input: &Structure, call: &Call) -> Result<Option<Value>, Refusal> {
    let mut members = Object::new();
    let shape = |name: &String| input.members.get(name).and_then(|member| model.shapes.get(&member.of));
    match input.payload.as_ref().map(|name| (name, shape(name))) {
        Some((name, Some(Shape::Structure(inner)))) => {
            if !call.body.is_empty() {
                members.insert(name.clone(), of_element(model, inner, &Element::parse(&call.body)?));
            }
        }
        Some((name, _)) if !call.body.is_empty() => {
            members.insert(name.clone(), Value::from(String::from_utf8_lossy(&call.body).into_owned()));
        }
        Some(_) => {}
        None => {
            if let Value::Object(found) = of_element(model, input, &Element::parse(&call.body)?) {
                members = found;
            }
        }
    }
    Ok(Some(Value::Object(members)))
}

fn of_json(model: &Model, structure: &Structure, tree: &Value) -> Value {
    let mut members = Object::new();
    for (name, member) in structure.members.iter().filter(|(_, member)| member.place == Place::Body) {
        let found = tree.get(member.wire.as_deref().unwrap_or(name));
        if let Some(found) = found.filter(|it| !it.is_null()) {
            members.insert(name.clone(), json_value(model, member, found));
        }
    }
    // What is no object stays what it is, so that it can be refused.
    if tree.is_object() { Value::Object(members) } else { tree.clone() }
}

fn json_value(model: &Model, member: &Member, value: &Value) -> Value {
    match (model.shapes.get(&member.of), value) {
        (Some(Shape::Structure(inner)), _) => of_json(model, inner, value),
        (Some(Shape::List(list)), Value::Array(items)) => {
            Value::Array(items.iter().map(|item| json_value(model, &list.member, item)).collect())
        }
        (Some(Shape::Map(map)), Value::Object(entries)) => Value::Object(
            entries.iter().map(|(key, item)| (key.clone(), json_value(model, &map.value, item))).collect(),
        ),
        _ => value.clone(),
    }
}

fn of_element(model: &Model, structure: &Structure, element: &Element) -> Value {
    let mut members = Object::new();
    for (name, member) in structure.members.iter().filter(|(_, member)| member.place == Place::Body) {
        let wire = member.wire.as_deref().unwrap_or(name);
        let found = match model.shapes.get(&member.of) {
            Some(Shape::List(list)) if list.flat || member.flat => {
                let items: Vec<&Element> = element.children.iter().filter(|it| it.name == wire).collect();
                (!items.is_empty()).then(|| elements(model, list, &items))
            }
            Some(Shape::List(list)) => {
                element.child(wire).map(|it| elements(model, list, &it.children.iter().collect::<Vec<_>>()))
            }
            _ => element.child(wire).map(|it| element_value(model, member, it)),
        };
        if let Some(found) = found {
            members.insert(name.clone(), found);
        }
    }
    Value::Object(members)
}

fn elements(model: &Model, list: &List, items: &[&Element]) -> Value {
    Value::Array(items.iter().map(|item| element_value(model, &list.member, item)).collect())
}

fn element_value(model: &Model, member: &Member, element: &Element) -> Value {
    match model.shapes.get(&member.of) {
        Some(Shape::Structure(inner)) => of_element(model, inner, element),
        Some(Shape::List(list)) => elements(model, list, &element.children.iter().collect::<Vec<_>>()),
        _ => Value::from(element.text.clone()),
    }
}

fn of_params(model: &Model, structure: &Structure, params: &Params, ec2: bool) -> Value {
    let mut members = Object::new();
    for (name, member) in &structure.members {
        let wire = parameter(model, name, member, ec2);
        if params.has(&wire)
            && let Some(found) = param_value(model, member, params, &wire, ec2)
        {
            members.insert(name.clone(), found);
        }
    }
    Value::Object(members)
}

/// The name of a member in the parameters of a query.
fn parameter(model: &Model, name: &str, member: &Member, ec2: bool) -> String {
    if let Some(query) = &member.query {
        return query.clone();
    }
    if ec2 {
        return upper_first(member.wire.as_deref().unwrap_or(name));
    }
    match model.shapes.get(&member.of) {
        Some(Shape::List(list)) if list.flat => list.member.wire.as_deref().unwrap_or(name).to_owned(),
        _ => member.wire.as_deref().unwrap_or(name).to_owned(),
    }
}

fn upper_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn param_value(model: &Model, member: &Member, params: &Params, wire: &str, ec2: bool) -> Option<Value> {
    match model.shapes.get(&member.of) {
        Some(Shape::Structure(inner)) => Some(of_params(model, inner, &params.below(wire), ec2)),
        Some(Shape::List(list)) => {
            let items = params.list(wire);
            let item = |it: &Params| match model.shapes.get(&list.member.of) {
                Some(Shape::Structure(inner)) => Some(of_params(model, inner, it, ec2)),
                _ => it.text("").map(Value::from),
            };
            Some(Value::Array(items.iter().filter_map(item).collect()))
        }
        Some(Shape::Map(map)) => Some(entries(map, &params.below(wire))),
        _ => params.text(wire).map(Value::from),
    }
}

/// A map of texts: `Attributes.entry.1.key`, `Attributes.entry.1.value`.
fn entries(map: &Map, params: &Params) -> Value {
    let (key, value) =
        (map.key.wire.as_deref().unwrap_or("key"), map.value.wire.as_deref().unwrap_or("value"));
    let items = if map.flat { params.list("") } else { params.list("entry") };
    Value::Object(
        items
            .iter()
            .filter_map(|it| Some((it.text(key)?, Value::from(it.text(value).unwrap_or_default()))))
            .collect(),
    )
}
