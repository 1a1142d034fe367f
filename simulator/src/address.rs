//! Where the three platforms are found: path prefixes on the one port.
//!
//! Always true: there is one field for each base URL key of PM3K's configuration, named as the key is, with its section in front.

use std::net::IpAddr;

/// The credentials of the simulated apps. They open nothing but this world.
pub const TIKTOK_CLIENT_KEY: &str = "simulated-tiktok-key";
pub const TIKTOK_CLIENT_SECRET: &str = "simulated-tiktok-secret";
pub const FACEBOOK_APP_ID: &str = "100000000000001";
pub const FACEBOOK_APP_SECRET: &str = "simulated-facebook-secret";
/// A saved configuration of Facebook Login for Business, with everything that publishing needs.
pub const FACEBOOK_LOGIN_CONFIG_ID: &str = "300000000000003";
pub const INSTAGRAM_APP_ID: &str = "200000000000002";
pub const INSTAGRAM_APP_SECRET: &str = "simulated-instagram-secret";

#[derive(Clone, Debug)]
pub struct BaseUrls {
    pub tiktok_authorize_url: String,
    pub tiktok_api_url: String,
    pub facebook_dialog_url: String,
    pub facebook_graph_url: String,
    pub facebook_video_url: String,
    pub facebook_upload_url: String,
    pub instagram_authorize_url: String,
    pub instagram_token_url: String,
    pub instagram_graph_url: String,
}

impl BaseUrls {
    pub(crate) fn new(url: &str) -> BaseUrls {
        let at = |path: &str| format!("{url}{path}");
        BaseUrls {
            tiktok_authorize_url: at("/tiktok/www/v2/auth/authorize/"),
            tiktok_api_url: at("/tiktok/api"),
            facebook_dialog_url: at("/facebook/www"),
            facebook_graph_url: at("/facebook/graph"),
            facebook_video_url: at("/facebook/video"),
            facebook_upload_url: at("/facebook/upload"),
            instagram_authorize_url: at("/instagram/www/oauth/authorize"),
            instagram_token_url: at("/instagram/token"),
            instagram_graph_url: at("/instagram/graph"),
        }
    }

    /// The sections of PM3K's configuration that lead here.
    pub(crate) fn config_toml(&self, audited: bool, tiktok_scopes: &[String]) -> String {
        let scopes: Vec<String> = tiktok_scopes.iter().map(|scope| format!("\"{scope}\"")).collect();
        format!(
            "[tiktok]\nclient_key = \"{TIKTOK_CLIENT_KEY}\"\nclient_secret = \"{TIKTOK_CLIENT_SECRET}\"\nscopes = [{scopes}]\n\
             audited = {audited}\nauthorize_url = \"{}\"\napi_url = \"{}\"\n\n\
             [facebook]\napp_id = \"{FACEBOOK_APP_ID}\"\napp_secret = \"{FACEBOOK_APP_SECRET}\"\n\
             dialog_url = \"{}\"\ngraph_url = \"{}\"\nvideo_url = \"{}\"\nupload_url = \"{}\"\n\n\
             [instagram]\napp_id = \"{INSTAGRAM_APP_ID}\"\napp_secret = \"{INSTAGRAM_APP_SECRET}\"\n\
             authorize_url = \"{}\"\ntoken_url = \"{}\"\ngraph_url = \"{}\"\n",
            self.tiktok_authorize_url,
            self.tiktok_api_url,
            self.facebook_dialog_url,
            self.facebook_graph_url,
            self.facebook_video_url,
            self.facebook_upload_url,
            self.instagram_authorize_url,
            self.instagram_token_url,
            self.instagram_graph_url,
            scopes = scopes.join(", "),
        )
    }
}

/// The three redirect URIs that a PM3K with this public URL uses.
pub(crate) fn redirect_uris(public_url: &str) -> [String; 3] {
    let base = public_url.trim_end_matches('/');
    ["tiktok", "facebook", "instagram"].map(|platform| format!("{base}/accounts/callback/{platform}"))
}

/// The host of an http address, in lower case, without port and brackets.
pub(crate) fn host(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// An address that no platform could reach from outside.
pub(crate) fn is_private(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => is_loopback(host) || host.ends_with(".local") || !host.contains('.'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_apart() {
        let cases = [
            ("http://127.0.0.1:80/a", "127.0.0.1", true, true),
            ("https://user@[::1]:1/a", "::1", true, true),
            ("http://LocalHost", "localhost", true, true),
            ("http://10.0.0.1?x", "10.0.0.1", false, true),
            ("http://nas/a", "nas", false, true),
            ("https://media.example.org#x", "media.example.org", false, false),
        ];
        for (url, name, loopback, private) in cases {
            let found = host(url).unwrap_or_default();
            assert_eq!((found.as_str(), is_loopback(&found), is_private(&found)), (name, loopback, private), "{url}");
        }
        assert_eq!(host("ftp://a.example"), None);
        assert_eq!(host("https:///a"), None);
    }
}
