//! The matrix of `POST /{ig-user}/media`: which parameter may stand where, and in what form.
//!
//! Always true: this reads a request and the world's settled facts, changes nothing, and fetches nothing; what it lets through is
//! complete. A parameter in the wrong place is refused, never ignored, but for a story's caption, which has no effect by contract.

use serde_json::Value;

use super::{captions, labels, people, refuse};
use crate::{
    graph::{auth::Auth, error::GraphError, is_false, is_true},
    http::request::Ask,
    world::{
        World,
        instagram::{
            Content, Gates,
            Kind::{self, Carousel, Image, ItemImage, ItemVideo, Reel, StoryImage, StoryVideo},
        },
    },
};

const ALT_UNITS: usize = 1_000;

/// Where each parameter may stand.
const PLACES: &[(&str, &[Kind])] = &[
    ("caption", &[Image, Reel, Carousel, StoryImage, StoryVideo]),
    ("alt_text", &[Image, ItemImage]),
    ("children", &[Carousel]),
    ("location_id", &[Image, Reel, Carousel]),
    ("user_tags", &[Image, ItemImage, Reel, StoryImage, StoryVideo]),
    ("collaborators", &[Image, Reel, Carousel]),
    ("product_tags", &[Image, ItemImage, Reel, ItemVideo]),
    ("share_to_feed", &[Reel]),
    ("thumb_offset", &[Reel, ItemVideo]),
    ("cover_url", &[Reel]),
    ("audio_name", &[Reel]),
    ("audio_configuration", &[Reel]),
    ("trial_params", &[Reel]),
    ("upload_type", &[Reel, StoryVideo, ItemVideo]),
    ("branded_content_sponsor_ids", &[Image, Reel, Carousel]),
    ("is_paid_partnership", &[Image, Reel, Carousel]),
    ("is_ai_generated", &[Image, Reel, Carousel]),
    ("poll_attachment", &[Image, Reel, Carousel]),
    ("is_poll_duration_extended", &[Image, Reel, Carousel]),
    ("is_comment_prompt_used", &[Image, Reel, Carousel]),
];

/// What only Facebook's host knows.
const FACEBOOK_ONLY: &[&str] =
    &["upload_type", "is_paid_partnership", "audio_configuration", "poll_attachment", "is_poll_duration_extended", "is_comment_prompt_used"];

/// Where the media comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Image(String),
    Video(String),
    Resumable,
    Children(Vec<String>),
}

#[derive(Clone, Debug)]
pub struct Draft {
    pub content: Content,
    pub source: Source,
    pub cover_url: Option<String>,
}

/// A request that may become a container, before its media is looked at.
pub fn check(world: &World, ask: &Ask, auth: &Auth, gates: &Gates) -> Result<Draft, GraphError> {
    if ask.params.all("media_type").count() > 1 {
        return Err(GraphError::bad("media_type was sent more than once"));
    }
    let own_host = ask.is_instagram_host();
    if let Some(name) = FACEBOOK_ONLY.iter().find(|name| own_host && ask.params.get(name).is_some()) {
        return Err(GraphError::bad(format!("param {name} is not supported")));
    }
    let (kind, source) = source(ask)?;
    for (name, places) in PLACES {
        if ask.params.get(name).is_some() && !places.contains(&kind) {
            return Err(GraphError::bad(format!("param {name} is not allowed for this media type")));
        }
    }
    let mut content = Content { kind, share_to_feed: flag(ask, "share_to_feed")?.unwrap_or(true), ..Content::default() };
    if !kind.is_story() {
        captions::check_caption(ask.params.text("caption"))?;
        content.caption = ask.params.text("caption").to_owned();
    }
    content.alt_text = ask.params.text("alt_text").to_owned();
    if captions::units(&content.alt_text) > ALT_UNITS {
        return Err(GraphError::bad("param alt_text must be at most 1000 characters"));
    }
    content.location = people::location(world, ask)?;
    content.user_tags = people::user_tags(ask, kind)?;
    content.collaborators = people::collaborators(ask)?;
    people::products(ask, kind)?;
    content.thumb_offset = match ask.params.get("thumb_offset") {
        None => 0,
        Some(text) => text.parse().map_err(|_| refuse(1, 2_207_057, "The thumbnail offset must be within the video."))?,
    };
    content.audio_name = ask.params.text("audio_name").to_owned();
    content.ai_generated = flag(ask, "is_ai_generated")? == Some(true);
    content.trial = labels::trial(ask, gates)?;
    labels::partnership(ask, auth, &mut content)?;
    labels::add_ons(ask, &mut content)?;
    labels::audio(ask)?;
    Ok(Draft { content, source, cover_url: ask.params.get("cover_url").map(str::to_owned) })
}

/// Kind and source follow from `media_type`, `is_carousel_item` and what is given to fetch.
fn source(ask: &Ask) -> Result<(Kind, Source), GraphError> {
    let given = |name: &str| ask.params.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let (image, video) = (given("image_url"), given("video_url"));
    let resumable = match ask.params.text("upload_type") {
        "" => false,
        "resumable" => true,
        _ => return Err(GraphError::bad("param upload_type must be resumable")),
    };
    let item = flag(ask, "is_carousel_item")? == Some(true);
    let media_type = ask.params.text("media_type");
    if usize::from(image.is_some()) + usize::from(video.is_some()) + usize::from(resumable) > 1 {
        return Err(GraphError::bad("Only one of image_url, video_url and upload_type is allowed"));
    }
    let source = match (image, video, resumable) {
        (Some(url), ..) => Some(Source::Image(url)),
        (None, Some(url), _) => Some(Source::Video(url)),
        (None, None, true) => Some(Source::Resumable),
        (None, None, false) => None,
    };
    let moving = matches!(source, Some(Source::Video(_) | Source::Resumable));
    let kind = match (media_type, item) {
        ("" | "IMAGE", false) => Image,
        ("VIDEO", true) => ItemVideo,
        ("", true) if moving => ItemVideo,
        ("" | "IMAGE", true) => ItemImage,
        ("REELS", false) => Reel,
        ("STORIES", false) if moving => StoryVideo,
        ("STORIES", false) => StoryImage,
        ("CAROUSEL", false) => Carousel,
        ("REELS" | "STORIES" | "CAROUSEL", true) => return Err(GraphError::bad(format!("Media type {media_type} cannot be a carousel item"))),
        ("VIDEO", false) => {
            return Err(refuse(
                100,
                2_207_023,
                "Unsupported media type VIDEO. The VIDEO value for media_type is no longer supported. Use the REELS media type.",
            ));
        }
        _ => return Err(refuse(100, 2_207_023, &format!("The media type {media_type} is unknown."))),
    };
    let source = match (kind, source) {
        (Carousel, None) => Source::Children(list(ask, "children")?),
        (Carousel, Some(_)) => return Err(GraphError::bad("A carousel takes children only")),
        (Image | ItemImage | StoryImage, Some(Source::Image(url))) => Source::Image(url),
        (Reel | ItemVideo | StoryVideo, Some(source @ (Source::Video(_) | Source::Resumable))) => source,
        (Image | ItemImage, Some(_)) => return Err(GraphError::missing("image_url")),
        (Image | ItemImage, None) => return Err(GraphError::missing("image_url")),
        (StoryImage, _) => return Err(GraphError::bad("A story needs exactly one of image_url and video_url")),
        (Reel | ItemVideo | StoryVideo, _) => return Err(GraphError::missing("video_url")),
    };
    Ok((kind, source))
}

pub fn flag(ask: &Ask, name: &str) -> Result<Option<bool>, GraphError> {
    match ask.params.get(name) {
        None => Ok(None),
        Some(text) if is_true(text) => Ok(Some(true)),
        Some(text) if is_false(text) => Ok(Some(false)),
        Some(_) => Err(GraphError::bad(format!("param {name} must be a boolean"))),
    }
}

/// A JSON array of words, or words with commas between them.
pub fn list(ask: &Ask, name: &str) -> Result<Vec<String>, GraphError> {
    let text = ask.params.text(name).trim();
    if !text.starts_with('[') {
        return Ok(text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect());
    }
    let broken = || GraphError::bad(format!("param {name} must be an array"));
    let words: Vec<Value> = serde_json::from_str(text).map_err(|_| broken())?;
    let plain = |word: Value| word.as_str().map(str::to_owned).or_else(|| word.as_u64().map(|number| number.to_string()));
    words.into_iter().map(plain).collect::<Option<Vec<String>>>().ok_or_else(broken)
}

pub fn array(ask: &Ask, name: &str) -> Result<Vec<Value>, GraphError> {
    match ask.params.get(name) {
        None => Ok(Vec::new()),
        Some(text) => serde_json::from_str(text).map_err(|_| GraphError::bad(format!("param {name} must be an array"))),
    }
}

pub fn object(ask: &Ask, name: &str) -> Result<Option<Value>, GraphError> {
    let Some(text) = ask.params.get(name) else {
        return Ok(None);
    };
    let value: Option<Value> = serde_json::from_str(text).ok();
    value.filter(Value::is_object).map(Some).ok_or_else(|| GraphError::bad(format!("param {name} must be an object")))
}
