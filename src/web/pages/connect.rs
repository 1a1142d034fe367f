//! The way through a platform's consent page and back. Every step needs the session that began it.

use std::collections::HashSet;

use askama::Template;
use poem::Response;
use poem::http::StatusCode;

use super::{Page, initials};
use crate::actions::{self, accounts};
use crate::ids::ConnectId;
use crate::kind::Login;
use crate::model::workspace::Role;
use crate::platform::Found;
use crate::secret::Secret;
use crate::web::error::{Error, html, see_other};
use crate::web::visit::Visit;

/// Off to the consent page.
pub fn begin(visit: &Visit) -> Result<Response, Error> {
    let login: Login = visit.param("login", "login")?;
    visit.may(Role::Publisher)?;
    let begun = accounts::begin(visit.app(), visit.me()?.session, visit.workspace()?.id, login, visit.now);
    match begun {
        Ok(url) => Ok(see_other(&url)),
        Err(actions::Error::Refused(why)) => not_connected(visit, login, "Connecting cannot begin", &why, ""),
        Err(other) => Err(other.into()),
    }
}

/// Back from it. Each answer leads on by a redirect, so that neither the code nor Facebook's `#_=_` stays in the address.
pub fn callback(visit: &Visit) -> Result<Response, Error> {
    let login: Login = visit.param("login", "login")?;
    let me = visit.me()?;
    visit.may(Role::Publisher)?;
    let (state, code) = (visit.query.get("state"), visit.query.get("code"));
    let refusal = visit.query.find("error").or_else(|| visit.query.find("error_code"));
    if let Some(refusal) = refusal {
        let told = ["error_description", "error_message", "error_reason"].iter().map(|name| visit.query.get(name)).find(|text| !text.is_empty());
        let detail: String = [Some(refusal), told].into_iter().flatten().collect::<Vec<_>>().join(": ").chars().take(300).collect();
        // A state that is not ours changes nothing about what is shown: nothing was connected either way.
        let _ = accounts::abandon(visit.app(), me.session, login, state, visit.now);
        if matches!(refusal, "access_denied" | "user_cancelled_login") {
            return Ok(see_other("/accounts?done=not-given#main"));
        }
        let text = "The platform did not carry the login out. What it says is below; often an app setting in its developer portal is the cause.";
        return not_connected(visit, login, "The platform refused", text, &detail);
    }
    if code.is_empty() || state.is_empty() {
        return not_connected(visit, login, "Nothing was connected", "The platform sent you back without an answer. Begin again.", "");
    }
    match accounts::finish(visit.app(), me.session, me.user.id, login, &Secret::new(code), state, visit.now) {
        Ok(accounts::Returned::Connected(id)) => Ok(see_other(&format!("/accounts?done=connected#{id}"))),
        Ok(accounts::Returned::Choose(id)) => Ok(see_other(&format!("/accounts/choose/{id}#main"))),
        Err(actions::Error::Refused(why)) => not_connected(visit, login, "Nothing was connected", &why, ""),
        Err(other) => Err(other.into()),
    }
}

#[derive(Template)]
#[template(path = "not_connected.html")]
struct NotConnected<'a> {
    page: Page,
    login: Login,
    heading: &'a str,
    text: &'a str,
    detail: &'a str,
}

fn not_connected(visit: &Visit, login: Login, heading: &str, text: &str, detail: &str) -> Result<Response, Error> {
    let mut answer = html(&NotConnected { page: Page::new(visit, "accounts", heading), login, heading, text, detail })?;
    answer.set_status(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(answer)
}

#[derive(Template)]
#[template(path = "choose.html")]
struct Choose {
    page: Page,
    id: ConnectId,
    choices: Vec<Choice>,
    problem: Option<String>,
}

struct Choice {
    number: usize,
    platform: crate::kind::Platform,
    name: String,
    username: String,
    remote_id: String,
    has_avatar: bool,
    initials: String,
    missing: Vec<String>,
    blocked: Option<String>,
    chosen: bool,
}

pub fn show_choices(visit: &Visit) -> Result<Response, Error> {
    visit.may(Role::Publisher)?;
    choices(visit, None)
}

pub fn choose(visit: &Visit) -> Result<Response, Error> {
    visit.may(Role::Publisher)?;
    let id: ConnectId = visit.param("id", "connecting to finish; begin again")?;
    let me = visit.me()?;
    let chosen: Vec<usize> = visit.form.all("accounts").filter_map(|number| number.parse().ok()).collect();
    match accounts::choose(visit.app(), me.session, me.user.id, id, &chosen, visit.now) {
        Ok(ids) => Ok(see_other(if ids.len() == 1 { "/accounts?done=connected" } else { "/accounts?done=connected-several" })),
        Err(actions::Error::Invalid(problems)) => {
            let mut answer = choices(visit, problems.into_iter().map(|problem| problem.message).next())?;
            answer.set_status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(answer)
        }
        Err(other) => Err(other.into()),
    }
}

fn choices(visit: &Visit, problem: Option<String>) -> Result<Response, Error> {
    let id: ConnectId = visit.param("id", "connecting to finish; begin again")?;
    let found = accounts::choices(visit.app(), visit.me()?.session, id, visit.now)?;
    let chosen: Option<HashSet<&str>> = problem.is_some().then(|| visit.form.all("accounts").collect());
    let choices = found.into_iter().enumerate().map(|(number, found)| choice(number, found, chosen.as_ref())).collect();
    html(&Choose { page: Page::new(visit, "accounts", "Choose accounts"), id, choices, problem })
}

fn choice(number: usize, found: Found, chosen: Option<&HashSet<&str>>) -> Choice {
    Choice {
        number,
        platform: found.platform,
        initials: initials(&found.display_name, &found.username),
        name: found.display_name,
        username: found.username,
        remote_id: found.remote_id,
        has_avatar: found.avatar.is_some(),
        missing: found.missing_scopes,
        // On the platform's page the person has just ticked what they want: that is the choice at first.
        chosen: found.blocked.is_none() && chosen.is_none_or(|chosen| chosen.contains(number.to_string().as_str())),
        blocked: found.blocked,
    }
}
