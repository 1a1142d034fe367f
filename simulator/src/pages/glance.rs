//! The world at a glance, and one post as a visitor sees it.
//!
//! Always true: these pages show what is; they change nothing.

use super::{escape, frame};
use crate::world::{
    Now, World,
    facebook::VideoKind,
    tiktok::{Source, Stage},
    visible::VisiblePost,
};

pub fn world(world: &World, now: Now) -> String {
    let sections = [
        ("Accounts", accounts(world)),
        ("Posts", posts(world, now)),
        ("Uploads", uploads(world, now)),
        ("TikTok's events", super::tiktok::events(world)),
        ("Last calls", calls(world)),
    ];
    let mut body = format!("<h1>A simulated world</h1><p class=\"soft\">Its time is {} UTC.</p>", now.format("%Y-%m-%d %H:%M:%S"));
    for (title, content) in sections {
        body.push_str(&format!("<section class=\"card\"><h2>{title}</h2><div class=\"scroll\">{content}</div></section>"));
    }
    frame("A simulated world", "Simulated TikTok, Facebook and Instagram", true, &body)
}

pub fn table(heads: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return "<p class=\"soft\">None yet.</p>".into();
    }
    let mut out = String::from("<table><tr>");
    for head in heads {
        out.push_str(&format!("<th>{head}</th>"));
    }
    out.push_str("</tr>");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            out.push_str(&format!("<td>{cell}</td>"));
        }
        out.push_str("</tr>");
    }
    out + "</table>"
}

fn row(world: &World, platform: &str, id: &str, username: &str, name: &str) -> Vec<String> {
    let avatar = format!("<img src=\"{}\" width=\"28\" height=\"28\" alt=\"\" style=\"border-radius:50%\">", escape(&world.avatar_url(id)));
    vec![avatar, platform.to_owned(), escape(name), escape(username), format!("<code>{}</code>", escape(id))]
}

fn accounts(world: &World) -> String {
    let creators = world.tiktok.creators.values().map(|creator| row(world, "TikTok", &creator.open_id, &creator.username, &creator.nickname));
    let pages = world.facebook.pages.values().map(|page| row(world, "Facebook Page", &page.id, &page.username, &page.name));
    let instagram = world.instagram.accounts.values().map(|account| row(world, "Instagram", &account.id, &account.username, &account.name));
    table(&["", "Platform", "Name", "Username", "Id"], creators.chain(pages).chain(instagram).collect())
}

fn posts(world: &World, now: Now) -> String {
    let rows = world.visible(now).into_iter().rev().take(200).map(|post| {
        vec![
            post.at.format("%H:%M:%S").to_string(),
            format!("{} {}", post.platform, post.kind.replace('_', " ")),
            escape(owner(world, &post)),
            escape(&post.caption),
            format!("<a href=\"{}\">open</a>", escape(&post.permalink)),
        ]
    });
    table(&["Time", "Kind", "Account", "Caption", ""], rows.collect())
}

fn owner<'a>(world: &'a World, post: &VisiblePost) -> &'a str {
    let id = post.account_id.as_str();
    let creator = world.tiktok.creators.get(id).map(|creator| creator.username.as_str());
    let page = world.facebook.pages.get(id).map(|page| page.name.as_str());
    let account = world.instagram.accounts.get(id).map(|account| account.username.as_str());
    creator.or(page).or(account).unwrap_or("")
}

fn uploads(world: &World, now: Now) -> String {
    let line = |what: &str, id: &str, has: u64, of: Option<u64>, state: &str| {
        let of = of.map_or("?".to_owned(), |of| of.to_string());
        vec![what.to_owned(), format!("<code>{}</code>", escape(id)), format!("{has} of {of} bytes"), state.to_owned()]
    };
    let tasks = world.tiktok.tasks.values().map(|task| {
        let state = match task.stage(now) {
            Stage::Uploading => "uploading",
            Stage::Downloading => "downloading",
            Stage::Processing => "processing",
            Stage::Failed(reason) => reason,
            Stage::Inbox => "in the inbox",
            Stage::Published { .. } => "published",
        };
        let what = format!("TikTok {}", task.form.name().replace('_', " "));
        match &task.source {
            Source::Upload(upload) => line(&what, &task.publish_id, upload.received, Some(upload.size), state),
            Source::Pull(pull) => line(&what, &task.publish_id, pull.downloaded, None, state),
        }
    });
    let reels = world.facebook.videos.values().map(|video| {
        let state = if video.live_since().is_some_and(|at| at <= now) { "published" } else { "not published" };
        let what = match video.kind {
            VideoKind::Video => "Facebook video",
            VideoKind::Reel => "Facebook reel",
            VideoKind::Story => "Facebook story",
        };
        line(what, &video.id, video.sink.lock().length(), video.size, state)
    });
    let containers = world.instagram.containers.values().filter(|container| container.resumable).map(|container| {
        let state = format!("{:?}", container.status(now, now));
        line("Instagram reel", &container.id, container.sink.lock().length(), container.size, &state)
    });
    table(&["Where", "Id", "Progress", "State"], tasks.chain(reels).chain(containers).rev().take(50).collect())
}

fn calls(world: &World) -> String {
    let rows = world.calls.iter().rev().take(100).map(|call| {
        let note = if call.undocumented { format!("undocumented: {}", call.note) } else { call.note.clone() };
        vec![
            call.at.format("%H:%M:%S").to_string(),
            call.name.to_owned(),
            call.status.to_string(),
            escape(call.account.as_deref().unwrap_or("")),
            escape(&note),
        ]
    });
    table(&["Time", "Call", "Status", "Account", "Note"], rows.collect())
}

/// The post behind a permalink, or the profile behind a handle.
pub fn permalink(world: &World, path: &str, now: Now) -> Option<String> {
    // A draft's link is its creator's profile.
    if let Some(username) = path.strip_prefix("/tiktok/@").map(|rest| rest.trim_end_matches('/')).filter(|rest| !rest.contains('/')) {
        return super::tiktok::profile(world, username, now);
    }
    let posts = world.visible(now);
    let wanted = format!("{}{}", world.base, path);
    // Clients build TikTok's links by themselves, and a reel may be opened by its post.
    let same = |post: &&VisiblePost| post.permalink.trim_end_matches('/') == wanted.trim_end_matches('/');
    if let Some(post) = posts.iter().find(same) {
        let body = format!(
            "<article class=\"card\"><h1>{}</h1><p>{}</p><p class=\"soft\">{} {}, {} UTC</p></article>",
            escape(owner(world, post)),
            escape(&post.caption).replace('\n', "<br>"),
            post.platform,
            post.kind.replace('_', " "),
            post.at.format("%Y-%m-%d %H:%M:%S"),
        );
        return Some(frame("A simulated post", &format!("Simulated {}", post.platform), false, &body));
    }
    None
}
