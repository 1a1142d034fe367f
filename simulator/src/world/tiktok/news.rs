//! What the app's webhook is told, and when.
//!
//! Always true: an event is queued once, is offered until it is taken or 72 hours are over, and events due at the same time keep their order.

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use crate::world::{Now, World};

const GIVEN_UP_AFTER: TimeDelta = TimeDelta::hours(72);

#[derive(Clone, Debug)]
pub struct News {
    pub event: &'static str,
    pub open_id: String,
    pub publish_id: Option<String>,
    pub content: Map<String, Value>,
    /// When it happens.
    pub at: Now,
    /// When it is offered next.
    pub next: Now,
    pub tries: u32,
    /// The moment that its signature names, if it keeps the first one.
    pub signed_at: Option<Now>,
    pub serial: u64,
}

fn fields(content: Value) -> Map<String, Value> {
    match content {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

impl World {
    pub fn tell(&mut self, publish_id: &str, event: &'static str, content: Value, at: Now) {
        let Some(task) = self.tiktok.tasks.get(publish_id) else {
            return;
        };
        let open_id = task.open_id.clone();
        // What direct posts are called is documented nowhere.
        let publish_type = if task.form.is_draft() { "INBOX_SHARE" } else { "DIRECT_PUBLISH" };
        let mut content = fields(content);
        content.insert("publish_id".into(), json!(publish_id));
        content.insert("publish_type".into(), json!(publish_type));
        self.queue(open_id, Some(publish_id.to_owned()), event, content, at);
    }

    pub fn tell_creator(&mut self, open_id: &str, event: &'static str, content: Value, at: Now) {
        self.queue(open_id.to_owned(), None, event, fields(content), at);
    }

    fn queue(&mut self, open_id: String, publish_id: Option<String>, event: &'static str, content: Map<String, Value>, at: Now) {
        // Without a webhook nothing is subscribed.
        if self.settings.tiktok.webhook_url.is_none() {
            return;
        }
        let serial = self.next();
        self.tiktok.news.push(News { event, open_id, publish_id, content, at, next: at, tries: 0, signed_at: None, serial });
    }

    /// What is due, oldest first.
    pub fn news_due(&self, now: Now) -> Vec<News> {
        let mut due: Vec<News> = self.tiktok.news.iter().filter(|news| news.next <= now).cloned().collect();
        due.sort_by_key(|news| (news.at, news.serial));
        due
    }

    /// An event was offered at `now`: it is forgotten when it was taken, else it comes again, later each time.
    pub fn news_offered(&mut self, serial: u64, taken: bool, now: Now) {
        if taken {
            self.tiktok.news.retain(|news| news.serial != serial);
            return;
        }
        for news in self.tiktok.news.iter_mut().filter(|news| news.serial == serial) {
            news.signed_at.get_or_insert(now);
            news.tries = news.tries.saturating_add(1);
            news.next = now + TimeDelta::seconds(10 << news.tries.min(12));
        }
        self.tiktok.news.retain(|news| news.next < news.at + GIVEN_UP_AFTER);
    }
}
