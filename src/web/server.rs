//! Binding, serving, stopping. The one place that makes a runtime.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use poem::listener::TcpAcceptor;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::middleware::rate::Rates;
use super::{Edge, routes};
use crate::app::App;
use crate::model::user;
use crate::secret::{self, Secret};

/// How long a stop waits for answers that are on their way.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// A connection on which nothing moves is closed after this.
const IDLE: Duration = Duration::from_secs(120);

/// A server that listens already and answers once it runs.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    edge: Arc<Edge>,
    stopper: Stopper,
    runtime: Runtime,
    interrupt: Signal,
    terminate: Signal,
}

/// Stops the server from another thread.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Server {
    /// Takes the address of the configuration; port 0 takes any free one. From here on a signal to stop is heard, so that one which comes between
    /// the announcement of the address and [`Server::run`] stops in peace too.
    pub fn bind(app: Arc<App>) -> anyhow::Result<Server> {
        let listener = TcpListener::bind(app.config.server.listen)?;
        listener.set_nonblocking(true)?;
        let setup_token = if app.db.read(user::any)? { None } else { Some(Secret::new(secret::random_word())) };
        let edge = Arc::new(Edge { app, setup_token, rates: Rates::default() });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("web").enable_all().build()?;
        let entered = runtime.enter();
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        drop(entered);
        Ok(Server { listener, edge, stopper: Stopper(watch::Sender::new(false)), runtime, interrupt, terminate })
    }

    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where the first user is made; none once there is somebody. To be shown to whoever started the server, and to nobody else.
    pub fn setup_link(&self) -> Option<String> {
        let token = self.edge.setup_token.as_ref()?;
        Some(format!("{}/setup?token={}", self.edge.app.config.server.public_url, token.expose()))
    }

    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Answers requests until [`Stopper::stop`], SIGINT or SIGTERM; then lets running answers finish.
    pub fn run(self) -> io::Result<()> {
        let Server { listener, edge, stopper, runtime, mut interrupt, mut terminate } = self;
        let mut stopped = stopper.0.subscribe();
        let done = runtime.block_on(async {
            let stop = async move {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    _ = stopped.wait_for(|stopped| *stopped) => {}
                }
            };
            let acceptor = TcpAcceptor::from_std(listener)?;
            poem::Server::new_with_acceptor(acceptor).idle_timeout(IDLE).run_with_graceful_shutdown(routes(&edge), stop, Some(STOP_WITHIN)).await
        });
        // Blocking work that is still running (an upload's fsync) is not waited for: whatever it does is whole or leaves nothing.
        runtime.shutdown_background();
        done
    }
}
