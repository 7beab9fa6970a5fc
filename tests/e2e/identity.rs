//! An identity provider: it publishes its keys, and signs tokens with them. The keys were made for
//! these tests, and open nothing else.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// One of its keys, or one that somebody else passes for it.
#[derive(Clone, Copy)]
pub(crate) enum Key {
    Rs256,
    Es256,
    EdDsa,
    /// Not published.
    Stranger,
}

pub(crate) const PUBLISHED: [Key; 3] = [Key::Rs256, Key::Es256, Key::EdDsa];

impl Key {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Rs256 => "rs256",
            Self::Es256 => "es256",
            Self::EdDsa => "eddsa",
            Self::Stranger => "stranger",
        }
    }

    fn algorithm(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa | Self::Stranger => Algorithm::EdDSA,
        }
    }

    fn private(self) -> EncodingKey {
        let key = match self {
            Self::Rs256 => EncodingKey::from_rsa_pem(include_bytes!("keys/rs256.pem")),
            Self::Es256 => EncodingKey::from_ec_pem(include_bytes!("keys/es256.pem")),
            Self::EdDsa => EncodingKey::from_ed_pem(include_bytes!("keys/eddsa.pem")),
            Self::Stranger => EncodingKey::from_ed_pem(include_bytes!("keys/stranger.pem")),
        };
        key.unwrap()
    }

    /// A token for somebody that says it is signed with the key of that id.
    pub(crate) fn token(self, subject: &str, kid: &str) -> String {
        let mut header = Header::new(self.algorithm());
        header.kid = Some(kid.to_owned());
        let claims = json!({"sub": subject, "exp": 4_102_444_800_u64});
        encode(&header, &claims, &self.private()).unwrap()
    }
}

/// Serves the published keys for as long as the runtime lives, and says where.
pub(crate) async fn publish() -> std::io::Result<String> {
    let keys: Value = PUBLISHED
        .iter()
        .map(|key| {
            let jwk = Jwk::from_encoding_key(&key.private(), key.algorithm()).unwrap();
            let mut jwk = serde_json::to_value(jwk).unwrap();
            jwk["kid"] = key.id().into();
            jwk
        })
        .collect();
    let body = json!({"keys": keys}).to_string();
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
