//! A running world: its thread, its port, and the handle that tests and the demo hold.
//!
//! Always true: dropping the handle stops the thread and frees the port before `drop` returns. The handle's methods never wait for the network.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use poem::{Server, listener::TcpAcceptor};
use tokio::sync::oneshot;

use crate::{
    address::{BaseUrls, redirect_uris},
    calls::Call,
    clock::Clock,
    fault::Fault,
    http::{Edge, fetch, pull::Pulls},
    settings::{Options, Settings},
    tiktok::webhooks,
    world::{World, grant::Grant, visible::VisiblePost},
};

/// The world and its time, as all handlers share them.
#[derive(Debug)]
pub struct Shared {
    pub clock: Clock,
    pub agent: ureq::Agent,
    pub pulls: Pulls,
    world: Mutex<World>,
}

impl Shared {
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstagramLogin {
    Facebook,
    Instagram,
}

#[derive(Debug)]
pub struct Simulator {
    url: String,
    pub(crate) shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    pub fn start(options: Options) -> std::io::Result<Simulator> {
        let listener = TcpListener::bind(options.listen)?;
        listener.set_nonblocking(true)?;
        let mut address = listener.local_addr()?;
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        let url = format!("http://{address}");
        let mut world = World::new(url.clone(), Settings::new(&options));
        if options.populated {
            world.populate();
        }
        let shared = Arc::new(Shared { clock: options.clock, agent: fetch::agent(), pulls: Pulls::default(), world: Mutex::new(world) });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("simulator").enable_all().build()?;
        let acceptor = {
            let _inside = runtime.enter();
            TcpAcceptor::from_std(listener)?
        };
        runtime.spawn(by_themselves(Arc::clone(&shared)));
        let (stop, stopped) = oneshot::channel();
        let edge = Edge(Arc::clone(&shared));
        let thread = std::thread::Builder::new().name("simulator".into()).spawn(move || {
            runtime.block_on(async {
                // Not a graceful stop: open connections end with the runtime, as a world's end should.
                futures_util::future::select(std::pin::pin!(Server::new_with_acceptor(acceptor).run(edge)), std::pin::pin!(stopped)).await;
            });
            runtime.shutdown_timeout(Duration::from_millis(200));
        })?;
        Ok(Simulator { url, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        self.url.clone()
    }

    pub fn base_urls(&self) -> BaseUrls {
        BaseUrls::new(&self.url)
    }

    /// The sections of PM3K's configuration that lead to this world. Registers the redirect URIs of `public_url` too.
    pub fn config_toml(&self, public_url: &str) -> String {
        self.register_redirects(public_url);
        let world = self.shared.world();
        let scopes: Vec<String> = world.settings.tiktok_scopes.iter().filter(|scope| scope.as_str() != "user.info.profile").cloned().collect();
        self.base_urls().config_toml(world.settings.audited, &scopes)
    }

    pub fn register_redirects(&self, public_url: &str) {
        self.shared.world().redirects.extend(redirect_uris(public_url));
    }

    pub fn clock(&self) -> Clock {
        self.shared.clock.clone()
    }

    /// Everything that a visitor (for drafts: the creator) could see now, oldest first.
    pub fn posts(&self) -> Vec<VisiblePost> {
        self.settle();
        let now = self.shared.clock.now();
        self.shared.world().visible(now)
    }

    /// Everything that could be seen at any time until now, oldest first: stories that are over, too.
    pub fn ever_posted(&self) -> Vec<VisiblePost> {
        let now = self.shared.clock.now();
        self.shared.world().ever_visible(now)
    }

    /// Every call so far, in the order of their answers.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.world().calls.clone()
    }

    pub fn fault(&self, fault: Fault) {
        self.shared.world().faults.add(fault);
    }

    /// How many faults have not acted for the last time: a test can wait until its fault is met.
    pub fn faults_waiting(&self) -> usize {
        self.shared.world().faults.waiting()
    }

    pub fn clear_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// Throws switches.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.shared.world().settings);
    }

    /// A TikTok creator who has granted everything.
    pub fn add_tiktok_user(&self, username: &str) -> Grant {
        let now = self.shared.clock.now();
        self.shared.world().grant_tiktok(username, now)
    }

    /// A Page, with a person of its own who has granted everything.
    pub fn add_page(&self, name: &str) -> Grant {
        let now = self.shared.clock.now();
        self.shared.world().grant_page(name, now)
    }

    /// An Instagram account, behind a Page of its own or alone.
    pub fn add_instagram(&self, username: &str, login: InstagramLogin) -> Grant {
        let now = self.shared.clock.now();
        let mut world = self.shared.world();
        match login {
            InstagramLogin::Facebook => world.grant_linked_instagram(username, now),
            InstagramLogin::Instagram => world.grant_instagram_login(username, now),
        }
    }

    /// The access token of this account ends now. Refresh tokens live on.
    pub fn expire_token(&self, remote_id: &str) {
        let now = self.shared.clock.now();
        self.shared.world().expire(remote_id, now);
    }

    /// The person behind an account goes through the consent pages once more: new access to the same account.
    pub fn grant_again(&self, grant: &Grant) -> Grant {
        let now = self.shared.clock.now();
        self.shared.world().grant_again(grant, now)
    }

    /// Makes a TikTok creator's account private or public.
    pub fn set_private(&self, open_id: &str, private: bool) {
        if let Some(creator) = self.shared.world().tiktok.creators.get_mut(open_id) {
            creator.private = private;
        }
    }
}

/// Sends TikTok's events as time passes, while the settings say so.
async fn by_themselves(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(Duration::from_millis(250)).await;
        if shared.world().settings.tiktok.webhooks_by_themselves {
            tokio::task::block_in_place(|| webhooks::deliver(&shared));
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
