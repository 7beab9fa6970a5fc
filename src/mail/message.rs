//! What mails say: as text and as HTML, without pictures, trackers or anything to load.

use super::Language;

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its subject.
    pub subject: String,
    /// As text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

struct Words {
    subject: &'static str,
    intro: &'static str,
    lives: &'static str,
    link: &'static str,
    ignore: &'static str,
}

const ENGLISH: Words = Words {
    subject: "Your code for {site}",
    intro: "Enter this code where you asked for it:",
    lives: "It works for 10 minutes, only in that browser, and only once.",
    link: "Or open this page in the same browser, and confirm:",
    ignore: "Don't give this code to anybody: we never ask for it. If you didn't ask for it, you can ignore this email.",
};

const CHINESE: Words = Words {
    subject: "{site} 登录验证码",
    intro: "请在您申请验证码的页面输入：",
    lives: "验证码 10 分钟内有效，只能在该浏览器中使用一次。",
    link: "或在同一浏览器中打开以下页面并确认：",
    ignore: "请勿将验证码告诉任何人，我们绝不会向您索取。如果不是您本人操作，请忽略此邮件。",
};

/// The mail with a code. The link has the code in its fragment, which no server is sent, and opening it does
/// nothing: mail scanners open every link.
pub fn sign_in_message(language: Language, site: &str, code: &str, public_url: &str) -> Message {
    let words = match language {
        Language::English => ENGLISH,
        Language::Chinese => CHINESE,
    };
    let Words {
        intro,
        lives,
        link,
        ignore,
        ..
    } = words;
    let url = format!("{public_url}/#/sign-in?code={code}");
    let (first, second) = code.split_at_checked(4).unwrap_or((code, ""));
    let text = format!(
        "{intro}\n\n    {first} {second}\n\n{lives}\n\n{link}\n{url}\n\n{ignore}\n\n{site}\n{public_url}\n"
    );
    let lang = match language {
        Language::English => "en",
        Language::Chinese => "zh",
    };
    let (site_html, url_html) = (escaped(site), escaped(&url));
    let html = format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         <meta name=\"viewport\" content=\"width=device-width\"></head>\
         <body style=\"margin:0;padding:32px 20px;font:16px/1.5 system-ui,sans-serif\">\
         <div style=\"max-width:440px;margin:0 auto\"><p style=\"margin:0 0 20px;font-weight:600\">{site_html}</p>\
         <p style=\"margin:0\">{intro}</p>\
         <p style=\"margin:20px 0;font:600 32px/1.2 ui-monospace,Menlo,Consolas,monospace;letter-spacing:3px\">{first}&nbsp;{second}</p>\
         <p style=\"margin:0 0 20px\">{lives}</p><p style=\"margin:0 0 20px\">{link}<br><a href=\"{url_html}\">{url_html}</a></p>\
         <p style=\"margin:0;font-size:14px;opacity:.7\">{ignore}</p></div></body></html>"
    );
    let subject = words.subject.replace("{site}", site);
    Message {
        subject,
        text,
        html,
    }
}

/// The mail to an address in whose place somebody has put another one. It goes to whoever may not have done that, and
/// whose language is not known.
pub fn replaced_address_message(site: &str, public_url: &str) -> Message {
    let english = format!(
        "Another e-mail address is now the way in to your account at {site}. This one no longer is, and the sessions that \
         it began have ended. If that wasn't you, answer this mail, or contact us at once."
    );
    let chinese = format!(
        "您在 {site} 的账户已改用另一个邮箱登录，此邮箱不再有效，由它建立的登录也已结束。如果不是您本人操作，请立即回复此邮件或联系我们。"
    );
    let subject = format!("Your address at {site} was replaced");
    bilingual((site, public_url), subject, &[&english], &[&chinese])
}

/// A mail in both languages, to somebody whose language is not known: a paragraph each.
pub(super) fn bilingual(
    (site, public_url): (&str, &str),
    subject: String,
    english: &[&str],
    chinese: &[&str],
) -> Message {
    let text = |paragraphs: &[&str]| paragraphs.join("\n\n");
    let html = |paragraphs: &[&str]| {
        let html = paragraphs.iter().map(|paragraph| {
            let paragraph = if paragraph.starts_with("https://") {
                let url = escaped(paragraph);
                format!("<a href=\"{url}\">{url}</a>")
            } else {
                escaped(paragraph)
            };
            format!("<p style=\"margin:0 0 20px\">{paragraph}</p>")
        });
        html.collect::<String>()
    };
    let site_html = escaped(site);
    Message {
        subject,
        text: format!(
            "{}\n\n{}\n\n{site}\n{public_url}\n",
            text(english),
            text(chinese)
        ),
        html: format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
             <meta name=\"viewport\" content=\"width=device-width\"></head>\
             <body style=\"margin:0;padding:32px 20px;font:16px/1.5 system-ui,sans-serif\">\
             <div style=\"max-width:440px;margin:0 auto\"><p style=\"margin:0 0 20px;font-weight:600\">{site_html}</p>\
             {}<div lang=\"zh\">{}</div></div></body></html>",
            html(english),
            html(chinese)
        ),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_says_all_that_the_html_says() {
        for language in [Language::English, Language::Chinese] {
            let message = sign_in_message(language, "Ada & Co", "01234567", "https://app.test");
            assert!(message.subject.contains("Ada & Co") && !message.subject.contains("0123"));
            assert!(message.text.contains("    0123 4567\n"));
            assert!(
                message
                    .text
                    .contains("\nhttps://app.test/#/sign-in?code=01234567\n")
            );
            assert!(
                message.html.contains("0123&nbsp;4567") && message.html.contains("Ada &amp; Co")
            );
            assert!(
                message
                    .html
                    .contains("href=\"https://app.test/#/sign-in?code=01234567\"")
            );
            assert!(!message.html.contains("<img") && !message.html.contains("<script"));
        }
    }
}
