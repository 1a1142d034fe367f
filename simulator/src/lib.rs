//! TikTok, Facebook Pages and Instagram as one strict, inspectable, fake world.
//!
//! It refuses what the contracts of the real platforms say is refused, with the codes given there, and shows what a visitor would
//! see. It shares no type with the program that it tests: that one reaches it only through base URLs in its configuration.
//!
//! Always true: all calls are handled one at a time under the world's mutex, which is never held across an `await`; foreign bytes are
//! bounded; uploads are hashed while they stream, and only pictures and the small chunks of `/videos` lie in memory whole.

mod address;
mod calls;
mod clock;
mod facebook;
mod fault;
mod graph;
mod hands;
mod http;
mod instagram;
mod pages;
mod running;
mod settings;
mod tiktok;
mod world;

pub use address::{
    BaseUrls, FACEBOOK_APP_ID, FACEBOOK_APP_SECRET, FACEBOOK_LOGIN_CONFIG_ID, INSTAGRAM_APP_ID, INSTAGRAM_APP_SECRET, TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET,
};
pub use calls::{CALLS, Call, VISIBLE_CALLS};
pub use clock::Clock;
pub use facebook::switches::{FacebookSwitches, SpecErrors};
pub use fault::{ANY_CALL, Fault, FaultKind};
pub use graph::{
    callback::Signing,
    switches::{GraphSwitches, Limit, Usage},
};
pub use instagram::switches::InstagramSwitches;
pub use running::{InstagramLogin, Simulator};
pub use settings::{Options, Settings};
pub use tiktok::{hands::TikTokPost, settings::TikTokSettings, webhooks::Delivery};
pub use world::{
    grant::Grant,
    instagram::{Gates as InstagramGates, LOCATIONS, PRIVATE_USERNAME},
    tiktok::{Creator, PostInfo},
    visible::{VisibleComment, VisiblePost},
};
