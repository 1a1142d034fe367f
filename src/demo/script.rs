//! What happens in the demo, as a person would do it.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON value by name gives null where there is nothing")]

use anyhow::{Context, bail};
use chrono::TimeDelta;
use serde_json::{Value, json};
use ureq::Agent;

use super::visitor::{Page, Visitor};
use super::watch;
use crate::app::App;
use crate::ids::PostId;
use crate::secret::Secret;

/// Real files: a few seconds of H.264 and AAC in MP4, and a JPEG.
const CLIP: &[u8] = include_bytes!("../../assets/demo/clip.mp4");
const PHOTO: &[u8] = include_bytes!("../../assets/demo/photo.jpg");

/// Connects, uploads, schedules and watches. True if every post is out. `running` tells whether anybody still wants to see it.
pub(super) fn play(app: &App, url: &str, email: &str, password: &Secret, key: &Secret, running: &dyn Fn() -> bool) -> anyhow::Result<bool> {
    let mut visitor = Visitor::default();
    let page = ok(visitor.open(&format!("{url}/sign-in"))?)?;
    ok(visitor.submit(&page, &[("email", email), ("password", password.expose())])?)?;
    for login in ["tiktok", "facebook"] {
        let page = ok(visitor.open(&format!("{url}/accounts/connect/{login}"))?)?;
        let choices = page.checkboxes("accounts");
        if !choices.is_empty() {
            let fields: Vec<(&str, &str)> = choices.iter().map(|choice| ("accounts", choice.as_str())).collect();
            ok(visitor.submit(&page, &fields)?)?;
        }
    }
    let api = Api { agent: Agent::new_with_defaults(), base: format!("{url}/api/v1"), key };
    let accounts = api.get("/accounts")?;
    let accounts: Vec<&Value> = accounts["items"].as_array().into_iter().flatten().collect();
    println!("Connected:");
    for account in &accounts {
        println!("  {:<10} {}", text(&account["platform"]), watch::account_name(text(&account["display_name"]), text(&account["username"])));
    }
    let find = |platform: &str| {
        accounts
            .iter()
            .find(|account| account["platform"] == platform)
            .map(|account| text(&account["id"]))
            .with_context(|| format!("no {platform} account was connected"))
    };
    let (tiktok, facebook, instagram) = (find("tiktok")?, find("facebook")?, find("instagram")?);

    println!("\nUploading:");
    let mut media = Vec::new();
    for (name, mime, bytes) in [("clip.mp4", "video/mp4", CLIP), ("photo.jpg", "image/jpeg", PHOTO), ("draft.mp4", "video/mp4", CLIP)] {
        let made = api.upload(name, mime, bytes)?;
        println!("  {name:<10} {} bytes, {}x{}, {}", made["bytes"], made["width"], made["height"], text(&made["id"]));
        media.push(text(&made["id"]).to_owned());
    }
    let [clip, photo, draft] = media.as_slice() else { bail!("three files were not uploaded") };

    let now = app.clock.now();
    let at = |seconds| json!({ "at": (now + TimeDelta::seconds(seconds)).to_rfc3339() });
    let posts = [
        json!({ "caption": "One clip, three platforms, one second. #demo", "media": [clip], "schedule": at(14), "targets": [
            { "account_id": tiktok, "kind": "video", "options": { "privacy_level": "PUBLIC_TO_EVERYONE" } },
            { "account_id": facebook, "kind": "reel" },
            { "account_id": instagram, "kind": "reel" } ] }),
        json!({ "caption": "A picture for the Page and for Instagram.", "media": [photo], "schedule": at(20), "targets": [
            { "account_id": facebook, "kind": "photos" },
            { "account_id": instagram, "kind": "image", "caption": "A picture, with words of its own for Instagram. #demo" } ] }),
        json!({ "caption": "A draft for the phone.", "media": [draft], "schedule": at(24), "targets": [{ "account_id": tiktok, "kind": "draft_video" }] }),
    ];
    println!("\nScheduled:");
    let mut ids: Vec<PostId> = Vec::new();
    for post in &posts {
        let made = api.post("/posts", post)?;
        let id = text(&made["id"]);
        println!(
            "  {id}: “{}”, {} account(s), due {}",
            text(&post["caption"]),
            post["targets"].as_array().map_or(0, Vec::len),
            watch::time(&made["scheduled_at"])
        );
        ids.push(id.parse().map_err(|e| anyhow::anyhow!("the API gave the id {id}, which {e}"))?);
    }
    println!("\nWhat can be done ahead is done now; at its second, only the last call of each job remains:");
    watch::until_done(app, &ids, running)
}

/// A page that is not an error.
fn ok(page: Page) -> anyhow::Result<Page> {
    if page.status >= 400 {
        bail!("{} answered {}", page.url.path(), page.status);
    }
    Ok(page)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The demo's own REST API, used as a program would.
struct Api<'a> {
    agent: Agent,
    base: String,
    key: &'a Secret,
}

impl Api<'_> {
    fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.agent.get(format!("{}{path}", self.base)).header("authorization", self.bearer()).call()?;
        read(answer)
    }

    fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.agent.post(format!("{}{path}", self.base)).config().http_status_as_error(false).build();
        read(request.header("authorization", self.bearer()).header("content-type", "application/json").send(body.to_string())?)
    }

    fn upload(&self, name: &str, mime: &str, bytes: &[u8]) -> anyhow::Result<Value> {
        let request = self.agent.post(format!("{}/media", self.base)).config().http_status_as_error(false).build();
        read(request.header("authorization", self.bearer()).header("content-type", mime).header("x-filename", name).send(bytes)?)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.key.expose())
    }
}

fn read(mut answer: ureq::http::Response<ureq::Body>) -> anyhow::Result<Value> {
    let body = answer.body_mut().with_config().limit(4 << 20).read_to_string()?;
    if !answer.status().is_success() {
        bail!("the API answered {}: {body}", answer.status());
    }
    serde_json::from_str(&body).context("the API's answer is not JSON")
}
