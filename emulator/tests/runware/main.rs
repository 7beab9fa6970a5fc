//! The emulator over HTTP and over a WebSocket: what Runware's documentation promises, and each
//! hashtag.

#[cfg(test)]
mod callbacks;
#[cfg(test)]
mod hashtags;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod socket;
#[cfg(test)]
#[path = "../stage/mod.rs"]
mod stage;
#[cfg(test)]
mod talk;
