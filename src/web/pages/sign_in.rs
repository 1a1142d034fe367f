//! Signing in and out.

use askama::Template;
use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};

use super::{Page, setup};
use crate::actions::{self, users};
use crate::model::session::LIFE_DAYS;
use crate::secret::Secret;
use crate::web::error::{Error, html, see_other};
use crate::web::middleware::form_token;
use crate::web::middleware::session::{COOKIE, set_cookie};
use crate::web::visit::Visit;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    page: Page,
    next: &'a str,
    email: &'a str,
    problem: Option<String>,
}

pub fn show(visit: &Visit) -> Result<Response, Error> {
    if setup::is_over(visit)? { form(visit, visit.query.get("next"), None) } else { Ok(see_other("/setup")) }
}

pub fn submit(visit: &Visit) -> Result<Response, Error> {
    let (email, next) = (visit.form.get("email"), visit.form.get("next"));
    if let Err(wait) = visit.edge.rates.take(visit.client, email, visit.now) {
        let error = Error::TooMany(wait);
        let mut answer = form(visit, next, Some(error.sentence()))?;
        answer.set_status(StatusCode::TOO_MANY_REQUESTS);
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.num_seconds().max(1)));
        return Ok(answer);
    }
    let signed_in = match users::sign_in(visit.app(), email, &Secret::new(visit.form.get("password")), &visit.user_agent, visit.now) {
        Err(actions::Error::Refused(why)) => {
            let mut answer = form(visit, next, Some(why))?;
            answer.set_status(StatusCode::TOO_MANY_REQUESTS);
            return Ok(answer);
        }
        other => other?,
    };
    match signed_in {
        Some((word, _)) => {
            visit.edge.rates.give_back(visit.client, email);
            start(visit, word, inside(next))
        }
        None => {
            let mut answer = form(visit, next, Some("E-mail address and password do not fit. Check both, then try again.".into()))?;
            answer.set_status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(answer)
        }
    }
}

pub fn sign_out(visit: &Visit) -> Result<Response, Error> {
    if let Some(current) = visit.current() {
        users::end_session(visit.app(), current.session)?;
    }
    let mut answer = see_other("/sign-in?done=signed-out");
    add_cookie(&mut answer, &set_cookie(COOKIE, "", 0, visit.is_https()));
    Ok(answer)
}

/// Gives the browser its session and sends it on. What it had before, of whomever, is over.
pub fn start(visit: &Visit, word: Secret, to: &str) -> Result<Response, Error> {
    if let Some(before) = visit.current() {
        users::end_session(visit.app(), before.session)?;
    }
    let mut answer = see_other(to);
    add_cookie(&mut answer, &set_cookie(COOKIE, word.expose(), LIFE_DAYS * 86_400, visit.is_https()));
    add_cookie(&mut answer, &set_cookie(form_token::ANONYMOUS, "", 0, visit.is_https()));
    Ok(answer)
}

fn add_cookie(answer: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        answer.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn form(visit: &Visit, next: &str, problem: Option<String>) -> Result<Response, Error> {
    html(&SignIn { page: Page::new(visit, "", "Sign in"), next: inside(next), email: visit.form.get("email"), problem })
}

/// Only ever a path of ours: `//host` and `/\host` lead elsewhere.
fn inside(next: &str) -> &str {
    let ours = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']) && next.is_ascii();
    if ours { next } else { "/posts" }
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn signing_in_never_leads_elsewhere() {
        assert_eq!(inside("/accounts"), "/accounts");
        for elsewhere in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)"] {
            assert_eq!(inside(elsewhere), "/posts", "{elsewhere}");
        }
    }
}
