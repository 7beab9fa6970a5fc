//! Who judges prompts and photos.

use super::addresses::check_base;
use super::{ConfigError, Vars, invalid};
use crate::moderation::{Moderation, openai};

impl Vars<'_> {
    /// The judge that `MODERATION` names; `None` if it names none.
    pub(super) fn moderation(&self, local: bool) -> Result<Option<Moderation>, ConfigError> {
        match self.get("MODERATION").as_deref() {
            None => return Ok(None),
            Some("openai") => {}
            Some(_) => return Err(invalid("MODERATION", "is not \"openai\"")),
        }
        let refuses_unjudged = match self.get("MODERATION_UNAVAILABLE").as_deref() {
            None | Some("refuse") => true,
            Some("allow") => false,
            Some(_) => {
                let problem = "is neither \"refuse\" nor \"allow\"";
                return Err(invalid("MODERATION_UNAVAILABLE", problem));
            }
        };
        let base_url = self.get("OPENAI_BASE_URL");
        let base_url = base_url.unwrap_or_else(|| openai::BASE_URL.into());
        check_base("OPENAI_BASE_URL", &base_url, local)?;
        Ok(Some(Moderation {
            base_url,
            key: self.required("OPENAI_API_KEY")?,
            refuses_unjudged,
        }))
    }
}
