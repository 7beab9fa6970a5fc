//! The services beside the image providers: mail, sign-in, bots, moderation.

#[cfg(test)]
mod github;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod moderation;
#[cfg(test)]
mod openid;
#[cfg(test)]
mod openid_refusals;
#[cfg(test)]
#[path = "../stage/mod.rs"]
mod stage;
#[cfg(test)]
mod turnstile;
#[cfg(test)]
mod walk;
