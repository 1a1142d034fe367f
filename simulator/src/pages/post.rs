//! One post as a visitor sees it, in the manner of its platform.
//!
//! Always true: it is made from the visible post alone.

use super::{
    html::{avatar, chip, escape, owner, span, time},
    medium::{descriptions, gallery},
};
use crate::world::{Now, World, visible::VisiblePost};

/// The name of a platform, for people.
pub fn platform(name: &str) -> &'static str {
    match name {
        "tiktok" => "TikTok",
        "facebook" => "Facebook",
        _ => "Instagram",
    }
}

pub fn is_story(post: &VisiblePost) -> bool {
    post.kind.contains("story")
}

pub fn is_draft(post: &VisiblePost) -> bool {
    post.kind.starts_with("draft")
}

/// Its text, with hashtags, mentions and line ends as they are.
fn words(text: &str) -> String {
    let mut html = String::new();
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            html.push_str("<br>");
        }
        for (index, word) in line.split(' ').enumerate() {
            if index > 0 {
                html.push(' ');
            }
            let tag = word.len() > 1 && (word.starts_with('#') || word.starts_with('@'));
            html.push_str(&if tag { format!("<span class=\"tag\">{}</span>", escape(word)) } else { escape(word) });
        }
    }
    html
}

fn marks(post: &VisiblePost, now: Now) -> String {
    let mut chips = Vec::new();
    if is_draft(post) {
        chips.push(chip("wait", "In the creator's inbox"));
    }
    if let Some(until) = post.until {
        chips.push(if until > now { chip("wait", &format!("Story, {} left", span(now, until))) } else { chip("quiet", "Story, over") });
    }
    if let Some(level) = post.details.get("privacy_level").filter(|level| *level != "PUBLIC_TO_EVERYONE") {
        let seen_by = match level.as_str() {
            "SELF_ONLY" => "Only the creator sees it",
            "MUTUAL_FOLLOW_FRIENDS" => "Friends see it",
            _ => "Followers see it",
        };
        chips.push(chip("wait", seen_by));
    }
    if post.foreign {
        chips.push(chip("quiet", "Posted by somebody else"));
    }
    chips.extend(post.labels.iter().map(|label| chip("label", label)));
    if chips.is_empty() { String::new() } else { format!("<p class=\"marks\">{}</p>", chips.concat()) }
}

fn link(address: &str) -> String {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or(address);
    format!("<p class=\"link\"><span>{}</span>{}</p>", escape(host), escape(address))
}

fn comments(world: &World, post: &VisiblePost) -> String {
    if post.comments.is_empty() {
        return String::new();
    }
    let line = |by: &str, text: &str| format!("<li><b>{}</b> {}</li>", escape(&owner(world, by).0), words(text));
    let lines: String = post.comments.iter().map(|comment| line(&comment.by, &comment.text)).collect();
    format!("<ul class=\"comments\" aria-label=\"Comments\">{lines}</ul>")
}

pub fn card(world: &World, post: &VisiblePost, now: Now) -> String {
    let (name, handle) = owner(world, &post.account_id);
    let (story, draft) = (is_story(post), is_draft(post));
    let classes = [Some(post.platform), story.then_some("story"), draft.then_some("draft")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let head = format!(
        "<header>{}<div><b>{}</b><span>{} {}, {}</span></div><a class=\"open\" href=\"{}\" aria-label=\"Open this post\">Open</a></header>",
        avatar(&post.account_id),
        escape(if post.platform == "facebook" { &name } else { &handle }),
        platform(post.platform),
        escape(&post.kind.replace('_', " ")),
        time(post.at, now),
        escape(post.permalink.strip_prefix(&world.base).unwrap_or(&post.permalink)),
    );
    let title = post.details.get("title").map_or(String::new(), |title| format!("<p class=\"title\">{}</p>", escape(title)));
    let text = if post.caption.is_empty() { String::new() } else { format!("<p class=\"words\">{}</p>", words(&post.caption)) };
    let text = title + &text;
    let media = gallery(world, post) + &post.link.as_deref().map_or(String::new(), link);
    // Pages put their words above, the others below.
    let body = if post.platform == "facebook" { text + &media } else { media + &text };
    format!("<article class=\"post {classes}\">{head}{body}{}{}{}</article>", marks(post, now), descriptions(post), comments(world, post))
}

/// Everything else that was said with it, under the platform's own names.
pub fn particulars(post: &VisiblePost) -> String {
    let mut rows = vec![("id", post.remote_id.clone()), ("account", post.account_id.clone())];
    rows.extend(post.details.iter().map(|(name, value)| (*name, value.clone())));
    rows.extend(post.media_sha256.iter().map(|sha256| ("sha-256", sha256.clone())));
    let rows: String = rows.iter().map(|(name, value)| format!("<dt>{}</dt><dd><code>{}</code></dd>", escape(name), escape(value))).collect();
    format!("<dl class=\"facts\">{rows}</dl>")
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_keep_their_lines_and_nothing_of_them_is_markup() {
        assert_eq!(words("a  #b\n<i>"), "a  <span class=\"tag\">#b</span><br>&lt;i&gt;");
        assert_eq!(words("# @"), "# @");
    }
}
