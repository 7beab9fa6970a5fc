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

    /// Calls an account's object by RPC: a message, answered by another within so many milliseconds.
    #[wasm_bindgen(catch)]
    pub(super) async fn call(
        namespace: &JsValue,
        account: &str,
        message: &str,
        milliseconds: u32,
    ) -> Result<JsValue, JsValue>;

    /// Runs a batch: a JSON list of statements, each a list of its SQL and its parameters. What comes is
    /// a JSON list of each statement's rows, or an error if it takes more milliseconds.
    #[wasm_bindgen(catch)]
    pub(super) async fn batch(
        database: &JsValue,
        statements: &str,
        milliseconds: u32,
    ) -> Result<JsValue, JsValue>;

    /// Sends a request, follows no redirect, and ends it if its answer is not whole in time. The head is a
    /// method and the name and value of each header, a line each. What comes is a list: the status and the
    /// headers in the same way, and the bytes, or `null` if there are more than `most`.
    #[wasm_bindgen(catch)]
    pub(super) async fn send(
        url: &str,
        head: &str,
        body: Option<&[u8]>,
        milliseconds: u32,
        most: u32,
    ) -> Result<JsValue, JsValue>;

    /// All bytes of a stream whose length is known to be small. They stay outside of WASM.
    #[wasm_bindgen(catch)]
    pub(super) async fn whole(stream: &JsValue) -> Result<JsValue, JsValue>;

    /// Stores bytes that are outside of WASM, and says whether it did: not if something is under the key,
    /// or, with an entity tag, if what is there does not have it.
    #[wasm_bindgen(catch)]
    pub(super) async fn put(
        bucket: &JsValue,
        key: &str,
        bytes: &JsValue,
        content_type: &str,
        etag: Option<&str>,
    ) -> Result<JsValue, JsValue>;
}
