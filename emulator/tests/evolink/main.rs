//! The emulator over HTTP: what `EvoLink`'s documentation promises, and each hashtag.

#[cfg(test)]
mod callbacks;
#[cfg(test)]
mod manual;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod results;
#[cfg(test)]
#[path = "../stage/mod.rs"]
mod stage;
#[cfg(test)]
mod talk;
