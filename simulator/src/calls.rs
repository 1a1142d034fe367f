//! The names of all calls: what faults are matched by, and what `Simulator::calls` shows.
//!
//! Always true: a call that no contract knows has the name `unknown` and is marked undocumented, and so is a documented
//! one that carries a parameter not in its row here. A call that can make something visible has a name of its own.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// One call as it arrived and was answered.
#[derive(Clone, Debug)]
pub struct Call {
    pub name: &'static str,
    /// The remote id of the account that it was made for, where that can be told.
    pub account: Option<String>,
    /// 0 when the connection was dropped without an answer.
    pub status: u16,
    /// Simulated time.
    pub at: DateTime<Utc>,
    pub arrived: SystemTime,
    /// When the last byte of its body was read.
    pub last_byte: SystemTime,
    pub undocumented: bool,
    pub method: String,
    /// Without the query.
    pub path: String,
    /// What was wrong, for people: the platform's own code, or the parameter that no contract knows.
    pub note: String,
    /// The fault that it met, in words.
    pub fault: Option<&'static str>,
}

/// The calls after which something may be seen: never to be repeated blindly.
pub const VISIBLE_CALLS: &[&str] = &[
    "tiktok.upload_last",
    "tiktok.video_pull_init",
    "tiktok.inbox_pull_init",
    "tiktok.photos_init",
    "tiktok.draft_photos_init",
    "facebook.feed",
    "facebook.feed_schedule",
    "facebook.photo_publish",
    "facebook.photo_schedule",
    "facebook.post_set_published",
    "facebook.video_publish",
    "facebook.video_finish",
    "facebook.video_set_published",
    "facebook.reel_finish",
    "facebook.photo_story",
    "facebook.story_finish",
    "facebook.comment",
    "instagram.media_publish",
    "instagram.comment",
];

const LIST: &[&str] = &["since", "until", "limit", "after", "before"];
const PHOTO: &[&str] = &[
    "caption",
    "message",
    "alt_text_custom",
    "published",
    "temporary",
    "no_story",
    "source",
    "url",
    "scheduled_publish_time",
    "unpublished_content_type",
    "place",
    "targeting",
    "feed_targeting",
    "backdated_time",
    "backdated_time_granularity",
    "tags",
];
const FEED: &[&str] = &[
    "message",
    "link",
    "published",
    "scheduled_publish_time",
    "unpublished_content_type",
    "attached_media",
    "child_attachments",
    "multi_share_optimized",
    "place",
    "tags",
    "targeting",
    "feed_targeting",
    "call_to_action",
    "name",
    "description",
    "picture",
    "thumbnail",
    "backdated_time",
    "backdated_time_granularity",
    "text_format_preset_id",
];
const POST: &[&str] = &["message", "is_published", "scheduled_publish_time", "is_hidden", "is_pinned", "attached_media", "place", "tags"];
const VIDEO: &[&str] = &[
    "upload_phase",
    "upload_session_id",
    "title",
    "description",
    "published",
    "thumb",
    "file_url",
    "source",
    "fbuploader_video_file_chunk",
    "scheduled_publish_time",
    "unpublished_content_type",
    "no_story",
    "content_category",
    "embeddable",
    "targeting",
    "feed_targeting",
];

/// Name, what it is, and its parameters beside the token (`*` = checked by the call itself).
pub const CALLS: &[(&str, &str, &[&str])] = &[
    (
        "tiktok.authorize",
        "GET authorize page",
        &["client_key", "response_type", "scope", "redirect_uri", "state", "disable_auto_auth", "code_challenge", "code_challenge_method"],
    ),
    ("tiktok.consent", "POST of the consent page's form", &["*"]),
    ("tiktok.token", "POST /v2/oauth/token/ with a code", &["client_key", "client_secret", "grant_type", "code", "redirect_uri", "code_verifier"]),
    ("tiktok.refresh", "POST /v2/oauth/token/ with a refresh token", &["client_key", "client_secret", "grant_type", "refresh_token"]),
    ("tiktok.revoke", "POST /v2/oauth/revoke/", &["client_key", "client_secret", "token"]),
    ("tiktok.user_info", "GET /v2/user/info/", &["fields"]),
    ("tiktok.creator_info", "POST /v2/post/publish/creator_info/query/", &[]),
    ("tiktok.video_init", "POST /v2/post/publish/video/init/ with FILE_UPLOAD", &["*"]),
    ("tiktok.inbox_init", "POST /v2/post/publish/inbox/video/init/ with FILE_UPLOAD", &["*"]),
    ("tiktok.video_pull_init", "POST /v2/post/publish/video/init/ with PULL_FROM_URL: the post begins", &["*"]),
    ("tiktok.inbox_pull_init", "POST /v2/post/publish/inbox/video/init/ with PULL_FROM_URL: the draft begins", &["*"]),
    ("tiktok.photos_init", "POST /v2/post/publish/content/init/ with DIRECT_POST: the post begins", &["*"]),
    ("tiktok.draft_photos_init", "POST /v2/post/publish/content/init/ with MEDIA_UPLOAD: the draft begins", &["*"]),
    ("tiktok.upload", "PUT of a chunk that is not the last", &["upload_id", "upload_token"]),
    ("tiktok.upload_last", "PUT of the last chunk: the post begins", &["upload_id", "upload_token"]),
    ("tiktok.status", "POST /v2/post/publish/status/fetch/", &["*"]),
    ("tiktok.cancel", "POST /v2/post/publish/cancel/", &["*"]),
    ("tiktok.video_list", "POST /v2/video/list/", &["*"]),
    ("tiktok.video_query", "POST /v2/video/query/", &["*"]),
    ("facebook.dialog", "GET /{v}/dialog/oauth", &["client_id", "redirect_uri", "state", "response_type", "scope", "auth_type", "config_id", "display"]),
    ("facebook.consent", "POST of the consent page's form", &["*"]),
    ("facebook.token", "/oauth/access_token with a code", &["client_id", "client_secret", "redirect_uri", "code", "grant_type"]),
    ("facebook.exchange", "/oauth/access_token with fb_exchange_token", &["client_id", "client_secret", "grant_type", "fb_exchange_token"]),
    ("facebook.app_token", "/oauth/access_token with client_credentials", &["client_id", "client_secret", "grant_type"]),
    ("facebook.debug_token", "GET /debug_token", &["input_token"]),
    ("facebook.me", "GET /me", &[]),
    ("facebook.accounts", "GET /me/accounts", &["limit", "after", "before"]),
    ("facebook.businesses", "GET /me/businesses", &["limit", "after", "before"]),
    ("facebook.owned_pages", "GET /{business}/owned_pages", &["limit", "after", "before"]),
    ("facebook.client_pages", "GET /{business}/client_pages", &["limit", "after", "before"]),
    ("facebook.permissions", "GET /me/permissions", &[]),
    ("facebook.revoke", "DELETE /me/permissions", &[]),
    ("facebook.page", "GET /{page}", &[]),
    ("facebook.photo_upload", "POST /{page}/photos with published=false", PHOTO),
    ("facebook.photo_schedule", "the same with a time: it comes out by itself", PHOTO),
    ("facebook.photo_publish", "POST /{page}/photos as a post", PHOTO),
    ("facebook.photo_read", "GET /{photo}", &[]),
    ("facebook.photo_delete", "DELETE /{photo}", &[]),
    ("facebook.feed", "POST /{page}/feed", FEED),
    ("facebook.feed_unpublished", "POST /{page}/feed with published=false", FEED),
    ("facebook.feed_schedule", "the same with a time: it comes out by itself", FEED),
    ("facebook.feed_read", "GET /{page}/feed", LIST),
    ("facebook.published_posts", "GET /{page}/published_posts", LIST),
    ("facebook.scheduled_posts", "GET /{page}/scheduled_posts", LIST),
    ("facebook.post_read", "GET /{post}", &[]),
    ("facebook.post_update", "POST /{post}", POST),
    ("facebook.post_set_published", "POST /{post} is_published=true", POST),
    ("facebook.post_delete", "DELETE /{post}", &[]),
    ("facebook.video_start", "POST /{page}/videos start", &["upload_phase", "file_size"]),
    ("facebook.video_transfer", "POST /{page}/videos transfer", &["upload_phase", "upload_session_id", "start_offset", "end_offset", "video_file_chunk"]),
    ("facebook.video_finish", "POST /{page}/videos finish", VIDEO),
    ("facebook.video_cancel", "POST /{page}/videos cancel", &["upload_phase", "upload_session_id"]),
    ("facebook.video_upload", "POST /{page}/videos in one call with published=false", VIDEO),
    ("facebook.video_publish", "POST /{page}/videos in one call", VIDEO),
    ("facebook.videos", "GET /{page}/videos", LIST),
    ("facebook.video_status", "GET /{video}", &[]),
    ("facebook.video_update", "POST /{video}", &["title", "name", "description", "published", "scheduled_publish_time"]),
    ("facebook.video_set_published", "POST /{video} published=true", &["title", "name", "description", "published", "scheduled_publish_time"]),
    ("facebook.video_delete", "DELETE /{video}", &[]),
    ("facebook.thumbnail", "POST /{video}/thumbnails", &["is_preferred", "source"]),
    ("facebook.thumbnails", "GET /{video}/thumbnails", LIST),
    ("facebook.collaborator", "POST /{video}/collaborators", &["target_id"]),
    ("facebook.file_start", "POST /{app}/uploads", &["file_name", "file_length", "file_type"]),
    ("facebook.file_upload", "POST /upload:{session}", &[]),
    ("facebook.file_status", "GET /upload:{session}", &[]),
    ("facebook.reel_start", "POST /{page}/video_reels start", &["upload_phase"]),
    ("facebook.reel_upload", "POST /video-upload/{v}/{video}", &[]),
    (
        "facebook.reel_finish",
        "POST /{page}/video_reels finish",
        &["upload_phase", "video_id", "video_state", "description", "title", "place", "targeting", "feed_targeting", "scheduled_publish_time"],
    ),
    ("facebook.reels", "GET /{page}/video_reels", LIST),
    ("facebook.photo_story", "POST /{page}/photo_stories", &["photo_id"]),
    ("facebook.story_start", "POST /{page}/video_stories start", &["upload_phase"]),
    ("facebook.story_upload", "POST /video-upload/{v}/{video} of a story", &[]),
    ("facebook.story_finish", "POST /{page}/video_stories finish", &["upload_phase", "video_id"]),
    ("facebook.stories", "GET /{page}/stories", &["since", "until", "status", "limit", "after", "before"]),
    ("facebook.comment", "POST /{post or video}/comments", &["message", "attachment_url"]),
    ("facebook.comments", "GET /{post or video}/comments", LIST),
    ("instagram.authorize", "GET /oauth/authorize", &["client_id", "redirect_uri", "response_type", "scope", "state", "enable_fb_login", "force_reauth"]),
    ("instagram.consent", "POST of the consent page's form", &["*"]),
    ("instagram.token", "POST /oauth/access_token", &["client_id", "client_secret", "grant_type", "redirect_uri", "code"]),
    ("instagram.exchange", "GET /access_token with ig_exchange_token", &["grant_type", "client_secret"]),
    ("instagram.refresh", "GET /refresh_access_token", &["grant_type"]),
    ("instagram.me", "GET /me", &[]),
    ("instagram.user", "GET /{ig-user}", &[]),
    (
        "instagram.media",
        "POST /{ig-user}/media: a container",
        &[
            "image_url",
            "video_url",
            "media_type",
            "caption",
            "alt_text",
            "is_carousel_item",
            "children",
            "location_id",
            "user_tags",
            "collaborators",
            "product_tags",
            "share_to_feed",
            "thumb_offset",
            "cover_url",
            "audio_name",
            "audio_configuration",
            "trial_params",
            "upload_type",
            "branded_content_sponsor_ids",
            "is_paid_partnership",
            "is_ai_generated",
            "poll_attachment",
            "is_poll_duration_extended",
            "is_comment_prompt_used",
        ],
    ),
    ("instagram.upload", "POST /ig-api-upload/{v}/{container}", &[]),
    ("instagram.container_status", "GET /{container}", &[]),
    ("instagram.media_publish", "POST /{ig-user}/media_publish", &["creation_id"]),
    ("instagram.media_list", "GET /{ig-user}/media", &["since", "until", "limit", "after", "before"]),
    ("instagram.stories", "GET /{ig-user}/stories", &["since", "until", "limit", "after", "before"]),
    ("instagram.media_read", "GET /{media}", &[]),
    ("instagram.children", "GET /{media}/children", &["limit", "after", "before"]),
    ("instagram.comment", "POST /{media}/comments", &["message"]),
    ("instagram.comments", "GET /{media}/comments", &["limit", "after", "before"]),
    ("instagram.comment_enabled", "POST /{media}: comments on or off", &["comment_enabled"]),
    ("instagram.media_delete", "DELETE /{media}", &[]),
    ("instagram.publishing_limit", "GET /{ig-user}/content_publishing_limit", &["since"]),
    ("graph.object", "a Graph id that names nothing", &["*"]),
    ("simulator", "the simulator's own pages and pictures", &["*"]),
    ("unknown", "an address or method that no contract knows", &["*"]),
];

/// Parameters that every Graph call may carry.
const GRAPH_COMMON: &[&str] = &["access_token", "appsecret_proof", "appsecret_time", "fields"];

/// The first parameter that no contract knows for this call.
pub(crate) fn foreign_parameter<'a>(name: &str, given: impl Iterator<Item = &'a str>) -> Option<String> {
    let known = CALLS.iter().find(|row| row.0 == name).map(|row| row.2)?;
    if known.contains(&"*") {
        return None;
    }
    let graph = !name.starts_with("tiktok.");
    for parameter in given {
        // `attached_media[0]` is an element of `attached_media`.
        let plain = parameter.split('[').next().unwrap_or(parameter);
        if !known.contains(&plain) && (!graph || !GRAPH_COMMON.contains(&plain)) {
            return Some(plain.to_owned());
        }
    }
    None
}
