//! Events on their way to the app's webhook.
//!
//! Always true: what is sent is signed over exactly the bytes that are sent; only a plain 200 counts as taken. Events go to this
//! machine, or to a name that the settings lead to it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::property;
use crate::{
    address::{TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET},
    graph::auth::hmac_hex,
    running::Shared,
    world::{Now, World, tiktok::news::News},
};

/// How many deliveries the world remembers.
const REMEMBERED: usize = 10_000;
const PATIENCE: Duration = Duration::from_secs(10);

/// One event, offered once.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub event: &'static str,
    pub open_id: String,
    pub body: String,
    pub signature: String,
    /// 0 when there was no answer.
    pub status: u16,
    pub at: DateTime<Utc>,
}

/// `t=…,s=…` over the body, as the header has it.
pub fn signature(body: &str, at: Now) -> String {
    let at = at.timestamp();
    format!("t={at},s={}", hmac_hex(TIKTOK_CLIENT_SECRET, &format!("{at}.{body}")))
}

fn body(world: &World, news: &News) -> String {
    let mut content = news.content.clone();
    let post_id = content.get("post_id").filter(|_| world.settings.tiktok.post_id_as_text).map(ToString::to_string);
    if let Some(post_id) = post_id {
        content.insert("post_id".into(), json!(post_id));
    }
    let event = json!({
        "client_key": TIKTOK_CLIENT_KEY,
        "event": news.event,
        "create_time": news.at.timestamp(),
        "user_openid": news.open_id,
        "content": Value::Object(content).to_string(),
    });
    event.to_string()
}

/// What goes out now, in the order of the switches, and where to.
fn letters(world: &World, now: Now) -> (Vec<(u64, Delivery)>, Option<String>) {
    let settings = &world.settings.tiktok;
    let address = settings.webhook_url.as_deref().and_then(|url| property::reach(settings, url));
    let mut letters: Vec<(u64, Delivery)> = Vec::new();
    for news in world.news_due(now) {
        let signed_at = news.signed_at.filter(|_| !settings.webhooks_signed_anew).unwrap_or(now);
        let body = body(world, &news);
        let letter = Delivery { event: news.event, open_id: news.open_id, signature: signature(&body, signed_at), body, status: 0, at: now };
        letters.extend(std::iter::repeat_n((news.serial, letter), if settings.webhooks_twice { 2 } else { 1 }));
    }
    if settings.webhooks_reversed {
        letters.reverse();
    }
    (letters, address)
}

/// Offers everything that is due. Waits for the answers, with the world unlocked.
pub fn deliver(shared: &Shared) -> Vec<Delivery> {
    let now = shared.clock.now();
    let (letters, address) = letters(&shared.world(), now);
    let mut delivered = Vec::new();
    for (serial, mut letter) in letters {
        letter.status = address.as_deref().map_or(0, |address| send(&shared.agent, address, &letter));
        let mut world = shared.world();
        world.news_offered(serial, letter.status == 200, now);
        world.tiktok.delivered.push_back(letter.clone());
        let surplus = world.tiktok.delivered.len().saturating_sub(REMEMBERED);
        world.tiktok.delivered.drain(..surplus);
        delivered.push(letter);
    }
    delivered
}

fn send(agent: &ureq::Agent, address: &str, letter: &Delivery) -> u16 {
    let request = agent.post(address).header("content-type", "application/json").header("tiktok-signature", &letter.signature);
    let answer = request.config().timeout_global(Some(PATIENCE)).build().send(&letter.body);
    answer.map_or(0, |answer| answer.status().as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_documented_vector() {
        let body = r#"{"client_key":"ck_test","event":"authorization.removed","create_time":1700000000,"user_openid":"user-1","content":"{\"reason\":1}"}"#;
        let signed = hmac_hex("secret_test", &format!("1700000001.{body}"));
        assert_eq!(signed, "9bb698383f8c5145ab217062340b9dbfbfed4df5f30694cab8ee2711b8d21822");
    }
}
