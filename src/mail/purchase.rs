//! What buyers are told by mail. Their language is not known, so each mail has both.

use super::message::{Message, bilingual};
use crate::domain::credits::Credits;
use crate::domain::id::OrderId;
use crate::domain::order::Terms;
use crate::domain::time::Timestamp;

/// Credits have come. The processor sends a payment receipt of its own, where the operator has it do so.
pub fn receipt_message(
    site: &str,
    public_url: &str,
    (order, terms): (OrderId, &Terms),
    receipt_url: Option<&str>,
) -> Message {
    let (credits, price) = (terms.credits, terms.price);
    let subject = format!("{site}: {credits} credits for {price}");
    let english = [
        &format!(
            "Thank you. {credits} credits are in your account; you paid {price}, tax included."
        ),
        &format!("Order {order}"),
    ];
    let chinese = [
        &format!("感谢您的购买。{credits} 点数已存入您的账户，您支付了 {price}（含税）。"),
        &format!("订单 {order}"),
    ];
    let mut english: Vec<&str> = english.into_iter().map(String::as_str).collect();
    let mut chinese: Vec<&str> = chinese.into_iter().map(String::as_str).collect();
    if let Some(url) = receipt_url {
        english.extend(["Your payment receipt:", url]);
        chinese.extend(["付款凭证：", url]);
    }
    bilingual((site, public_url), subject, &english, &chinese)
}

/// A payment failed.
pub fn failed_payment_message(
    site: &str,
    public_url: &str,
    (order, terms): (OrderId, &Terms),
) -> Message {
    let (credits, price) = (terms.credits, terms.price);
    let subject = format!("{site}: your payment of {price} didn't go through");
    let english = format!(
        "Your payment of {price} for {credits} credits didn't go through, and nothing was charged. You can try again, or pay \
         in another way, on the page of your credits. Order {order}."
    );
    let chinese = format!(
        "您为 {credits} 点数支付的 {price} 未能成功，未产生任何扣款。您可以在点数页面重试或更换付款方式。订单 {order}。"
    );
    bilingual((site, public_url), subject, &[&english], &[&chinese])
}

/// Credits expire soon.
pub fn expiry_message(
    site: &str,
    public_url: &str,
    credits: Credits,
    expires_at: Timestamp,
) -> Message {
    let day = expires_at.to_string();
    let day = day.get(..10).unwrap_or(&day);
    let subject = format!("{site}: {credits} credits expire on {day}");
    let english = format!(
        "{credits} of your credits expire on {day} (UTC). They are used before those that last longer."
    );
    let chinese = format!("您有 {credits} 点数将于 {day}（UTC）到期，它们会先于其他点数被使用。");
    bilingual((site, public_url), subject, &[&english], &[&chinese])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::{Currency, Money};

    fn terms() -> Terms {
        Terms {
            processor: "stripe".into(),
            is_live: false,
            offer: "small".into(),
            name: "Small".into(),
            credits: Credits::of(50),
            price: Money::of(500, Currency::parse("usd").unwrap()).unwrap(),
            days: None,
        }
    }

    #[test]
    fn a_receipt_says_what_was_bought_and_where_the_payment_receipt_is() {
        let order = OrderId::from_bytes([7; 16]);
        let url = Some("https://pay.example/receipt?a=1&b=2");
        let mail = receipt_message("Ada & Co", "https://app.test", (order, &terms()), url);
        assert_eq!(mail.subject, "Ada & Co: 50 credits for 5.00 USD");
        for text in [&mail.text, &mail.html] {
            assert!(text.contains("50 credits") && text.contains(&order.to_string()));
        }
        assert!(
            mail.text
                .contains("\nhttps://pay.example/receipt?a=1&b=2\n")
        );
        assert!(
            mail.html
                .contains("href=\"https://pay.example/receipt?a=1&amp;b=2\"")
        );
        let without = receipt_message("Ada & Co", "https://app.test", (order, &terms()), None);
        assert!(!without.html.contains("href"));
    }

    #[test]
    fn the_other_mails_say_what_happened_in_both_languages() {
        let order = OrderId::from_bytes([7; 16]);
        let failed = failed_payment_message("Ada", "https://app.test", (order, &terms()));
        assert!(
            failed.text.contains("nothing was charged") && failed.text.contains("未产生任何扣款")
        );
        let at = Timestamp::from_millis(1_795_161_600_000);
        let expiry = expiry_message("Ada", "https://app.test", Credits::of(3), at);
        assert_eq!(expiry.subject, "Ada: 3 credits expire on 2026-11-20");
        assert!(expiry.html.contains("3 of your credits"));
    }
}
