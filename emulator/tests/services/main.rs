//! The services beside the image providers: sign-in.

#[cfg(test)]
mod github;
#[cfg(test)]
mod openid;
#[cfg(test)]
mod openid_refusals;
#[cfg(test)]
#[path = "../stage/mod.rs"]
mod stage;
#[cfg(test)]
mod walk;
