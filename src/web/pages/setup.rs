//! The first run: whoever started the server makes the first user, with the link that the server printed.

use askama::Template;
use poem::Response;
use subtle::ConstantTimeEq;

use super::{Page, sign_in};
use crate::actions::users::{self, NewUser, SHORTEST_PASSWORD};
use crate::actions::{self, FieldProblem};
use crate::model::user;
use crate::secret::Secret;
use crate::web::error::{Error, html, see_other};
use crate::web::visit::Visit;

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup<'a> {
    page: Page,
    /// None: the link's word is missing or wrong.
    token: Option<&'a str>,
    email: &'a str,
    name: &'a str,
    problems: Vec<FieldProblem>,
    shortest: usize,
}

impl Setup<'_> {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|problem| problem.field == field).map(|problem| problem.message.as_str())
    }
}

pub fn show(visit: &Visit) -> Result<Response, Error> {
    if is_over(visit)? {
        return Ok(see_other("/sign-in"));
    }
    form(visit, visit.query.get("token"), Vec::new())
}

pub fn submit(visit: &Visit) -> Result<Response, Error> {
    if is_over(visit)? {
        return Ok(see_other("/sign-in"));
    }
    let token = visit.form.get("token");
    if !is_right(visit, token) {
        return form(visit, token, Vec::new());
    }
    let password = Secret::new(visit.form.get("password"));
    let new = NewUser { email: visit.form.get("email"), name: visit.form.get("name"), password: &password, is_admin: true };
    match users::create_first(visit.app(), &new, visit.now) {
        Ok(id) => sign_in::start(visit, users::start_session(visit.app(), id, &visit.user_agent, visit.now)?.0, "/accounts"),
        Err(actions::Error::Invalid(problems)) => form(visit, token, problems),
        Err(other) => Err(other.into()),
    }
}

fn form(visit: &Visit, token: &str, problems: Vec<FieldProblem>) -> Result<Response, Error> {
    let token = is_right(visit, token).then_some(token);
    html(&Setup {
        page: Page::new(visit, "", "Set up"),
        token,
        email: visit.form.get("email"),
        name: visit.form.get("name"),
        problems,
        shortest: SHORTEST_PASSWORD,
    })
}

/// Somebody is there already, made here or by the command line.
pub fn is_over(visit: &Visit) -> Result<bool, Error> {
    Ok(visit.app().db.read(user::any)?)
}

fn is_right(visit: &Visit, token: &str) -> bool {
    visit.edge.setup_token.as_ref().is_some_and(|right| right.expose().as_bytes().ct_eq(token.as_bytes()).into())
}
