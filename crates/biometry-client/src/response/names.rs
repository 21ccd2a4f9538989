//! Whom a report names.

use crate::UserFullname;
use crate::json::{Json, Object};

/// Whether a report names the user alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// It names the user, or has no name at all.
    User,
    /// A name in it is another one.
    SomebodyElse,
    /// A name in it is not a text.
    Unreadable,
}

/// What all names in a report, at any depth, come to.
pub(crate) fn naming_of(report: &Object, user: &UserFullname) -> Naming {
    let is_other = |name: &str, value: &Json| value.as_str().is_some_and(|text| !is_users(name, text, user));
    let is_no_text = |value: &Json| value.as_str().is_none();
    let any = |condition: &dyn Fn(&str, &Json) -> bool| {
        report.any_object(&|object| named_in(object).any(|(name, value)| condition(name, value)))
    };
    if any(&|name, value| is_other(name, value)) {
        Naming::SomebodyElse
    } else if any(&|_, value| is_no_text(value)) {
        Naming::Unreadable
    } else {
        Naming::User
    }
}

/// The texts under `searchName` in a report, at any depth, in order.
pub(super) fn search_names(report: &Object) -> Vec<String> {
    let mut names = Vec::new();
    collect(&Json::Object(report.clone()), &mut names);
    names
}

fn collect(value: &Json, names: &mut Vec<String>) {
    match value {
        Json::Object(object) => {
            for (name, value) in &object.0 {
                match value.as_str() {
                    Some(text) if name == SEARCH_NAME => names.push(text.to_owned()),
                    _ => collect(value, names),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn named_in(object: &Object) -> impl Iterator<Item = (&'static str, &Json)> {
    let members = NAMES.iter().filter_map(|name| Some((*name, object.get(name)?)));
    members.filter(|(_, value)| !value.is_blank())
}

/// Voice Recognition writes underscores for a name's spaces into `id`, by the README of the official web SDK.
fn is_users(member: &str, text: &str, user: &UserFullname) -> bool {
    text == user.as_str() || (member == "id" && text == user.as_str().replace(' ', "_"))
}

const SEARCH_NAME: &str = "searchName";
const NAMES: [&str; 8] =
    [SEARCH_NAME, "search_name", "id", "name", "user_id", "userId", "user_fullname", "userFullname"];
