//! Random passwords.

use serde_json::{Value, json};

use super::{invalid, text};
use crate::answer::{self, Answered};
use crate::world::{Context, letters, random};

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMBERS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

pub(crate) fn random_password(_cx: &mut Context<'_>, body: &Value) -> Answered {
    let flag = |member: &str| body.get(member).and_then(Value::as_bool);
    let length = body.get("PasswordLength").and_then(Value::as_u64).unwrap_or(32);
    if !(1..=4096).contains(&length) {
        return Err(invalid("PasswordLength must be between 1 and 4096"));
    }
    let length = usize::try_from(length).unwrap_or(32);
    let left_out = text(body, "ExcludeCharacters").unwrap_or_default();
    let kinds = [
        (LOWER, "ExcludeLowercase"),
        (UPPER, "ExcludeUppercase"),
        (NUMBERS, "ExcludeNumbers"),
        (PUNCTUATION, "ExcludePunctuation"),
    ];
    let mut alphabets: Vec<String> = kinds
        .iter()
        .filter(|(_, excluded)| flag(excluded) != Some(true))
        .map(|(all, _)| all.chars().filter(|c| !left_out.contains(*c)).collect())
        .collect();
    if flag("IncludeSpace") == Some(true) {
        alphabets.push(" ".to_owned());
    }
    alphabets.retain(|alphabet| !alphabet.is_empty());
    let whole: String = alphabets.concat();
    if whole.is_empty() {
        return Err(invalid("No characters are left for the password"));
    }
    let each = flag("RequireEachIncludedType").unwrap_or(true);
    if each && length < alphabets.len() {
        return Err(invalid("The password length is too short based on the required types."));
    }
    let mut password = if each {
        alphabets.iter().map(|alphabet| letters(1, alphabet.as_bytes())).collect::<String>()
    } else {
        String::new()
    };
    password.push_str(&letters(length - password.len(), whole.as_bytes()));
    let mut characters: Vec<char> = password.chars().collect();
    for i in (1..characters.len()).rev() {
        characters.swap(i, (random() % (i as u64 + 1)) as usize);
    }
    let password: String = characters.into_iter().collect();
    Ok(answer::json(json!({"RandomPassword": password})))
}
