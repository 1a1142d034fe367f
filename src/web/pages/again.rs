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
    shown: Vec<(&'a str, &'a str)>,
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
        shown: values().filter(|(name, value)| !value.trim().is_empty() && is_typed(name)).collect(),
        hidden: values().collect(),
        password: visit.form.has("password"),
        files: visit.files.len(),
        sign_in_first: visit.current().is_none() && !matches!(visit.path.as_str(), "/sign-in" | "/setup"),
    };
    let mut answer = html(&again)?;
    answer.set_status(StatusCode::FORBIDDEN);
    Ok(answer)
}

/// What people type, and would miss; the rest is chosen, and goes along unseen.
fn is_typed(name: &str) -> bool {
    matches!(name.rsplit('.').next(), Some("caption" | "email" | "name" | "title" | "link" | "first_comment" | "at"))
}
