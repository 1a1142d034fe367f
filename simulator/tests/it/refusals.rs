//! How many documented misuses are refused with the documented answer, over all three platforms: each is sent and compared where its table stands.

use crate::{refusals_facebook, refusals_instagram, refusals_tiktok};

#[test]
fn at_least_120_misuses_are_refused_as_documented() {
    let (facebook, instagram, tiktok) = (refusals_facebook::count(), refusals_instagram::count(), refusals_tiktok::count());
    println!("refusals: Facebook and Meta's login {facebook}, Instagram {instagram}, TikTok {tiktok}");
    assert!(facebook >= 40 && instagram >= 40 && tiktok >= 40, "each platform has its own");
    assert!(facebook + instagram + tiktok >= 120);
}
