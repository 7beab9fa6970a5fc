//! What the emulator writes down: the calls with their bodies, the log, and hashtags in pixels.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod labels;
#[cfg(test)]
#[path = "../stage/mod.rs"]
mod stage;
