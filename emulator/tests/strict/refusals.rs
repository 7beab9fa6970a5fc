//! Each provider's refusals, one table each.

use serde_json::{Value, json};

use crate::stage::{KEY, Stage};

/// A good body with something else at a JSON pointer: an object's field that need not be there.
fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap();
    match name.parse::<usize>() {
        Ok(place) => parent[place] = value,
        Err(_) => parent[name] = value,
    }
    body
}

struct Vendor {
    stage: Stage,
    name: &'static str,
    /// Of the key.
    scheme: &'static str,
}

impl Vendor {
    async fn new(name: &'static str, scheme: &'static str) -> Self {
        let stage = Stage::new().await;
        Self {
            stage,
            name,
            scheme,
        }
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let address = format!("{}{path}", self.stage.emulator.provider_url(self.name));
        let request = self.stage.http.post(address).json(body);
        let key = format!("{} {KEY}", self.scheme);
        let response = request.header("authorization", key).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Sends a good body, which is taken, and then what is refused: this status, and this at a JSON
    /// pointer of the answer.
    async fn refuses(
        &self,
        path: &str,
        good: &Value,
        cases: &[(&str, Value, &str)],
        status: u16,
        pointer: &str,
    ) {
        let (answered, answer) = self.post(path, good).await;
        assert!((200..300).contains(&answered), "{}: {answer}", self.name);
        for (place, value, said) in cases {
            let bad = with(good, place, value.clone());
            let (answered, answer) = self.post(path, &bad).await;
            let about = format!("{} {place} {value}: {answer}", self.name);
            assert_eq!(answered, status, "{about}");
            let found = answer.pointer(pointer).and_then(Value::as_str);
            assert!(found.unwrap_or_default().contains(said), "{about}");
        }
        let made = self.stage.emulator.created();
        assert_eq!(made.len(), 1, "{}", self.name);
    }

    fn pictures(&self) -> [String; 2] {
        ["person.png", "garment.png"].map(|name| self.stage.at_side(name))
    }
}

#[tokio::test]
async fn evolink() {
    let vendor = Vendor::new("evolink", "Bearer").await;
    let good = json!({
        "model": "gemini-3.1-flash-image-preview", "prompt": "x", "image_urls": vendor.pictures(),
        "size": "3:4", "quality": "1K", "callback_url": vendor.stage.hook(),
    });
    let cases = [
        ("/aspect_ratio", json!("3:4"), "aspect_ratio"),
        ("/n", json!(2), "n"),
        ("/resolution", json!("1K"), "resolution"),
        ("/quality", json!("3K"), "quality"),
        ("/size", json!("7:9"), "size"),
        ("/prompt", json!(["x"]), "prompt"),
        ("/image_urls", json!("https://a/p"), "image_urls"),
        ("/image_urls", json!(vec!["https://a/p"; 15]), "image_urls"),
        ("/model_params", json!({ "seed": 1 }), "model_params.seed"),
    ];
    let path = "/v1/images/generations";
    vendor
        .refuses(path, &good, &cases, 400, "/error/param")
        .await;
}

/// The queue takes it all; only the model that runs refuses. Its own address says so.
#[tokio::test]
async fn fal() {
    let vendor = Vendor::new("fal", "Key").await;
    let edit = "/fal-ai/nano-banana/edit";
    let good = json!({ "prompt": "x", "image_urls": vendor.pictures(), "aspect_ratio": "3:4" });
    for (place, value, kind) in [
        ("/resolution", json!("1K"), "extra_forbidden"),
        ("/image_size", json!("square"), "extra_forbidden"),
        ("/num_images", json!(5), "less_than_equal"),
        ("/num_images", json!("2"), "int_type"),
        ("/aspect_ratio", json!("7:9"), "literal_error"),
        ("/image_urls", json!(vec!["https://a/p"; 15]), "too_long"),
        ("/prompt", json!(7), "string_type"),
    ] {
        let (status, answer) = vendor.post(edit, &with(&good, place, value)).await;
        assert_eq!(status, 200, "{answer}");
        let id = answer["request_id"].as_str().unwrap();
        vendor.stage.settle(id).await;
        let address = answer["response_url"].as_str().unwrap();
        let request = vendor.stage.http.get(address);
        let key = request.header("authorization", format!("Key {KEY}"));
        let response = key.send().await.unwrap();
        assert_eq!(response.status(), 422);
        let result: Value = response.json().await.unwrap();
        assert_eq!(result["detail"][0]["type"], kind, "{place}: {result}");
    }
    let (status, answer) = vendor.post(&format!("{edit}?webhook=x"), &good).await;
    assert_eq!(
        (status, &answer["error_type"]),
        (400, &json!("bad_request"))
    );
}

#[tokio::test]
async fn replicate() {
    let vendor = Vendor::new("replicate", "Bearer").await;
    let good = json!({
        "version": "google/nano-banana",
        "input": { "prompt": "x", "image_input": vendor.pictures(), "aspect_ratio": "3:4" },
        "webhook": vendor.stage.hook(), "webhook_events_filter": ["completed"],
    });
    let cases = [
        ("/callback", json!("https://a/t"), "callback"),
        ("/input/resolution", json!("1K"), "input.resolution"),
        ("/input/google_search", json!(true), "input.google_search"),
        ("/input/aspect_ratio", json!("7:9"), "input.aspect_ratio"),
        ("/input/output_format", json!(null), "input.output_format"),
        ("/input/prompt", json!(1), "input.prompt"),
        (
            "/input/image_input",
            json!(vec!["https://a/p"; 15]),
            "input.image_input",
        ),
    ];
    vendor
        .refuses("/v1/predictions", &good, &cases, 422, "/detail")
        .await;
}

#[tokio::test]
async fn fashn() {
    let vendor = Vendor::new("fashn", "Bearer").await;
    let [person, garment] = vendor.pictures();
    let good = json!({
        "model_name": "tryon-v1.6",
        "inputs": { "model_image": person, "garment_image": garment, "category": "tops" },
    });
    let cases = [
        ("/webhook_url", json!("https://a/t"), "webhook_url"),
        ("/inputs/prompt", json!("a red coat"), "prompt"),
        ("/inputs/num_images", json!(2), "num_images"),
        ("/inputs/num_samples", json!(5), "num_samples"),
        ("/inputs/category", json!("shoes"), "category"),
        (
            "/inputs/segmentation_free",
            json!("yes"),
            "segmentation_free",
        ),
        ("/inputs/garment_image", json!(7), "garment_image"),
    ];
    vendor
        .refuses("/v1/run", &good, &cases, 400, "/message")
        .await;
    let (status, answer) = vendor
        .post("/v1/run?webhook=https%3A%2F%2Fa%2Ft", &good)
        .await;
    assert_eq!((status, &answer["error"]), (400, &json!("BadRequest")));
}

/// Its page of the try-on: JPEG or PNG, of 300 pixels a side at least.
#[tokio::test]
async fn kling() {
    let vendor = Vendor::new("kling", "Bearer").await;
    let [person, garment] = vendor.pictures();
    let good = json!({
        "model_name": "kolors-virtual-try-on-v1-5", "human_image": person, "cloth_image": garment,
        "callback_url": vendor.stage.hook(),
    });
    let side = |name: &str| json!(vendor.stage.at_side(name));
    let path = "/v1/images/kolors-virtual-try-on";
    let cases = [
        ("/cloth_image", side("garment.webp"), "format"),
        ("/cloth_image", side("small.png"), "pixel"),
        ("/human_image", side("small.png"), "pixel"),
        ("/human_image", json!(""), "human_image"),
        (
            "/callback_url",
            json!("http://app.example/t"),
            "callback_url",
        ),
        ("/prompt", json!("a red coat"), "prompt"),
        ("/cloth_image", json!(7), "string"),
    ];
    vendor.refuses(path, &good, &cases, 400, "/message").await;
}

/// The HTTP status is 200 for all of them.
#[tokio::test]
async fn kie() {
    let vendor = Vendor::new("kie", "Bearer").await;
    let good = json!({
        "model": "google/nano-banana-edit", "callBackUrl": vendor.stage.hook(),
        "input": { "prompt": "x", "image_urls": vendor.pictures(), "aspect_ratio": "9:16" },
    });
    let cases = [
        ("/callbackUrl", json!("https://a/t"), "callbackUrl"),
        ("/input/image_size", json!("9:16"), "image_size"),
        ("/input/resolution", json!("1K"), "resolution"),
        ("/input/aspect_ratio", json!("7:9"), "aspect_ratio"),
        ("/input/output_format", json!("webp"), "output_format"),
        ("/input/image_urls", json!([]), "image_urls"),
        ("/input/prompt", json!(""), "prompt"),
    ];
    let path = "/api/v1/jobs/createTask";
    vendor.refuses(path, &good, &cases, 200, "/msg").await;
}

/// 9:16 is 9:16: the shape is `aspect_ratio`, and was `image_size` once.
#[tokio::test]
async fn kie_makes_the_shape_of_aspect_ratio() {
    let vendor = Vendor::new("kie", "Bearer").await;
    let body = json!({
        "model": "google/nano-banana-edit",
        "input": { "prompt": "x", "image_urls": vendor.pictures(), "aspect_ratio": "9:16" },
    });
    let (_, answer) = vendor.post("/api/v1/jobs/createTask", &body).await;
    let id = answer["data"]["taskId"].as_str().unwrap();
    vendor.stage.settle(id).await;
    let made = vendor.stage.emulator.result_bytes(id).remove(0);
    let picture = image::load_from_memory(&made).unwrap();
    assert_eq!((picture.width(), picture.height()), (54, 96));
}

#[tokio::test]
async fn evolinks_seedream_makes_one_unless_the_words_say_how_many() {
    let vendor = Vendor::new("evolink", "Bearer").await;
    let mut made = Vec::new();
    for prompt in ["Dress the person.", "Dress the person. Generate 3 images."] {
        let body = json!({
            "model": "doubao-seedream-4.0", "prompt": prompt, "n": 3,
            "image_urls": vendor.pictures(),
        });
        let (_, answer) = vendor.post("/v1/images/generations", &body).await;
        let id = answer["id"].as_str().unwrap();
        vendor.stage.settle(id).await;
        made.push(vendor.stage.emulator.result_bytes(id).len());
    }
    assert_eq!(made, [1, 3]);
}

#[tokio::test]
async fn runware() {
    let vendor = Vendor::new("runware", "Bearer").await;
    let good = json!([{
        "taskType": "imageInference", "taskUUID": "764cabcf-b745-4b3e-ae38-1200304cf45b",
        "model": "google:nano-banana@2.1", "positivePrompt": "Dress the person",
        "inputs": { "referenceImages": vendor.pictures() }, "deliveryMethod": "async",
        "resolution": "1K",
    }]);
    let cases = [
        ("/0/aspectRatio", json!("3:4"), "aspectRatio"),
        ("/0/webhookUrl", json!("https://a/t"), "webhookUrl"),
        (
            "/0/inputs/seedImage",
            json!("https://a/p"),
            "inputs.seedImage",
        ),
        ("/0/resolution", json!("0.5K"), "resolution"),
        ("/0/numberResults", json!(21), "numberResults"),
        ("/0/seed", json!("7"), "seed"),
        ("/0/taskUUID", json!("job_1-1"), "taskUUID"),
    ];
    vendor
        .refuses("/v1", &good, &cases, 400, "/errors/0/parameter")
        .await;
}
