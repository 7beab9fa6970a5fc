//! The API's document, made from the routes' declarations and the types of their requests and
//! answers. It is made and compared only in tests, so that it adds nothing to the Worker; `make
//! openapi` writes it.

mod operation;
mod problems;
mod schemas;

use serde_json::{Map, Value, json};

use super::routes;
use schemas::Schemas;

pub(super) use operation::Operation;

/// The copy in the repository.
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

/// The copy that is served, a static file of the page, without white space.
const SERVED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/page/public/openapi.json");

/// The introduction, for people who are new to the API.
const ABOUT: &str = "Changes the clothes of a person in a photo: upload a photo and a garment, generate, and follow \
    the job until its pictures are there. Credits are reserved when a job starts, charged for the pictures that were \
    made, and returned for those that were not.\n\n\
    Requests and answers are JSON in UTF-8. Times are RFC 3339 in UTC, credits are whole numbers. A request with an \
    unknown field is refused. An error is a `Problem` (`application/problem+json`) with a stable `code`. Every answer \
    has `x-request-id`, to be named when asking for help, and `Cache-Control`: everything but pictures, jobs and this \
    document is `no-store`.";

/// The groups of operations, in the order in which a newcomer reads them.
const TAGS: [(&str, &str); 9] = [
    ("uploads", "Photos and garments to generate from."),
    ("generations", "Models, prices, jobs and finished pictures."),
    (
        "credits",
        "The balance, its packages, and the journal of every movement.",
    ),
    (
        "purchases",
        "Buying credits. What is sold is in `GET /v1/site`.",
    ),
    (
        "sign-in",
        "Signing in, and adding and removing ways in. For browsers: sessions are cookies.",
    ),
    (
        "account",
        "Who is asking, where they are signed in, and deleting everything personal.",
    ),
    (
        "operators",
        "For operators of a deployment: those who have its `ADMIN_TOKEN`, or sign in with an address in `OPERATORS`.",
    ),
    ("webhooks", "For providers only."),
    ("system", "The server and this document."),
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
    let problem = problems::schema(&mut schemas);
    let mut schemas = schemas.finish();
    schemas.insert("Problem".into(), problem);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {"title": "Atelier", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT},
        "servers": [{"url": "/", "description": "The server that this document comes from."}],
        "tags": TAGS.map(|(name, description)| json!({"name": name, "description": description})),
        "paths": paths,
        "components": {"schemas": schemas, "examples": problems::examples(), "securitySchemes": security()},
    });
    unwrap_lines(&mut document);
    document
}

/// Descriptions are wrapped as in the source; the document has each on one line.
fn unwrap_lines(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "description" => {
                        let paragraphs = text.split("\n\n").map(|lines| lines.replace('\n', " "));
                        *text = paragraphs.collect::<Vec<_>>().join("\n\n");
                    }
                    value => unwrap_lines(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(unwrap_lines),
        _ => {}
    }
}

/// The ways to authenticate.
fn security() -> Value {
    let token = |what| json!({"type": "http", "scheme": "bearer", "description": what});
    json!({
        "user": token("A JSON Web Token of the user, whose `sub` names the account. Where `ENVIRONMENT` is `local`, \
            `POST /v1/session` makes one."),
        "operator": token("`ADMIN_TOKEN`."),
        "session": {
            "type": "apiKey", "in": "cookie", "name": "__Host-atelier",
            "description": "The session of somebody who signed in here; `atelier` where `PUBLIC_URL` is http. With it, a request \
                that changes something needs `Sec-Fetch-Site: same-origin`, as a browser sends from our own pages, or without \
                that header an `Origin` that is ours. An operator's session is one that began with a code for an address in \
                `OPERATORS`, or with Google where a Workspace manages that address.",
        },
    })
}

fn this_document(it: Operation) -> Operation {
    it.is("system", "document", "Get this document").gives(
        200,
        "The document, in OpenAPI 3.1.",
        Some(&json!({"application/json": {"schema": {"type": "object"}}})),
    )
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

/// Every `description` and `summary` below a part of the document, with its path.
fn descriptions(at: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value
                    .as_str()
                    .filter(|_| name == "description" || name == "summary")
                {
                    Some(text) => found.push((at.into(), text.into())),
                    None => descriptions(&format!("{at}/{name}"), value, found),
                }
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                descriptions(&format!("{at}/{place}"), item, found);
            }
        }
        _ => {}
    }
}

/// Readers of the document know the API, not our source.
#[test]
fn descriptions_speak_of_the_api() {
    let mut found = Vec::new();
    descriptions("", &document(), &mut found);
    for (at, text) in found {
        for of_the_source in ["[`", "::", "`None`", "`Some`"] {
            assert!(!text.contains(of_the_source), "{at}: {text}");
        }
    }
}

#[test]
fn every_field_of_requests_and_answers_is_described() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        assert!(schema["description"].is_string(), "{name}");
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            assert!(schema["description"].is_string(), "{name}.{field}");
        }
    }
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let tag = operation["tags"][0].as_str().unwrap();
            let is_known = TAGS.iter().any(|(name, _)| *name == tag);
            assert!(is_known, "{method} {path}: {tag} is no group");
            for parameter in operation["parameters"].as_array().unwrap() {
                let name = &parameter["name"];
                assert!(
                    parameter["description"].is_string(),
                    "{method} {path}: {name}"
                );
            }
        }
    }
}

#[test]
fn the_document_matches_its_kept_and_served_copies() {
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
