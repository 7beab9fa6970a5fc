//! A browser: it keeps cookies, and says where its requests come from.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use super::{Answer, World};

/// A browser on our own pages. Cheap to clone; all clones are the same one.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) world: World,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
    address: String,
    site: Option<&'static str>,
}

impl Browser {
    /// A new one, at an address of its own network.
    pub(crate) fn at(world: &World, address: &str) -> Self {
        Self {
            world: world.clone(),
            cookies: Arc::default(),
            address: address.into(),
            site: Some("same-origin"),
        }
    }

    /// The same browser, with its cookies, on a page of another site.
    pub(crate) fn on_another_site(&self) -> Self {
        Self {
            site: Some("cross-site"),
            ..self.clone()
        }
    }

    /// The same browser, if it were an old one that does not say which site's page sends a request.
    pub(crate) fn silent(&self) -> Self {
        Self {
            site: None,
            ..self.clone()
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &Value::Null, &[]).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, body, &[]).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &Value::Null, &[]).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        more: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("cf-connecting-ip", &self.address);
        request = request.header(
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        );
        if let Some(site) = self.site {
            request = request.header("sec-fetch-site", site);
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let cookies = self.cookies.lock().unwrap().clone();
        if !cookies.is_empty() {
            let pairs: Vec<_> = cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header("cookie", pairs.join("; "));
        }
        let bytes = if body.is_null() {
            Bytes::new()
        } else {
            request = request.header("content-type", "application/json");
            body.to_string().into()
        };
        let answer = self.world.send(request.body(bytes).unwrap()).await;
        self.keep(&answer);
        answer
    }

    fn keep(&self, answer: &Answer) {
        let mut cookies = self.cookies.lock().unwrap();
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (pair, rules) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            for rule in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
                assert!(rules.contains(rule), "{line} has no {rule}");
            }
            assert!(
                name.starts_with("__Host-") && !rules.contains("Domain"),
                "{line}"
            );
            if rules.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.into(), value.into());
            }
        }
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Plants a cookie.
    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies
            .lock()
            .unwrap()
            .insert(name.into(), value.into());
    }

    /// Asks for a code, and returns the one that was sent.
    pub(crate) async fn ask_for_code(&self, email: &str) -> String {
        let answer = self.post("/v1/auth/email", &json!({"email": email})).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.world.run_background().await;
        self.world.code_of_last_mail()
    }

    pub(crate) async fn enter_code(&self, code: &str) -> Answer {
        self.post("/v1/auth/email/verify", &json!({"code": code}))
            .await
    }

    /// Signs in with a code.
    pub(crate) async fn sign_in(&self, email: &str) {
        let code = self.ask_for_code(email).await;
        let answer = self.enter_code(&code).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// The id of the account that it is signed in to; empty if it is to none.
    pub(crate) async fn account(&self) -> String {
        let me = self.get("/v1/me").await;
        me.body["account"].as_str().unwrap_or_default().to_owned()
    }

    /// The credits that can be used.
    pub(crate) async fn available(&self) -> u64 {
        self.get("/v1/credits").await.body["available"]
            .as_u64()
            .unwrap()
    }
}

impl World {
    /// The code in the mail that was sent last.
    pub(crate) fn code_of_last_mail(&self) -> String {
        self.code_in(|_| true)
    }

    /// The code in the mail that was sent last to an address.
    pub(crate) fn code_of_last_mail_to(&self, email: &str) -> String {
        self.code_in(|to| to == email)
    }

    fn code_in(&self, is_to: impl Fn(&str) -> bool) -> String {
        let mails = self.postbox.mails();
        let of = mails.iter().rfind(|mail| is_to(mail.to.as_str()));
        let text = &of.expect("no mail").message.text;
        let (_, code) = text.split_once("code=").unwrap();
        code.chars().take_while(char::is_ascii_digit).collect()
    }
}
