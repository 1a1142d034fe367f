//! What a world is started with, and the switches that can be thrown while it runs.
//!
//! Always true: the defaults are the strictest reading of the contracts that a correct client passes.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use crate::{
    clock::Clock, facebook::switches::FacebookSwitches, graph::switches::GraphSwitches, instagram::switches::InstagramSwitches,
    tiktok::settings::TikTokSettings,
};

#[derive(Clone, Debug)]
pub struct Options {
    pub listen: SocketAddr,
    pub clock: Clock,
    /// How long any media is processed, in simulated time.
    pub processing: Duration,
    /// Consent pages answer "Allow" by themselves, with everything ticked.
    pub auto_consent: bool,
    /// Rates per minute and quotas per day.
    pub limits: bool,
    /// Whether the default people, Pages and accounts exist.
    pub populated: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: Clock::system(),
            processing: Duration::from_secs(2),
            auto_consent: false,
            limits: true,
            populated: true,
        }
    }
}

/// Run-time switches, changed by `Simulator::set`.
#[derive(Clone, Debug)]
pub struct Settings {
    pub processing: Duration,
    /// How long fresh posts and new statuses stay invisible to reads.
    pub read_lag: Duration,
    pub auto_consent: bool,
    /// The id, username or name of whom the consent pages are signed in as; the first one otherwise.
    pub sign_in_as: Option<String>,
    /// TikTok's calls per minute and token.
    pub rate_limits: bool,
    /// Daily posts, pending drafts, active users, reels and Instagram's publishing limit.
    pub quotas: bool,

    /// The rest of TikTok's switches.
    pub tiktok: TikTokSettings,
    /// TikTok's audit of the app.
    pub audited: bool,
    /// The scopes that the TikTok app owns.
    pub tiktok_scopes: Vec<String>,
    /// TikTok tells the id of a public post.
    pub delivers_public_id: bool,
    /// How long after publishing TikTok tells it.
    pub moderation: Duration,
    /// TikTok posts stay PROCESSING_UPLOAD for ever.
    pub never_finishes: bool,
    /// TikTok's answer to a chunk that it has already: 416, else 206.
    pub repeated_chunk_refused: bool,
    /// The number in TikTok's progress header is the last index rather than the count.
    pub progress_as_last_index: bool,
    /// TikTok's OAuth errors come with HTTP 200, else with 400 or 401.
    pub tiktok_oauth_errors_with_200: bool,
    /// A refresh gives a new refresh token, and the old one dies.
    pub tiktok_rotates: bool,

    pub graph: GraphSwitches,
    pub facebook: FacebookSwitches,
    /// Graph calls without `appsecret_proof` are refused.
    pub require_proof: bool,
    /// All Pages are owned by a business portfolio, and `/me/accounts` does not show them.
    pub pages_in_portfolio: bool,
    /// Phases say `completed` instead of `complete`.
    pub phases_say_completed: bool,
    /// Reads of Instagram objects with a Page token answer 100/33.
    pub page_token_reads_fail: bool,
    /// Publishing an already published reel or container again makes a second post instead of an error.
    pub republishing_makes_another: bool,
    /// An identical feed post within ten minutes answers 506.
    pub refuse_duplicates: bool,

    /// Instagram Login answers the token in the documented wrapper, else flat.
    pub instagram_token_wrapper: bool,
    /// Instagram's posts per day.
    pub instagram_quota: u32,
    /// `status_code` is left out while `status` has an error text.
    pub missing_status_code: bool,
    pub instagram: InstagramSwitches,
}

impl Settings {
    pub(crate) fn new(options: &Options) -> Settings {
        Settings {
            processing: options.processing,
            read_lag: Duration::ZERO,
            auto_consent: options.auto_consent,
            sign_in_as: None,
            rate_limits: options.limits,
            quotas: options.limits,
            tiktok: TikTokSettings::default(),
            audited: true,
            tiktok_scopes: ["user.info.basic", "user.info.profile", "video.upload", "video.publish"].map(str::to_owned).to_vec(),
            delivers_public_id: true,
            moderation: Duration::ZERO,
            never_finishes: false,
            repeated_chunk_refused: true,
            progress_as_last_index: false,
            tiktok_oauth_errors_with_200: true,
            tiktok_rotates: true,
            graph: GraphSwitches::default(),
            facebook: FacebookSwitches::default(),
            require_proof: false,
            pages_in_portfolio: false,
            phases_say_completed: false,
            page_token_reads_fail: false,
            republishing_makes_another: false,
            refuse_duplicates: false,
            instagram_token_wrapper: false,
            instagram_quota: 50,
            missing_status_code: false,
            instagram: InstagramSwitches::default(),
        }
    }
}
