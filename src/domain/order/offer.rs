//! What is sold: so many credits, at a price in each currency.

use crate::domain::credits::Credits;
use crate::domain::money::Money;

/// The longest name of an offer, in characters: it stands on a button, and on the processor's page.
const MAX_NAME_CHARS: usize = 60;

/// Credits that are sold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its id in requests and orders, such as `small`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many credits.
    pub credits: Credits,
    /// Its price, tax included, in each currency that it is sold in.
    pub prices: Vec<Money>,
    /// How many days its credits last; `None`: for good.
    pub days: Option<u32>,
    /// Whether it is shown as the one to choose.
    pub is_highlighted: bool,
}

impl Offer {
    /// Its price in a currency.
    pub fn price(&self, currency: &str) -> Option<Money> {
        let mut prices = self.prices.iter().copied();
        prices.find(|price| price.currency.as_str().eq_ignore_ascii_case(currency))
    }

    fn flaws(&self) -> impl Iterator<Item = OfferFlaw> {
        let is_id = |text: &str| {
            let is_char =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            (1..=40).contains(&text.len()) && text.bytes().all(is_char)
        };
        let is_named = !self.name.trim().is_empty() && self.name.chars().count() <= MAX_NAME_CHARS;
        let mut currencies: Vec<_> = self.prices.iter().map(|price| price.currency).collect();
        currencies.sort_unstable();
        let is_repeated = currencies
            .windows(2)
            .any(|pair| pair.first() == pair.last());
        let flaws = [
            (!is_id(&self.id)).then_some(OfferFlaw::Id),
            (!is_named).then_some(OfferFlaw::Name),
            self.credits.is_zero().then_some(OfferFlaw::Credits),
            (self.prices.is_empty() || self.prices.iter().any(|price| price.minor == 0))
                .then_some(OfferFlaw::Price),
            is_repeated.then_some(OfferFlaw::CurrencyRepeated),
            (self.days == Some(0)).then_some(OfferFlaw::Days),
        ];
        flaws.into_iter().flatten()
    }
}

/// What is wrong with an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferFlaw {
    /// Its id.
    #[error("has an id that is not 1 to 40 lower-case letters, digits and hyphens")]
    Id,
    /// Its id is another one's, too.
    #[error("has the id of another offer")]
    IdRepeated,
    /// Its name.
    #[error("has a name that is not 1 to {MAX_NAME_CHARS} characters")]
    Name,
    /// It has no credits.
    #[error("has no credits")]
    Credits,
    /// It is free in some currency, or sold in none.
    #[error("has no price, or one of 0")]
    Price,
    /// A currency has two prices.
    #[error("has two prices in one currency")]
    CurrencyRepeated,
    /// Its credits would last no day.
    #[error("lasts 0 days")]
    Days,
    /// More than one is the one to choose.
    #[error("is highlighted, and so is another one")]
    HighlightRepeated,
}

/// Checks all offers as a whole. The first flaw, and the id of its offer.
pub fn check_offers(offers: &[Offer]) -> Result<(), (String, OfferFlaw)> {
    for (place, offer) in offers.iter().enumerate() {
        let before = || offers.iter().take(place);
        let mut flaws = offer.flaws();
        let flaw = if let Some(flaw) = flaws.next() {
            flaw
        } else if before().any(|other| other.id == offer.id) {
            OfferFlaw::IdRepeated
        } else if offer.is_highlighted && before().any(|other| other.is_highlighted) {
            OfferFlaw::HighlightRepeated
        } else {
            continue;
        };
        return Err((offer.id.clone(), flaw));
    }
    Ok(())
}
