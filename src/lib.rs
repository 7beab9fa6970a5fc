//! Atelier: the backend of an AI clothes changer.

pub mod domain;
