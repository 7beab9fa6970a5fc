//! A route, declared once, beside its handler: the router serves it, and the document of the API
//! describes it. What only the document needs is compiled in tests alone, so that it costs the Worker
//! nothing.

use axum::routing::MethodRouter;

#[cfg(test)]
use super::openapi::Operation;

/// A method of a path. [`route!`] makes it.
pub(super) struct Route {
    /// As axum writes it: `{*key}` takes the rest of the path.
    pub(super) path: &'static str,
    pub(super) handler: MethodRouter,
    /// As the document writes it: in lower case.
    #[cfg(test)]
    pub(super) method: &'static str,
    /// What the document says of it.
    #[cfg(test)]
    pub(super) document: fn(Operation) -> Operation,
}

/// `route!(method, path, handler, document)`: the method as axum names its function for it, so that
/// router and document cannot differ in it.
macro_rules! route {
    ($method:ident, $path:literal, $handler:expr, $document:expr $(,)?) => {
        $crate::http::route::Route {
            path: $path,
            handler: axum::routing::$method($handler),
            #[cfg(test)]
            method: stringify!($method),
            #[cfg(test)]
            document: $document,
        }
    };
}
pub(super) use route;
