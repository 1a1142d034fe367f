//! The ways in which access changes: business logins, declined permissions, dead tokens, proofs, limits, callbacks.

use serde_json::{Value, json};
use simulator::{FACEBOOK_APP_ID, FACEBOOK_APP_SECRET, FACEBOOK_LOGIN_CONFIG_ID, INSTAGRAM_APP_SECRET, InstagramLogin, Signing, Usage};

use crate::support::{PUBLIC, Reply, World, form, host, world};

fn redirect() -> String {
    format!("{PUBLIC}/accounts/callback/facebook")
}

fn address(world: &World) -> String {
    format!("{}/v26.0/dialog/oauth", world.urls.facebook_dialog_url)
}

/// The consent page's form with these permissions ticked.
fn consent(world: &World, request: &[(&str, &str)], allowed: &[&str]) -> Reply {
    let redirect = redirect();
    let mut fields =
        vec![("client_id", FACEBOOK_APP_ID), ("redirect_uri", redirect.as_str()), ("state", "s"), ("as", "122100000000001"), ("decision", "allow")];
    fields.extend(request);
    fields.extend(["101000000000001", "101000000000002"].map(|page| ("page", page)));
    fields.extend(allowed.iter().map(|scope| ("allow", *scope)));
    world.form(&address(world), "", &fields)
}

/// The permissions of whoever comes back with this code, by status.
fn permissions(world: &World, back: &Reply) -> (Vec<String>, Vec<String>) {
    let code = back.back("code");
    let redirect = redirect();
    let fields = [("client_id", FACEBOOK_APP_ID), ("client_secret", FACEBOOK_APP_SECRET), ("redirect_uri", redirect.as_str()), ("code", code.as_str())];
    let token = world.get(&world.graph(&format!("oauth/access_token?{}", form(&fields))), "").json();
    let list = world.get(&world.graph("me/permissions"), token["access_token"].as_str().unwrap()).json()["data"].clone();
    let of = |status: &str| {
        let rows = list.as_array().unwrap().iter().filter(|row| row["status"] == status);
        rows.map(|row| row["permission"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    (of("granted"), of("declined"))
}

#[test]
fn a_declined_permission_is_asked_for_again_only_on_request() {
    let world = world();
    let scope = ("scope", "pages_show_list,pages_manage_posts");
    let first = consent(&world, &[scope], &["pages_show_list"]);
    assert_eq!(permissions(&world, &first), (vec!["pages_show_list".into(), "public_profile".into()], vec!["pages_manage_posts".into()]));
    let both = ["pages_show_list", "pages_manage_posts"];
    assert_eq!(permissions(&world, &consent(&world, &[scope], &both)).1, ["pages_manage_posts"]);
    let (granted, declined) = permissions(&world, &consent(&world, &[scope, ("auth_type", "rerequest")], &both));
    assert_eq!((granted.len(), declined.len()), (3, 0));
}

#[test]
fn a_business_login_grants_everything_or_nothing() {
    let world = world();
    world.sim.set(|settings| settings.facebook.business_login = true);
    let config = [("config_id", FACEBOOK_LOGIN_CONFIG_ID), ("auth_type", "rerequest")];
    let (granted, declined) = permissions(&world, &consent(&world, &config, &["pages_show_list", "pages_manage_posts"]));
    assert_eq!(granted, ["public_profile"]);
    assert!(declined.len() > 5 && declined.contains(&"pages_manage_posts".to_owned()));
    world.sim.set(|settings| settings.auto_consent = true);
    let query = [("client_id", FACEBOOK_APP_ID), ("redirect_uri", &redirect()), ("state", "s"), config[0], config[1]];
    let back = world.get(&format!("{}?{}", address(&world), form(&query)), "");
    let (granted, declined) = permissions(&world, &back);
    assert!(granted.contains(&"pages_manage_posts".to_owned()) && declined.is_empty(), "{granted:?}");
    for wrong in [[("config_id", "1"), ("auth_type", "")], [config[0], ("scope", "pages_show_list")]] {
        let redirect = redirect();
        let query = [&[("client_id", FACEBOOK_APP_ID), ("redirect_uri", redirect.as_str()), ("state", "s")][..], &wrong].concat();
        assert_eq!(world.get(&format!("{}?{}", address(&world), form(&query)), "").status, 400);
    }
}

#[test]
fn what_was_granted_can_be_told_with_the_code() {
    let world = world();
    let request = [("scope", "pages_show_list,pages_manage_posts"), ("response_type", "code,granted_scopes")];
    let back = consent(&world, &request, &["pages_show_list"]);
    assert_eq!((back.back("granted_scopes").as_str(), back.back("denied_scopes").as_str()), ("pages_show_list%2Cpublic_profile", "pages_manage_posts"));
}

#[test]
fn a_dead_person_takes_the_pages_along_and_a_lost_role_does_not() {
    for (subcode, person_lives) in [(458, false), (460, false), (463, false), (467, false), (492, true)] {
        let world = world();
        let page = world.sim.add_page("Dying");
        world.sim.end_access(&page.remote_id, subcode);
        let user = page.user_token.as_ref().unwrap();
        let alive = |token: &str| world.get(&world.graph("me?fields=id"), token).graph();
        assert_eq!(alive(&page.access_token), (190, i64::from(subcode)));
        assert_eq!(alive(user) == (0, 0), person_lives, "{subcode}");
        let app = format!("{FACEBOOK_APP_ID}%7C{FACEBOOK_APP_SECRET}");
        let debug = world.get(&world.graph(&format!("debug_token?input_token={}&access_token={app}", page.access_token)), "");
        assert_eq!((debug.status, debug.json()["data"]["is_valid"].clone()), (200, json!(false)));
        assert_eq!(debug.json()["data"]["error"]["subcode"], subcode);
    }
}

#[test]
fn usage_is_told_in_headers_and_grows_by_calls() {
    let world = world();
    let page = world.sim.add_page("Used");
    let ask = || world.get(&world.graph(&page.remote_id), &page.access_token);
    assert_eq!(ask().header("x-business-use-case-usage"), "");
    world.sim.set(|settings| settings.graph.account_calls_per_day = 10);
    let usage = |reply: &Reply| serde_json::from_str::<Value>(&reply.header("x-business-use-case-usage")).unwrap_or(Value::Null);
    let told = usage(&ask());
    assert_eq!((told[&page.remote_id][0]["type"].clone(), told[&page.remote_id][0]["call_count"].clone()), (json!("pages"), json!(10)));
    (0..8).for_each(|_| drop(ask()));
    let last = ask();
    assert_eq!(last.graph().0, 80_001);
    assert_eq!(usage(&last)[&page.remote_id][0]["call_count"], 100);
    // A refused call counts too; only a day without calls helps.
    world.seconds(86_400);
    assert_eq!(ask().status, 200);
}

#[test]
fn usage_can_be_set_and_be_malformed() {
    let world = world();
    let page = world.sim.add_page("Switched");
    let set = |usage: Usage| world.sim.set(|settings| settings.graph.usage = Some(usage));
    set(Usage { app: 28, account: 97, minutes: 12, page_header: true, ..Usage::default() });
    let reply = world.get(&world.graph(&page.remote_id), &page.access_token);
    assert_eq!(reply.status, 200);
    assert_eq!(serde_json::from_str::<Value>(&reply.header("x-app-usage")).unwrap()["call_count"], 28);
    let account = &serde_json::from_str::<Value>(&reply.header("x-business-use-case-usage")).unwrap()[&page.remote_id][0];
    assert_eq!((account["call_count"].clone(), account["estimated_time_to_regain_access"].clone()), (json!(97), json!(12)));
    assert!(!reply.header("x-page-usage").is_empty());
    set(Usage { app: 28, malformed: true, ..Usage::default() });
    let reply = world.get(&world.graph(&page.remote_id), &page.access_token);
    assert!(serde_json::from_str::<Value>(&reply.header("x-app-usage")).is_err());
}

#[test]
fn a_limit_may_hold_for_one_account_alone() {
    let world = world();
    let (one, other) = (world.sim.add_page("One"), world.sim.add_page("Other"));
    let limit = simulator::Limit { code: 80_001, subcode: None, account: Some(one.remote_id.clone()) };
    world.sim.set(|settings| settings.graph.limit = Some(limit));
    let ask = |page: &simulator::Grant| world.get(&world.graph(&page.remote_id), &page.access_token).graph().0;
    assert_eq!((ask(&one), ask(&other)), (80_001, 0));
    world.sim.set(|settings| settings.graph.limit = None);
    assert_eq!(ask(&one), 0);
}

/// The check that the contract prescribes.
fn verified(signed: &str, secrets: &[&str]) -> Option<Value> {
    use hmac::{Hmac, KeyInit, Mac};
    let decode = |text: &str| {
        let digit = |letter: char| "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".find(letter);
        let bits: Vec<usize> = text.trim_end_matches('=').chars().map(digit).collect::<Option<_>>()?;
        let mut bytes = Vec::new();
        for four in bits.chunks(4) {
            let word = four.iter().chain([0, 0, 0].iter()).take(4).fold(0, |word, digit| word << 6 | digit);
            bytes.extend(word.to_be_bytes()[5..5 + four.len() - 1].iter());
        }
        Some(bytes)
    };
    let (signature, payload) = signed.split_once('.')?;
    let good = secrets.iter().any(|secret| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(payload.as_bytes());
        decode(signature).is_some_and(|signature| mac.verify_slice(&signature).is_ok())
    });
    let value: Value = serde_json::from_slice(&decode(payload)?).ok()?;
    (good && value["algorithm"].as_str()?.eq_ignore_ascii_case("hmac-sha256")).then_some(value)
}

#[test]
fn signed_requests_are_good_or_bad_as_asked() {
    let world = world();
    let user = "122100000000001";
    for (signing, good) in [
        (Signing::Proper, true),
        (Signing::Padded, true),
        (Signing::NumericUser, true),
        (Signing::WithoutExpiry, true),
        (Signing::WrongSignature, false),
        (Signing::ForeignSecret, false),
        (Signing::OtherAlgorithm, false),
        (Signing::ChangedPayload, false),
        (Signing::OnePart, false),
    ] {
        for (login, secret) in [(InstagramLogin::Facebook, FACEBOOK_APP_SECRET), (InstagramLogin::Instagram, INSTAGRAM_APP_SECRET)] {
            let signed = world.sim.signed_request(login, user, signing);
            let payload = verified(&signed, &[secret]);
            assert_eq!(payload.is_some(), good, "{signing:?}");
            if let Some(payload) = payload {
                assert_eq!(payload["user_id"].as_str().map_or(payload["user_id"].to_string(), str::to_owned), user);
                assert_eq!(payload["issued_at"], world.clock.now().timestamp());
                assert_eq!(payload["expires"].is_null(), signing == Signing::WithoutExpiry);
            }
        }
    }
}

#[test]
fn a_callback_is_sent_to_this_machine_only() {
    let world = world();
    let page = world.sim.add_page("Removed");
    let user = page.user_id.clone().unwrap();
    world.sim.remove_app(InstagramLogin::Facebook, &user);
    assert_eq!(world.get(&world.graph("me"), &page.access_token).graph(), (190, 458));
    let signed = world.sim.signed_request(InstagramLogin::Facebook, &user, Signing::Proper);
    let site = host(vec![("/hooks/facebook/deauthorize", "application/json", b"{}".to_vec())]);
    let answer = world.sim.call_back(&format!("{}/hooks/facebook/deauthorize", site.url), &signed).unwrap();
    assert_eq!(answer, (200, "{}".into()));
    assert!(world.sim.call_back("https://pm3k.example/hooks/facebook/deauthorize", &signed).is_err());
}

#[test]
fn instagrams_permissions_end_after_ninety_days_and_the_pages_do_not() {
    let world = world();
    let grant = world.sim.add_instagram("ninety", InstagramLogin::Facebook);
    let page = grant.page_id.clone().unwrap();
    let app = format!("{FACEBOOK_APP_ID}%7C{FACEBOOK_APP_SECRET}");
    let debug = || world.get(&world.graph(&format!("debug_token?input_token={}&access_token={app}", grant.access_token)), "").json()["data"].clone();
    let ends = world.clock.now().timestamp() + 90 * 86_400;
    assert_eq!((debug()["data_access_expires_at"].clone(), debug()["expires_at"].clone()), (json!(ends), json!(0)));
    let reads = || [&grant.remote_id, &page].map(|id| world.get(&world.graph(&format!("{id}?fields=id")), &grant.access_token).graph().0);
    world.seconds(90 * 86_400 - 1);
    assert_eq!(reads(), [0, 0]);
    world.seconds(1);
    assert_eq!(reads(), [10, 0]);
    let again = world.sim.grant_again(&grant);
    assert_eq!(world.get(&world.graph(&grant.remote_id), &again.access_token).status, 200);
}

#[test]
fn posts_of_an_app_in_development_are_seen_when_it_goes_live() {
    let world = world();
    let page = world.sim.add_page("Developing");
    world.sim.set(|settings| settings.facebook.development_mode = true);
    let reply = world.form(&world.graph(&format!("{}/feed", page.remote_id)), &page.access_token, &[("message", "x")]);
    assert_eq!((reply.status, world.sim.posts().len()), (200, 0));
    world.sim.set(|settings| settings.facebook.development_mode = false);
    assert_eq!(world.sim.posts().len(), 1);
}

#[test]
fn the_apps_own_token_is_known() {
    let world = world();
    let fields = [("client_id", FACEBOOK_APP_ID), ("client_secret", FACEBOOK_APP_SECRET), ("grant_type", "client_credentials")];
    let token = world.get(&world.graph(&format!("oauth/access_token?{}", form(&fields))), "").json()["access_token"].as_str().unwrap().to_owned();
    let query = form(&[("input_token", token.as_str()), ("access_token", token.as_str())]);
    let data = world.get(&world.graph(&format!("debug_token?{query}")), "").json()["data"].clone();
    assert_eq!((data["type"].clone(), data["is_valid"].clone()), (json!("APP"), json!(true)));
}
