//! What a row of misuses stands on: a world with one creator, bodies that would be taken, and the ways to send them.
//!
//! Always true: what the functions here make is documented and right; a row spoils exactly one thing of it.

use serde_json::{Value, json};
use simulator::{Grant, TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET};

use super::Got;
use crate::support::{PUBLIC, Reply, World, form, video};

pub struct Scene {
    pub world: World,
    pub grant: Grant,
}

pub fn redirect() -> String {
    format!("{PUBLIC}/accounts/callback/tiktok")
}

pub fn post() -> Value {
    json!({"title": "hello", "privacy_level": "PUBLIC_TO_EVERYONE", "brand_content_toggle": false, "brand_organic_toggle": false})
}

pub fn file(size: u64, chunk: u64, count: u64) -> Value {
    json!({"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk, "total_chunk_count": count})
}

pub fn small() -> Value {
    file(2_000, 2_000, 1)
}

/// With one field set to something else, or taken out.
pub fn with(mut object: Value, name: &str, value: Value) -> Value {
    let fields = object.as_object_mut().unwrap();
    if value.is_null() {
        fields.remove(name)
    } else {
        fields.insert(name.to_owned(), value)
    };
    object
}

/// Photos whose host nobody listens at: nothing can come of them.
pub fn images(count: usize) -> Value {
    json!({"source": "PULL_FROM_URL", "photo_images": vec!["http://127.0.0.1:1/a.jpg"; count], "photo_cover_index": 0})
}

pub fn photos(post_info: Value, source: Value) -> Value {
    json!({"media_type": "PHOTO", "post_mode": "DIRECT_POST", "post_info": post_info, "source_info": source})
}

pub fn photo_post() -> Value {
    json!({"title": "hello", "description": "hello", "privacy_level": "PUBLIC_TO_EVERYONE"})
}

pub fn draft_photos(post_info: Value, source: Value) -> Value {
    json!({"media_type": "PHOTO", "post_mode": "MEDIA_UPLOAD", "post_info": post_info, "source_info": source})
}

pub fn pulled(url: &str) -> Value {
    json!({"source": "PULL_FROM_URL", "video_url": url})
}

impl Scene {
    pub fn set(&self, change: impl FnOnce(&mut simulator::Settings)) {
        self.world.sim.set(change);
    }

    pub fn creator(&self, change: impl FnOnce(&mut simulator::Creator)) {
        assert!(self.world.sim.change_creator(&self.grant.remote_id, change));
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/v2/{path}", self.world.urls.tiktok_api_url)
    }

    pub fn api_as(&self, token: &str, path: &str, body: &Value) -> Got {
        self.world.json(&self.url(path), token, body).tiktok()
    }

    pub fn api(&self, path: &str, body: &Value) -> Got {
        self.api_as(&self.grant.access_token, path, body)
    }

    pub fn get(&self, path: &str) -> Got {
        self.world.get(&self.url(path), &self.grant.access_token).tiktok()
    }

    pub fn video(&self, post_info: Value, source: Value) -> Got {
        self.api("post/publish/video/init/", &json!({"post_info": post_info, "source_info": source}))
    }

    pub fn inbox(&self, source: Value) -> Got {
        self.api("post/publish/inbox/video/init/", &json!({"source_info": source}))
    }

    pub fn photos(&self, body: &Value) -> Got {
        self.api("post/publish/content/init/", body)
    }

    pub fn creator_info(&self) -> Got {
        self.api("post/publish/creator_info/query/", &json!({}))
    }

    pub fn status(&self, body: &Value) -> Got {
        self.api("post/publish/status/fetch/", body)
    }

    pub fn cancel(&self, id: &str) -> Got {
        self.api("post/publish/cancel/", &json!({"publish_id": id}))
    }

    /// A token that the user granted only these scopes for.
    pub fn granted(&self, scopes: &[&str]) -> String {
        let scope = scopes.join(",");
        let open_id = &self.grant.remote_id;
        self.set(|settings| settings.sign_in_as = Some(open_id.clone()));
        let code = self.code(&[("scope", &scope)]);
        self.token(&[("code", &code)]).json()["access_token"].as_str().unwrap().to_owned()
    }

    pub fn authorize(&self, changes: &[(&str, &str)]) -> Reply {
        let redirect = redirect();
        let mut query = vec![
            ("client_key", TIKTOK_CLIENT_KEY),
            ("response_type", "code"),
            ("scope", "user.info.basic,video.upload,video.publish"),
            ("redirect_uri", redirect.as_str()),
            ("state", "s"),
        ];
        for (name, value) in changes {
            query.retain(|(given, _)| given != name);
            query.push((name, value));
        }
        self.world.get(&format!("{}?{}", self.world.urls.tiktok_authorize_url, form(&query)), "")
    }

    /// Refused on TikTok's own page.
    pub fn page(&self, changes: &[(&str, &str)]) -> Got {
        let page = self.authorize(changes);
        assert_eq!(page.location, "");
        let what = page.text.split("<code>").nth(1).and_then(|rest| rest.split("</code>").next());
        (page.status, what.unwrap_or_default().to_owned())
    }

    /// Led back with an error.
    pub fn back(&self, changes: &[(&str, &str)], name: &str) -> Got {
        let reply = self.authorize(changes);
        assert_eq!(reply.back("state"), "s");
        (reply.status, reply.back(name))
    }

    pub fn code(&self, changes: &[(&str, &str)]) -> String {
        self.authorize(changes).back("code").replace("%2A", "*").replace("%21", "!")
    }

    pub fn token(&self, changes: &[(&str, &str)]) -> Reply {
        let redirect = redirect();
        let mut fields = vec![
            ("client_key", TIKTOK_CLIENT_KEY),
            ("client_secret", TIKTOK_CLIENT_SECRET),
            ("grant_type", "authorization_code"),
            ("redirect_uri", redirect.as_str()),
        ];
        for (name, value) in changes {
            fields.retain(|(given, _)| given != name);
            if !value.is_empty() {
                fields.push((name, value));
            }
        }
        self.world.form(&self.url("oauth/token/"), "", &fields)
    }

    pub fn oauth(&self, reply: &Reply) -> Got {
        assert!(reply.json()["log_id"].is_string() && reply.json()["error_description"].is_string(), "{}", reply.text);
        (reply.status, reply.json()["error"].as_str().unwrap_or("").to_owned())
    }

    pub fn exchange(&self, changes: &[(&str, &str)]) -> Got {
        self.oauth(&self.token(changes))
    }

    pub fn refresh(&self, token: &str) -> Got {
        self.exchange(&[("grant_type", "refresh_token"), ("redirect_uri", ""), ("refresh_token", token)])
    }

    pub fn revoke(&self, token: &str) -> Got {
        let fields = [("client_key", TIKTOK_CLIENT_KEY), ("client_secret", TIKTOK_CLIENT_SECRET), ("token", token)];
        self.oauth(&self.world.form(&self.url("oauth/revoke/"), "", &fields))
    }

    /// The publish id and upload URL of a file that is begun.
    pub fn begun(&self, source: Value) -> (String, String) {
        let reply = self.world.json(&self.url("post/publish/inbox/video/init/"), &self.grant.access_token, &json!({"source_info": source}));
        let data = reply.json()["data"].clone();
        (data["publish_id"].as_str().unwrap().to_owned(), data["upload_url"].as_str().unwrap().to_owned())
    }

    pub fn put(&self, url: &str, kind: &str, range: &str, bytes: &[u8]) -> Got {
        let length = bytes.len().to_string();
        let headers = [("content-type", kind), ("content-range", range), ("content-length", length.as_str())];
        let reply = self.world.send("PUT", url, &headers, bytes).unwrap();
        (reply.status, self.world.sim.calls().last().unwrap().note.clone())
    }

    /// Makes so many posts or drafts through another path than the one that is tested.
    pub fn finished(&self, grant: &Grant, draft: bool) {
        let path = if draft { "post/publish/inbox/video/init/" } else { "post/publish/video/init/" };
        let mut body = json!({"source_info": small()});
        if !draft {
            body["post_info"] = json!({"privacy_level": "SELF_ONLY"});
        }
        let reply = self.world.json(&self.url(path), &grant.access_token, &body);
        let url = reply.json()["data"]["upload_url"].as_str().unwrap_or_else(|| panic!("{}", reply.text)).to_owned();
        assert_eq!(self.put(&url, "video/mp4", "bytes 0-1999/2000", &video(2_000)).0, 201);
    }

    pub fn refresh_well(&self, token: &str) -> String {
        let reply = self.token(&[("grant_type", "refresh_token"), ("redirect_uri", ""), ("refresh_token", token)]);
        reply.json()["refresh_token"].as_str().unwrap().to_owned()
    }

    pub fn list(&self, path: &str, body: Value) -> Got {
        self.set(|settings| settings.tiktok_scopes.push("video.list".into()));
        let lister = self.world.sim.add_tiktok_user("lister");
        self.api_as(&lister.access_token, path, &body)
    }

    /// A file in two chunks, of which so many are stored.
    pub fn halves(&self, stored: usize) -> String {
        let (_, url) = self.begun(file(12_000_000, 6_000_000, 2));
        for first in [0, 6_000_000].into_iter().take(stored) {
            let range = format!("bytes {first}-{}/12000000", first + 5_999_999);
            assert!(self.put(&url, "video/mp4", &range, &vec![7; 6_000_000]).0 < 300);
        }
        url
    }
}
