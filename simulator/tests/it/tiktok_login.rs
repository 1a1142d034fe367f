//! Login Kit: authorize, token, refresh, revoke.

use serde_json::json;
use simulator::{TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET};

use crate::support::{PUBLIC, Reply, World, form, world};

fn redirect() -> String {
    format!("{PUBLIC}/accounts/callback/tiktok")
}

fn authorize(world: &World, changes: &[(&str, &str)]) -> Reply {
    let redirect = redirect();
    let mut query = vec![
        ("client_key", TIKTOK_CLIENT_KEY),
        ("response_type", "code"),
        ("scope", "user.info.basic,video.upload,video.publish"),
        ("redirect_uri", redirect.as_str()),
        ("state", "s 1"),
    ];
    for (name, value) in changes {
        query.retain(|(given, _)| given != name);
        query.push((name, value));
    }
    world.get(&format!("{}?{}", world.urls.tiktok_authorize_url, form(&query)), "")
}

fn decoded(text: &str) -> String {
    text.replace("%2A", "*").replace("%21", "!").replace("%2C", ",").replace("%20", " ")
}

fn exchange(world: &World, changes: &[(&str, &str)]) -> Reply {
    let redirect = redirect();
    let mut fields = vec![
        ("client_key", TIKTOK_CLIENT_KEY),
        ("client_secret", TIKTOK_CLIENT_SECRET),
        ("grant_type", "authorization_code"),
        ("redirect_uri", redirect.as_str()),
    ];
    for (name, value) in changes {
        fields.retain(|(given, _)| given != name);
        fields.push((name, value));
    }
    world.form(&format!("{}/v2/oauth/token/", world.urls.tiktok_api_url), "", &fields)
}

fn refresh(world: &World, token: &str) -> Reply {
    let fields = [("client_key", TIKTOK_CLIENT_KEY), ("client_secret", TIKTOK_CLIENT_SECRET), ("grant_type", "refresh_token"), ("refresh_token", token)];
    world.form(&format!("{}/v2/oauth/token/", world.urls.tiktok_api_url), "", &fields)
}

#[test]
fn the_whole_dance_gives_a_token_that_knows_who_it_is() {
    let world = world();
    let back = authorize(&world, &[]);
    assert_eq!(back.status, 302);
    assert!(back.location.starts_with(&redirect()));
    assert_eq!(back.back("state"), "s%201");
    assert_eq!(decoded(&back.back("scopes")), "user.info.basic,video.upload,video.publish");
    let code = decoded(&back.back("code"));
    assert!(code.contains('*') && code.contains('!'));
    let token = exchange(&world, &[("code", &code)]).json();
    assert_eq!(token["expires_in"], 86_400);
    assert_eq!(token["refresh_expires_in"], 31_536_000);
    let url = format!("{}/v2/user/info/?fields=open_id,display_name,avatar_url", world.urls.tiktok_api_url);
    let user = world.get(&url, token["access_token"].as_str().unwrap()).json();
    assert_eq!(user["data"]["user"]["open_id"], token["open_id"]);
    assert_eq!(user["error"]["code"], "ok");
    let avatar = world.get(user["data"]["user"]["avatar_url"].as_str().unwrap(), "");
    assert!(avatar.status == 200 && avatar.text.contains("PNG"));
    world.all_documented();
}

#[test]
fn a_bad_request_is_told_on_tiktoks_own_page() {
    let world = world();
    for (name, value) in [
        ("client_key", "other"),
        ("redirect_uri", "https://pm3k.example/accounts/callback/tiktok/"),
        ("scope", "user.info.basic,video.create"),
        ("scope", "user.info.basic video.publish"),
        ("response_type", "token"),
    ] {
        let page = authorize(&world, &[(name, value)]);
        assert_eq!((page.status, page.location.as_str()), (400, ""), "{name}");
        assert!(page.text.contains(name), "{name}");
    }
}

#[test]
fn a_loopback_redirect_needs_a_hex_challenge() {
    let world = world();
    world.sim.register_redirects("http://localhost:8080");
    let local = "http://localhost:8080/accounts/callback/tiktok";
    assert!(authorize(&world, &[("redirect_uri", local)]).text.contains("code_challenge"));
    let verifier = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
    let challenge = "834b6e67aab8d76ccef4846478052cf0737a3107973ec19c7b7ec9dd1b1cf304";
    let ask = |challenge: &str| {
        let back = authorize(&world, &[("redirect_uri", local), ("code_challenge", challenge), ("code_challenge_method", "S256")]);
        let code = decoded(&back.back("code"));
        exchange(&world, &[("redirect_uri", local), ("code", &code), ("code_verifier", verifier)]).json()
    };
    assert!(ask(challenge)["access_token"].is_string());
    // base64url passes the consent page and fails only here.
    let wrong = ask("g0tuZ6q412zO-EhkeAUs8HN6MQeXPsGce37J3RsfMwQ");
    assert_eq!(wrong["error_description"], "Code verifier or code challenge is invalid.");
}

#[test]
fn a_code_works_once_for_its_redirect_and_not_for_long() {
    let world = world();
    let code = |world: &World| decoded(&authorize(world, &[]).back("code"));
    let first = code(&world);
    assert!(exchange(&world, &[("code", &first)]).json()["access_token"].is_string());
    let again = exchange(&world, &[("code", &first)]);
    assert_eq!((again.status, again.json()["error"].clone()), (200, json!("invalid_grant")));
    let other = exchange(&world, &[("code", &code(&world)), ("redirect_uri", "https://pm3k.example/elsewhere")]);
    assert_eq!(other.json()["error"], "invalid_request");
    let late = code(&world);
    world.seconds(601);
    assert_eq!(exchange(&world, &[("code", &late)]).json()["error"], "invalid_grant");
    let encoded_twice = code(&world).replace('*', "%2A");
    assert_eq!(exchange(&world, &[("code", &encoded_twice)]).json()["error"], "invalid_grant");
}

#[test]
fn the_token_endpoint_takes_forms_of_the_right_client_only() {
    let world = world();
    let url = format!("{}/v2/oauth/token/", world.urls.tiktok_api_url);
    assert_eq!(world.json(&url, "", &json!({"grant_type": "refresh_token"})).json()["error"], "invalid_request");
    assert_eq!(exchange(&world, &[("client_secret", "wrong")]).json()["error"], "invalid_client");
    assert_eq!(exchange(&world, &[("grant_type", "password")]).json()["error"], "unsupported_grant_type");
    world.sim.set(|settings| settings.tiktok_oauth_errors_with_200 = false);
    assert_eq!(exchange(&world, &[("client_secret", "wrong")]).status, 401);
}

#[test]
fn a_refresh_rotates_and_the_old_pair_dies_at_once() {
    let world = world();
    let grant = world.sim.add_tiktok_user("rotator");
    world.seconds(3_600);
    let old_refresh = grant.refresh_token.unwrap();
    let new = refresh(&world, &old_refresh).json();
    assert_ne!(new["refresh_token"], json!(old_refresh));
    assert_eq!(new["refresh_expires_in"], 31_536_000 - 3_600);
    let url = format!("{}/v2/post/publish/creator_info/query/", world.urls.tiktok_api_url);
    assert_eq!(world.json(&url, &grant.access_token, &json!({})).tiktok(), (401, "access_token_invalid".into()));
    assert_eq!(refresh(&world, &old_refresh).json()["error"], "invalid_grant");
    let access = new["access_token"].as_str().unwrap();
    assert_eq!(world.json(&url, access, &json!({})).tiktok(), (200, "ok".into()));
    world.seconds(86_400);
    assert_eq!(world.json(&url, access, &json!({})).tiktok(), (401, "access_token_invalid".into()));
    assert!(refresh(&world, new["refresh_token"].as_str().unwrap()).json()["access_token"].is_string());
}

#[test]
fn a_refresh_that_fails_for_once_costs_nothing() {
    let world = world();
    let grant = world.sim.add_tiktok_user("unlucky");
    let old = grant.refresh_token.unwrap();
    for error in ["invalid_grant", "temporarily_unavailable"] {
        world.sim.fault(simulator::Fault::next("tiktok.refresh", simulator::FaultKind::tiktok_oauth(error)));
        let refused = refresh(&world, &old);
        assert_eq!((refused.status, refused.json()["error"].clone()), (200, json!(error)));
    }
    assert!(refresh(&world, &old).json()["access_token"].is_string());
}

#[test]
fn revoking_ends_both_tokens() {
    let world = world();
    let grant = world.sim.add_tiktok_user("leaver");
    let url = format!("{}/v2/oauth/revoke/", world.urls.tiktok_api_url);
    let fields = [("client_key", TIKTOK_CLIENT_KEY), ("client_secret", TIKTOK_CLIENT_SECRET), ("token", grant.access_token.as_str())];
    assert_eq!(world.form(&url, "", &fields).json(), json!({}));
    assert_eq!(refresh(&world, &grant.refresh_token.unwrap()).json()["error"], "invalid_grant");
    assert_eq!(world.form(&url, "", &fields).json()["error"], "invalid_grant");
}

#[test]
fn the_consent_page_asks_and_a_refusal_leads_back() {
    let world = world();
    world.sim.set(|settings| settings.auto_consent = false);
    let page = authorize(&world, &[]);
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Simulated TikTok") && page.text.contains("sim.creator") && page.text.contains("Cancel"));
    let redirect = redirect();
    let mut fields = vec![
        ("client_key", TIKTOK_CLIENT_KEY),
        ("response_type", "code"),
        ("scope", "user.info.basic,video.upload,video.publish"),
        ("redirect_uri", redirect.as_str()),
        ("state", "x"),
        ("as", "-000SimCreatorOpenId000000000000000001"),
        ("allow", "user.info.basic"),
        ("allow", "video.upload"),
    ];
    fields.push(("decision", "cancel"));
    let back = world.form(&world.urls.tiktok_authorize_url, "", &fields);
    assert_eq!((back.back("error").as_str(), back.back("state").as_str()), ("access_denied", "x"));
    fields.pop();
    fields.push(("decision", "allow"));
    let back = world.form(&world.urls.tiktok_authorize_url, "", &fields);
    assert_eq!(decoded(&back.back("scopes")), "user.info.basic,video.upload");
    let token = exchange(&world, &[("code", &decoded(&back.back("code")))]).json();
    assert_eq!(token["scope"], "user.info.basic,video.upload");
    let url = format!("{}/v2/post/publish/creator_info/query/", world.urls.tiktok_api_url);
    let refused = world.json(&url, token["access_token"].as_str().unwrap(), &json!({}));
    assert_eq!(refused.tiktok(), (401, "scope_not_authorized".into()));
}
