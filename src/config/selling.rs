//! What is sold, and who takes the money.

use serde::Deserialize;

use super::addresses::check_base;
use super::{ConfigError, Vars, invalid};
use crate::domain::credits::Credits;
use crate::domain::money::{Currency, Money};
use crate::domain::order::{Offer, check_offers};
use crate::processor::{self, Merchant, PROCESSORS, Processor};

/// A processor with the operator's account at it.
#[derive(Clone)]
pub struct ProcessorConfig {
    /// Its codec.
    pub codec: &'static dyn Processor,
    /// The operator's account.
    pub merchant: Merchant,
}

/// What is sold, and how.
#[derive(Clone)]
pub struct SellingConfig {
    /// Who takes the money for new orders.
    pub processor: ProcessorConfig,
    /// Other processors that have a key: they get no new orders, but what became of theirs is heard.
    pub former: Vec<ProcessorConfig>,
    /// What is sold, in the order in which it is shown.
    pub offers: Vec<Offer>,
    /// Whether accounts buy nothing while credits are still to be taken back from them, or a payment is disputed.
    pub refuses_debtors: bool,
    /// How many checkouts are begun.
    pub limits: CheckoutLimits,
}

/// How many checkouts may be begun within an hour; 0 means no limit. Whoever tries out stolen cards begins many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckoutLimits {
    /// Of one account.
    pub per_account: u32,
    /// Of one account within a day (UTC).
    pub per_day: u32,
    /// From one network.
    pub per_network: u32,
}

impl SellingConfig {
    /// A processor that takes money, or did.
    pub fn processor(&self, name: &str) -> Option<&ProcessorConfig> {
        let mut all = std::iter::once(&self.processor).chain(&self.former);
        all.find(|processor| processor.codec.name() == name)
    }

    /// The offer with this id.
    pub fn offer(&self, id: &str) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.id == id)
    }
}

/// An offer as `OFFERS` has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfferText {
    id: String,
    name: String,
    credits: u64,
    /// Such as `5.00 USD`; the first is the one that is shown.
    prices: Vec<String>,
    days: Option<u32>,
    #[serde(default)]
    highlight: bool,
}

impl Vars<'_> {
    /// Who takes money for what; `None` where `PROCESSOR` names nobody: then nothing is sold. Nor is it on a developer's
    /// machine without the processor's key, where the rest is still of use.
    pub(super) fn selling(&self, local: bool) -> Result<Option<SellingConfig>, ConfigError> {
        let Some(name) = self.get("PROCESSOR") else {
            return Ok(None);
        };
        let codec = processor::by_name(&name).ok_or_else(|| {
            let names: Vec<_> = PROCESSORS.iter().map(|known| known.name()).collect();
            let names = names.join(", ");
            invalid(
                "PROCESSOR",
                &format!("names \"{name}\", which is not one of {names}"),
            )
        })?;
        let key = format!("{}_API_KEY", codec.name().to_ascii_uppercase());
        if local && self.get(&key).is_none() {
            return Ok(None);
        }
        let is_live = self.is_live(local)?;
        let processor = self.processor_config(codec, is_live, local)?;
        let others = PROCESSORS.iter().copied();
        let others = others.filter(|other| {
            let key = format!("{}_API_KEY", other.name().to_ascii_uppercase());
            other.name() != name && self.get(&key).is_some()
        });
        let former = others.map(|other| self.processor_config(other, is_live, local));
        let refuses_debtors = match self.get("CHECKOUT_WITH_DEBTS").as_deref() {
            None | Some("refuse") => true,
            Some("allow") => false,
            Some(_) => {
                let problem = "is neither \"refuse\" nor \"allow\"";
                return Err(invalid("CHECKOUT_WITH_DEBTS", problem));
            }
        };
        Ok(Some(SellingConfig {
            former: former.collect::<Result<_, _>>()?,
            processor,
            offers: self.offers()?,
            refuses_debtors,
            limits: CheckoutLimits {
                per_account: self.whole("MAX_CHECKOUTS_PER_HOUR", 10)?,
                per_day: self.whole("MAX_CHECKOUTS_PER_DAY", 20)?,
                per_network: self.whole("MAX_CHECKOUTS_PER_ADDRESS_PER_HOUR", 30)?,
            },
        }))
    }

    /// Whether real money moves: on a developer's machine never, and elsewhere unless it is said that it does not.
    fn is_live(&self, local: bool) -> Result<bool, ConfigError> {
        match self.get("PAYMENTS").as_deref() {
            None => Ok(!local),
            Some("test") => Ok(false),
            Some("live") if !local => Ok(true),
            Some("live") => {
                let problem = "is \"live\" where ENVIRONMENT is \"local\"";
                Err(invalid("PAYMENTS", problem))
            }
            Some(_) => Err(invalid("PAYMENTS", "is neither \"live\" nor \"test\"")),
        }
    }

    fn processor_config(
        &self,
        codec: &'static dyn Processor,
        is_live: bool,
        local: bool,
    ) -> Result<ProcessorConfig, ConfigError> {
        let name = |what: &str| format!("{}_{what}", codec.name().to_ascii_uppercase());
        let (url, key_name, secrets) = (name("BASE_URL"), name("API_KEY"), name("WEBHOOK_SECRET"));
        let base_url = self.get(&url);
        let base_url = base_url.unwrap_or_else(|| codec.base_url(is_live).into());
        check_base(&url, &base_url, local)?;
        let other = codec.base_url(!is_live);
        if other != codec.base_url(is_live) && base_url.trim_end_matches('/') == other {
            let problem = "is where the other kind of money moves: see PAYMENTS";
            return Err(invalid(&url, problem));
        }
        let key = self.required(&key_name)?;
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let problem = "has white space or letters that are not ASCII";
            return Err(invalid(&key_name, problem));
        }
        check_mode(&key_name, &key, is_live)?;
        let webhook_secrets = self.required(&secrets)?;
        let webhook_secrets: Vec<String> = webhook_secrets
            .split(',')
            .map(|secret| secret.trim().to_owned())
            .filter(|secret| !secret.is_empty())
            .collect();
        if webhook_secrets.is_empty() {
            return Err(invalid(&secrets, "is not set"));
        }
        let product = self.get(&name("PRODUCT"));
        if codec.needs_product() && product.is_none() {
            return Err(invalid(&name("PRODUCT"), "is not set"));
        }
        Ok(ProcessorConfig {
            codec,
            merchant: Merchant {
                base_url: base_url.trim_end_matches('/').into(),
                key,
                webhook_secrets,
                product,
                is_live,
            },
        })
    }

    /// The offers, checked as a whole. The error names the first that is wrong.
    fn offers(&self) -> Result<Vec<Offer>, ConfigError> {
        let is_wrong = |problem: String| invalid("OFFERS", &problem);
        // Without offers nothing new is sold, and what becomes of former orders is heard.
        let text = self.get("OFFERS").unwrap_or_else(|| "[]".into());
        let texts: Vec<OfferText> = serde_json::from_str(&text)
            .map_err(|error| is_wrong(format!("is no list of offers: {error}")))?;
        let offers = texts.into_iter().map(|text| {
            let credits = Credits::try_from(text.credits);
            let credits = credits.map_err(|error| is_wrong(format!("{}: {error}", text.id)))?;
            let price = |price: &String| {
                parse_price(price).ok_or_else(|| {
                    let id = &text.id;
                    is_wrong(format!("{id} has the price \"{price}\", which is no amount in a currency that is sold in, such as \"5.00 USD\""))
                })
            };
            Ok(Offer {
                prices: text.prices.iter().map(price).collect::<Result<_, _>>()?,
                id: text.id,
                name: text.name,
                credits,
                days: text.days,
                is_highlighted: text.highlight,
            })
        });
        let offers: Vec<Offer> = offers.collect::<Result<_, ConfigError>>()?;
        check_offers(&offers).map_err(|(id, flaw)| is_wrong(format!("\"{id}\" {flaw}")))?;
        Ok(offers)
    }
}

/// `5.00 USD`.
fn parse_price(text: &str) -> Option<Money> {
    let (amount, code) = text.trim().split_once(' ')?;
    let currency = Currency::parse(code.trim()).ok()?;
    Money::parse(amount, currency)
}

/// A key that says which money it moves must say the right one: `sk_test_…` is Stripe's for none.
fn check_mode(name: &str, key: &str, is_live: bool) -> Result<(), ConfigError> {
    if is_live && key.contains("_test_") {
        let problem = "is a test key: set PAYMENTS to \"test\" if no money is to move";
        return Err(invalid(name, problem));
    }
    if !is_live && key.contains("_live_") {
        let problem = "is a live key where no money is to move";
        return Err(invalid(name, problem));
    }
    Ok(())
}
