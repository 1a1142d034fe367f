//! The switches of Pages.
//!
//! Always true: the defaults are the strictest reading of the contract that a correct client passes.

use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

#[derive(Clone, Debug)]
pub struct FacebookSwitches {
    /// Native scheduling of posts and photos: how far ahead it must be at least, and may be at most.
    pub schedule_window: (Duration, Duration),
    /// Photos may have 4 MB, else 10.
    pub photos_under_4_mb: bool,
    /// Nothing of this machine or its network is fetched.
    pub refuse_private_urls: bool,
    /// Links to these hosts cannot be scraped. Links to this machine are really fetched, all others never.
    pub unscrapable_hosts: Vec<String>,
    /// The coloured backgrounds that are not withdrawn.
    pub text_formats: Vec<String>,
    /// How many bytes a chunk of `/videos` has; at most 16 MiB.
    pub video_chunk: u64,
    /// The largest and longest video in one call to `/videos`.
    pub one_call_bytes: u64,
    pub one_call_longest: Duration,
    /// The largest and longest video by chunks or through the upload API.
    pub uploaded_bytes: u64,
    pub uploaded_longest: Duration,
    pub reel_longest: Duration,
    pub story_longest: Duration,
    /// Short upright videos sent to `/videos` stop as drafts: they should have been reels.
    pub upright_clips_stay_drafts: bool,
    /// The `permalink_url` of videos has no host.
    pub relative_permalinks: bool,
    /// How long a live video has no `post_id` yet.
    pub post_id_after: Duration,
    /// The address for a reel's bytes names no version.
    pub upload_url_without_version: bool,
    /// Where it is told that a video is outside of the specification.
    pub spec_errors: SpecErrors,
    /// Processing fails for every video with this code, whatever it is.
    pub processing_fails: Option<u32>,
    /// Stories older than a day stay in the list.
    pub story_archive: bool,
    /// The app is one of Facebook Login for Business: it knows `config_id`, and everything is granted or nothing.
    pub business_login: bool,
    /// The app is not live: its posts are made, and visitors do not see them.
    pub development_mode: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecErrors {
    /// As an error of the processing phase.
    Phase,
    /// As the guide's own sample has it: an `error` in a phase that says `not_started`, while the video says `processing`.
    QuietPhase,
    /// As the `code` of the last call's refusal.
    Code,
    /// As its `error_subcode`.
    Subcode,
}

impl Default for FacebookSwitches {
    fn default() -> FacebookSwitches {
        FacebookSwitches {
            schedule_window: (Duration::from_secs(600), 30 * DAY),
            photos_under_4_mb: false,
            refuse_private_urls: false,
            unscrapable_hosts: ["unscrapable.example", "nowhere.invalid"].map(str::to_owned).to_vec(),
            text_formats: Vec::new(),
            video_chunk: 8 << 20,
            one_call_bytes: 1_000_000_000,
            one_call_longest: Duration::from_secs(20 * 60),
            uploaded_bytes: 10_000_000_000,
            uploaded_longest: Duration::from_secs(4 * 3_600),
            reel_longest: Duration::from_secs(90),
            story_longest: Duration::from_secs(60),
            upright_clips_stay_drafts: true,
            relative_permalinks: false,
            post_id_after: Duration::ZERO,
            upload_url_without_version: false,
            spec_errors: SpecErrors::Phase,
            processing_fails: None,
            story_archive: false,
            business_login: false,
            development_mode: false,
        }
    }
}
