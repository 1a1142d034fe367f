//! Every key of the configuration, as data: it drives the loader, `pm3k config show`, `pm3k config example` and what `pm3k init` writes.
//!
//! Invariant: each default is valid for its type, so that an empty configuration loads.

use super::value::Type;

/// One key.
#[derive(Debug)]
pub struct Key {
    /// `section.name`, or the name alone at the top.
    pub path: &'static str,
    pub of: Type,
    /// As it would stand in an environment variable: lists are comma-separated.
    pub default: &'static str,
    /// One line for the person who sets it.
    pub comment: &'static str,
}

impl Key {
    pub fn section(&self) -> &'static str {
        self.path.split_once('.').map_or("", |(section, _)| section)
    }

    pub fn name(&self) -> &'static str {
        self.path.split_once('.').map_or(self.path, |(_, name)| name)
    }

    /// `PM3K_SERVER__LISTEN`.
    pub fn variable(&self) -> String {
        format!("PM3K_{}", self.path.replace('.', "__").to_uppercase())
    }

    pub fn is_secret(&self) -> bool {
        matches!(self.of, Type::Secret)
    }
}

/// The key of this path.
pub fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The sections, in the order of the example, each with what it is for.
pub const SECTIONS: &[(&str, &str)] = &[
    ("server", "Where the server listens, and how people and platforms reach it."),
    ("operator", "Who runs this installation: fills the privacy policy, the terms and the pages on data deletion."),
    ("tiktok", "The TikTok app (developers.tiktok.com). Off while client_key is empty."),
    ("facebook", "Facebook Login: Pages, and Instagram accounts linked to them. Off while app_id is empty."),
    ("instagram", "Instagram Login: an account without a Page. Off while app_id is empty."),
    ("publisher", "How posts are published."),
    ("media", "What may be uploaded, and how much of the disk it may fill."),
    ("retention", "How long records are kept."),
    ("smtp", "For notices by e-mail. It has no keys yet and may be left out."),
];

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
/// No span of time here is longer: beyond it, dates would leave the calendar.
const LONGEST: u64 = 36_500 * DAY;

const fn key(path: &'static str, of: Type, default: &'static str, comment: &'static str) -> Key {
    Key { path, of, default, comment }
}

const fn span(path: &'static str, default: &'static str, comment: &'static str) -> Key {
    Key { path, of: Type::Duration { most: LONGEST }, default, comment }
}

/// All keys, in the order of the example.
pub const KEYS: &[Key] = &[
    key("data_dir", Type::Folder, "", "The folder of the database, the key file and the media. Empty: the data folder of the user who runs pm3k."),
    key("server.listen", Type::Address, "127.0.0.1:8080", "Address and port to listen on. Behind a reverse proxy on this machine, leave it."),
    key(
        "server.public_url",
        Type::PublicUrl,
        "http://localhost:8080",
        "The address that people and platforms use: base of redirect URIs, callbacks, media URLs and links.",
    ),
    key("server.trusted_proxies", Type::Networks, "", "Networks of reverse proxies whose X-Forwarded-* headers are believed, such as \"127.0.0.1/32\"."),
    key("server.tls", Type::Tls, "off", "HTTPS by the server itself: \"off\" for now; put a reverse proxy in front."),
    key("operator.name", Type::Text, "", "The company or person that runs this installation."),
    key("operator.contact_email", Type::Email, "", "Where people write to about their data."),
    key("operator.address", Type::Text, "", "Postal address."),
    key("operator.country", Type::Text, "", "Country whose law applies."),
    key("operator.hosting", Type::Text, "", "Where the server stands and who hosts it."),
    key("tiktok.client_key", Type::Id, "", "\"Client key\" of the app."),
    key("tiktok.client_secret", Type::Secret, "", "\"Client secret\" of the app."),
    key("tiktok.scopes", Type::Scopes, "user.info.basic,video.upload,video.publish", "Scopes to ask for. One that the app does not own breaks every login."),
    key("tiktok.audited", Type::Switch, "false", "Has the app passed TikTok's audit? Until then posts go to the inbox as drafts by default."),
    key("tiktok.authorize_url", Type::PageUrl, "https://www.tiktok.com/v2/auth/authorize/", "The consent page."),
    key("tiktok.api_url", Type::BaseUrl, "https://open.tiktokapis.com", "Base address of the API."),
    key("tiktok.upload_hosts", Type::Hosts, "tiktokapis.com", "Hosts (and their subdomains) that an upload may go to."),
    key("facebook.app_id", Type::Id, "", "\"App ID\" of the app (developers.facebook.com)."),
    key("facebook.app_secret", Type::Secret, "", "\"App secret\" of the app."),
    key("facebook.graph_version", Type::GraphVersion, "v26.0", "Version of the Graph API."),
    key("facebook.login_config_id", Type::Id, "", "Configuration id of Facebook Login for Business; empty: plain Facebook Login."),
    key("facebook.dialog_url", Type::BaseUrl, "https://www.facebook.com", "Base address of the consent page."),
    key("facebook.graph_url", Type::BaseUrl, "https://graph.facebook.com", "Base address of the Graph API."),
    key("facebook.video_url", Type::BaseUrl, "https://graph-video.facebook.com", "Base address for videos."),
    key("facebook.upload_url", Type::BaseUrl, "https://rupload.facebook.com", "Base address for resumable uploads."),
    key("instagram.app_id", Type::Id, "", "\"Instagram app ID\" of the app; it is not the Facebook one."),
    key("instagram.app_secret", Type::Secret, "", "\"Instagram app secret\" of the app."),
    key("instagram.graph_version", Type::GraphVersion, "v26.0", "Version of the Graph API."),
    key("instagram.authorize_url", Type::PageUrl, "https://www.instagram.com/oauth/authorize", "The consent page."),
    key("instagram.token_url", Type::BaseUrl, "https://api.instagram.com", "Base address for the first token."),
    key("instagram.graph_url", Type::BaseUrl, "https://graph.instagram.com", "Base address of the Graph API."),
    key("publisher.workers", Type::Number { least: 1, most: 256 }, "16", "How many steps may run at once, 1 to 256."),
    span("publisher.late_within", "1h", "After downtime, jobs late by less than this go out at once; later ones become missed and ask what to do."),
    key("publisher.stage_ahead", Type::Duration { most: 12 * HOUR }, "45m", "How long before its time a post's preparation begins, at most 12h."),
    key("media.max_upload", Type::Size, "4GiB", "Largest file that may be uploaded."),
    key("media.quota", Type::Size, "50GiB", "How much all media together may take."),
    key("media.free_space_floor", Type::Size, "1GiB", "How much of the disk must stay free."),
    span("media.failed_retention", "30d", "How long the media of failed posts are kept."),
    span("retention.posts", "365d", "How long posts and their history are kept."),
    span("retention.logs", "30d", "How long logs of attempts and deliveries are kept."),
    span("retention.audit", "365d", "How long the record of who did what is kept."),
];
