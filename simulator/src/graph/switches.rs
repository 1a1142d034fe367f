//! The switches of both Graph hosts: how much of the limits is used, and what is refused because of them.
//!
//! Always true: by default nothing is refused that the counted calls do not forbid.

#[derive(Clone, Debug)]
pub struct GraphSwitches {
    /// What the usage headers say instead of what was counted. At 100 calls are refused.
    pub usage: Option<Usage>,
    /// Every call is refused with this.
    pub limit: Option<Limit>,
    /// Calls with user and app tokens in a rolling hour.
    pub app_calls_per_hour: u32,
    /// Calls with one Page's or Instagram account's token in a rolling day.
    pub account_calls_per_day: u32,
    /// A permission that is lacking is told with code 10, else with 200 or 283.
    pub lacking_permission_is_10: bool,
    /// A wrong `appsecret_proof` is told with code 104, else with 100.
    pub wrong_proof_is_104: bool,
}

/// In percent of what is allowed.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// `x-app-usage`
    pub app: u32,
    /// `x-business-use-case-usage`, of whatever Page or account the call is for.
    pub account: u32,
    /// `estimated_time_to_regain_access`
    pub minutes: u32,
    /// The headers are no JSON.
    pub malformed: bool,
    /// `x-page-usage` comes too.
    pub page_header: bool,
}

#[derive(Clone, Debug)]
pub struct Limit {
    /// 4, 17, 32, 341, 613, 80001, 80002
    pub code: i32,
    pub subcode: Option<u32>,
    /// Only calls for this account.
    pub account: Option<String>,
}

impl Default for GraphSwitches {
    fn default() -> GraphSwitches {
        GraphSwitches {
            usage: None,
            limit: None,
            app_calls_per_hour: 200 * 50,
            account_calls_per_day: 4_800 * 12,
            lacking_permission_is_10: false,
            wrong_proof_is_104: false,
        }
    }
}
