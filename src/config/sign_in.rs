//! The ways in, mail, operators, and what a new person gets.

use super::addresses::{check_base, check_https};
use super::{ConfigError, Vars, invalid};
use crate::claims::Claims;
use crate::domain::email::EmailAddress;
use crate::identity::{OAuthClient, SignInMethod, github, google};
use crate::mail::resend;

/// How people sign in here. A deployment without any way in leaves it to an outside issuer of tokens.
#[derive(Clone)]
pub struct SignInConfig {
    /// Marks identities for good.
    pub claims: Claims,
    /// How mail is sent, where codes are.
    pub mail: Option<MailConfig>,
    /// The client of each other way in.
    pub clients: Vec<(SignInMethod, OAuthClient)>,
    /// What the button of the `OpenID` provider says.
    pub oidc_name: String,
    /// The addresses of operators.
    pub operators: Vec<EmailAddress>,
    /// How many new people get credits, and from where.
    pub welcome: WelcomeLimits,
    /// How many codes are sent.
    pub mail_limits: MailLimits,
    /// New users from one address prefix within a day; 0 means no limit.
    pub sign_ups_per_day: u32,
    /// Where a challenge must be passed before a mail is sent.
    pub turnstile: Option<Turnstile>,
}

/// A way to send mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailConfig {
    /// `Name <address>`, or an address.
    pub from: String,
    /// Who carries it.
    pub carrier: Carrier,
}

/// Who carries mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carrier {
    /// The `send_email` binding `EMAIL`.
    Cloudflare,
    /// Resend.
    Resend {
        /// Where its API is.
        base_url: String,
        /// Its key.
        key: String,
    },
}

/// How many codes are sent; 0 means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailLimits {
    /// To all mailboxes, asked for from one network within an hour.
    pub per_hour: u32,
    /// In all within a day (UTC): this bounds what strangers can have the operator pay for.
    pub per_day: u32,
}

/// How many welcome grants there are within a day (UTC); 0 means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WelcomeLimits {
    /// In all: this bounds what a farm can cost.
    pub per_day: u32,
    /// For one registrable domain that is no public mail host.
    pub per_domain: u32,
    /// For one address prefix.
    pub per_prefix: u32,
}

/// Cloudflare Turnstile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turnstile {
    /// What the page shows its widget with.
    pub site_key: String,
    /// What its answers are verified with.
    pub secret: String,
    /// Where they are verified.
    pub base_url: String,
}

/// What the page says about who runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteLinks {
    /// The site's name.
    pub name: String,
    /// Its privacy policy.
    pub privacy: Option<String>,
    /// Its terms.
    pub terms: Option<String>,
    /// A page, or an address, for questions and reports.
    pub contact: Option<String>,
}

impl SignInConfig {
    /// Whether this way in is open.
    pub fn offers(&self, method: SignInMethod) -> bool {
        match method {
            SignInMethod::Email => self.mail.is_some(),
            _ => self.client(method).is_some(),
        }
    }

    /// The client of a way in.
    pub fn client(&self, method: SignInMethod) -> Option<&OAuthClient> {
        let mut clients = self.clients.iter();
        clients
            .find(|(of, _)| *of == method)
            .map(|(_, client)| client)
    }
}

impl Vars<'_> {
    /// The ways in that `SIGN_IN` lists; `None` if it lists none.
    pub(super) fn sign_in(&self, local: bool) -> Result<Option<SignInConfig>, ConfigError> {
        let names = self.list("SIGN_IN");
        let unknown = names
            .iter()
            .find(|name| SignInMethod::named(name).is_none());
        if let Some(name) = unknown {
            let problem =
                format!("has \"{name}\", which is none of email, google, github and oidc");
            return Err(invalid("SIGN_IN", &problem));
        }
        let methods: Vec<_> = names
            .iter()
            .filter_map(|name| SignInMethod::named(name))
            .collect();
        if methods.is_empty() {
            return Ok(None);
        }
        let claims = Claims::new(&self.secret("CLAIMS_SECRET")?);
        let clients = methods
            .iter()
            .filter(|method| **method != SignInMethod::Email);
        let clients = clients.map(|method| Ok((*method, self.client(*method, local)?)));
        let by_email = methods.contains(&SignInMethod::Email);
        Ok(Some(SignInConfig {
            claims: claims.ok_or_else(|| invalid("CLAIMS_SECRET", "is no key"))?,
            mail: by_email.then(|| self.mail(local)).transpose()?,
            clients: clients.collect::<Result<_, _>>()?,
            oidc_name: self.get("OIDC_NAME").unwrap_or_else(|| "OpenID".into()),
            operators: self.operators()?,
            welcome: WelcomeLimits {
                per_day: self.whole("WELCOME_PER_DAY", 100)?,
                per_domain: self.whole("WELCOME_PER_DOMAIN_PER_DAY", 5)?,
                per_prefix: self.whole("WELCOME_PER_ADDRESS_PER_DAY", 2)?,
            },
            mail_limits: MailLimits {
                per_hour: self.whole("MAX_SIGN_IN_MAILS_PER_HOUR", 60)?,
                per_day: self.whole("MAX_SIGN_IN_MAILS_PER_DAY", 2000)?,
            },
            sign_ups_per_day: self.whole("MAX_SIGN_UPS_PER_DAY", 20)?,
            turnstile: self.turnstile(local)?,
        }))
    }

    /// A number that the check of its variable bounds to 32 bits.
    pub(super) fn whole(&self, name: &str, default: u64) -> Result<u32, ConfigError> {
        let number = self.number(name)?.unwrap_or(default);
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    }

    fn client(&self, method: SignInMethod, local: bool) -> Result<OAuthClient, ConfigError> {
        let (id, secret, base, default) = match method {
            SignInMethod::Github => (
                "GITHUB_CLIENT_ID",
                "GITHUB_CLIENT_SECRET",
                "GITHUB_BASE_URL",
                Some(github::BASE_URL),
            ),
            SignInMethod::Google => (
                "GOOGLE_CLIENT_ID",
                "GOOGLE_CLIENT_SECRET",
                "GOOGLE_BASE_URL",
                Some(google::ISSUER),
            ),
            SignInMethod::Oidc | SignInMethod::Email => {
                ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ISSUER", None)
            }
        };
        let base_url = match (self.get(base), default) {
            (Some(url), _) => url,
            (None, Some(url)) => url.into(),
            (None, None) => return Err(invalid(base, "is not set")),
        };
        let base_url = base_url.trim_end_matches('/').to_owned();
        check_base(base, &base_url, local)?;
        let api_url = self
            .get("GITHUB_API_URL")
            .unwrap_or_else(|| github::API_URL.into());
        check_base("GITHUB_API_URL", &api_url, local)?;
        Ok(OAuthClient {
            id: self.required(id)?,
            secret: self.required(secret)?,
            base_url,
            api_url,
        })
    }

    fn mail(&self, local: bool) -> Result<MailConfig, ConfigError> {
        let carrier = match self.required("MAIL")?.as_str() {
            "cloudflare" => Carrier::Cloudflare,
            "resend" => {
                let base_url = self
                    .get("RESEND_BASE_URL")
                    .unwrap_or_else(|| resend::BASE_URL.into());
                check_base("RESEND_BASE_URL", &base_url, local)?;
                Carrier::Resend {
                    base_url,
                    key: self.required("RESEND_API_KEY")?,
                }
            }
            _ => return Err(invalid("MAIL", "is neither \"cloudflare\" nor \"resend\"")),
        };
        let from = self.required("MAIL_FROM")?;
        let address = from
            .rsplit_once('<')
            .map_or(from.as_str(), |(_, address)| address.trim_end_matches('>'));
        if EmailAddress::parse(address).is_none() {
            return Err(invalid(
                "MAIL_FROM",
                "is neither an address nor \"Name <address>\"",
            ));
        }
        Ok(MailConfig { from, carrier })
    }

    fn operators(&self) -> Result<Vec<EmailAddress>, ConfigError> {
        let operators = self.list("OPERATORS").into_iter().map(|address| {
            let problem = || {
                invalid(
                    "OPERATORS",
                    &format!("has \"{address}\", which is no e-mail address"),
                )
            };
            EmailAddress::parse(&address).ok_or_else(problem)
        });
        operators.collect()
    }

    fn turnstile(&self, local: bool) -> Result<Option<Turnstile>, ConfigError> {
        let Some(site_key) = self.get("TURNSTILE_SITE_KEY") else {
            return Ok(None);
        };
        let default = || "https://challenges.cloudflare.com/turnstile/v0".to_owned();
        let base_url = self.get("TURNSTILE_BASE_URL").unwrap_or_else(default);
        check_base("TURNSTILE_BASE_URL", &base_url, local)?;
        Ok(Some(Turnstile {
            site_key,
            secret: self.required("TURNSTILE_SECRET")?,
            base_url,
        }))
    }

    /// What the page says about who runs it.
    pub(super) fn site(&self, local: bool) -> Result<SiteLinks, ConfigError> {
        let link = |name: &str| -> Result<Option<String>, ConfigError> {
            let link = self.get(name);
            // A contact may be an address, too.
            let is_mail = |link: &String| name == "CONTACT_URL" && link.starts_with("mailto:");
            if let Some(url) = link.as_ref().filter(|link| !is_mail(link)) {
                check_https(name, url, local)?;
            }
            Ok(link)
        };
        Ok(SiteLinks {
            name: self.get("SITE_NAME").unwrap_or_else(|| "Atelier".into()),
            privacy: link("PRIVACY_URL")?,
            terms: link("TERMS_URL")?,
            contact: link("CONTACT_URL")?,
        })
    }
}
