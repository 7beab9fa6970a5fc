//! The emulator over HTTP: what Kling's documentation promises, and each hashtag.

#[cfg(test)]
mod callbacks;
#[cfg(test)]
mod hashtags;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod signatures;
#[cfg(test)]
#[path = "../stage/mod.rs"]
mod stage;
#[cfg(test)]
mod talk;
