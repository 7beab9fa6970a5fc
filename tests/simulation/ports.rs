//! The small ports: clock, randomness, background work and signatures.

use std::time::Duration;

use async_trait::async_trait;
use atelier::domain::time::Timestamp;
use atelier::jwk::PublicAlgorithm;
use atelier::ports::{Background, Clock, Documents, Random, Signatures, StorageError};
use futures::future::BoxFuture;

use super::executor::Place;
use super::world::World;

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.time()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        let this = self.this();
        Box::pin(async move { this.pause().await })
    }
}

impl Random for World {
    fn bits(&self) -> u128 {
        let (high, low) = self.random(|random| (random.next(), random.next()));
        u128::from(high) << 64 | u128::from(low)
    }
}

impl Background for World {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.start(Place::Worker, "background", task);
    }
}

#[async_trait]
impl Documents for World {
    async fn write_once(&self, key: &str, text: String) -> Result<bool, StorageError> {
        self.pause().await;
        let mut documents = self.documents.lock().unwrap();
        let is_new = !documents.contains_key(key);
        documents.entry(key.into()).or_insert(text);
        Ok(is_new)
    }

    async fn read(&self, key: &str) -> Result<Option<String>, StorageError> {
        self.pause().await;
        Ok(self.documents.lock().unwrap().get(key).cloned())
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        self.pause().await;
        let documents = self.documents.lock().unwrap();
        let keys = documents.keys().filter(|key| key.starts_with(prefix));
        Ok(keys.cloned().collect())
    }
}

#[async_trait]
impl Signatures for World {
    async fn verify(&self, _: PublicAlgorithm, _: &serde_json::Value, _: &[u8], _: &[u8]) -> bool {
        false
    }
}
