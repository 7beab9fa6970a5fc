//! The emulator over HTTP: what Replicate's documentation promises, and what its signatures are
//! worth under each hashtag.

#[cfg(test)]
mod callbacks;
#[cfg(test)]
mod cancel;
#[cfg(test)]
mod manual;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod signatures;
#[cfg(test)]
#[path = "../stage/mod.rs"]
mod stage;
#[cfg(test)]
mod talk;
