//! What holds of every provider.

use super::*;
use crate::config::DEFAULT_HOLD_TTL;

#[test]
fn names_and_models_are_unique_and_belong_together() {
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

/// A hold that is stale before the provider's last callback would turn paid pictures into
/// gifts.
#[test]
fn a_hold_outlives_the_slowest_provider_and_its_whole_ladder() {
    for provider in PROVIDERS {
        let Timing {
            longest_run,
            callback_ladder,
            results_kept,
        } = provider.timing();
        assert!(
            DEFAULT_HOLD_TTL > longest_run + callback_ladder,
            "{}",
            provider.name()
        );
        assert!(results_kept > callback_ladder, "{}", provider.name());
    }
}
