//! Where the three platforms are found: path prefixes on the one port.
//!
//! Always true: there is one field for each base URL key of PM3K's configuration, named as the key is, with its section in front.

/// The credentials of the simulated apps. They open nothing but this world.
pub const TIKTOK_CLIENT_KEY: &str = "simulated-tiktok-key";
pub const TIKTOK_CLIENT_SECRET: &str = "simulated-tiktok-secret";
pub const FACEBOOK_APP_ID: &str = "100000000000001";
pub const FACEBOOK_APP_SECRET: &str = "simulated-facebook-secret";
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
