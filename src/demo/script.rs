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
use crate::kind::{Kind, Platform};
use crate::secret::Secret;

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
    let whom = Whom { tiktok: find("tiktok")?, facebook: find("facebook")?, instagram: find("instagram")? };
    println!("\nUploaded and scheduled:");
    let now = app.clock.now();
    let mut ids: Vec<PostId> = Vec::new();
    for planned in plan(&whom) {
        let media = planned.files.iter().map(|file| api.upload(file).map(|made| made["id"].clone())).collect::<anyhow::Result<Vec<_>>>()?;
        let at = (now + TimeDelta::seconds(planned.due)).to_rfc3339();
        let made = api.post("/posts", &json!({ "caption": planned.caption, "media": media, "schedule": { "at": at }, "targets": planned.targets }))?;
        let id = text(&made["id"]);
        let kinds: Vec<String> = planned.targets.iter().map(|target| kind(&accounts, target)).collect();
        println!("  {id:<8} due {}  {}", watch::time(&made["scheduled_at"]), kinds.join(", "));
        ids.push(id.parse().map_err(|e| anyhow::anyhow!("the API gave the id {id}, which {e}"))?);
    }
    println!("\nWhat can be done ahead is done now; at its second, only the last call of each job remains:");
    watch::until_done(app, &ids, running)
}

/// The connected accounts' ids.
struct Whom<'a> {
    tiktok: &'a str,
    facebook: &'a str,
    instagram: &'a str,
}

/// A post of the demo.
struct Planned {
    caption: &'static str,
    files: &'static [File],
    /// Seconds from now.
    due: i64,
    targets: Vec<Value>,
}

/// A file as it is uploaded: its name, its type, its bytes.
type File = (&'static str, &'static str, &'static [u8]);
const CLIP: File = ("clip.mp4", "video/mp4", include_bytes!("../../assets/demo/clip.mp4"));
const WIDE: File = ("wide.mp4", "video/mp4", include_bytes!("../../assets/demo/wide.mp4"));
const PHOTO: File = ("photo.jpg", "image/jpeg", include_bytes!("../../assets/demo/photo.jpg"));

/// Every kind of post once, a few seconds apart.
fn plan(whom: &Whom<'_>) -> Vec<Planned> {
    let to = |account: &str, kind: &str, options: Value| json!({ "account_id": account, "kind": kind, "options": options });
    let tiktok = |kind: &str, options| to(whom.tiktok, kind, options);
    let facebook = |kind: &str, options| to(whom.facebook, kind, options);
    let instagram = |kind: &str, options| to(whom.instagram, kind, options);
    let public = || json!({ "privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": false });
    let said = || json!({ "first_comment": "The first comment comes with it." });
    let seen = || json!({ "alt_text": "Soft colours that run into one another" });
    let planned = |due, caption, files, targets| Planned { caption, files, due, targets };
    vec![
        planned(
            18,
            "One clip, three platforms, one second. #demo",
            &[CLIP],
            vec![tiktok("video", public()), facebook("reel", said()), instagram("reel", said())],
        ),
        planned(21, "A picture for the Page and for Instagram.", &[PHOTO], vec![facebook("photos", seen()), instagram("image", seen())]),
        planned(
            24,
            "Two pictures to swipe through.",
            &[PHOTO, PHOTO],
            vec![tiktok("photos", public()), facebook("photos", json!({})), instagram("carousel", json!({}))],
        ),
        planned(27, "A picture for a day.", &[PHOTO], vec![facebook("photo_story", json!({})), instagram("story", json!({}))]),
        planned(
            30,
            "A clip for a day, and a draft for the phone.",
            &[CLIP],
            vec![tiktok("draft_video", json!({})), facebook("video_story", json!({})), instagram("story", json!({}))],
        ),
        planned(33, "A wide video for the Page, and nowhere else.", &[WIDE], vec![facebook("video", json!({ "title": "Wide" }))]),
        planned(36, "Words alone.", &[], vec![facebook("text", json!({}))]),
        planned(38, "Where it is written down.", &[], vec![facebook("link", json!({ "link": "https://example.org/" }))]),
        planned(40, "Pictures to finish on the phone.", &[PHOTO], vec![tiktok("draft_photos", json!({ "title": "A draft" }))]),
    ]
}

/// A target in words: `TikTok draft video`.
fn kind(accounts: &[&Value], target: &Value) -> String {
    let platform = accounts.iter().find(|account| account["id"] == target["account_id"]).map(|account| text(&account["platform"])).unwrap_or_default();
    let platform = platform.parse::<Platform>().map(Platform::name).unwrap_or_default();
    let kind = text(&target["kind"]).parse::<Kind>().map(Kind::name).unwrap_or_default();
    format!("{platform} {kind}")
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

    fn upload(&self, (name, mime, bytes): &File) -> anyhow::Result<Value> {
        let request = self.agent.post(format!("{}/media", self.base)).config().http_status_as_error(false).build();
        read(request.header("authorization", self.bearer()).header("content-type", *mime).header("x-filename", *name).send(*bytes)?)
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
