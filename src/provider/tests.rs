//! What holds for every provider.

use super::*;
use crate::config::DEFAULT_HOLD_TTL;
use crate::domain::credits::Credits;
use crate::domain::model::{Listing, MAX_COUNT};
use crate::domain::picture::MAX_SIDE;
use crate::domain::usd::Usd;

#[test]
fn names_and_model_ids_are_unique_and_consistent() {
    let mut ids: Vec<_> = PROVIDERS
        .iter()
        .flat_map(|provider| provider.models())
        .map(|model| model.id)
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for provider in PROVIDERS {
        assert!(!provider.models().is_empty());
        for model in provider.models() {
            assert_eq!(model.provider, provider.name());
            assert!(model.id.starts_with(&format!("{}/", provider.name())));
            assert!(model.max_count >= 1 && !model.credits_per_image.is_zero());
        }
    }
}

/// Users would see the id of a provider that is missing in the page's list.
#[test]
fn the_page_has_every_providers_display_name() {
    let page = include_str!("../../page/src/format.ts");
    let (_, list) = page
        .split_once("const PROVIDERS: Record<string, string> = {\n")
        .unwrap();
    let (list, _) = list.split_once("\n};").unwrap();
    let mut listed: Vec<_> = list
        .lines()
        .map(|line| line.trim().split_once(": ").unwrap().0)
        .collect();
    let mut names: Vec<_> = PROVIDERS.iter().map(|provider| provider.name()).collect();
    listed.sort_unstable();
    names.sort_unstable();
    assert_eq!(listed, names);
}

/// A hold that expired before the provider's last callback would make paid pictures free.
#[test]
fn a_hold_outlives_the_slowest_provider_and_its_whole_retry_window() {
    for provider in PROVIDERS {
        let Timing {
            longest_run,
            callback_retry_window,
            results_kept,
        } = provider.timing();
        assert!(
            DEFAULT_HOLD_TTL > longest_run + callback_retry_window,
            "{}",
            provider.name()
        );
        assert!(results_kept > callback_retry_window, "{}", provider.name());
    }
}

/// Some were once sold below cost: at $0.0125 a credit, Replicate's Nano Banana 2 for $0.05, which
/// costs $0.067.
#[test]
fn every_model_is_sold_above_its_vendors_price() {
    for model in PROVIDERS.iter().flat_map(|provider| provider.models()) {
        let listing = Listing::from(model);
        assert_eq!(listing.loss(), None, "{} is sold at a loss", model.id);
        let is_known = model
            .vendor_price
            .is_some_and(|price| price > Usd::millionths(0));
        assert!(is_known || model.provider == "generic", "{}", model.id);
    }
}

#[test]
fn a_model_sold_at_cost_counts_as_a_loss() {
    let model = model("evolink/seedream-4").unwrap();
    let at = |millionths| Listing {
        vendor_price: Some(Usd::millionths(millionths)),
        credits_per_image: Credits::of(4),
        ..Listing::from(model)
    };
    assert_eq!(at(49_999).loss(), None);
    let fifty = Usd::millionths(50_000);
    assert_eq!(at(50_000).loss(), Some((fifty, fifty)));
}

/// Otherwise cleanup would miss some of its results.
#[test]
fn no_model_exceeds_the_most_pictures_per_job() {
    for model in PROVIDERS.iter().flat_map(|provider| provider.models()) {
        assert!((1..=MAX_COUNT).contains(&model.max_count), "{}", model.id);
    }
}

#[test]
fn every_model_supports_some_picture_format_and_size() {
    for model in PROVIDERS.iter().flat_map(|provider| provider.models()) {
        let limits = model.pictures;
        assert!(!limits.formats.is_empty(), "{}", model.id);
        assert!(
            (1..=limits.max_side).contains(&limits.min_side) && limits.max_side <= MAX_SIDE,
            "{}",
            model.id
        );
    }
}
