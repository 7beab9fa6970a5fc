//! What may be sold.

use super::*;

fn offer(id: &str) -> Offer {
    Offer {
        id: id.into(),
        name: "Small".into(),
        credits: Credits::of(40),
        prices: vec![money(500)],
        days: None,
        is_highlighted: false,
    }
}

#[test]
fn offers_are_checked_as_a_whole() {
    let eur = Money::of(500, Currency::parse("eur").unwrap()).unwrap();
    let fine = Offer {
        prices: vec![money(500), eur],
        is_highlighted: true,
        ..offer("small")
    };
    assert_eq!(check_offers(&[fine.clone(), offer("large")]), Ok(()));
    assert_eq!(fine.price("EUR"), Some(eur));
    assert_eq!(fine.price("gbp"), None);
    for (flawed, flaw) in [
        (offer("Small"), OfferFlaw::Id),
        (offer(""), OfferFlaw::Id),
        (offer("small"), OfferFlaw::IdRepeated),
        (
            Offer {
                name: " ".into(),
                ..offer("a")
            },
            OfferFlaw::Name,
        ),
        (
            Offer {
                name: "x".repeat(61),
                ..offer("a")
            },
            OfferFlaw::Name,
        ),
        (
            Offer {
                credits: Credits::ZERO,
                ..offer("a")
            },
            OfferFlaw::Credits,
        ),
        (
            Offer {
                prices: vec![],
                ..offer("a")
            },
            OfferFlaw::Price,
        ),
        (
            Offer {
                prices: vec![money(0)],
                ..offer("a")
            },
            OfferFlaw::Price,
        ),
        (
            Offer {
                prices: vec![money(1), eur, money(2)],
                ..offer("a")
            },
            OfferFlaw::CurrencyRepeated,
        ),
        (
            Offer {
                days: Some(0),
                ..offer("a")
            },
            OfferFlaw::Days,
        ),
        (
            Offer {
                is_highlighted: true,
                ..offer("a")
            },
            OfferFlaw::HighlightRepeated,
        ),
    ] {
        let id = flawed.id.clone();
        assert_eq!(check_offers(&[fine.clone(), flawed]), Err((id, flaw)));
    }
}
