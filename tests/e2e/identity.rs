//! An identity provider, which publishes its keys.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::keys::Key;

/// Each key with its id. Another key with the same id, for encryption, is published before it.
pub(crate) const PUBLISHED: [(&str, Key, Key); 3] = [
    ("rs256", Key::FormerRs256, Key::Rs256),
    ("es256", Key::FormerEs256, Key::Es256),
    ("eddsa", Key::Stranger, Key::EdDsa),
];

/// Serves the published keys as long as the runtime lives, and returns their URL.
pub(crate) async fn publish() -> std::io::Result<String> {
    let keys = PUBLISHED.iter().flat_map(|(kid, encrypts, signs)| {
        [
            encrypts.published(&json!({"kid": kid, "use": "enc", "alg": null})),
            signs.published(&json!({"kid": kid, "use": "sig"})),
        ]
    });
    let body = json!({"keys": keys.collect::<Value>()}).to_string();
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = connection.read(&mut request).await;
            let _ = connection.write_all(answer.as_bytes()).await;
        }
    });
    Ok(format!("http://{address}/keys"))
}
