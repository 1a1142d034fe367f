//! Instagram Login: authorize, exchange, refresh.

use serde_json::json;
use simulator::{INSTAGRAM_APP_ID, INSTAGRAM_APP_SECRET, InstagramLogin};

use crate::support::{PUBLIC, Reply, World, form, world};

fn redirect() -> String {
    format!("{PUBLIC}/accounts/callback/instagram")
}

fn authorize(world: &World, changes: &[(&str, &str)]) -> Reply {
    let redirect = redirect();
    let mut query = vec![
        ("client_id", INSTAGRAM_APP_ID),
        ("redirect_uri", redirect.as_str()),
        ("response_type", "code"),
        ("scope", "instagram_business_basic,instagram_business_content_publish"),
        ("state", "s"),
    ];
    for (name, value) in changes {
        query.retain(|(given, _)| given != name);
        query.push((name, value));
    }
    world.get(&format!("{}?{}", world.urls.instagram_authorize_url, form(&query)), "")
}

fn token(world: &World, code: &str) -> Reply {
    let redirect = redirect();
    let fields = [
        ("client_id", INSTAGRAM_APP_ID),
        ("client_secret", INSTAGRAM_APP_SECRET),
        ("grant_type", "authorization_code"),
        ("redirect_uri", redirect.as_str()),
        ("code", code),
    ];
    world.form(&format!("{}/oauth/access_token", world.urls.instagram_token_url), "", &fields)
}

fn graph(world: &World, path: &str) -> String {
    format!("{}/{path}", world.urls.instagram_graph_url)
}

fn exchange(world: &World, short: &str) -> Reply {
    let query = form(&[("grant_type", "ig_exchange_token"), ("client_secret", INSTAGRAM_APP_SECRET), ("access_token", short)]);
    world.get(&graph(world, &format!("access_token?{query}")), "")
}

fn refresh(world: &World, long: &str) -> Reply {
    let query = form(&[("grant_type", "ig_refresh_token"), ("access_token", long)]);
    world.get(&graph(world, &format!("refresh_access_token?{query}")), "")
}

fn text(reply: &Reply) -> String {
    reply.json()["access_token"].as_str().unwrap_or_else(|| panic!("{}", reply.text)).to_owned()
}

#[test]
fn the_whole_dance_ends_in_a_long_token() {
    let world = world();
    let back = authorize(&world, &[]);
    assert!(back.location.ends_with("&state=s#_"));
    let short = token(&world, &back.back("code"));
    assert!(short.json()["user_id"].is_u64() && short.json()["permissions"].is_array());
    let long = exchange(&world, &text(&short));
    assert_eq!(long.json()["expires_in"], 5_183_944);
    let fields = "id,user_id,username,name,account_type,profile_picture_url";
    let me = world.get(&graph(&world, &format!("v26.0/me?fields={fields}")), &text(&long)).json();
    assert_eq!(
        (me["user_id"].clone(), me["username"].clone(), me["account_type"].clone()),
        (json!("17841400000000002"), json!("sim.traveller"), json!("Business"))
    );
    assert_ne!(me["id"], me["user_id"]);
    assert_eq!(me["id"], json!(short.json()["user_id"].to_string()));
    world.all_documented();
}

#[test]
fn the_documented_wrapper_is_a_switch() {
    let world = world();
    world.sim.set(|settings| settings.instagram_token_wrapper = true);
    let reply = token(&world, &authorize(&world, &[]).back("code")).json();
    assert_eq!(reply["data"][0]["permissions"], "instagram_business_basic,instagram_business_content_publish");
    let me = world.get(&graph(&world, "v26.0/me?fields=user_id"), reply["data"][0]["access_token"].as_str().unwrap()).json();
    assert_eq!(me["data"][0]["user_id"], "17841400000000002");
}

#[test]
fn codes_are_used_once_and_errors_are_flat() {
    let world = world();
    let code = authorize(&world, &[]).back("code");
    assert_eq!(token(&world, &code).status, 200);
    let again = token(&world, &code);
    assert_eq!(again.json(), json!({"error_type": "OAuthException", "code": 400, "error_message": "Matching code was not found or was already used"}));
    assert_eq!(again.status, 400);
    let late = authorize(&world, &[]).back("code");
    world.seconds(3_600);
    assert_eq!(token(&world, &late).status, 400);
    // The fragment is not part of the code.
    assert_eq!(token(&world, &format!("{}#_", authorize(&world, &[]).back("code"))).status, 400);
}

#[test]
fn a_bad_request_does_not_lead_back_and_a_refusal_does() {
    let world = world();
    for (name, value) in [("client_id", "1"), ("redirect_uri", "https://pm3k.example/"), ("scope", "instagram_basic"), ("response_type", "token")] {
        let page = authorize(&world, &[(name, value)]);
        assert_eq!((page.status, page.location.as_str()), (400, ""), "{name}");
    }
    world.sim.set(|settings| settings.auto_consent = false);
    assert!(authorize(&world, &[]).text.contains("Simulated Instagram"));
    let redirect = redirect();
    let fields = [
        ("client_id", INSTAGRAM_APP_ID),
        ("redirect_uri", redirect.as_str()),
        ("response_type", "code"),
        ("scope", "instagram_business_basic"),
        ("decision", "cancel"),
    ];
    let back = world.form(&world.urls.instagram_authorize_url, "", &fields);
    assert_eq!((back.back("error").as_str(), back.back("error_reason").as_str()), ("access_denied", "user_denied"));
}

#[test]
fn a_refresh_waits_a_day_and_comes_before_the_end() {
    let world = world();
    let long = world.sim.add_instagram("refresher", InstagramLogin::Instagram).access_token;
    assert_eq!(refresh(&world, &long).graph().0, 100);
    world.seconds(86_400);
    let new = text(&refresh(&world, &long));
    let query = form(&[("grant_type", "ig_refresh_token"), ("access_token", &long)]);
    let posted = world.form(&graph(&world, &format!("refresh_access_token?{query}")), "", &[]);
    assert!(posted.json()["error"]["message"].as_str().unwrap().starts_with("Unsupported request - method type"));
    world.seconds(5_183_944 - 86_400);
    assert_eq!(refresh(&world, &long).graph(), (190, 463));
    assert_eq!(world.get(&graph(&world, "v26.0/me"), &new).status, 200);
}

#[test]
fn only_a_living_short_token_is_exchanged() {
    let world = world();
    let short = text(&token(&world, &authorize(&world, &[]).back("code")));
    let long = text(&exchange(&world, &short));
    assert_eq!(exchange(&world, &long).graph().0, 190);
    world.seconds(3_600);
    assert_eq!(exchange(&world, &short).graph(), (190, 463));
}

#[test]
fn a_refresh_may_answer_the_same_token_with_a_new_end() {
    let world = world();
    world.sim.set(|settings| settings.instagram.refresh_keeps_token = true);
    let long = world.sim.add_instagram("refresher", InstagramLogin::Instagram).access_token;
    world.seconds(86_400);
    assert_eq!(text(&refresh(&world, &long)), long);
    // It is a fresh token again, in both ways.
    assert_eq!(refresh(&world, &long).graph().0, 100);
    world.seconds(5_183_944 - 86_400);
    assert_eq!(world.get(&graph(&world, "v26.0/me"), &long).status, 200);
    world.seconds(86_400);
    assert_eq!(world.get(&graph(&world, "v26.0/me"), &long).graph(), (190, 463));
}

#[test]
fn a_token_ends_for_each_of_its_reasons() {
    for subcode in [458, 460, 463, 467] {
        let world = world();
        let grant = world.sim.add_instagram("ended", InstagramLogin::Instagram);
        world.sim.end_access(&grant.remote_id, subcode);
        assert_eq!(world.get(&graph(&world, "v26.0/me"), &grant.access_token).graph(), (190, subcode.into()));
        assert_eq!(refresh(&world, &grant.access_token).graph(), (190, subcode.into()));
    }
}
