//! The edge: the life of every call, from its first byte to its answer. The only async code of the world.
//!
//! Always true: a call is named and looked up among the faults before it acts, it acts at most once, and it is in the list of calls
//! before its answer leaves. The world's mutex is never held across an `await`.

pub mod answer;
pub mod fetch;
pub mod multipart;
pub mod params;
pub mod pull;
mod ranges;
pub mod request;
mod robots;
pub mod route;
pub mod upload;

use std::{sync::Arc, time::SystemTime};

use poem::{Endpoint, Request, Response};

use crate::{
    calls::{Call, foreign_parameter},
    fault::FaultKind,
    graph::{
        error::{Graph, GraphError},
        usage,
    },
    running::Shared,
    world::{Now, World},
};
use answer::Answer;
use request::Ask;
use route::{Handler, Route};

#[derive(Debug)]
pub struct Edge(pub Arc<Shared>);

impl Endpoint for Edge {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let shared = Arc::clone(&self.0);
        Ok(if upload::is_upload(&request) { upload::life(shared, request).await } else { life(shared, request).await })
    }
}

async fn life(shared: Arc<Shared>, request: Request) -> Response {
    let arrived = SystemTime::now();
    let head = Ask::head(&request);
    let largest = shared.world().settings.facebook.one_call_bytes;
    let ask = match Ask::read(request, largest).await {
        Ok(ask) => ask,
        Err(answer) => {
            return Record::new(&shared, "unknown", &head, arrived).answer(&shared, answer);
        }
    };
    let mut record = Record::new(&shared, "unknown", &ask, arrived);
    let (handler, fault) = {
        let mut world = shared.world();
        let Route { name, handler } = route::route(&world, &ask);
        record.call.name = name;
        record.call.account = route::account_of(&world, &ask);
        let fault = world.faults.take(name, record.call.account.as_deref());
        record.call.fault = fault.as_ref().map(FaultKind::in_words);
        (handler, fault)
    };
    let foreign = foreign_parameter(record.call.name, ask.params.names());
    record.call.undocumented = record.call.name == "unknown" || foreign.is_some() || ask.version_missing();
    record.call.note = foreign.unwrap_or_default();
    if matches!(fault, Some(FaultKind::BreakBody { .. })) {
        // A body that is read as a whole is of no use in part.
        record.drop_connection(&shared);
    }
    let answer = match before(&shared, &mut record, &fault).await {
        Some(answer) => return record.answer(&shared, answer),
        None => act(&shared, handler, &ask).await,
    };
    after(&shared, record, fault, answer).await
}

/// What a fault does before the act: an answer instead of it, a wait, or no answer at all.
pub async fn before(shared: &Shared, record: &mut Record, fault: &Option<FaultKind>) -> Option<Answer> {
    match fault {
        Some(FaultKind::DropBefore) => {
            record.drop_connection(shared);
        }
        Some(FaultKind::Answer { status, body }) => Some(canned(*status, body)),
        Some(FaultKind::Delay(wait)) => {
            tokio::time::sleep(*wait).await;
            None
        }
        Some(FaultKind::ExpireToken) => {
            if let Some(account) = &record.call.account {
                shared.world().expire(account, shared.clock.now());
            }
            None
        }
        _ => None,
    }
}

/// What a fault does after the act.
pub async fn after(shared: &Shared, mut record: Record, fault: Option<FaultKind>, answer: Answer) -> Response {
    let answer = match fault {
        Some(FaultKind::ActThenDrop | FaultKind::BreakBody { .. }) => record.drop_connection(shared),
        Some(FaultKind::ActThenStatus { status, body }) => canned(status, &body),
        Some(FaultKind::ActThenEmpty200) => Answer::empty(200).noted("fault"),
        Some(FaultKind::WebhooksFirst) => {
            tokio::task::block_in_place(|| {
                shared.pulls.wait();
                crate::tiktok::webhooks::deliver(shared);
            });
            answer
        }
        Some(FaultKind::DelayAnswer(wait)) => {
            tokio::time::sleep(wait).await;
            answer
        }
        _ => answer,
    };
    record.answer(shared, answer)
}

fn canned(status: u16, body: &str) -> Answer {
    let kind = match body.trim_start().bytes().next() {
        Some(b'{' | b'[') => "application/json",
        Some(b'<') => "text/html; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    Answer::text(status, kind, body.to_owned()).noted("fault")
}

async fn act(shared: &Arc<Shared>, handler: Handler, ask: &Ask) -> Answer {
    match handler {
        Handler::Plain(act) => act(&mut shared.world(), ask, shared.clock.now()),
        Handler::Own(act) => act(shared, ask),
        Handler::TikTok(act) | Handler::TikTokLook(act) => {
            if matches!(handler, Handler::TikTokLook(_)) {
                pull::settled(shared).await;
            }
            let now = shared.clock.now();
            let mut world = shared.world();
            let outcome = act(&mut world, ask, now);
            let answer = crate::tiktok::error::envelope(&mut world, outcome, now);
            pull::start(shared, std::mem::take(&mut world.tiktok.errands));
            answer
        }
        Handler::Graph(act) | Handler::GraphLook(act) => {
            if matches!(handler, Handler::GraphLook(_)) {
                pull::settled(shared).await;
            }
            let now = shared.clock.now();
            let mut world = shared.world();
            let outcome = usage::admit(&mut world, ask, now).and_then(|()| act(&mut world, ask, now));
            Graph::answer(&mut world, ask, outcome, now)
        }
        Handler::Fetching { wants, act } => {
            let fetched = match admitted(shared, ask, wants) {
                Err(refusal) => return refused(shared, ask, refusal),
                Ok(None) => None,
                Ok(Some(wanted)) => Some(fetch::small(Arc::clone(shared), wanted).await),
            };
            let now = shared.clock.now();
            let mut world = shared.world();
            let outcome = act(&mut world, ask, now, fetched);
            if let Ok(made) = &outcome {
                ranges::begin(shared, &mut world, made);
            }
            Graph::answer(&mut world, ask, outcome, now)
        }
        Handler::Reaching { wants, act } => {
            let reached = match admitted(shared, ask, wants) {
                Err(refusal) => return refused(shared, ask, refusal),
                Ok(None) => None,
                Ok(Some(far)) => Some(fetch::reach(Arc::clone(shared), far).await),
            };
            let now = shared.clock.now();
            let mut world = shared.world();
            let outcome = act(&mut world, ask, now, reached);
            Graph::answer(&mut world, ask, outcome, now)
        }
    }
}

/// All checks before something is fetched.
fn admitted<T>(shared: &Shared, ask: &Ask, wants: fn(&mut World, &Ask, Now) -> Result<Option<T>, GraphError>) -> Result<Option<T>, GraphError> {
    let now = shared.clock.now();
    let mut world = shared.world();
    usage::admit(&mut world, ask, now)?;
    wants(&mut world, ask, now)
}

fn refused(shared: &Shared, ask: &Ask, refusal: GraphError) -> Answer {
    let now = shared.clock.now();
    Graph::answer(&mut shared.world(), ask, Err(refusal), now)
}

/// A call on its way into the list of calls.
#[derive(Debug)]
pub struct Record {
    pub call: Call,
}

impl Record {
    pub fn new(shared: &Shared, name: &'static str, ask: &Ask, arrived: SystemTime) -> Record {
        Record {
            call: Call {
                name,
                account: None,
                status: 0,
                at: shared.clock.now(),
                arrived,
                last_byte: SystemTime::now(),
                undocumented: name == "unknown",
                method: ask.method.to_string(),
                path: ask.path.clone(),
                note: String::new(),
                fault: None,
            },
        }
    }

    pub fn answer(mut self, shared: &Shared, answer: Answer) -> Response {
        self.call.status = answer.status;
        if self.call.note.is_empty() {
            self.call.note.clone_from(&answer.note);
        }
        self.keep(shared);
        answer.into_response()
    }

    /// Ends the connection's task by unwinding it: the client sees the connection close without a byte of an answer.
    /// `resume_unwind` runs no panic hook, so nothing is printed; the server catches it where the connection ends.
    pub fn drop_connection(&mut self, shared: &Shared) -> ! {
        self.call.note = "connection dropped".into();
        self.keep(shared);
        std::panic::resume_unwind(Box::new("the connection is dropped on purpose"))
    }

    fn keep(&mut self, shared: &Shared) {
        // Pictures and pages of the simulator itself are no platform's calls.
        if self.call.name != "simulator" {
            let mut world = shared.world();
            world.calls.push(self.call.clone());
            if self.call.name == "instagram.media_publish" {
                world.others_post_too(self.call.account.as_deref(), shared.clock.now());
            }
        }
    }
}
