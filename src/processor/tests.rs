//! What holds for every processor.

use std::collections::BTreeSet;

use super::*;

fn merchant(processor: &dyn Processor, secrets: &[&str]) -> Merchant {
    Merchant {
        base_url: processor.base_url(false).into(),
        key: "key".into(),
        webhook_secrets: secrets.iter().map(ToString::to_string).collect(),
        product: Some("prod_1".into()),
        is_live: false,
    }
}

fn answer(status: u16, body: &'static str) -> Response {
    let body = Bytes::from_static(body.as_bytes());
    http::Response::builder().status(status).body(body).unwrap()
}

fn new_refund() -> NewRefund<'static> {
    NewRefund {
        payment: "pay_1",
        amount: Money::of(500, Currency::parse("usd").unwrap()).unwrap(),
        key: "refund-1",
    }
}

#[test]
fn each_processor_is_found_by_its_own_name() {
    let names: BTreeSet<_> = PROCESSORS.iter().map(|known| known.name()).collect();
    assert_eq!(names.len(), PROCESSORS.len());
    for name in names {
        assert_eq!(by_name(name).map(Processor::name), Some(name));
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase()), "{name}");
    }
    assert!(by_name("").is_none() && by_name("Stripe").is_none());
}

#[test]
fn nobody_takes_an_event_that_is_not_signed() {
    for processor in PROCESSORS {
        for secrets in [&[][..], &[""], &["secret"]] {
            let merchant = merchant(*processor, secrets);
            let now = Timestamp::from_millis(0);
            let told = processor.event(&merchant, &HeaderMap::new(), b"{}", now);
            assert_eq!(told, Err(NotTaken::BadSignature), "{}", processor.name());
        }
    }
}

/// A page of a network between us, or an answer that was cut, says nothing of money.
#[test]
fn an_answer_that_is_not_the_processors_is_neither_a_success_nor_a_refusal() {
    for processor in PROCESSORS {
        let name = processor.name();
        let merchant = merchant(*processor, &[]);
        let page = RecentPage {
            since: Timestamp::from_millis(0),
            cursor: None,
        };
        for (status, body) in [(200, "<html>"), (200, ""), (200, "[]"), (502, "<html>")] {
            let answer = answer(status, body);
            let opened = processor.read_checkout(&answer);
            let is_open = matches!(opened, Opened::Unknown(_) | Opened::Errored(_));
            assert!(is_open, "{name} {status} {body:?}: {opened:?}");
            let refunding = processor.read_refund(&merchant, &new_refund(), &answer);
            let is_open = matches!(refunding, Refunding::Unknown(_));
            assert!(is_open, "{name} {status} {body:?}: {refunding:?}");
            assert!(processor.read(&merchant, "cs_1", &answer).is_err());
            assert!(processor.read_reversals(&answer).is_err());
            assert!(processor.read_recent(&merchant, &page, &answer).is_err());
        }
    }
}

/// What comes from outside does not lead a request, which has the operator's key, to another address.
#[test]
fn an_id_cannot_change_where_a_request_goes() {
    for processor in PROCESSORS {
        let merchant = merchant(*processor, &[]);
        let id = "../x?y=1&z#/@elsewhere.test";
        let refund = NewRefund {
            payment: id,
            ..new_refund()
        };
        let page = RecentPage {
            since: Timestamp::from_millis(0),
            cursor: Some(id),
        };
        let mut requests = vec![
            processor.look(&merchant, id).unwrap(),
            processor.refund(&merchant, &refund).unwrap(),
            processor.recent(&merchant, &page).unwrap(),
        ];
        requests.extend(processor.reversals(&merchant, Some(id)).unwrap());
        requests.extend(processor.expire(&merchant, id).map(Result::unwrap));
        for request in requests {
            let uri = request.uri().to_string();
            assert!(uri.starts_with(&merchant.base_url), "{uri}");
            assert!(!uri.contains("../") && !uri.contains("z#"), "{uri}");
            assert!(!uri.contains("&z"), "{uri}");
        }
    }
}
