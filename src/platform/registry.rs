//! Which platforms this installation speaks to, and which kinds of post their media leaves.

use std::fmt;

use super::facebook::Facebook;
use super::http::Http;
use super::instagram::{Instagram, InstagramLogin};
use super::tiktok::Tiktok;
use super::{Adapter, Connect};
use crate::address::{has_host_name, is_loopback, is_public};
use crate::config::Config;
use crate::kind::{Kind, Login, Platform};

/// The configured platforms.
pub struct Platforms {
    adapters: Vec<(Platform, Box<dyn Adapter>)>,
    logins: Vec<(Login, Box<dyn Connect>)>,
    /// Logins whose platform is a simulator on this machine, which can fetch from this machine.
    on_loopback: Vec<Login>,
}

impl fmt::Debug for Platforms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.logins.iter().map(|(login, _)| login)).finish()
    }
}

impl Platforms {
    pub fn new(config: &Config, http: &Http) -> Platforms {
        let mut platforms = Platforms { adapters: Vec::new(), logins: Vec::new(), on_loopback: Vec::new() };
        if config.tiktok.is_on() {
            platforms.adapters.push((Platform::Tiktok, Box::new(Tiktok::new(config.tiktok.clone(), http.clone()))));
            platforms.log_in(Login::Tiktok, Box::new(Tiktok::new(config.tiktok.clone(), http.clone())), &config.tiktok.api_url);
        }
        let facebook = config.facebook.is_on().then(|| Facebook::new(config.facebook.clone(), http.clone()));
        if let Some(facebook) = &facebook {
            platforms.adapters.push((Platform::Facebook, Box::new(facebook.clone())));
            platforms.log_in(Login::Facebook, Box::new(facebook.clone()), &config.facebook.graph_url);
        }
        let instagram = config.instagram.is_on().then(|| config.instagram.clone());
        if let Some(app) = &instagram {
            platforms.log_in(Login::Instagram, Box::new(InstagramLogin::new(app.clone(), http.clone())), &app.graph_url);
        }
        if config.facebook.is_on() || instagram.is_some() {
            let adapter = Instagram::new(facebook.is_some().then(|| config.facebook.clone()), instagram, http.clone());
            let adapter = match &facebook {
                Some(facebook) => adapter.sharing(facebook.allowance()),
                None => adapter,
            };
            platforms.adapters.push((Platform::Instagram, Box::new(adapter)));
        }
        platforms
    }

    fn log_in(&mut self, login: Login, connect: Box<dyn Connect>, base_url: &str) {
        self.logins.push((login, connect));
        if is_loopback(base_url) {
            self.on_loopback.push(login);
        }
    }

    pub fn adapter(&self, platform: Platform) -> Option<&dyn Adapter> {
        self.adapters.iter().find(|(p, _)| *p == platform).map(|(_, adapter)| adapter.as_ref())
    }

    pub fn connect(&self, login: Login) -> Option<&dyn Connect> {
        self.logins.iter().find(|(l, _)| *l == login).map(|(_, connect)| connect.as_ref())
    }

    /// The logins that can be used, in a fixed order.
    pub fn logins(&self) -> impl Iterator<Item = Login> + '_ {
        self.logins.iter().map(|(login, _)| *login)
    }

    /// Could this login's platform fetch a file from `public_url`? A simulator on this machine can; the real ones need a public https address, and
    /// TikTok one whose host is a name (tiktok.md §1.4).
    pub fn can_fetch(&self, login: Login, public_url: &str) -> bool {
        let named = login != Login::Tiktok || has_host_name(public_url);
        self.on_loopback.contains(&login) || (public_url.starts_with("https://") && is_public(public_url) && named)
    }
}

/// The kind that the media leaves as the one choice, if it does. For TikTok the app decides between a post and a draft: until it is audited,
/// drafts are the default (product.md, "Connecting accounts").
pub fn only_kind(platform: Platform, tiktok_audited: bool, images: usize, videos: usize) -> Option<Kind> {
    match (platform, images, videos) {
        (Platform::Tiktok, 0, 1) => Some(if tiktok_audited { Kind::Video } else { Kind::DraftVideo }),
        (Platform::Tiktok, 1.., 0) => Some(if tiktok_audited { Kind::Photos } else { Kind::DraftPhotos }),
        (Platform::Facebook, 1.., 0) => Some(Kind::Photos),
        (Platform::Facebook, 0, 1) => Some(Kind::Reel),
        (Platform::Instagram, 1, 0) => Some(Kind::Image),
        (Platform::Instagram, 0, 1) => Some(Kind::Reel),
        (Platform::Instagram, _, _) if images + videos >= 2 => Some(Kind::Carousel),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leads_here_from_outside_can_be_fetched() {
        let real = Platforms { adapters: Vec::new(), logins: Vec::new(), on_loopback: Vec::new() };
        let simulated = Platforms { adapters: Vec::new(), logins: Vec::new(), on_loopback: vec![Login::Tiktok] };
        for (url, by_tiktok, by_meta) in [
            ("https://pm3k.example", true, true),
            ("https://93.184.215.14", false, true),
            ("http://pm3k.example", false, false),
            ("https://192.168.1.10", false, false),
            ("https://nas.local", false, false),
            ("https://nas", false, false),
            ("http://127.0.0.1:8080", false, false),
        ] {
            assert_eq!(real.can_fetch(Login::Tiktok, url), by_tiktok, "{url}");
            assert_eq!((real.can_fetch(Login::Facebook, url), real.can_fetch(Login::Instagram, url)), (by_meta, by_meta), "{url}");
            assert!(simulated.can_fetch(Login::Tiktok, url), "{url}");
        }
    }
}
