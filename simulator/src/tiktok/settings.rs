//! The switches of TikTok alone: what the app's owner has set at TikTok, and in which of the ways that were seen TikTok behaves.
//!
//! Always true: the defaults are what a correct client passes; what makes the world kinder than the documents (loopback) is said where it stands.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

#[derive(Clone, Debug)]
pub struct TikTokSettings {
    /// What the app has verified: domains (`media.example`) and prefixes (`https://media.example/files/`).
    pub verified: BTreeSet<String>,
    /// Media of this machine may be pulled over plain http and need no verification, and so may a webhook be there.
    /// Off, only the documented rules count.
    pub loopback_allowed: bool,
    /// Names that lead somewhere in this world: a host, and the origin on this machine that stands for it. Other names lead nowhere.
    pub hosts: BTreeMap<String, String>,
    /// How long a pull takes, in simulated time.
    pub pull_takes: Duration,

    /// Whoever is not in here cannot sign in, and nothing can be posted publicly: the app is a sandbox.
    pub sandbox: Option<BTreeSet<String>>,
    /// The app has passed its review: authorizing works without a sandbox.
    pub approved: bool,
    /// Distinct users that may post in 24 hours through an audited app.
    pub user_cap: Option<usize>,
    /// A scope that the app does not own leads back with `invalid_scope`, else to TikTok's own error page.
    pub scope_errors_lead_back: bool,

    /// Posts whose media are in from now on fail with this reason.
    pub fail_reason: Option<&'static str>,
    /// Status answers have no field that they could do without.
    pub status_only: bool,
    /// What is being processed is said to be `PROCESSING`, a status that no document knows.
    pub bare_processing: bool,
    /// For so long a new publish id is unknown to reads.
    pub publish_id_lag: Duration,
    /// `invalid_param`, as the reference pages have it, instead of `invalid_params`.
    pub singular_param: bool,
    /// Fields that no document knows are dropped without a word, as TikTok does, instead of refused.
    pub drops_unknown_fields: bool,

    /// Where events are sent.
    pub webhook_url: Option<String>,
    /// Events go out by themselves as time passes, else when `Simulator::deliver_webhooks` is called.
    pub webhooks_by_themselves: bool,
    pub webhooks_twice: bool,
    /// The latest event first.
    pub webhooks_reversed: bool,
    /// A repeated delivery is signed anew, else as it was at first.
    pub webhooks_signed_anew: bool,
    /// `post_id` comes as a string.
    pub post_id_as_text: bool,
}

impl Default for TikTokSettings {
    fn default() -> TikTokSettings {
        TikTokSettings {
            verified: BTreeSet::new(),
            loopback_allowed: true,
            hosts: BTreeMap::new(),
            pull_takes: Duration::ZERO,
            sandbox: None,
            approved: true,
            user_cap: None,
            scope_errors_lead_back: false,
            fail_reason: None,
            status_only: false,
            bare_processing: false,
            publish_id_lag: Duration::ZERO,
            singular_param: false,
            drops_unknown_fields: false,
            webhook_url: None,
            webhooks_by_themselves: false,
            webhooks_twice: false,
            webhooks_reversed: false,
            webhooks_signed_anew: true,
            post_id_as_text: false,
        }
    }
}
