//! What TikTok pulls: the media behind the URLs of an init, one file after another, while the client already has its answer.
//!
//! Always true: a pull follows no redirect and is bounded in size and time. In the world's time it takes as long as its task says,
//! however fast the bytes came: whoever looks at a task waits (for a short real time) until its bytes are there.

use std::{
    io::Read,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    running::Shared,
    tiktok::media,
    world::{
        sink::Sink,
        tiktok::{Errand, finish::Media},
    },
};

const USER_AGENT: &str = "simulated-tiktok-fetcher";
/// In real time: for a whole file, and for whoever waits for running pulls.
const PATIENCE: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_secs(5);

/// How many pulls run.
#[derive(Debug, Default)]
pub struct Pulls {
    running: Mutex<usize>,
    ended: Condvar,
}

impl Pulls {
    pub fn change(&self, by: isize) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running = running.saturating_add_signed(by);
        self.ended.notify_all();
    }

    fn any(&self) -> bool {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) > 0
    }

    /// Waits until no pull runs, but not for ever.
    pub fn wait(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.ended.wait_timeout_while(running, LOOK, |running| *running > 0).unwrap_or_else(PoisonError::into_inner));
    }
}

pub async fn settled(shared: &Arc<Shared>) {
    if shared.pulls.any() {
        let shared = Arc::clone(shared);
        // It only fails when the world ends.
        let _ = tokio::task::spawn_blocking(move || shared.pulls.wait()).await;
    }
}

/// Goes for the media of the inits that were just accepted.
pub fn start(shared: &Arc<Shared>, errands: Vec<Errand>) {
    for errand in errands {
        shared.pulls.change(1);
        let shared = Arc::clone(shared);
        tokio::task::spawn_blocking(move || {
            let (media, downloaded) = run(&shared.agent, &errand);
            shared.world().pull_ended(&errand.publish_id, media, downloaded);
            shared.pulls.change(-1);
        });
    }
}

fn run(agent: &ureq::Agent, errand: &Errand) -> (Media, u64) {
    let mut media = Media::default();
    let mut downloaded = 0;
    for address in &errand.addresses {
        let fetched = address.as_deref().and_then(|address| if errand.photos { photo(agent, address) } else { video(agent, address) });
        let Some((file, length)) = fetched else {
            media.flaw = Some(if errand.photos { "photo_pull_failed" } else { "video_pull_failed" });
            return (media, downloaded);
        };
        media.sha256.extend(file.sha256);
        media.pieces.extend(file.pieces);
        // One bad picture fails the whole post, and nobody says which.
        media = Media { flaw: media.flaw.or(file.flaw), sha256: media.sha256, pieces: media.pieces, ..file };
        downloaded += length;
    }
    (media, downloaded)
}

fn open(agent: &ureq::Agent, address: &str) -> Option<ureq::BodyReader<'static>> {
    let request = agent.get(address).header("user-agent", USER_AGENT).config().timeout_global(Some(PATIENCE)).build();
    let answer = request.call().ok()?;
    (answer.status() == 200).then(|| answer.into_body().into_reader())
}

fn photo(agent: &ureq::Agent, address: &str) -> Option<(Media, u64)> {
    let mut bytes = Vec::new();
    open(agent, address)?.take(media::LARGEST_PHOTO + 1).read_to_end(&mut bytes).ok()?;
    let (sha256, flaw) = media::photo(&bytes);
    let length = u64::try_from(bytes.len()).ok()?;
    Some((Media { sha256: vec![sha256], pieces: vec![vec![bytes.into()]], flaw, ..Media::default() }, length))
}

fn video(agent: &ureq::Agent, address: &str) -> Option<(Media, u64)> {
    let mut reader = open(agent, address)?.take(media::LARGEST_VIDEO + 1);
    let mut sink = Sink::default();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = reader.read(&mut buffer).ok()?;
        if read == 0 {
            return Some((media::video(&sink), sink.length()));
        }
        sink.write(buffer.get(..read)?);
    }
}
