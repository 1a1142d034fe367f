//! A request as a handler sees it: read, checked, nothing asynchronous left; and the endpoint that makes one of it.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, Request, Response, Result};

use super::Edge;
use super::blocking::{self, Chunks};
use super::body::{self, Fields, FileName};
use super::error::Error;
use super::middleware::form_token;
use super::middleware::log::Traced;
use super::middleware::session::{self, Current};
use super::{pages, upload};
use crate::actions::Actor;
use crate::app::App;
use crate::ids::MediaId;
use crate::model::user::User;
use crate::model::workspace::{Role, Workspace};
use crate::secret::{self, Secret};

/// One request.
#[derive(Debug, Clone)]
pub struct Visit {
    pub edge: Arc<Edge>,
    pub now: DateTime<Utc>,
    pub request_id: String,
    pub client: IpAddr,
    pub user_agent: String,
    pub path: String,
    pub query: Fields,
    pub form: Fields,
    /// The files of the form, in order: stored, or why not.
    pub files: Vec<Taken>,
    params: Vec<(&'static str, String)>,
    current: Option<Current>,
    /// The cookie of a browser that nobody has signed in with, as sent and as made for a form on the page.
    anonymous: Option<Secret>,
    fresh_anonymous: OnceLock<Secret>,
    sent_token: Option<String>,
    wants_json: bool,
    by_htmx: bool,
    /// A form came without the right token.
    stale: bool,
}

/// The names that paths have for their parts.
const PARAMS: [&str; 4] = ["id", "login", "number", "platform"];

/// What became of one file of a form.
#[derive(Debug, Clone)]
pub struct Taken {
    pub file_name: String,
    pub stored: Result<MediaId, String>,
}

/// A handler: parse, one action, answer.
pub type Handler = fn(&Visit) -> Result<Response, Error>;

impl Visit {
    fn new(edge: Arc<Edge>, request: &Request) -> Visit {
        let traced = request.data::<Traced>();
        Visit {
            now: edge.app.clock.now(),
            request_id: traced.map(|traced| traced.id.clone()).unwrap_or_default(),
            client: traced.map_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), |traced| traced.client),
            user_agent: request.header(header::USER_AGENT).unwrap_or_default().to_owned(),
            path: request.uri().path().to_owned(),
            query: Fields::parse(request.uri().query().unwrap_or_default().as_bytes()),
            form: Fields::default(),
            files: Vec::new(),
            params: PARAMS.iter().filter_map(|name| Some((*name, request.raw_path_param(name)?.to_owned()))).collect(),
            current: request.data::<Current>().cloned(),
            anonymous: session::cookie(request, form_token::ANONYMOUS).map(Secret::new),
            fresh_anonymous: OnceLock::new(),
            sent_token: request.header("x-form-token").map(str::to_owned),
            wants_json: request.header(header::ACCEPT).is_some_and(|accept| accept.starts_with("application/json")),
            by_htmx: request.header("hx-request").is_some(),
            stale: false,
            edge,
        }
    }

    pub fn app(&self) -> &App {
        &self.edge.app
    }

    pub fn is_https(&self) -> bool {
        self.app().config.server.public_url.starts_with("https://")
    }

    /// A part of the path as an id; what is no id of its kind is not there.
    pub fn param<T: FromStr>(&self, name: &str, what: &'static str) -> Result<T, Error> {
        self.params.iter().find(|(found, _)| *found == name).and_then(|(_, value)| value.parse().ok()).ok_or(Error::NotFound(what))
    }

    pub fn current(&self) -> Option<&Current> {
        self.current.as_ref()
    }

    /// Who is signed in; to the sign-in page with everybody else.
    pub fn me(&self) -> Result<&Current, Error> {
        self.current.as_ref().ok_or_else(|| Error::SignIn { next: self.path.clone() })
    }

    pub fn user(&self) -> Result<&User, Error> {
        Ok(&self.me()?.user)
    }

    pub fn actor(&self) -> Result<Actor, Error> {
        Ok(Actor::User(self.user()?.id))
    }

    /// The workspace that the person looks at, and their role there.
    pub fn place(&self) -> Result<&(Workspace, Role), Error> {
        self.me()?.place.as_ref().ok_or_else(|| Error::Forbidden("You are a member of no workspace yet.".into()))
    }

    pub fn workspace(&self) -> Result<&Workspace, Error> {
        Ok(&self.place()?.0)
    }

    /// Is the person's role here at least this one?
    pub fn may(&self, least: Role) -> Result<(), Error> {
        let (workspace, role) = self.place()?;
        if *role < least {
            return Err(Error::Forbidden(format!("In the workspace {} you are a {}, and this takes a {}.", workspace.name, role.as_str(), least.as_str())));
        }
        Ok(())
    }

    /// What the browser's forms must send back.
    pub fn form_token(&self) -> String {
        let word = match (&self.current, &self.anonymous) {
            (Some(current), _) => &current.word,
            (None, Some(word)) => word,
            (None, None) => self.fresh_anonymous.get_or_init(|| Secret::new(secret::random_word())),
        };
        form_token::token(&self.app().keys, word)
    }

    fn is_token_right(&self, form: &Fields) -> bool {
        let word = self.current.as_ref().map(|current| &current.word).or(self.anonymous.as_ref());
        let sent = self.sent_token.as_deref().or_else(|| form.find("form_token"));
        word.zip(sent).is_some_and(|(word, sent)| form_token::is_right(&self.app().keys, word, sent))
    }

    /// Runs the handler and dresses its answer.
    fn answer(&self, handler: Handler) -> Response {
        let answered = if self.stale { Err(Error::Stale) } else { handler(self) };
        let mut answer = match answered {
            Ok(answer) => answer,
            Err(error) => self.explain(error),
        };
        if let Some(word) = self.fresh_anonymous.get() {
            let cookie = session::set_cookie(form_token::ANONYMOUS, word.expose(), form_token::ANONYMOUS_LIFE, self.is_https());
            if let Ok(value) = HeaderValue::from_str(&cookie) {
                answer.headers_mut().append(header::SET_COOKIE, value);
            }
        }
        answer
    }

    fn explain(&self, error: Error) -> Response {
        if self.wants_json {
            return upload::explain(error, &self.request_id);
        }
        match error {
            // A part of a page cannot be replaced with the sign-in page: the whole page is loaded again.
            Error::SignIn { .. } if self.by_htmx => Response::builder().status(StatusCode::UNAUTHORIZED).header("HX-Refresh", "true").finish(),
            Error::Stale => pages::again::show(self).unwrap_or_else(|e| e.into_response(&self.request_id)),
            error => error.into_response(&self.request_id),
        }
    }
}

/// An endpoint for a handler whose forms have no files.
pub fn page(handler: Handler) -> impl Endpoint<Output = Response> {
    poem::endpoint::make(move |mut request: Request| async move {
        let Some(edge) = request.data::<Arc<Edge>>().cloned() else { return Err(poem::Error::from_status(StatusCode::INTERNAL_SERVER_ERROR)) };
        let mut visit = Visit::new(edge, &request);
        if *request.method() == Method::POST {
            let body = request.take_body();
            let read = if body::is_multipart(&request) {
                body::fields_and_files(&request, body, no_files).await.map(|(fields, _)| fields)
            } else {
                body::fields(&request, body).await
            };
            match read {
                Ok(form) => visit.receive(form),
                Err(error) => return Ok(visit.explain(error)),
            }
        }
        Ok(finish(visit, handler).await)
    })
}

fn no_files(_: &Fields, _: FileName, _: &mut Chunks) -> Result<(), Error> {
    Err(Error::BadRequest("This form takes no files.".into()))
}

/// An endpoint for a handler whose form takes files: they are stored as they arrive, if the form's token came before them and is right.
pub fn taking_files(handler: Handler) -> impl Endpoint<Output = Response> {
    poem::endpoint::make(move |mut request: Request| async move {
        let Some(edge) = request.data::<Arc<Edge>>().cloned() else { return Err(poem::Error::from_status(StatusCode::INTERNAL_SERVER_ERROR)) };
        let mut visit = Visit::new(edge, &request);
        let body = request.take_body();
        let taker = Arc::new(visit.clone());
        let read = if body::is_multipart(&request) {
            let take = move |before: &Fields, file: FileName, chunks: &mut Chunks| {
                let stored = if taker.is_token_right(before) { upload::take(&taker, &file, chunks)? } else { Err("The form was out of date.".to_owned()) };
                Ok(Taken { file_name: file.name, stored })
            };
            body::fields_and_files(&request, body, take).await
        } else {
            body::fields(&request, body).await.map(|fields| (fields, Vec::new()))
        };
        match read {
            Ok((form, files)) => {
                visit.receive(form);
                visit.files = files;
                Ok(finish(visit, handler).await)
            }
            Err(error) => Ok(visit.explain(error)),
        }
    })
}

impl Visit {
    fn receive(&mut self, mut form: Fields) {
        self.stale = !self.is_token_right(&form);
        form.remove("form_token");
        self.form = form;
    }
}

async fn finish(visit: Visit, handler: Handler) -> Response {
    let id = visit.request_id.clone();
    blocking::run(move || visit.answer(handler)).await.unwrap_or_else(|_| Error::panicked().into_response(&id))
}
