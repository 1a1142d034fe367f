//! Composing: every kind and option, what TikTok wants of the form, and nothing lost on the way.

use pm3k::actions::posts;
use pm3k::ids::{AccountId, PostId};
use pm3k::kind::{Kind, Login, Platform};
use pm3k::model::account;
use serde_json::{Value, json};
use simulator::{Options, Simulator};

use crate::support::house::{self, options};
use crate::support::site::{Answer, Browser, Site, connect, connect_to, now, values, workspace_of};

/// Every kind, with the login that it goes through and its files.
const KINDS: &[(Platform, Login, Kind, &[&str])] = &[
    (Platform::Tiktok, Login::Tiktok, Kind::Video, &["clip.mp4"]),
    (Platform::Tiktok, Login::Tiktok, Kind::DraftVideo, &["clip.mp4"]),
    (Platform::Tiktok, Login::Tiktok, Kind::Photos, &["photo.jpg", "photo.jpg"]),
    (Platform::Tiktok, Login::Tiktok, Kind::DraftPhotos, &["photo.jpg", "photo.jpg"]),
    (Platform::Facebook, Login::Facebook, Kind::Text, &[]),
    (Platform::Facebook, Login::Facebook, Kind::Link, &[]),
    (Platform::Facebook, Login::Facebook, Kind::Photos, &["photo.jpg", "photo.jpg"]),
    (Platform::Facebook, Login::Facebook, Kind::Video, &["landscape.mp4"]),
    (Platform::Facebook, Login::Facebook, Kind::Reel, &["clip.mp4"]),
    (Platform::Facebook, Login::Facebook, Kind::PhotoStory, &["photo.jpg"]),
    (Platform::Facebook, Login::Facebook, Kind::VideoStory, &["clip.mp4"]),
    (Platform::Instagram, Login::Facebook, Kind::Image, &["photo.jpg"]),
    (Platform::Instagram, Login::Facebook, Kind::Reel, &["clip.mp4"]),
    (Platform::Instagram, Login::Facebook, Kind::Carousel, &["photo.jpg", "clip.mp4"]),
    (Platform::Instagram, Login::Facebook, Kind::Story, &["photo.jpg"]),
    (Platform::Instagram, Login::Instagram, Kind::Image, &["photo.jpg"]),
    (Platform::Instagram, Login::Instagram, Kind::Reel, &["clip.mp4"]),
    (Platform::Instagram, Login::Instagram, Kind::Carousel, &["photo.jpg", "clip.mp4"]),
    (Platform::Instagram, Login::Instagram, Kind::Story, &["clip.mp4"]),
];

type Field = (String, String);

/// The form's fields for an account of this kind, with every field filled in that any kind has.
fn full(token: &str, account: AccountId, kind: Kind, media: &[String]) -> Vec<Field> {
    let mut fields: Vec<Field> = [("form_token", token), ("once", "once"), ("caption", "Some words"), ("when", "draft")].map(own).into();
    fields.extend(media.iter().flat_map(|id| [("media".into(), id.clone()), (format!("alt.{id}"), "A photo".to_owned())]));
    for (name, value) in [
        ("on", "1"),
        ("kind", kind.as_str()),
        ("privacy_level", "SELF_ONLY"),
        ("allow_comment", "1"),
        ("commercial", "1"),
        ("your_brand", "1"),
        ("is_aigc", "1"),
        ("auto_add_music", "1"),
        ("title", "A title"),
        ("link", "https://example.org/a"),
        ("cover", "0.5"),
        ("photo_cover", "2"),
        ("share_to_feed", "1"),
        ("first_comment", "First!"),
        ("collaborators", "@one, two"),
        ("location_id", "1234567"),
        ("tag_name", "three"),
        ("tag_file", "1"),
        ("tag_x", "50"),
        ("tag_y", "12.5"),
    ] {
        fields.push((format!("{account}.{name}"), value.to_owned()));
    }
    fields
}

fn own((name, value): (&str, &str)) -> Field {
    (name.to_owned(), value.to_owned())
}

fn refs(fields: &[Field]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Uploads files as the form does without script; their ids.
fn upload(browser: &mut Browser<'_>, token: &str, names: &[&str]) -> Vec<String> {
    let bytes: Vec<Vec<u8>> = names.iter().map(|name| std::fs::read(house::file(name)).unwrap()).collect();
    let kind = |name: &str| if name.ends_with(".jpg") { "image/jpeg" } else { "video/mp4" };
    let files: Vec<(&str, &str, &str, &[u8])> = names.iter().zip(&bytes).map(|(name, bytes)| ("files", *name, kind(name), bytes.as_slice())).collect();
    let answer = browser.post_files("/posts/new", &[("form_token", token), ("when", "draft"), ("upload", "1")], &files);
    assert_eq!(answer.status, 200);
    values(&answer.body, "media")
}

fn check(browser: &mut Browser<'_>, fields: &[Field]) -> Vec<Value> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
    let answer = browser.send("POST", "/posts/check", &headers, body.as_bytes());
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.body);
    serde_json::from_str::<Value>(&answer.body).unwrap()["problems"].as_array().unwrap().clone()
}

/// The radio button of a kind, with the label around it.
fn kind_choice<'a>(page: &'a str, account: AccountId, kind: &str) -> &'a str {
    let (before, rest) = page.split_once(&format!("name=\"{account}.kind\" value=\"{kind}\"")).unwrap();
    let start = before.rfind("<label").unwrap();
    &page[start..before.len() + rest.find("</label>").unwrap()]
}

fn is_hidden(choice: &str) -> bool {
    choice.split('>').next().unwrap().ends_with(" hidden")
}

/// The part of the page that belongs to an account.
fn target(page: &str, account: AccountId) -> &str {
    page.split(&format!("id=\"{account}\"")).nth(1).unwrap().split("</section>").next().unwrap()
}

fn told(site: &Site, account: AccountId, standing: &Value) {
    site.app.db.write(|tx| account::store_standing(tx, account, standing, now())).unwrap();
}

#[test]
fn every_kind_sends_only_what_its_platform_takes() {
    let site = Site::with_every_platform(|config| config.tiktok.audited = true);
    let mut browser = site.signed_in();
    let token = browser.get("/posts/new").token();
    for (i, (platform, login, kind, files)) in KINDS.iter().enumerate() {
        let account = connect_to(&site, workspace_of(&site), *platform, *login, &format!("account{i}"));
        let media = upload(&mut browser, &token, files);
        let mut fields = full(&token, account, *kind, &media);
        let problems = check(&mut browser, &fields);
        assert_eq!(problems, Vec::<Value>::new(), "{platform} {kind}");
        fields.iter_mut().filter(|(name, _)| name == "once").for_each(|(_, value)| *value = format!("once {i}"));
        let made = browser.post_files("/posts/new", &refs(&fields), &[]);
        let id: PostId = made.header("location").strip_prefix("/posts/").unwrap().split('?').next().unwrap().parse().unwrap();
        let job = &posts::view(&site.app, workspace_of(&site), id).unwrap().jobs[0];
        assert_eq!((job.kind, job.account_id), (*kind, account));

        // The form that it is composed anew with makes the same post.
        let again = browser.get(&format!("/posts/new?from={id}"));
        assert!(again.status == 200 && again.body.contains("Some words"));
        assert_eq!(values(&again.body, "media"), media);
        let shown = target(&again.body, account);
        assert!(shown.contains("class=\"on\"") && kind_choice(&again.body, account, kind.as_str()).contains("checked"));
        if job.options.contains_key("first_comment") {
            assert!(shown.contains("First!</textarea>"), "{platform} {kind}");
        }
        if job.options.contains_key("alt_text") {
            assert!(again.body.contains(&format!("name=\"alt.{}\" value=\"A photo\"", media[0])));
        }
    }
}

#[test]
fn who_needs_a_public_address_is_said_and_told_again_by_the_check() {
    for (public_url, has_one) in [("https://pm3k.example.org", true), ("http://localhost:8080", false)] {
        let site = Site::with_every_platform(|config| {
            config.server.public_url = public_url.into();
            config.tiktok.audited = true;
            // Nobody is asked, and a simulator on this machine could fetch from it.
            config.tiktok.api_url = "https://open.tiktokapis.invalid".into();
        });
        let mut browser = site.signed_in();
        let token = browser.get("/posts/new").token();
        for (i, (platform, login, kind, files)) in KINDS.iter().enumerate() {
            let account = connect_to(&site, workspace_of(&site), *platform, *login, &format!("account{i}"));
            site.app.db.write(|tx| account::needs_reconnect(tx, account, 1, "not to be asked")).unwrap();
            let media = upload(&mut browser, &token, files);
            let fields = full(&token, account, *kind, &media);
            let page = browser.post_files("/posts/new", &[refs(&fields).as_slice(), &[("upload", "1")]].concat(), &[]).body;
            let said = kind_choice(&page, account, kind.as_str());
            let found = check(&mut browser, &fields).iter().any(|problem| problem["code"] == "needs_public_address");
            assert_eq!(
                said.contains("Needs a public address, which this installation does not have"),
                found,
                "{platform} by {login} {kind} {public_url}: {said}"
            );
            assert!(!has_one || !found);
            assert!(!(has_one && said.contains("does not have")));
        }
    }
}

#[test]
fn the_kinds_that_are_offered_follow_from_the_files() {
    let site = Site::with_every_platform(|_| {});
    let workspace = workspace_of(&site);
    let tiktok = connect(&site, workspace, "clips");
    let page = connect_to(&site, workspace, Platform::Facebook, Login::Facebook, "page");
    let instagram = connect_to(&site, workspace, Platform::Instagram, Login::Facebook, "pictures");
    let mut browser = site.signed_in();
    let token = browser.get("/posts/new").token();
    let all = |account: AccountId| match account {
        id if id == tiktok => vec!["draft_video", "video", "draft_photos", "photos"],
        id if id == page => vec!["photos", "photo_story", "reel", "video", "video_story", "text", "link"],
        _ => vec!["image", "reel", "carousel", "story"],
    };
    for (files, expected) in [
        (vec![], [(tiktok, all(tiktok), ""), (page, all(page), ""), (instagram, all(instagram), "")]),
        (
            vec!["clip.mp4"],
            [
                (tiktok, vec!["draft_video", "video"], "draft_video"),
                (page, vec!["reel", "video", "video_story"], "reel"),
                (instagram, vec!["reel", "story"], "reel"),
            ],
        ),
        (
            vec!["photo.jpg"],
            [
                (tiktok, vec!["draft_photos", "photos"], "draft_photos"),
                (page, vec!["photos", "photo_story"], "photos"),
                (instagram, vec!["image", "story"], "image"),
            ],
        ),
        (vec!["photo.jpg", "clip.mp4"], [(tiktok, vec![], ""), (page, vec![], ""), (instagram, vec!["carousel"], "carousel")]),
    ] {
        let media = upload(&mut browser, &token, &files);
        let fields: Vec<Field> = media.iter().map(|id| ("media".to_owned(), id.clone())).collect();
        let body =
            browser.post_files("/posts/new", &[refs(&fields).as_slice(), &[("form_token", &*token), ("when", "draft"), ("upload", "1")]].concat(), &[]).body;
        for (account, fitting, checked) in expected {
            for kind in all(account) {
                let choice = kind_choice(&body, account, kind);
                assert_eq!(!is_hidden(choice), fitting.contains(&kind), "{files:?} {kind}: {choice}");
                assert_eq!(choice.contains(" checked"), kind == checked, "{files:?} {kind}");
            }
            let open = kind_choice(&body, account, "");
            assert_eq!((is_hidden(open), open.contains(" checked")), (!checked.is_empty(), checked.is_empty()), "{files:?} {account}");
        }
    }
    // A kind that somebody chose stays, though the files do not fit it, and is told about.
    let media = upload(&mut browser, &token, &["photo.jpg"]);
    let fields =
        [("form_token", &*token), ("when", "draft"), ("upload", "1"), ("media", &media[0]), (&format!("{page}.on"), "1"), (&format!("{page}.kind"), "reel")];
    let body = browser.post_files("/posts/new", &fields, &[]).body;
    let choice = kind_choice(&body, page, "reel");
    assert!(!is_hidden(choice) && choice.contains(" checked") && choice.contains("misfit\">"), "{choice}");
}

#[test]
fn tiktoks_form_is_as_tiktok_wants_it() {
    let site = Site::with_every_platform(|config| config.tiktok.audited = true);
    let account = connect(&site, workspace_of(&site), "clips");
    let creator = json!({"nickname": "Studio & Co", "username": "studio.co", "privacy_level_options": ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
        "comment_disabled": false, "duet_disabled": true, "stitch_disabled": false, "max_video_post_duration_sec": 180});
    told(&site, account, &creator);
    let mut browser = site.signed_in();
    let page = browser.get("/posts/new").body;
    let form = target(&page, account);
    for said in [
        "<strong>Studio &#38; Co</strong> <span class=\"soft\">@studio.co",
        "<option value=\"\">Choose…</option>",
        ">Followers</option>",
        ">Friends</option>",
        ">Only me</option>",
        "videos of up to 3 minutes",
        "Your photo/video will be labeled as 'Promotional content'",
        "Your photo/video will be labeled as 'Paid partnership'",
        "You need to indicate if your content promotes yourself, a third party, or both.",
        "Branded content visibility cannot be set to private.",
        "within 24 hours",
        "none from here is waiting",
    ] {
        assert!(form.contains(said), "{said}");
    }
    assert!(!form.contains("Everyone") && !form.contains(" selected") && !form.contains("could not be asked"));
    let box_of = |name: &str| form.split(&format!("name=\"{account}.{name}\" value=\"1\"")).nth(1).unwrap().split('>').next().unwrap();
    for (name, state) in [("allow_comment", ""), ("allow_duet", " disabled"), ("allow_stitch", ""), ("commercial", ""), ("your_brand", ""), ("branded", "")] {
        assert_eq!(box_of(name), state, "{name}");
    }
    assert!(form.contains("Turned off in the creator's own TikTok settings."));
    // Duet and stitch are for videos alone.
    assert!(
        form.contains("data-for=\"video\"><input type=\"checkbox\" name=\"acct_1.allow_stitch\"")
            && form.contains("data-for=\"video photos\"><input type=\"checkbox\" name=\"acct_1.allow_comment\"")
    );
    let (_, declaration) = page.split_once("<div class=\"declaration\">").unwrap();
    let declaration = declaration.split("</div>").next().unwrap();
    assert!(declaration.starts_with("<p>By posting, you agree to TikTok's <span class=\"with-branded\">"));
    for link in ["https://www.tiktok.com/legal/page/global/music-usage-confirmation/en", "https://www.tiktok.com/legal/page/global/bc-policy/en"] {
        assert!(declaration.contains(link));
    }

    // What a creator turned off is not ticked, whatever was sent; who can post nothing now is told, and not now.
    told(&site, account, &json!({"duet_disabled": true, "cannot_post_now": "spam_risk_too_many_posts"}));
    let token = browser.get("/posts/new").token();
    let name = |name: &str| format!("{account}.{name}");
    let fields = [("form_token", &*token), ("when", "now"), ("once", "x"), (&name("on"), "1"), (&name("kind"), "video"), (&name("allow_duet"), "1")];
    let answer = browser.post("/posts/new", &fields);
    assert_eq!(answer.status, 422);
    let form = target(&answer.body, account);
    assert!(form.contains("posted as much as it allows within a day. Try again later, or choose a later time."), "{form}");
    assert!(form.split("name=\"acct_1.allow_duet\" value=\"1\"").nth(1).unwrap().starts_with(" disabled>"));
}

#[test]
fn a_creators_settings_are_asked_while_the_form_is_made_and_never_fail_it() {
    let simulator = Simulator::start(Options { clock: simulator::Clock::manual(now()), ..Options::default() }).unwrap();
    let site = Site::with(|config| {
        let of_house = house::config(&config.data_dir, &simulator);
        config.tiktok = of_house.tiktok;
        config.facebook = of_house.facebook;
    });
    let grant = simulator.add_tiktok_user("creator.one");
    let account = connect(&site, workspace_of(&site), "creator.one");
    let access = pm3k::platform::Access {
        token: pm3k::secret::Secret::new(&*grant.access_token),
        user_token: None,
        refresh_token: None,
        issued_at: now(),
        expires_at: grant.expires_at,
        refresh_expires_at: None,
    };
    let sealed = site.app.keys.seal(&account::access_place(account), &serde_json::to_vec(&access).unwrap());
    site.app.db.write(|tx| account::store_access(tx, account, &sealed, access.expires_at, None)).unwrap();
    simulator.change_creator(&grant.remote_id, |creator| {
        creator.nickname = "Nickname of now".into();
        creator.private = true;
        creator.comment_disabled = true;
    });
    let mut browser = site.signed_in();
    let page = browser.get("/posts/new").body;
    let form = target(&page, account);
    assert!(form.contains("Nickname of now") && form.contains(">Followers</option>") && !form.contains(">Everyone</option>"), "{form}");
    assert!(form.contains("name=\"acct_1.allow_comment\" value=\"1\" disabled"));

    drop(simulator);
    site.app.db.write(|tx| tx.execute("UPDATE account SET standing_at = standing_at - 3600000", [])).unwrap();
    let page = browser.get("/posts/new");
    assert!(page.status == 200 && target(&page.body, account).contains("Nickname of now"), "what was told last is shown");
}

#[test]
fn everything_typed_comes_back_with_what_is_wrong_beside_it() {
    let site = Site::with_every_platform(|_| {});
    let account = connect_to(&site, workspace_of(&site), Platform::Instagram, Login::Facebook, "pictures");
    let mut browser = site.signed_in();
    let token = browser.get("/posts/new").token();
    let media = upload(&mut browser, &token, &["photo.jpg"]);
    let name = |name: &str| format!("{account}.{name}");
    let mut fields = full(&token, account, Kind::Image, &media);
    for (field, value) in [("collaborators", "a, b, c, d"), ("tag_x", "150"), ("location_id", "here"), ("first_comment", "Hello <there>")] {
        fields.iter_mut().find(|(found, _)| *found == name(field)).unwrap().1 = value.to_owned();
    }
    fields.iter_mut().find(|(found, _)| found == "when").unwrap().1 = "now".to_owned();
    let answer: Answer = browser.post_files("/posts/new", &refs(&fields), &[]);
    assert_eq!(answer.status, 422);
    for (spot, says) in [("collaborators", "3"), ("tags", "two numbers from 0 to 100"), ("location_id", "digits")] {
        let place = answer.body.split(&format!("id=\"{account}-{spot}-problem\" data-spot=\"{spot}\">")).nth(1).unwrap().split("</p>").next().unwrap();
        assert!(place.contains(says), "{spot}: {place}");
        assert!(answer.body.contains(&format!("aria-describedby=\"{account}-{spot}-problem\" aria-invalid=\"true\"")) || spot == "tags");
    }
    for kept in [
        "value=\"a, b, c, d\"",
        "value=\"150\"",
        "value=\"12.5\"",
        "value=\"three\"",
        "Hello &#60;there&#62;</textarea>",
        "value=\"A photo\"",
        "value=\"here\"",
    ] {
        assert!(answer.body.contains(kept), "{kept}");
    }
    // Another row for tags, without script.
    let before = values(&answer.body, &name("tag_name")).len();
    fields.push((name("tag_name"), "four".into()));
    fields.push(("more".into(), account.to_string()));
    let more = browser.post_files("/posts/new", &refs(&fields), &[]);
    assert_eq!((more.status, values(&more.body, &name("tag_name"))), (200, vec!["three".to_owned(), "four".into(), String::new()]));
    assert_eq!(before, 2);
}

#[test]
fn what_is_wrong_is_told_while_typing() {
    let site = Site::with_every_platform(|config| config.tiktok.audited = true);
    let tiktok = connect(&site, workspace_of(&site), "clips");
    let page = connect_to(&site, workspace_of(&site), Platform::Facebook, Login::Facebook, "page");
    let mut browser = site.signed_in();
    let token = browser.get("/posts/new").token();
    let on = |account: AccountId, kind: &str| [(format!("{account}.on"), "1".to_owned()), (format!("{account}.kind"), kind.to_owned())];
    let mut fields: Vec<Field> = [("form_token", &*token), ("when", "now"), ("once", "x"), ("caption", &"x".repeat(2201))].map(own).into();
    fields.extend(on(tiktok, "video"));
    fields.extend(on(page, "text"));
    fields.push((format!("{tiktok}.cover"), "soon".into()));
    let found: Vec<(String, String, String)> = check(&mut browser, &fields)
        .iter()
        .map(|problem| ["account", "spot", "code"].map(|name| problem[name].as_str().unwrap_or_default().to_owned()))
        .map(|[account, spot, code]| (account, spot, code))
        .collect();
    let expected = [("cover", "invalid"), ("caption", "too_long"), ("privacy", "required"), ("", "wrong_count")]
        .map(|(spot, code)| (tiktok.to_string(), spot.to_owned(), code.to_owned()));
    assert_eq!(found, expected);
    let cures: Vec<_> = check(&mut browser, &fields).iter().map(|problem| problem["remedy"].as_str().map(str::to_owned)).collect();
    assert_eq!(cures, [None, Some("shorten".to_owned()), None, None]);
    assert!(posts::list(&site.app, &pm3k::model::post::Filter::default(), None, 10).unwrap().0.is_empty(), "nothing is made by a check");
    let stale = browser.send("POST", "/posts/check", &[("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")], b"caption=x");
    assert_eq!((stale.status, stale.header("content-type")), (403, "application/json"));
}

#[test]
fn drafts_that_wait_in_the_inbox_are_counted() {
    let site = Site::new();
    let account = connect(&site, workspace_of(&site), "clips");
    let target =
        posts::Target { account_id: account, kind: Some(Kind::DraftVideo), caption: None, options: options(Kind::DraftVideo), adjust: Default::default() };
    let new = posts::NewPost { caption: "Words".into(), media: Vec::new(), schedule: posts::Schedule::Draft, targets: vec![target] };
    posts::create(&site.app, pm3k::actions::Actor::Cli, workspace_of(&site), &new, None, now()).unwrap();
    let published = |hours_ago: i64, link: Option<&str>| {
        let at = (now() - chrono::TimeDelta::hours(hours_ago)).timestamp_millis();
        site.app.db.write(|tx| tx.execute("UPDATE job SET state = 'published', published_at = ?1, permalink = ?2", (at, link))).unwrap();
    };
    let mut browser = site.signed_in();
    for (hours_ago, link, says) in
        [(1, None, "1 from here may be waiting"), (25, None, "none from here"), (1, Some("https://www.tiktok.com/@a/video/1"), "none from here")]
    {
        published(hours_ago, link);
        assert!(browser.get("/posts/new").body.contains(says), "{hours_ago} {link:?}");
    }
    published(1, None);
    let page = browser.get("/posts/post_1").body;
    assert!(
        page.contains("In the inbox</span>")
            && page.contains("In the TikTok inbox since")
            && page.contains("within 24 hours")
            && page.contains("readonly dir=\"auto\">Words</textarea>")
    );
}
