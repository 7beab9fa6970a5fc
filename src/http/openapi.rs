//! The document of the API, made from the types of its requests and answers. It is made
//! and compared in tests alone, so that it costs the Worker nothing: `make openapi` writes it.

mod operation;
mod overview;
mod routes;

use serde_json::{Map, Value, json};

use operation::Schemas;

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
    for route in routes::all(&mut schemas) {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method] = route.operation;
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

/// RFC 9457, with what belongs to the codes.
fn problem(schemas: &mut Schemas) -> Value {
    let credits = schemas.answer::<crate::domain::credits::Credits>();
    let errors = schemas.answer::<Vec<crate::domain::field_error::FieldError>>();
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

/// The routes as they are in `routes.rs`: each method and path.
fn served() -> Vec<String> {
    let source = include_str!("routes.rs").replace([' ', '\n'], "");
    let mut served = Vec::new();
    for route in source.split(".route(\"").skip(1) {
        let (path, handlers) = route.split_once("\",").unwrap();
        let end = handlers.find(".route(").unwrap_or(handlers.len());
        let handlers = &handlers[..end];
        for method in ["get", "post", "delete"] {
            let starts = handlers.starts_with(&format!("{method}("));
            if starts || handlers.contains(&format!(").{method}(")) {
                served.push(format!("{method} {}", path.replace("{*", "{")));
            }
        }
    }
    served.sort();
    served
}

#[test]
fn every_route_is_in_the_document_and_no_other() {
    let document = document();
    let paths = document["paths"].as_object().unwrap().iter();
    let mut described: Vec<_> = paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(move |method| format!("{method} {path}"))
        })
        // A static file, not a route.
        .filter(|route| route != "get /openapi.json")
        .collect();
    described.sort();
    assert_eq!(described, served());
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
