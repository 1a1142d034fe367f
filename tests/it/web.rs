//! The pages, over real HTTP.

use pm3k::actions::posts;
use pm3k::ids::PostId;
use pm3k::model::{media, post};

use crate::support::site::{Browser, CLIP, EMAIL, PASSWORD, PHOTO, Site, connect, draft, in_berlin, values, workspace_of};

fn posts_of(site: &Site) -> Vec<post::Post> {
    site.app.db.read(|db| post::list(db, &post::Filter::default(), 100)).unwrap()
}

#[test]
fn nobody_gets_in_without_signing_in() {
    let site = Site::new();
    let mut browser = site.browser();
    let answer = browser.get("/posts");
    assert_eq!((answer.status, answer.header("location")), (303, "/sign-in?next=%2Fposts"));
    assert_eq!(browser.get("/").header("location"), "/posts");
}

#[test]
fn signing_in_and_out() {
    let site = Site::new();
    let mut browser = site.browser();
    for (email, password) in [(EMAIL, "wrong password"), ("nobody@example.org", PASSWORD)] {
        let wrong = browser.sign_in(email, password);
        assert_eq!(wrong.status, 422);
        assert!(wrong.body.contains("do not fit") && wrong.body.contains(email));
        assert!(wrong.cookie("pm3k_session").is_none());
    }
    let right = browser.sign_in(EMAIL, PASSWORD);
    assert_eq!((right.status, right.header("location")), (303, "/posts"));
    let cookie = right.cookie("pm3k_session").unwrap();
    for flag in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    let posts = browser.get("/posts");
    assert_eq!(posts.status, 200);
    let word = browser.cookies.clone();
    assert_eq!(browser.post("/sign-out", &[("form_token", &posts.token())]).status, 303);
    browser.cookies = word;
    assert_eq!(browser.get("/posts").status, 303, "the session itself is over");
}

#[test]
fn the_first_user_is_made_with_the_printed_link_and_only_once() {
    let site = Site::empty();
    let link = site.setup_link.clone().unwrap();
    let path = link.strip_prefix("https://pm3k.example.org").unwrap().to_owned();
    let token = path.strip_prefix("/setup?token=").unwrap().to_owned();
    let mut browser = site.browser();
    assert_eq!(browser.get("/").header("location"), "/setup");
    assert_eq!(browser.get("/sign-in").header("location"), "/setup");
    for without in ["/setup", "/setup?token=wrong"] {
        let page = browser.get(without);
        assert_eq!(page.status, 200);
        assert!(page.body.contains("the link that the server printed") && !page.body.contains("<form"), "{without}");
    }
    let form = browser.get(&path).token();
    let mut send = |token: &str, password: &str| {
        browser.post("/setup", &[("form_token", &form), ("token", token), ("email", EMAIL), ("name", "Ada"), ("password", password)])
    };
    assert!(send("wrong", PASSWORD).body.contains("the link that the server printed"));
    let short = send(&token, "short");
    assert!(short.body.contains("at least 10 characters") && short.body.contains(EMAIL), "what was typed is shown again");
    let made = send(&token, PASSWORD);
    assert_eq!((made.status, made.header("location")), (303, "/accounts"));
    assert!(made.cookie("pm3k_session").is_some());
    assert_eq!(send(&token, PASSWORD).status, 403, "the form's token was that of a browser without a session");
    assert_eq!(browser.get("/accounts").status, 200);
    assert_eq!(site.browser().get(&path).header("location"), "/sign-in");
    assert!(Site::new().setup_link.is_none());
}

#[test]
fn too_many_tries_have_to_wait() {
    let site = Site::new();
    let mut browser = site.browser();
    let token = browser.get("/sign-in").token();
    let mut tried = 0;
    let limited = loop {
        tried += 1;
        let answer = browser.post("/sign-in", &[("form_token", &token), ("email", EMAIL), ("password", "wrong password")]);
        if answer.status != 422 {
            break answer;
        }
    };
    assert_eq!((tried, limited.status, limited.header("retry-after")), (9, 429, "20"));
    assert!(limited.body.contains("Wait 20 seconds") && limited.body.contains(EMAIL));
}

#[test]
fn what_another_site_sends_is_refused() {
    let site = Site::new();
    let mut browser = site.signed_in();
    let token = browser.get("/posts").token();
    let form = ("content-type", "application/x-www-form-urlencoded");
    let body = format!("form_token={token}");
    for from in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example"), ("origin", "null")] {
        let answer = browser.send("POST", "/sign-out", &[form, from], body.as_bytes());
        assert_eq!(answer.status, 403, "{from:?}");
        assert!(answer.body.contains("another site"));
    }
    assert_eq!(browser.get("/posts").status, 200);
    let answer = browser.send("POST", "/sign-out", &[form, ("origin", "https://pm3k.example.org")], body.as_bytes());
    assert_eq!(answer.status, 303);
}

#[test]
fn a_form_without_the_right_token_does_nothing_and_loses_nothing() {
    let site = Site::new();
    let mut browser = site.signed_in();
    let mut other = site.signed_in();
    let foreign = other.get("/posts/new").token();
    for token in ["", "0123", &foreign] {
        let fields = [("form_token", token), ("caption", "Words that took \"long\""), ("when", "draft"), ("once", "x")];
        let answer = browser.post("/posts/new", &fields);
        assert_eq!(answer.status, 403);
        assert!(answer.body.contains("Words that took &#34;long&#34;") && answer.body.contains("nothing you typed is lost"));
        assert!(posts_of(&site).is_empty());
    }
    let again = browser.post("/posts/new", &[("caption", "Words"), ("when", "draft"), ("once", "x")]);
    let token = values(&again.body, "form_token").pop().unwrap();
    let sent = browser.post("/posts/new", &[("form_token", &token), ("caption", "Words"), ("when", "draft"), ("once", "x")]);
    assert_eq!(sent.status, 303);
    let signed_out = site.browser().post("/posts/new", &[("caption", "Words"), ("when", "draft")]);
    assert!(signed_out.status == 403 && signed_out.body.contains("Sign in in a new tab") && signed_out.body.contains("Words"));
    assert_eq!(posts_of(&site).len(), 1);
}

#[test]
fn a_password_is_never_shown_again() {
    let site = Site::new();
    let answer = site.browser().post("/sign-in", &[("email", EMAIL), ("password", PASSWORD)]);
    assert_eq!(answer.status, 403);
    assert!(answer.body.contains(EMAIL) && !answer.body.contains(PASSWORD) && answer.body.contains("type=\"password\""));
}

#[test]
fn every_answer_has_the_headers() {
    let site = Site::new();
    let mut browser = site.signed_in();
    for path in ["/posts", "/accounts", "/posts/new", "/sign-in", "/privacy", "/nowhere", "/posts/post_99", "/sign-out"] {
        let answer = browser.get(path);
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains("data:"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(answer.header("strict-transport-security").starts_with("max-age="), "{path}");
        assert_eq!(answer.header("x-request-id").len(), 16, "{path}");
        for forbidden in ["style=", "onclick=", "<script>", "<style", "src=\"http"] {
            assert!(!answer.body.contains(forbidden), "{path} has {forbidden}");
        }
    }
    assert_eq!(browser.get("/nowhere").status, 404);
    assert_eq!(browser.get("/sign-out").status, 405);
    assert_eq!(browser.send("DELETE", "/posts", &[], b"").status, 405);
}

#[test]
fn pages_show_what_is_there_and_escape_it() {
    let site = Site::new();
    in_berlin(&site);
    let workspace = workspace_of(&site);
    let account = connect(&site, workspace, "<b>clips</b>");
    let id = draft(&site, workspace, "<script>alert(1)</script> & words");
    let mut browser = site.signed_in();
    let post = format!("/posts/{id}");
    for (path, has) in [
        ("/posts", "&#60;script&#62;alert(1)&#60;/script&#62; &#38; words"),
        (&*post, "&#60;script&#62;alert(1)&#60;/script&#62; &#38; words"),
        ("/accounts", "&#60;b&#62;clips&#60;/b&#62;"),
        ("/posts/new", "&#60;b&#62;clips&#60;/b&#62;"),
        ("/posts?status=draft", "words"),
        ("/privacy", "Studio Beispiel"),
        ("/terms", "Studio Beispiel"),
        ("/data-deletion", "privacy@example.org"),
        ("/data-deletion/tiktok", "Security &amp; permissions"),
        ("/data-deletion/facebook", "Business integrations"),
        ("/data-deletion/instagram", "Website permissions"),
    ] {
        let page = browser.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.contains(has), "{path}");
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<b>clips"), "{path}");
        let head = browser.send("HEAD", path, &[], b"");
        assert_eq!((head.status, head.header("content-type"), head.body.as_str()), (200, page.header("content-type"), ""), "{path}");
    }
    assert!(browser.get("/posts?status=failed").body.contains("no posts with this status"));
    assert!(browser.get("/accounts").body.contains("Mon 30 Nov 2026, 13:00</time> UTC+1"));
    let avatar = browser.get(&format!("/accounts/{account}/avatar"));
    assert_eq!((avatar.status, avatar.header("content-type")), (200, "image/jpeg"));
    assert_eq!(browser.get("/data-deletion/myspace").status, 404);
}

#[test]
fn what_belongs_to_another_workspace_is_not_there() {
    let site = Site::new();
    let other = in_berlin(&site);
    let (account, id) = (connect(&site, other, "theirs"), draft(&site, other, "their secret"));
    let mut browser = site.signed_in();
    // The admin looks at the first workspace, so that not even an admin slips into another one by its ids.
    let token = browser.get("/posts").token();
    for path in [
        format!("/posts/{id}"),
        format!("/posts/{id}/live"),
        format!("/accounts/{account}/avatar"),
        "/posts/12".into(),
        "/posts/media_1".into(),
        "/accounts/choose/connect_1".into(),
    ] {
        assert_eq!(browser.get(&path).status, 404, "{path}");
    }
    assert_eq!(browser.post(&format!("/posts/{id}/cancel"), &[("form_token", &token)]).status, 404);
    assert!(!browser.get("/posts").body.contains("their secret") && !browser.get("/accounts").body.contains("theirs"));
    let answer = browser.post("/posts/new", &[("form_token", &token), ("caption", "x"), ("when", "now"), ("once", "x"), (&format!("{account}.on"), "1")]);
    assert!(answer.status == 422 && answer.body.contains("Choose at least one account"));
}

#[test]
fn connecting_is_bound_to_the_session_that_began_it() {
    let site = Site::new();
    let mut browser = site.signed_in();
    let begun = browser.get("/accounts/connect/tiktok");
    let location = begun.header("location").to_owned();
    assert!(begun.status == 303 && location.starts_with("https://www.tiktok.com/v2/auth/authorize/"), "{location}");
    let url = url::Url::parse(&location).unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    assert!(location.contains("pm3k.example.org%2Faccounts%2Fcallback%2Ftiktok"), "{location}");
    let back = format!("/accounts/callback/tiktok?code=abc&state={state}");
    let stranger = site.signed_in().get(&back);
    assert!(stranger.status == 422 && stranger.body.contains("in another browser"), "{}", stranger.body);
    assert!(site.browser().get(&back).header("location").starts_with("/sign-in"));
    let own = browser.get(&back);
    assert!(own.status == 422 && !own.body.contains("in another browser"), "the state was right, and nobody answers at the platform");
    assert!(browser.get(&back).body.contains("in another browser"), "a state is used once");

    assert_eq!(browser.get("/accounts/callback/tiktok?error=access_denied&state=x").header("location"), "/accounts?done=not-given#main");
    let refused = browser.get("/accounts/callback/tiktok?error=invalid_scope&error_description=%3Ci%3Escope%3C%2Fi%3E&state=x");
    assert!(refused.status == 422 && refused.body.contains("invalid_scope: &#60;i&#62;scope"));
    let off = browser.get("/accounts/connect/facebook");
    assert!(off.status == 422 && off.body.contains("[facebook]"));
    assert!(browser.get("/accounts").body.contains("https://pm3k.example.org/accounts/callback/facebook"));
    assert_eq!(browser.get("/accounts/connect/myspace").status, 404);
}

/// The form's fields for one TikTok draft.
fn composed<'a>(token: &'a str, account: &'a str, at: &'a str) -> Vec<(String, &'a str)> {
    [("form_token", token), ("once", "once"), ("caption", "First line\r\nsecond"), ("when", "at"), ("at", at)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .chain([(format!("{account}.on"), "1"), (format!("{account}.kind"), "draft_video"), (format!("{account}.caption"), "only here")])
        .collect()
}

fn send(browser: &mut Browser<'_>, fields: &[(String, &str)], files: &[(&str, &str, &str, &[u8])]) -> crate::support::site::Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    browser.post_files("/posts/new", &fields, files)
}

#[test]
fn composing_keeps_everything_until_it_is_right() {
    let site = Site::new();
    in_berlin(&site);
    let account = connect(&site, workspace_of(&site), "clips.daily").to_string();
    let mut browser = site.signed_in();
    let form = browser.get("/posts/new");
    assert!(form.body.contains("value=\"2026-11-30T14:00\"") && form.body.contains("Europe/Berlin, now UTC+1"));
    assert!(!form.body.contains("value=\"PUBLIC_TO_EVERYONE\" selected"), "TikTok's audience has no preset");
    let token = form.token();

    // A file that is broken, one that is fine, and a time that daylight saving skips.
    let fields = composed(&token, &account, "2027-03-28T02:30");
    let broken = send(
        &mut browser,
        &fields,
        &[("files", "broken.mp4", "video/mp4", b"not a video"), ("files", "clip.mp4", "video/mp4", CLIP), ("files", "", "application/octet-stream", b"")],
    );
    assert_eq!(broken.status, 422);
    assert!(broken.body.contains("broken.mp4: ") && broken.body.contains("First line\nsecond") && broken.body.contains("only here"));
    let media = values(&broken.body, "media");
    assert_eq!(media.len(), 1);

    let mut fields = composed(&token, &account, "2027-03-28T02:30");
    fields.push(("media".to_owned(), &media[0]));
    let skipped = send(&mut browser, &fields, &[]);
    assert!(skipped.status == 422 && skipped.body.contains("does not happen") && skipped.body.contains("value=\"2027-03-28T03:30\""));
    assert!(skipped.body.contains("One thing needs") && values(&skipped.body, "media") == media);

    let mut fields = composed(&token, &account, "2027-10-31T02:30");
    fields.push(("media".to_owned(), &media[0]));
    let twice = send(&mut browser, &fields, &[]);
    assert!(twice.status == 422 && twice.body.contains("The first time (UTC+2)") && twice.body.contains("The second time (UTC+1)"));
    assert!(posts_of(&site).is_empty());

    fields.push(("fold".to_owned(), "second"));
    let made = send(&mut browser, &fields, &[]);
    assert_eq!((made.status, made.header("location")), (303, "/posts/post_1?done=scheduled"));
    assert_eq!(send(&mut browser, &fields, &[]).header("location"), "/posts/post_1?done=scheduled", "a double click makes one post");
    let view = posts::view(&site.app, workspace_of(&site), PostId(1)).unwrap();
    assert_eq!(view.post.scheduled_at.unwrap().to_rfc3339(), "2027-10-31T01:30:00+00:00");
    assert_eq!((view.post.caption.as_str(), view.jobs[0].caption.as_deref()), ("First line\nsecond", Some("only here")));
    let page = browser.get("/posts/post_1?done=scheduled");
    assert!(page.body.contains("The post is scheduled.") && page.body.contains("clip.mp4") && page.body.contains("Sun 31 Oct 2027, 02:30"));

    let token = page.token();
    assert_eq!(browser.post("/posts/post_1/cancel", &[("form_token", &token)]).header("location"), "/posts/post_1?done=cancelled");
    assert_eq!(browser.post("/posts/post_1/cancel", &[("form_token", &token)]).status, 409);
    assert!(browser.get("/posts/post_1").body.contains("Cleared from this server"));
}

#[test]
fn problems_stand_beside_their_fields() {
    let site = Site::new();
    let account = connect(&site, workspace_of(&site), "clips.daily").to_string();
    let mut browser = site.signed_in();
    let token = browser.get("/posts/new").token();
    let mut fields = composed(&token, &account, "");
    fields.retain(|(name, _)| !name.ends_with(".kind"));
    let extra = [("kind", "video"), ("commercial", "1")].map(|(name, value)| (format!("{account}.{name}"), value));
    fields.extend(extra);
    let answer = send(&mut browser, &fields, &[]);
    assert_eq!(answer.status, 422);
    for said in [
        "Choose a day and a time.",
        "You need to indicate if your content promotes yourself, a third party, or both.",
        "TikTok allows no preset",
        "takes exactly one video; this post has none.",
    ] {
        assert!(answer.body.contains(said), "{said}");
    }
    assert!(answer.body.contains("things need") && answer.body.contains("name=\"acct_1.commercial\" value=\"1\" checked"));
}

#[test]
fn files_can_be_taken_away_and_moved_without_script() {
    let site = Site::new();
    let mut browser = site.signed_in();
    let token = browser.get("/posts/new").token();
    let base = [("form_token", &*token), ("when", "draft"), ("once", "x"), ("caption", "Words")];
    let files: [(&str, &str, &str, &[u8]); 2] = [("files", "a.jpg", "image/jpeg", PHOTO), ("files", "b.mp4", "video/mp4", CLIP)];
    let both = browser.post_files("/posts/new", &[&base[..], &[("upload", "1")]].concat(), &files);
    assert_eq!(both.status, 200);
    let media = values(&both.body, "media");
    let fields = |act: &'static str, id: &str| {
        [&base[..], &[("media", media[0].as_str()), ("media", media[1].as_str()), (act, id)]]
            .concat()
            .into_iter()
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect::<Vec<_>>()
    };
    let mut press = |act, id: &str| {
        let fields = fields(act, id);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        browser.post_files("/posts/new", &fields, &[])
    };
    assert_eq!(values(&press("earlier", &media[1]).body, "media"), [media[1].clone(), media[0].clone()]);
    let left = press("remove", &media[0]);
    assert_eq!(values(&left.body, "media"), [media[1].clone()]);
    assert!(left.body.contains("Words"));
    let removed = site.app.db.read(|db| media::get(db, media[0].parse().unwrap())).unwrap().unwrap();
    assert_eq!(removed.state, "cleared");
}

#[test]
fn a_file_that_is_refused_costs_none_of_the_words() {
    let site = Site::new();
    let mut browser = site.signed_in();
    let token = browser.get("/posts/new").token();
    let large = vec![b'x'; 8 << 20];
    let fields = [("form_token", &*token), ("when", "draft"), ("once", "x"), ("caption", "Words that took long"), ("upload", "1")];
    let refused = browser.post_files("/posts/new", &fields, &[("files", "large.mp4", "video/mp4", &large)]);
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains("Words that took long") && refused.body.contains("larger than"));
    let stale = browser.post_files("/posts/new", &[("form_token", "old"), ("caption", "Words that took long")], &[("files", "large.mp4", "video/mp4", &large)]);
    assert!(stale.status == 403 && stale.body.contains("Words that took long"), "{}", stale.status);
}

/// The compose form's script sends files in pieces, with the session and the form's token.
#[test]
fn uploads_by_script() {
    let site = Site::new();
    let mut browser = site.signed_in();
    let token = browser.get("/posts/new").token();
    let (length, name) = (PHOTO.len().to_string(), crate::support::tus::metadata("../x/photo.jpg", "image/jpeg"));
    let headers = |token: &'static str| [("tus-resumable", "1.0.0"), ("upload-length", &*length), ("upload-metadata", &*name), ("x-form-token", token)];
    let token: &'static str = token.leak();
    for wrong in ["", "wrong"] {
        assert_eq!(browser.send("POST", "/api/v1/uploads", &headers(wrong), b"").status, 403);
    }
    let foreign = [&headers(token)[..], &[("sec-fetch-site", "cross-site")]].concat();
    assert_eq!(browser.send("POST", "/api/v1/uploads", &foreign, b"").status, 403);
    assert_eq!(site.browser().send("POST", "/api/v1/uploads", &headers(token), b"").status, 401);

    let begun = browser.send("POST", "/api/v1/uploads", &headers(token), b"");
    assert_eq!(begun.status, 201, "{}", begun.body);
    let location = begun.header("location").to_owned();
    let piece =
        |token, offset| [("tus-resumable", "1.0.0"), ("content-type", "application/offset+octet-stream"), ("upload-offset", offset), ("x-form-token", token)];
    assert_eq!(browser.send("PATCH", &location, &piece("wrong", "0"), PHOTO).status, 403);
    assert_eq!(site.browser().send("PATCH", &location, &piece(token, "0"), PHOTO).status, 401);
    assert_eq!(browser.send("PATCH", &location, &piece(token, "0"), &PHOTO[..100]).status, 204);
    assert_eq!(browser.send("HEAD", &location, &piece(token, "0"), b"").header("upload-offset"), "100");
    let whole = browser.send("PATCH", &location, &piece(token, "100"), &PHOTO[100..]);
    assert_eq!(whole.status, 204, "{}", whole.body);
    // Reading changes nothing, and needs no token.
    let shown: serde_json::Value = serde_json::from_str(&browser.get(&location).body).unwrap();
    assert_eq!((&shown["media"]["kind"], &shown["media_id"]), (&"image".into(), &whole.header("media-id").into()));
    assert!(shown["media"]["detail"].as_str().unwrap().contains(" × "), "{shown}");
    let picture = browser.get(&format!("/media/{}", whole.header("media-id")));
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/jpeg"));
    assert_eq!(site.browser().get(&format!("/media/{}", whole.header("media-id"))).status, 303);

    let large = [("tus-resumable", "1.0.0"), ("upload-length", "1048577"), ("x-form-token", token)];
    let refused = browser.send("POST", "/api/v1/uploads", &large, b"");
    assert!(refused.status == 413 && refused.body.contains("larger than"), "{}", refused.body);
}

#[test]
fn bodies_are_bounded() {
    let site = Site::new();
    let mut browser = site.signed_in();
    let token = browser.get("/posts").token();
    let long = "x".repeat(2 << 20);
    let fields = [("form_token", &*token), ("caption", &*long)];
    assert_eq!(browser.post("/sign-out", &fields).status, 413);
    assert_eq!(browser.post_files("/posts/new", &fields, &[]).status, 413);
    let unasked = browser.post_files("/sign-out", &[("form_token", &token)], &[("file", "clip.mp4", "video/mp4", CLIP)]);
    assert!(unasked.status == 400 && unasked.body.contains("takes no files"));
    assert_eq!(browser.get("/posts").status, 200);
}

#[test]
fn parts_that_change_are_sent_only_when_they_did() {
    let site = Site::new();
    let workspace = workspace_of(&site);
    let account = connect(&site, workspace, "clips.daily").to_string();
    let mut browser = site.signed_in();
    let token = browser.get("/posts/new").token();
    assert_eq!(send(&mut browser, &composed(&token, &account, "2026-12-01T10:00"), &[("files", "clip.mp4", "video/mp4", CLIP)]).status, 303);
    let mut polled = |path: &str| {
        let page = browser.get(path);
        let (_, rest) = page.body.split_once("hx-get=\"").unwrap();
        let part = rest.split('"').next().unwrap().replace("&amp;", "&");
        let same = browser.get(&part);
        let changed = browser.get(&part.replace("seen=", "seen=0"));
        (same.status, changed.status, changed.body.contains("<html"))
    };
    assert_eq!(polled("/posts"), (204, 200, false));
    assert_eq!(polled("/posts/post_1"), (204, 200, false));
    let said = browser.get("/posts/post_1/live?seen=").body;
    assert!(said.contains("id=\"announce\" hx-swap-oob=\"innerHTML\">Scheduled: 0 of 1 published"), "{said}");
    let answer = site.browser().send("GET", "/posts/post_1/live", &[("hx-request", "true")], b"");
    assert_eq!((answer.status, answer.header("hx-refresh")), (401, "true"));
}

#[test]
fn assets_are_served_and_kept() {
    let site = Site::new();
    let mut browser = site.browser();
    let page = browser.get("/sign-in");
    let (_, rest) = page.body.split_once("<link rel=\"stylesheet\" href=\"").unwrap();
    let sheet = rest.split('"').next().unwrap();
    let answer = browser.get(sheet);
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/css; charset=utf-8"));
    let etag = answer.header("etag").to_owned();
    assert_eq!(browser.send("GET", sheet, &[("if-none-match", &etag)], b"").status, 304);
    for missing in ["/assets/x/nothing.css", "/assets/x/../../Cargo.toml", "/assets/x/%2e%2e/%2e%2e/Cargo.toml"] {
        assert_eq!(browser.get(missing).status, 404, "{missing}");
    }
    assert!(browser.get("/nowhere").body.contains("Not found"));
}
