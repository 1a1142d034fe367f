//! The pages: one screen a file, each a plain function from a visit to an answer. What they change, they change through `actions`.

pub mod again;
pub mod posts;
pub mod setup;
pub mod sign_in;
pub mod upload;
pub mod when;

use chrono::TimeDelta;

use crate::model::media::Media;
use crate::web::assets;
use crate::web::visit::Visit;

/// What the layout shows around every screen.
#[derive(Debug)]
pub struct Page {
    pub title: String,
    /// The part of the navigation that is lit: `posts`, `accounts`, or none.
    pub section: &'static str,
    pub assets: &'static str,
    pub form_token: String,
    pub person: Option<Person>,
    /// One sentence on what was just done.
    pub notice: Option<&'static str>,
}

#[derive(Debug)]
pub struct Person {
    pub name: String,
    pub email: String,
    pub workspace: String,
}

impl Page {
    pub fn new(visit: &Visit, section: &'static str, title: impl Into<String>) -> Page {
        let person = visit.current().map(|current| Person {
            name: current.user.name.clone(),
            email: current.user.email.clone(),
            workspace: current.place.as_ref().map(|(workspace, _)| workspace.name.clone()).unwrap_or_default(),
        });
        Page { title: title.into(), section, assets: assets::base(), form_token: visit.form_token(), person, notice: notice(visit.query.get("done")) }
    }
}

/// The sentences that a redirect can ask for; the address names one, so nothing foreign can be shown.
fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "scheduled" => "The post is scheduled.",
        "now" => "The post is on its way.",
        "draft" => "The draft is saved.",
        "cancelled" => "The post is cancelled. What was not out yet will not go out.",
        "connected" => "The account is connected.",
        "connected-several" => "The accounts are connected.",
        "signed-out" => "You are signed out.",
        _ => return None,
    })
}

/// A file in a few words: `1080 × 1920, 12 s, 3.4 MB`.
pub fn file_detail(media: &Media) -> String {
    let mut words = Vec::new();
    if let (Some(width), Some(height)) = (media.width, media.height) {
        words.push(format!("{width} × {height}"));
    }
    if let Some(ms) = media.duration_ms {
        words.push(when::duration(TimeDelta::milliseconds(i64::try_from(ms).unwrap_or(i64::MAX))));
    }
    words.push(bytesize::ByteSize(media.bytes).display().si().to_string());
    words.join(", ")
}
