use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

/// All `$ref`s in a document.
fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).map(str::to_owned);
            members.values().flat_map(references).chain(own).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn every_route_of_the_table_is_described_under_an_id_of_its_own() {
    let document = document("/biometry");
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), ROUTES.len());
    let operations: Vec<_> = paths.values().flat_map(|item| item.as_object().unwrap().values()).collect();
    let ids: BTreeSet<_> =
        operations.iter().map(|operation| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), operations.len());
    assert_eq!(operations.len(), ROUTES.iter().map(|route| route.operations.len()).sum::<usize>());
}

#[test]
fn every_reference_leads_to_a_schema_and_every_schema_is_used() {
    let document = document("/biometry");
    let names = document["components"]["schemas"].as_object().unwrap().keys();
    let defined: BTreeSet<_> = names.map(|name| format!("#/components/schemas/{name}")).collect();
    assert_eq!(references(&document), defined);
}

#[test]
fn every_problem_of_an_operation_stands_at_its_status() {
    let verify = &document("/biometry")["paths"]["/verify"]["post"]["responses"];
    let codes = |status: &str| {
        verify[status]["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"]["enum"].clone()
    };
    assert_eq!(codes("413"), json!(["upload-too-large"]));
    assert_eq!(codes("400"), json!(["invalid-upload", "invalid-request", "upload-timeout"]));
    assert_eq!(verify["415"]["description"], "Unsupported media");
}

#[test]
fn the_server_is_the_mount() {
    assert_eq!(document("/step-up")["servers"], json!([{ "url": "/step-up" }]));
}

/// The file is what people read and generate clients from without running anything.
#[cfg(all(feature = "documents", feature = "receipts", feature = "webhooks"))]
#[test]
fn the_file_beside_the_crate_is_this_document() {
    let file = include_str!("../../../openapi.json");
    assert_eq!(file.trim_end(), openapi("/biometry"), "write it again: cargo xtask openapi");
}
