//! AWS's own rules, by a list with regions and parameters.

use serde_json::Value;

use crate::answer::Refusal;

/// The list that the specs have too: identifier, regions, parameters.
const TABLE: &str = include_str!("../../../specs/data/config-rules.txt");

fn invalid(message: String) -> Refusal {
    Refusal::bad("InvalidParameterValueException", message)
}

/// Refuses what AWS does not have in a region, and parameters that a rule does not have, or lacks.
///
/// The words about regions and parameters are ours: AWS's are not documented.
pub(super) fn check(identifier: &str, region: &str, parameters: Option<&str>) -> Result<(), Refusal> {
    let line = TABLE.lines().find(|line| line.split(' ').next() == Some(identifier));
    let fields: Vec<&str> = line.map(|line| line.split(' ').collect()).unwrap_or_default();
    let [_, regions, known] = fields.as_slice() else {
        return Err(invalid(format!(
            "The sourceIdentifier {identifier} is invalid. Please refer to the documentation for a list of valid sourceIdentifiers that can be used when AWS is the Owner."
        )));
    };
    let named = regions[1..].split(',').any(|name| name == region);
    if named != regions.starts_with('+') {
        return Err(invalid(format!("The rule {identifier} is not available in the region {region}.")));
    }
    let given = parameters.and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or_default();
    let known: Vec<&str> = known.split(',').filter(|name| *name != "-").collect();
    let given: Vec<&str> = given.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    if let Some(unknown) =
        given.iter().find(|name| !known.iter().any(|one| one.trim_end_matches('!') == **name))
    {
        return Err(invalid(format!("Unknown parameters provided in the inputParameters: {unknown}")));
    }
    let required = known.iter().filter_map(|name| name.strip_suffix('!'));
    match required.into_iter().find(|name| !given.contains(name)) {
        Some(missing) => {
            Err(invalid(format!("The required parameter [{missing}] is not present in the inputParameters")))
        }
        None => Ok(()),
    }
}
