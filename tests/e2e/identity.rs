//! An identity provider, which publishes its keys.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::keys::Key;

/// Each key by its id. Before it another one is published under the same id, for encryption.
pub(crate) const PUBLISHED: [(&str, Key, Key); 3] = [
    ("rs256", Key::FormerRs256, Key::Rs256),
    ("es256", Key::FormerEs256, Key::Es256),
    ("eddsa", Key::Stranger, Key::EdDsa),
];

/// Serves the published keys for as long as the runtime lives, and says where.
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
