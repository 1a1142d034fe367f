//! What the description does not name is refused: unknown query parameters, and methods an address does not have.
//!
//! What must always be true here: the description is the only list of addresses; nothing has to be said twice.

use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{IntoResponse, Request, Response};
use poem_openapi::OpenApi;
use poem_openapi::registry::MetaParamIn;

use super::input::shown;
use super::problem::Problem;
use crate::actions::FieldProblem;

/// The addresses of a description.
#[derive(Debug)]
pub struct Described(Vec<Place>);

#[derive(Debug)]
struct Place {
    /// None stands for a parameter.
    segments: Vec<Option<String>>,
    /// Each method with the query parameters it takes.
    methods: Vec<(Method, Vec<String>)>,
}

impl Described {
    pub fn by<T: OpenApi>() -> Described {
        let paths = T::meta().into_iter().flat_map(|api| api.paths);
        let places = paths.map(|path| Place {
            segments: split(&path.path).map(|segment| (!segment.starts_with('{')).then(|| segment.to_owned())).collect(),
            methods: path
                .operations
                .into_iter()
                .map(|operation| {
                    let queries = operation.params.into_iter().filter(|param| param.in_type == MetaParamIn::Query).map(|param| param.name);
                    (operation.method, queries.collect())
                })
                .collect(),
        });
        Described(places.collect())
    }

    /// Why a request cannot be one of these, if that can be seen from its address and method alone. An unknown address is left to the routes.
    pub fn refuse(&self, request: &Request) -> Option<Response> {
        let here: Vec<&Place> = self.0.iter().filter(|place| place.is_at(request.uri().path())).collect();
        let methods = || here.iter().flat_map(|place| &place.methods);
        if here.is_empty() {
            return None;
        }
        // What answers GET answers HEAD.
        let asked = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
        let Some((_, known)) = methods().find(|(method, _)| *method == asked) else {
            let allow: Vec<&str> = methods().map(|(method, _)| method.as_str()).collect();
            return Some(not_allowed(&allow.join(", ")));
        };
        let query = request.uri().query().unwrap_or_default();
        let unknown = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !known.iter().any(|known| known == name));
        let problems: Vec<FieldProblem> = unknown.map(|(name, _)| unknown_parameter(&name, known)).collect();
        (!problems.is_empty()).then(|| Problem::fields(problems).into_response())
    }
}

impl Place {
    fn is_at(&self, path: &str) -> bool {
        let mut asked = split(path);
        self.segments.iter().all(|segment| asked.next().is_some_and(|asked| segment.as_deref().is_none_or(|segment| segment == asked)))
            && asked.next().is_none()
    }
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.trim_start_matches('/').split('/')
}

fn unknown_parameter(name: &str, known: &[String]) -> FieldProblem {
    let takes = if known.is_empty() { "no parameters".to_owned() } else { known.join(", ") };
    FieldProblem::new(
        name.chars().take(40).collect::<String>(),
        "unknown_field",
        format!("There is no parameter {} here; this address takes {takes}.", shown(name)),
    )
}

fn not_allowed(allow: &str) -> Response {
    let detail = format!("This address does not take this method; it takes {allow}.");
    let mut response = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail).into_response();
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}
