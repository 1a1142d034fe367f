//! The pages: one screen a file, each a plain function from a visit to an answer. What they change, they change through `actions`.

pub mod accounts;
pub mod again;
pub mod compose;
pub mod connect;
pub mod legal;
pub mod media;
pub mod pictures;
pub mod post;
pub mod posts;
mod scopes;
pub mod setup;
pub mod sign_in;

use crate::kind::Platform;
use crate::model::account::Account;
use crate::model::job::JobState;
use crate::model::post::Status;
use crate::web::assets;
use crate::web::visit::Visit;

/// What the layout shows around every screen.
#[derive(Debug)]
pub struct Page {
    pub title: String,
    /// The part of the navigation that is lit: `posts`, `accounts`, `media`, or none.
    pub section: &'static str,
    pub assets: &'static str,
    pub form_token: String,
    pub person: Option<Person>,
    /// One sentence on what was just done.
    pub notice: Option<Notice>,
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

/// A sentence above the page.
#[derive(Debug, Clone, Copy)]
pub struct Notice {
    pub text: &'static str,
    pub tone: &'static str,
    pub icon: &'static str,
}

/// The sentences that a redirect can ask for; the address names one, so nothing foreign can be shown.
fn notice(done: &str) -> Option<Notice> {
    let text = match done {
        "scheduled" => "The post is scheduled.",
        "now" => "The post is on its way.",
        "draft" => "The draft is saved.",
        "again" => "It begins anew, now.",
        "there" => "It counts as published.",
        "comment" => "The comment is tried again.",
        "rehearsed" => "Rehearsed. What was found stands with each account.",
        "removed" => "The file is gone from this server.",
        "cancelled" => "Cancelled. What was not out yet will not go out.",
        "connected" => "The account is connected.",
        "connected-several" => "The accounts are connected.",
        "signed-out" => "You are signed out.",
        "not-given" => {
            let text = "Nothing was connected: the permission was not given on the platform's page.";
            return Some(Notice { text, tone: "warn", icon: "info" });
        }
        _ => return None,
    };
    Some(Notice { text, tone: "good", icon: "circle-check" })
}

/// An account as a small picture with its name.
#[derive(Debug, Clone)]
pub struct Face {
    pub id: String,
    pub platform: Platform,
    pub name: String,
    pub username: String,
    pub has_avatar: bool,
    pub initials: String,
}

impl Face {
    pub fn of(account: &Account) -> Face {
        Face {
            id: account.id.to_string(),
            platform: account.platform,
            name: if account.display_name.is_empty() { account.username.clone() } else { account.display_name.clone() },
            username: account.username.clone(),
            has_avatar: account.has_avatar,
            initials: initials(&account.display_name, &account.username),
        }
    }
}

/// One or two letters to stand for a picture that is missing.
fn initials(name: &str, username: &str) -> String {
    let source = if name.trim().is_empty() { username } else { name };
    let letters: String = source.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric())).take(2).collect();
    if letters.is_empty() { "?".to_owned() } else { letters.to_uppercase() }
}

/// A status in words, with the icon and the tone in which it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    pub label: &'static str,
    pub icon: &'static str,
    pub tone: &'static str,
}

pub fn shown_status(status: Status) -> Shown {
    let (label, icon, tone) = match status {
        Status::Draft => ("Draft", "file-pen", "calm"),
        Status::Scheduled => ("Scheduled", "clock", "info"),
        Status::Publishing => ("Publishing", "loader-circle", "live"),
        Status::Published => ("Published", "circle-check", "good"),
        Status::PartlyPublished => ("Partly published", "triangle-alert", "warn"),
        Status::Failed => ("Failed", "circle-x", "bad"),
        Status::Cancelled => ("Cancelled", "ban", "calm"),
        Status::Missed => ("Missed", "triangle-alert", "warn"),
        Status::Unconfirmed => ("Unconfirmed", "circle-question-mark", "warn"),
    };
    Shown { label, icon, tone }
}

pub fn shown_state(state: JobState) -> Shown {
    shown_status(match state {
        JobState::Draft => Status::Draft,
        JobState::Scheduled => Status::Scheduled,
        JobState::Publishing => Status::Publishing,
        JobState::Published => Status::Published,
        JobState::Failed => Status::Failed,
        JobState::Cancelled => Status::Cancelled,
        JobState::Missed => Status::Missed,
        JobState::Unconfirmed => Status::Unconfirmed,
    })
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn letters_stand_for_a_missing_picture() {
        assert_eq!(initials("Studio Beispiel GmbH", "x"), "SB");
        assert_eq!(initials("", "clips.daily"), "C");
        assert_eq!(initials("  ", "__"), "?");
        assert_eq!(initials("élan vital", ""), "ÉV");
    }
}
