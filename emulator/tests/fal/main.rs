//! The emulator over HTTP: what fal's documentation promises, and each hashtag.

#[cfg(test)]
mod hashtags;
#[cfg(test)]
mod protocol;
#[cfg(test)]
#[path = "../stage/mod.rs"]
mod stage;
#[cfg(test)]
mod talk;
#[cfg(test)]
mod webhooks;
