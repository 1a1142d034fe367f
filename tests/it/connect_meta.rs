//! Connecting through Facebook Login and Instagram Login, with the real consent pages of the simulated platforms.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use pm3k::kind::{Kind, Login, Platform};
use pm3k::platform::facebook::Facebook;
use pm3k::platform::http::{Body, Call, Http};
use pm3k::platform::instagram::{Instagram, InstagramLogin};
use pm3k::platform::{Account, Connect, ErrorClass, Found, PlatformError};
use pm3k::secret::Secret;
use serde_json::json;
use ureq::http::Method;
use url::Url;

use crate::support::meta::{Job, PUBLIC, World, content, world_with};

fn consenting() -> World {
    world_with(|options| options.auto_consent = true)
}

fn facebook(world: &World) -> Facebook {
    Facebook::new(world.facebook_app(), Http::default())
}

fn instagram(world: &World) -> InstagramLogin {
    InstagramLogin::new(world.instagram_app(), Http::default())
}

fn redirect(login: Login) -> String {
    format!("{PUBLIC}/accounts/callback/{login}")
}

/// Through the consent page; the code that comes back.
fn consent(connect: &dyn Connect, login: Login) -> Secret {
    let url = connect.authorize_url(&redirect(login), "state-1", &Secret::default()).unwrap();
    let answer = Http::default().send(Call { method: Method::GET, url: &url, headers: &[], body: Body::Empty, visible: false }).unwrap();
    let location = answer.header("location").unwrap_or_else(|| panic!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)));
    let back = Url::parse(location).unwrap();
    let fields: BTreeMap<_, _> = back.query_pairs().into_owned().collect();
    assert_eq!(fields["state"], "state-1");
    Secret::new(&fields["code"])
}

fn connect(world: &World, connect: &dyn Connect, login: Login) -> Result<Vec<Found>, PlatformError> {
    let code = consent(connect, login);
    connect.exchange(&redirect(login), &code, &Secret::default(), world.clock.now())
}

fn account(found: &Found) -> Account {
    Account {
        platform: found.platform,
        login: found.login,
        remote_id: found.remote_id.clone(),
        username: found.username.clone(),
        scopes: found.scopes.clone(),
        standing: None,
    }
}

#[test]
fn facebook_login_finds_pages_and_the_accounts_linked_to_them() {
    let world = consenting();
    let found = connect(&world, &facebook(&world), Login::Facebook).unwrap();
    let names: Vec<_> = found.iter().map(|found| (found.platform, found.username.as_str(), found.display_name.as_str())).collect();
    assert_eq!(
        names,
        [
            (Platform::Facebook, "sim.bakery", "Sim Bakery"),
            (Platform::Instagram, "sim.bakery.photos", "Sim Bakery Photos"),
            (Platform::Facebook, "sim.cinema", "Sim Cinema"),
        ]
    );
    for found in &found {
        assert_eq!((&found.blocked, found.missing_scopes.as_slice(), found.login), (&None, &[][..], Login::Facebook));
        assert_eq!(found.access.expires_at, None, "a Page's token has no end");
        assert_eq!(found.access.refresh_expires_at.map(|ends| (ends - world.clock.now()).num_days()), Some(59));
        assert!(found.access.user_token.is_some() && found.person_id.is_some());
        assert!(found.avatar.as_ref().is_some_and(|avatar| avatar.mime == "image/png" && !avatar.bytes.is_empty()));
        assert!(!facebook(&world).renewal_due(&found.access, world.clock.now()));
    }
    assert_eq!(found[0].access.token, found[1].access.token, "a linked account is published to with the Page's token");

    // What was found is good for publishing, long after the short token has ended.
    world.clock.advance(Duration::from_secs(90 * 24 * 3600));
    let (post, page) = (content(Kind::Photos, "words", vec![world.photo(1)], json!({})), account(&found[2]));
    let adapter = facebook(&world);
    let job = Job { world: &world, adapter: &adapter, account: &page, access: &found[2].access, content: &post, publish_at: world.clock.now() };
    assert!(job.run().published.is_some());
}

#[test]
fn a_code_is_good_for_one_exchange() {
    let world = consenting();
    let facebook = facebook(&world);
    let code = consent(&facebook, Login::Facebook);
    let exchange = |redirect_uri: &str| facebook.exchange(redirect_uri, &code, &Secret::default(), world.clock.now());
    assert!(exchange(&redirect(Login::Facebook)).is_ok());
    let error = exchange(&redirect(Login::Facebook)).unwrap_err();
    assert_eq!((error.class, error.code.as_str()), (ErrorClass::Rejected, "100/36009"));
    assert!(!error.remedy.is_empty() && !error.message.contains(code.expose()));

    let instagram = instagram(&world);
    let code = consent(&instagram, Login::Instagram);
    let exchange = || instagram.exchange(&redirect(Login::Instagram), &code, &Secret::default(), world.clock.now());
    assert!(exchange().is_ok());
    let error = exchange().unwrap_err();
    assert_eq!(error.class, ErrorClass::Rejected, "{error:?}");
    assert!(error.message.contains("already used"), "{error:?}");
}

#[test]
fn a_wrong_secret_is_named() {
    let world = consenting();
    let mut app = world.facebook_app();
    app.app_secret = Secret::new("wrong");
    let error = connect(&world, &Facebook::new(app, Http::default()), Login::Facebook).unwrap_err();
    assert!(error.message.contains("secret") && !error.message.contains("wrong"), "{error:?}");
    let mut app = world.instagram_app();
    app.app_secret = Secret::new("wrong");
    assert!(connect(&world, &InstagramLogin::new(app, Http::default()), Login::Instagram).is_err());
}

#[test]
fn a_saved_configuration_replaces_the_scopes() {
    let world = consenting();
    let mut app = world.facebook_app();
    app.login_config_id = "4711".into();
    let url = Facebook::new(app, Http::default()).authorize_url(&redirect(Login::Facebook), "s", &Secret::default()).unwrap();
    let fields: BTreeMap<_, _> = Url::parse(&url).unwrap().query_pairs().into_owned().collect();
    assert_eq!(fields["config_id"], "4711");
    assert!(!fields.contains_key("scope"));
    let url = facebook(&world).authorize_url(&redirect(Login::Facebook), "s", &Secret::default()).unwrap();
    let fields: BTreeMap<_, _> = Url::parse(&url).unwrap().query_pairs().into_owned().collect();
    assert!(fields["scope"].contains("instagram_content_publish") && !fields.contains_key("config_id"));
}

#[test]
fn instagram_login_finds_the_account_in_both_forms_of_answers() {
    for wrapper in [false, true] {
        let world = consenting();
        world.sim.set(|settings| settings.instagram_token_wrapper = wrapper);
        let found = connect(&world, &instagram(&world), Login::Instagram).unwrap();
        assert_eq!(found.len(), 1);
        let found = &found[0];
        assert_eq!((found.username.as_str(), found.display_name.as_str(), found.login), ("sim.traveller", "Sim Traveller", Login::Instagram));
        assert_eq!(found.remote_id, "17841400000000002", "the id that publishing uses");
        assert!(found.person_id.as_ref().is_some_and(|id| *id != found.remote_id), "the id that callbacks use");
        assert_eq!((&found.blocked, found.missing_scopes.as_slice()), (&None, &[][..]));
        assert!(found.avatar.is_some());
        let days = |access: &pm3k::platform::Access| access.expires_at.map(|ends| (ends - world.clock.now()).num_days());
        assert_eq!(days(&found.access), Some(59), "the long-lived token");
        world.assert_documented();
    }
}

#[test]
fn instagrams_access_is_renewed_in_its_second_month_and_ends_when_it_is_not() {
    let world = consenting();
    let login = instagram(&world);
    let found = connect(&world, &login, Login::Instagram).unwrap().remove(0);
    let day = Duration::from_secs(24 * 3600);
    assert!(!login.renewal_due(&found.access, world.clock.now()));
    world.clock.advance(day * 31);
    assert!(login.renewal_due(&found.access, world.clock.now()));
    let renewed = login.renew(&found.access, world.clock.now()).unwrap();
    assert!(renewed.expires_at > found.access.expires_at);
    assert!(!login.renewal_due(&renewed, world.clock.now()));

    world.clock.advance(day * 40);
    let mut world_ = world;
    let item = world_.photo(1);
    let item = world_.public(item);
    let post = content(Kind::Image, "words", vec![item], json!({}));
    let adapter = Instagram::new(None, Some(world_.instagram_app()), Http::default());
    let account = account(&found);
    let job = Job { world: &world_, adapter: &adapter, account: &account, access: &renewed, content: &post, publish_at: world_.clock.now() };
    assert!(job.run().published.is_some(), "71 days after the consent");

    world_.clock.advance(day * 30);
    let error = login.renew(&renewed, world_.clock.now()).unwrap_err();
    assert_eq!(error.class, ErrorClass::NeedsReconnect, "{error:?}");
    assert!(!login.renewal_due(&renewed, world_.clock.now()), "too late");
}

#[test]
fn what_the_person_did_not_allow_is_named() {
    let world = world_with(|_| {});
    let login = facebook(&world);
    // The form of the consent page, with one Page and without a permission.
    let url = login.authorize_url(&redirect(Login::Facebook), "state-1", &Secret::default()).unwrap();
    let page = Http::default().send(Call { method: Method::GET, url: &url, headers: &[], body: Body::Empty, visible: false }).unwrap();
    let page = String::from_utf8(page.body).unwrap();
    let mut fields: Vec<(String, String)> = Vec::new();
    for input in page.split("<input").skip(1) {
        let attribute = |name: &str| Some(input.split_once(&format!("{name}=\""))?.1.split_once('"')?.0.replace("&amp;", "&"));
        let (Some(name), Some(value)) = (attribute("name"), attribute("value")) else { continue };
        let ticked = attribute("type").as_deref() == Some("hidden") || input.split('>').next().is_some_and(|tag| tag.contains("checked"));
        if ticked && value != "pages_manage_posts" && value != "101000000000002" {
            fields.push((name, value));
        }
    }
    let button = page.split("<button").skip(1).find(|button| button.contains("Allow")).unwrap();
    let attribute = |name: &str| Some(button.split_once(&format!("{name}=\""))?.1.split_once('"')?.0.to_owned());
    if let (Some(name), Some(value)) = (attribute("name"), attribute("value")) {
        fields.push((name, value));
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let action = url.split('?').next().unwrap();
    let answer = Http::default().send(Call { method: Method::POST, url: action, headers: &[], body: Body::Form(&fields), visible: false }).unwrap();
    let back = Url::parse(answer.header("location").unwrap_or_else(|| panic!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)))).unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let found = login.exchange(&redirect(Login::Facebook), &Secret::new(code), &Secret::default(), world.clock.now()).unwrap();
    assert_eq!(found.iter().map(|found| found.username.as_str()).collect::<Vec<_>>(), ["sim.bakery", "sim.bakery.photos"]);
    assert_eq!(found[0].missing_scopes, ["pages_manage_posts"]);
    assert_eq!(found[1].missing_scopes, [""; 0], "Instagram does not need it");
}

/// Graph answers that the simulated platform does not give: Pages of portfolios, people without a task, an exchange that does not tell when it ends.
fn scripted_graph() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = Vec::new();
            let mut part = [0; 4096];
            // The one form that is posted fits into the first packets; what matters is the line with the path.
            while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                match stream.read(&mut part) {
                    Ok(0) | Err(_) => break,
                    Ok(read) => head.extend(&part[..read]),
                }
            }
            let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
            let body = scripted(line.split_whitespace().nth(1).unwrap_or_default()).to_string();
            let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
            let _ = stream.read(&mut part);
        }
    });
    url
}

fn scripted(target: &str) -> serde_json::Value {
    let page = |id: u32, tasks: &[&str]| json!({"id": id.to_string(), "name": format!("Page {id}"), "tasks": tasks, "access_token": format!("page-{id}")});
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let next = json!({"cursors": {"before": "x", "after": "second"}, "next": "http://203.0.113.1/never-followed?access_token=x"});
    match path.trim_start_matches("/v26.0/") {
        "oauth/access_token" if query.contains("fb_exchange_token") => json!({"access_token": "long", "token_type": "bearer"}),
        "oauth/access_token" => json!({"access_token": "short", "token_type": "bearer", "expires_in": 3600}),
        "debug_token" => json!({"data": {"expires_at": 1_764_576_000 + 86_400, "is_valid": true}}),
        "me" => json!({"id": 4711, "name": "Somebody"}),
        "me/permissions" => {
            json!({"data": [{"permission": "business_management", "status": "granted"}, {"permission": "pages_manage_posts", "status": "declined"}]})
        }
        "me/accounts" if query.contains("after=second") => json!({"data": [page(2, &["ANALYZE"])], "paging": {"cursors": {"after": "third"}}}),
        "me/accounts" => json!({"data": [page(1, &["CREATE_CONTENT"])], "paging": next}),
        "me/businesses" => json!({"data": [{"id": "90"}]}),
        "90/owned_pages" => json!({"data": [page(1, &["MANAGE"]), page(3, &["MANAGE"])]}),
        "90/client_pages" => json!({"error": {"message": "no", "code": 200, "fbtrace_id": "T"}}),
        other => panic!("{other}"),
    }
}

#[test]
fn pages_are_found_on_every_page_of_the_list_and_in_portfolios() {
    let world = consenting();
    let mut app = world.facebook_app();
    app.graph_url = scripted_graph();
    let now = chrono::DateTime::from_timestamp(1_764_576_000, 0).unwrap();
    let found = Facebook::new(app, Http::default()).exchange(&redirect(Login::Facebook), &Secret::new("code"), &Secret::default(), now).unwrap();
    let ids: Vec<_> = found.iter().map(|found| (found.remote_id.as_str(), found.blocked.is_some())).collect();
    assert_eq!(ids, [("1", false), ("2", true), ("3", false)], "a Page that is in both lists is found once");
    assert_eq!(found[0].access.refresh_expires_at, Some(now + chrono::TimeDelta::days(1)), "asked for, where the exchange does not tell");
    assert_eq!(found[0].scopes, ["business_management"]);
    assert_eq!(found[0].missing_scopes, ["pages_show_list", "pages_read_engagement", "pages_manage_posts"]);
    assert_eq!(found[0].person_id.as_deref(), Some("4711"));
    assert_eq!(found[0].username, "Page 1", "a Page without a username goes by its name");
}
