//! Facebook Login: dialog, tokens, grants, proofs.

use serde_json::json;
use simulator::{FACEBOOK_APP_ID, FACEBOOK_APP_SECRET};

use crate::support::{PUBLIC, Reply, World, form, world};

const SCOPES: &str = "pages_show_list,pages_read_engagement,pages_manage_posts,instagram_basic,instagram_content_publish";

fn redirect() -> String {
    format!("{PUBLIC}/accounts/callback/facebook")
}

fn dialog(world: &World, changes: &[(&str, &str)]) -> Reply {
    let redirect = redirect();
    let mut query = vec![("client_id", FACEBOOK_APP_ID), ("redirect_uri", redirect.as_str()), ("state", "s"), ("scope", SCOPES)];
    for (name, value) in changes {
        query.retain(|(given, _)| given != name);
        query.push((name, value));
    }
    world.get(&format!("{}/v26.0/dialog/oauth?{}", world.urls.facebook_dialog_url, form(&query)), "")
}

fn token(world: &World, fields: &[(&str, &str)]) -> Reply {
    let redirect = redirect();
    let mut query = vec![("client_id", FACEBOOK_APP_ID), ("client_secret", FACEBOOK_APP_SECRET)];
    if fields.iter().any(|(name, _)| *name == "code") {
        query.push(("redirect_uri", redirect.as_str()));
    }
    for (name, value) in fields {
        query.retain(|(given, _)| given != name);
        query.push((name, value));
    }
    world.get(&world.graph(&format!("oauth/access_token?{}", form(&query))), "")
}

fn text(reply: &Reply) -> String {
    reply.json()["access_token"].as_str().unwrap_or_else(|| panic!("{}", reply.text)).to_owned()
}

fn signed_in(world: &World) -> String {
    let short = text(&token(world, &[("code", &dialog(world, &[]).back("code"))]));
    text(&token(world, &[("grant_type", "fb_exchange_token"), ("fb_exchange_token", &short)]))
}

fn debug(world: &World, input: &str) -> serde_json::Value {
    let app = format!("{FACEBOOK_APP_ID}%7C{FACEBOOK_APP_SECRET}");
    world.get(&world.graph(&format!("debug_token?input_token={input}&access_token={app}")), "").json()["data"].clone()
}

#[test]
fn the_whole_dance_lists_pages_with_tokens_that_last() {
    let world = world();
    let back = dialog(&world, &[]);
    assert!(back.location.ends_with("#_=_") && back.back("state") == "s");
    let short = token(&world, &[("code", &back.back("code"))]);
    assert_eq!(short.json()["expires_in"], 5_400);
    assert_eq!(short.version, "v26.0");
    let long = token(&world, &[("grant_type", "fb_exchange_token"), ("fb_exchange_token", &text(&short))]);
    assert_eq!(long.json()["expires_in"], 5_183_944);
    let long = text(&long);
    let fields = "id,name,username,tasks,access_token,picture.type(large),instagram_business_account{id,username}";
    let accounts = world.get(&world.graph(&format!("me/accounts?fields={}&limit=1", fields.replace('{', "%7B").replace('}', "%7D"))), &long);
    let first = accounts.json()["data"][0].clone();
    assert_eq!((first["id"].clone(), first["instagram_business_account"]["username"].clone()), (json!("101000000000001"), json!("sim.bakery.photos")));
    assert!(first["picture"]["data"]["url"].as_str().unwrap().ends_with("/avatars/101000000000001.png"));
    let next = world.get(accounts.json()["paging"]["next"].as_str().unwrap(), "");
    assert_eq!(next.json()["data"][0]["name"], "Sim Cinema");
    assert!(next.json()["paging"]["next"].is_null() && next.json()["data"][0]["instagram_business_account"].is_null());
    let page = first["access_token"].as_str().unwrap();
    let seen = debug(&world, page);
    assert_eq!((seen["type"].clone(), seen["expires_at"].clone(), seen["profile_id"].clone()), (json!("PAGE"), json!(0), first["id"].clone()));
    assert_eq!(world.get(&world.graph("me?fields=id,name"), page).json()["name"], "Sim Bakery");
    assert_eq!(world.get(&world.graph("me?fields=id,name,picture"), &long).json()["name"], "Sim Person");
    world.all_documented();
}

#[test]
fn a_page_token_of_a_short_token_dies_with_it() {
    let world = world();
    let short = text(&token(&world, &[("code", &dialog(&world, &[]).back("code"))]));
    let accounts = world.get(&world.graph("me/accounts"), &short).json();
    let page = accounts["data"][0]["access_token"].as_str().unwrap();
    assert_eq!(world.get(&world.graph("me"), page).status, 200);
    world.seconds(5_400);
    assert_eq!(world.get(&world.graph("me"), page).graph(), (190, 463));
    let late = token(&world, &[("grant_type", "fb_exchange_token"), ("fb_exchange_token", &short)]);
    assert_eq!(late.graph(), (190, 463));
}

#[test]
fn a_bad_dialog_does_not_lead_back() {
    let world = world();
    for (name, value) in [("client_id", "1"), ("redirect_uri", "https://pm3k.example/accounts/callback/facebook?x=1"), ("scope", "pages_manage_post")] {
        let page = dialog(&world, &[(name, value)]);
        assert_eq!((page.status, page.location.as_str()), (400, ""), "{name}");
    }
}

#[test]
fn a_code_is_exchanged_once_in_time_and_for_its_redirect() {
    let world = world();
    let code = || dialog(&world, &[]).back("code");
    let first = code();
    assert_eq!(token(&world, &[("code", &first)]).status, 200);
    assert_eq!(token(&world, &[("code", &first)]).graph(), (100, 36_009));
    assert_eq!(token(&world, &[("code", &code()), ("redirect_uri", "https://pm3k.example/x")]).graph(), (100, 36_008));
    let late = code();
    world.seconds(600);
    assert_eq!(token(&world, &[("code", &late)]).graph(), (100, 36_007));
    assert_eq!(token(&world, &[("code", "never")]).graph().0, 100);
    assert_eq!(token(&world, &[("code", &code()), ("client_secret", "wrong")]).graph().0, 1);
}

#[test]
fn what_is_not_ticked_is_not_granted() {
    let world = world();
    world.sim.set(|settings| settings.auto_consent = false);
    let page = dialog(&world, &[]);
    assert!(page.text.contains("Simulated Facebook") && page.text.contains("Sim Cinema") && page.text.contains("@sim.bakery.photos"));
    let redirect = redirect();
    let consent = |pages: &[&str], scopes: &[&str], decision: &str| {
        let mut fields = vec![
            ("client_id", FACEBOOK_APP_ID),
            ("redirect_uri", redirect.as_str()),
            ("state", "s"),
            ("scope", SCOPES),
            ("as", "122100000000001"),
            ("decision", decision),
        ];
        fields.extend(pages.iter().map(|page| ("page", *page)));
        fields.extend(scopes.iter().map(|scope| ("allow", *scope)));
        world.form(&format!("{}/v26.0/dialog/oauth", world.urls.facebook_dialog_url), "", &fields)
    };
    let no = consent(&[], &[], "cancel");
    assert_eq!((no.back("error").as_str(), no.back("error_reason").as_str()), ("access_denied", "user_denied"));
    let scopes = ["pages_show_list", "pages_read_engagement"];
    let back = consent(&["101000000000001", "101000000000002"], &scopes, "allow");
    let user = text(&token(&world, &[("code", &back.back("code"))]));
    let permissions = world.get(&world.graph("me/permissions"), &user).json()["data"].clone();
    assert!(permissions.as_array().unwrap().contains(&json!({"permission": "pages_manage_posts", "status": "declined"})));
    let accounts = world.get(&world.graph("me/accounts"), &user).json();
    let cinema = accounts["data"][1]["access_token"].as_str().unwrap();
    let post = |text| world.form(&world.graph("101000000000002/feed"), cinema, &[("message", text)]);
    assert_eq!(post("no").graph().0, 200);
    // A narrower login cuts the other Page off.
    consent(&["101000000000001"], &["pages_show_list", "pages_manage_posts"], "allow");
    assert_eq!(post("no").graph().0, 10);
}

#[test]
fn revoking_ends_user_and_page_tokens() {
    let world = world();
    let user = signed_in(&world);
    let accounts = world.get(&world.graph("me/accounts"), &user).json();
    let page = accounts["data"][0]["access_token"].as_str().unwrap();
    assert_eq!(world.delete(&world.graph("me/permissions/instagram_basic"), &user).json(), json!({"success": true}));
    assert!(!world.get(&world.graph("me/permissions"), &user).text.contains(r#"{"permission":"instagram_basic","status":"granted"}"#));
    assert_eq!(world.delete(&world.graph("me/permissions"), &user).json(), json!({"success": true}));
    assert_eq!(world.delete(&world.graph("me/permissions"), &user).graph(), (190, 458));
    assert_eq!(world.get(&world.graph("me"), page).graph(), (190, 458));
    let seen = debug(&world, page);
    assert_eq!((seen["is_valid"].clone(), seen["error"]["subcode"].clone()), (json!(false), json!(458)));
}

#[test]
fn a_proof_is_checked_when_sent_and_demanded_by_switch() {
    let world = world();
    let user = signed_in(&world);
    let ask = |extra: &str| world.get(&world.graph(&format!("me?fields=id{extra}")), &user).graph().0;
    assert_eq!(ask("&appsecret_proof=00"), 100);
    assert_eq!(ask(""), 0);
    world.sim.set(|settings| settings.require_proof = true);
    assert_eq!(ask(""), 100);
    let proof = |message: &str| {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(FACEBOOK_APP_SECRET.as_bytes()).unwrap();
        mac.update(message.as_bytes());
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert_eq!(ask(&format!("&appsecret_proof={}", proof(&user))), 0);
    let time = world.clock.now().timestamp();
    let stamped = format!("&appsecret_proof={}&appsecret_time={time}", proof(&format!("{user}|{time}")));
    assert_eq!(ask(&stamped), 0);
    world.seconds(301);
    assert_eq!(ask(&stamped), 100);
}

#[test]
fn tokens_and_fields_that_do_not_exist_are_refused() {
    let world = world();
    let user = signed_in(&world);
    assert_eq!(world.get(&world.graph("me"), "EAAnonsense").graph(), (190, 0));
    assert_eq!(world.get(&world.graph("me"), "").graph().0, 2_500);
    assert_eq!(world.get(&world.graph("me?fields=nickname"), &user).graph().0, 100);
    assert_eq!(world.get(&world.graph("123456"), &user).graph(), (100, 33));
    let old = world.get(&format!("{}/v19.0/me", world.urls.facebook_graph_url), &user);
    assert_eq!((old.status, old.version.as_str()), (200, "v21.0"));
    world.get(&format!("{}/me", world.urls.facebook_graph_url), &user);
    assert!(world.sim.calls().last().unwrap().undocumented);
}

#[test]
fn pages_of_a_portfolio_are_found_behind_it() {
    let world = world();
    let user = world.sim.add_page("Owned").user_token.unwrap();
    let names = |path: &str| {
        let list = world.get(&world.graph(path), &user).json();
        list["data"].as_array().unwrap_or_else(|| panic!("{list}")).iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((names("me/accounts?fields=name"), names("me/businesses")), (vec!["Owned".to_owned()], vec![]));
    world.sim.set(|settings| settings.pages_in_portfolio = true);
    assert_eq!(names("me/accounts?fields=name"), Vec::<String>::new());
    let business = world.get(&world.graph("me/businesses"), &user).json()["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(names(&format!("{business}/owned_pages?fields=name,access_token")), ["Owned"]);
    assert_eq!(names(&format!("{business}/client_pages")), Vec::<String>::new());
    world.all_documented();
}
