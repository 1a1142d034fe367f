//! `POST /{ig-user}/media`: containers.
//!
//! Always true: a container is seen by nobody. An image is fetched and judged during the call; a video comes later, by URL or by
//! upload, and its container tells how that went.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Access, reach, refuse};
use crate::{
    graph::error::GraphError,
    http::{
        fetch::{Fetched, Wanted},
        request::Ask,
    },
    world::{
        Now, World, image,
        instagram::{Container, Kind},
        sink::{SharedSink, sha256_hex},
    },
};

const LARGEST_IMAGE: usize = 8 << 20;
const CAPTION_UNITS: usize = 2_200;
const HASHTAGS: usize = 30;
const MENTIONS: usize = 20;
const ALT_UNITS: usize = 1_000;
const CONTAINERS_PER_DAY: usize = 400;

pub fn wants(world: &mut World, ask: &Ask, now: Now) -> Result<Option<Wanted>, GraphError> {
    let account = reach(world, ask, now, ask.at(0), Access::Write)?;
    let recent = |container: &&Container| container.account == account.id && container.created + TimeDelta::days(1) > now;
    if world.settings.quotas && world.instagram.containers.values().filter(recent).count() >= CONTAINERS_PER_DAY {
        return Err(GraphError::new(80_002, "(#80002) There have been too many calls to this Instagram account.").at(400));
    }
    let kind = check(ask)?;
    let url = ask.params.get("image_url").filter(|_| kind == Kind::Image);
    Ok(url.map(|url| Wanted { url: url.to_owned(), cap: LARGEST_IMAGE as u64 }))
}

/// The matrix of parameters.
fn check(ask: &Ask) -> Result<Kind, GraphError> {
    let unknown_type = |given: &str| refuse(100, 2_207_023, &format!("The media type {given} is unknown."));
    let has = |name: &str| ask.params.get(name).is_some();
    if ask.params.all("media_type").count() > 1 {
        return Err(GraphError::bad("media_type was sent more than once"));
    }
    let kind = match ask.params.text("media_type") {
        "" | "IMAGE" => Kind::Image,
        "REELS" => Kind::Reel,
        other => return Err(unknown_type(other)),
    };
    match ask.params.text("upload_type") {
        "" => {}
        "resumable" if ask.is_instagram_host() => {
            return Err(GraphError::bad("param upload_type is not supported"));
        }
        "resumable" if kind == Kind::Reel => {}
        _ => {
            return Err(GraphError::bad("param upload_type must be resumable, for videos"));
        }
    }
    let resumable = has("upload_type");
    let sources = [has("image_url"), has("video_url"), resumable].into_iter().filter(|given| *given).count();
    match (kind, sources) {
        (_, 2..) => {
            return Err(GraphError::bad("Only one of image_url, video_url and upload_type is allowed"));
        }
        (Kind::Image, _) if !has("image_url") => {
            return Err(GraphError::bad("The parameter image_url is required"));
        }
        (Kind::Reel, _) if !has("video_url") && !resumable => {
            return Err(GraphError::bad("The parameter video_url is required"));
        }
        _ => {}
    }
    let (reel_only, image_only) = (["share_to_feed", "thumb_offset", "cover_url", "audio_name"], ["alt_text"]);
    let misplaced: &[&str] = if kind == Kind::Image { &reel_only } else { &image_only };
    if let Some(name) = misplaced.iter().find(|name| has(name)) {
        return Err(GraphError::bad(format!("param {name} is not allowed for this media type")));
    }
    if ask.params.get("thumb_offset").is_some_and(|offset| offset.parse::<u64>().is_err()) {
        return Err(refuse(1, 2_207_057, "The thumbnail offset must be within the video."));
    }
    if ask.params.text("alt_text").encode_utf16().count() > ALT_UNITS {
        return Err(GraphError::bad("param alt_text is too long"));
    }
    check_caption(ask.params.text("caption"))?;
    check_people(ask, kind)?;
    Ok(kind)
}

fn check_caption(caption: &str) -> Result<(), GraphError> {
    let counted = |mark: char| {
        let starts = caption.match_indices(mark).filter_map(|(at, _)| caption.get(at + 1..)?.chars().next());
        starts.filter(|letter| letter.is_alphanumeric() || *letter == '_').count()
    };
    if caption.encode_utf16().count() > CAPTION_UNITS || counted('#') > HASHTAGS {
        return Err(refuse(36_004, 2_207_010, "The caption was too long."));
    }
    if counted('@') > MENTIONS {
        return Err(refuse(100, 2_207_040, "The caption has too many @ tags."));
    }
    Ok(())
}

fn check_people(ask: &Ask, kind: Kind) -> Result<(), GraphError> {
    let list = |name: &str| -> Result<Vec<Value>, GraphError> {
        let Some(text) = ask.params.get(name) else {
            return Ok(Vec::new());
        };
        serde_json::from_str(text).map_err(|_| GraphError::bad(format!("param {name} must be an array")))
    };
    if list("collaborators")?.len() > 3 {
        return Err(GraphError::bad("param collaborators must have at most 3 usernames"));
    }
    for tag in list("user_tags")? {
        let share = |name: &str| tag.get(name).and_then(Value::as_f64).is_some_and(|share| (0.0..=1.0).contains(&share));
        let named = tag.get("username").is_some_and(Value::is_string);
        if !named || (kind == Kind::Image && !(share("x") && share("y"))) {
            return Err(GraphError::bad("param user_tags needs username, and x and y between 0.0 and 1.0 for images"));
        }
    }
    Ok(())
}

/// The hash of an acceptable image.
fn judge(fetched: Option<Fetched>) -> Result<String, GraphError> {
    let no_media = || refuse(9_004, 2_207_052, "Only photo or video can be accepted as media type.");
    let Some(Ok((bytes, content_type))) = fetched else {
        return Err(no_media());
    };
    if !content_type.starts_with("image/") {
        return Err(no_media());
    }
    let Some(picture) = image::picture(&bytes) else {
        return Err(no_media());
    };
    let head = bytes.get(..bytes.len().min(64 << 10)).unwrap_or(&[]);
    let multi_picture = head.windows(4).any(|window| window == b"MPF\0");
    if picture.kind != "jpeg" || multi_picture {
        return Err(refuse(36_001, 2_207_005, "The image format is not supported."));
    }
    if bytes.len() > LARGEST_IMAGE {
        return Err(refuse(36_000, 2_207_004, "The image size is too large.")
            .user("Image size too large", "The image is too large to download. It should be less than 8 MiB."));
    }
    let (width, height) = (u64::from(picture.width), u64::from(picture.height));
    // 4:5 to 1.91:1
    if width * 5 < height * 4 || width * 100 > height * 191 {
        return Err(refuse(36_003, 2_207_009, "The submitted image with aspect ratio cannot be published."));
    }
    Ok(sha256_hex(&bytes))
}

pub fn create(world: &mut World, ask: &Ask, now: Now, fetched: Option<Fetched>) -> Result<Value, GraphError> {
    let account = reach(world, ask, now, ask.at(0), Access::Write)?;
    let kind = check(ask)?;
    let sha256 = if kind == Kind::Image { judge(fetched)? } else { String::new() };
    let resumable = ask.params.get("upload_type").is_some();
    let id = world.id(17_900_000_000_000_000);
    let container = Container {
        id: id.clone(),
        account: account.id,
        kind,
        caption: ask.params.text("caption").to_owned(),
        share_to_feed: ask.params.text("share_to_feed") != "false",
        created: now,
        resumable,
        sink: SharedSink::default(),
        size: None,
        processed: (kind == Kind::Image).then(|| world.processed_at(now)),
        failure: None,
        sha256,
        published: None,
    };
    world.instagram.containers.insert(id.clone(), container);
    if !resumable {
        return Ok(json!({"id": id}));
    }
    let version = ask.version.as_deref().unwrap_or("v26.0");
    Ok(json!({"id": id, "uri": format!("{}/facebook/upload/ig-api-upload/{version}/{id}", world.base)}))
}
