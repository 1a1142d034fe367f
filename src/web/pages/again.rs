//! A form that came with an outdated token: nothing was done, and nothing that was typed is lost.

use askama::Template;
use poem::Response;
use poem::http::StatusCode;

use super::Page;
use crate::web::error::{Error, html};
use crate::web::visit::Visit;

#[derive(Template)]
#[template(path = "again.html")]
struct Again<'a> {
    page: Page,
    path: &'a str,
    shown: Vec<(&'static str, &'a str)>,
    hidden: Vec<(&'a str, &'a str)>,
    password: bool,
    files: usize,
    sign_in_first: bool,
}

/// The form once more, with the values as they came and a token that is right. What was typed as a password is asked for again.
pub fn show(visit: &Visit) -> Result<Response, Error> {
    let values = || visit.form.iter().filter(|(name, _)| *name != "password");
    let again = Again {
        page: Page::new(visit, "", "Send again"),
        path: &visit.path,
        shown: values().filter(|(_, value)| !value.trim().is_empty()).filter_map(|(name, value)| Some((typed_as(name)?, value))).collect(),
        hidden: values().collect(),
        password: visit.form.has("password"),
        files: visit.files.len(),
        sign_in_first: visit.current().is_none() && !matches!(visit.path.as_str(), "/sign-in" | "/setup"),
    };
    let mut answer = html(&again)?;
    answer.set_status(StatusCode::FORBIDDEN);
    Ok(answer)
}

/// What people type, and would miss, by the name they know it by; the rest is chosen, and goes along unseen.
fn typed_as(name: &str) -> Option<&'static str> {
    Some(match name {
        "caption" => "Caption",
        "email" => "E-mail address",
        "name" => "Name",
        "at" => "Time",
        "permalink" => "Link of the post",
        alt if alt.starts_with("alt.") => "Alternative text",
        other => match other.rsplit('.').next() {
            Some("caption") => "Caption for one account",
            Some("title") => "Title",
            Some("link") => "Link",
            Some("first_comment") => "First comment",
            Some("collaborators") => "Collaborators",
            Some("tag_name") => "Tagged person",
            _ => return None,
        },
    })
}
