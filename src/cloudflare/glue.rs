//! The few calls that cross between WASM and the runtime on every request, each as one text: carrying an
//! object over takes a call for each of its parts. `glue.js` is the other side.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/cloudflare/glue.js")]
extern "C" {
    /// A request's method, its address, and the name and value of each header: a line each. None of them
    /// can have a line break in it.
    pub(super) fn head(request: &web_sys::Request) -> String;

    /// An answer with a status, the lines of its headers as [`head`] has them, and its body, which is
    /// sent with its length.
    #[wasm_bindgen(catch)]
    pub(super) fn answer(
        status: u16,
        head: &str,
        body: Option<&[u8]>,
    ) -> Result<web_sys::Response, JsValue>;

    /// Runs a batch: a JSON list of statements, each a list of its SQL and its parameters. What comes is
    /// a JSON list of each statement's rows.
    #[wasm_bindgen(catch)]
    pub(super) async fn batch(database: &JsValue, statements: &str) -> Result<JsValue, JsValue>;
}
