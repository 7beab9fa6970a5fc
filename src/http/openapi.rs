//! The document of the API, made from the routes' declarations and the types of their requests and
//! answers. It is made and compared in tests alone, so that it costs the Worker nothing: `make openapi`
//! writes it.

mod operation;
mod schemas;

use serde_json::{Map, Value, json};

use super::routes;
use schemas::Schemas;

pub(super) use operation::Operation;

/// Where it is kept, to be read by people.
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

/// Where it is served from, without spaces: a static file of the page.
const SERVED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/page/public/openapi.json");

/// Every code that a problem can bear, with its status.
const CODES: &[(&str, u16)] = &[
    ("unauthenticated", 401),
    ("insufficient_credits", 402),
    ("not_found", 404),
    ("method_not_allowed", 405),
    ("request_timeout", 408),
    ("conflict", 409),
    ("hold_already_settled", 409),
    ("hold_already_released", 409),
    ("precondition_failed", 412),
    ("payload_too_large", 413),
    ("unsupported_image", 415),
    ("range_not_satisfiable", 416),
    ("invalid_request", 422),
    ("idempotency_mismatch", 422),
    ("too_many_open_jobs", 429),
    ("rate_limited", 429),
    ("internal", 500),
    ("misconfigured", 500),
    ("overloaded", 503),
    ("ledger_unavailable", 503),
    ("provider_unavailable", 503),
    ("storage_unavailable", 503),
];

fn document() -> Value {
    let mut schemas = Schemas::default();
    let mut paths: Map<String, Value> = Map::new();
    let mut describe = |method, path: String, document: fn(Operation) -> Operation| {
        let operation = Operation::new(&path, std::mem::take(&mut schemas));
        let (operation, with_its_own) = document(operation).finish();
        schemas = with_its_own;
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        methods[method] = operation;
    };
    // A static file, not a route.
    describe("get", "/openapi.json".into(), this_document);
    for route in routes::all() {
        let path = route.path.replace("{*", "{");
        describe(route.method, path, route.document);
    }
    let problem = problem(&mut schemas);
    let mut schemas = schemas.finish();
    schemas.insert("Problem".into(), problem);
    let token = |what| json!({"type": "http", "scheme": "bearer", "description": what});
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Atelier",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Dresses a person in a photo in another garment. Times are RFC 3339 in UTC, credits are whole \
                numbers. Fields that are not known are refused. Every answer bears `x-request-id`, and \
                `Cache-Control`: all but pictures, jobs and this document are `no-store`.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "user": token("A JSON Web Token; its `sub` is the account."),
                "operator": token("ADMIN_TOKEN."),
            },
        },
    })
}

fn this_document(it: Operation) -> Operation {
    it.is("system", "document", "This document").gives(
        200,
        "OpenAPI 3.1.",
        Some(&json!({"application/json": {"schema": {"type": "object"}}})),
    )
}

/// RFC 9457, with what belongs to the codes.
fn problem(schemas: &mut Schemas) -> Value {
    let credits = schemas.answer::<crate::domain::credits::Credits>();
    let errors = schemas.answer::<Vec<crate::domain::order::FieldError>>();
    let limit_name = schemas.answer::<crate::domain::limits::LimitName>();
    let receipt = schemas.answer::<Vec<super::view::ReceiptLineView>>();
    json!({
        "type": "object",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "`urn:atelier:problem:` and the code."},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"enum": CODES.iter().map(|(code, _)| code).collect::<Vec<_>>()},
            "detail": {"type": "string", "description": "In a plain sentence."},
            "errors": errors,
            "needed": credits.clone(),
            "available": credits,
            "limit": {"type": "integer", "description": "How many jobs may be open at once, or how many there may be of what `limit_name` says."},
            "limit_name": limit_name,
            "receipt": receipt,
        },
        "additionalProperties": false,
    })
}

#[test]
fn no_two_routes_have_one_id() {
    let document = document();
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|methods| methods.as_object().unwrap().values());
    let mut ids: Vec<_> = operations
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "{ids:?}");
}

#[test]
fn the_document_is_as_it_is_kept_and_served() {
    let document = document();
    let pretty = serde_json::to_string_pretty(&document).unwrap() + "\n";
    let files = [(DOCUMENT, pretty), (SERVED, document.to_string())];
    for (path, text) in files {
        if std::env::var_os("ATELIER_WRITE").is_some() {
            std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        } else {
            let kept = std::fs::read_to_string(path).unwrap_or_default();
            assert!(
                kept == text,
                "{path} is not as the types are: `make openapi`"
            );
        }
    }
}
