//! What a provider charges for a task.

use serde_json::Value;

/// What a task costs the operator, in thousandths of the provider's own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost(pub u64);

impl Cost {
    /// Reads a JSON value, a number or text; `None` if it is no number of units.
    pub(super) fn of(units: &Value) -> Option<Self> {
        let text = match units {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            _ => return None,
        };
        Self::parse(&text)
    }

    /// A decimal number of units; digits after the third are rounded up.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
            return None;
        }
        let (thousandths, rest) = fraction.split_at(fraction.len().min(3));
        let thousandths: u64 = format!("{thousandths:0<3}").parse().ok()?;
        let up = u64::from(rest.bytes().any(|digit| digit != b'0'));
        let whole: u64 = whole.parse().ok()?;
        let all = whole.checked_mul(1000)?.checked_add(thousandths)?;
        all.checked_add(up).map(Self)
    }
}
