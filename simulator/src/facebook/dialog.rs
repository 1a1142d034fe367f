//! The login dialog: which permissions, which Pages, which Instagram accounts.
//!
//! Always true: a new consent replaces the person's grant as a whole; what is not ticked is cut off from that moment. What was declined
//! once is not asked for again, unless the request says so. With Facebook Login for Business everything is granted or nothing. Errors of
//! the request itself are shown by Facebook and do not lead back.

use std::collections::BTreeSet;

use crate::{
    address::{FACEBOOK_APP_ID, FACEBOOK_LOGIN_CONFIG_ID, host, is_loopback},
    http::{
        answer::Answer,
        params::{Params, encode},
        request::Ask,
    },
    pages::consent::{self, Choice, Group},
    world::{
        Now, World,
        facebook::PersonGrant,
        grant::FACEBOOK_SCOPES,
        token::{Code, Kind},
    },
};

/// What the app may ask for; anything else is refused by the dialog.
const KNOWN: &[&str] = &[
    "public_profile",
    "email",
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "pages_manage_metadata",
    "pages_read_user_content",
    "business_management",
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_comments",
    "instagram_manage_contents",
    "instagram_manage_insights",
    "read_insights",
];

pub fn page(world: &mut World, ask: &Ask, now: Now) -> Answer {
    if let Err(what) = check(world, &ask.query) {
        return consent::error_page("Facebook", &what);
    }
    let groups = groups(world, &ask.query);
    if world.settings.auto_consent {
        let chosen = consent::all(&groups, world.settings.sign_in_as.as_deref());
        return decided(world, &ask.query, &chosen, now);
    }
    consent::page("Facebook", "This app", ask, &groups)
}

pub fn decide(world: &mut World, ask: &Ask, now: Now) -> Answer {
    if let Err(what) = check(world, &ask.params) {
        return consent::error_page("Facebook", &what);
    }
    decided(world, &ask.params, &ask.params, now)
}

fn check(world: &World, asked: &Params) -> Result<(), String> {
    if asked.text("client_id") != FACEBOOK_APP_ID {
        return Err("Invalid App ID".into());
    }
    let redirect = asked.text("redirect_uri");
    if !world.redirects.contains(redirect) {
        return Err("URL blocked: redirect_uri is not in the list of Valid OAuth Redirect URIs".into());
    }
    if redirect.starts_with("http://") && !host(redirect).is_some_and(|host| is_loopback(&host)) {
        return Err("Insecure login blocked: redirect_uri is not https".into());
    }
    let types: Vec<&str> = asked.text("response_type").split([' ', ',']).filter(|word| !word.is_empty()).collect();
    if types.iter().any(|word| !matches!(*word, "code" | "granted_scopes")) {
        return Err("response_type".into());
    }
    if asked.get("state").is_none_or(str::is_empty) {
        return Err("state is missing".into());
    }
    match (asked.get("config_id"), world.settings.facebook.business_login) {
        (Some(FACEBOOK_LOGIN_CONFIG_ID), true) if asked.get("scope").is_none() => {}
        (Some(_), true) => return Err("Invalid config_id, or a scope beside it".into()),
        (Some(_), false) => return Err("Invalid parameter: config_id".into()),
        (None, _) => {}
    }
    if !matches!(asked.text("auth_type"), "" | "rerequest" | "reauthorize") {
        return Err("Invalid parameter: auth_type".into());
    }
    match wanted(asked).iter().find(|scope| !KNOWN.contains(&scope.as_str())) {
        Some(scope) => Err(format!("Invalid Scopes: {scope}")),
        None => Ok(()),
    }
}

/// The permissions of the request, or those that the saved configuration has.
fn wanted(asked: &Params) -> Vec<String> {
    match asked.get("config_id") {
        Some(_) => FACEBOOK_SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
        None => consent::split(asked.text("scope")),
    }
}

fn groups(world: &World, asked: &Params) -> Vec<Group> {
    let people = world.facebook.people.values().map(|person| Choice {
        value: person.id.clone(),
        label: person.name.clone(),
        avatar: Some(world.avatar_url(&person.id)),
    });
    let pages = world.facebook.pages.values().map(|page| Choice { value: page.id.clone(), label: page.name.clone(), avatar: Some(world.avatar_url(&page.id)) });
    let linked = world.instagram.accounts.values().filter(|account| account.page.is_some()).map(|account| Choice {
        value: account.id.clone(),
        label: format!("@{}", account.username),
        avatar: Some(world.avatar_url(&account.id)),
    });
    vec![
        Group { field: "as", title: "Who you are", one: true, choices: people.collect() },
        Group { field: "page", title: "Pages", one: false, choices: pages.collect() },
        Group { field: "instagram", title: "Instagram accounts", one: false, choices: linked.collect() },
        consent::scopes("allow", &wanted(asked)),
    ]
}

fn decided(world: &mut World, asked: &Params, chosen: &Params, now: Now) -> Answer {
    let redirect = asked.text("redirect_uri").to_owned();
    let state = asked.get("state").map_or(String::new(), |state| format!("&state={}", encode(state)));
    let person = world.facebook.people.get(chosen.text("as")).cloned();
    let (Some(person), "allow") = (person, chosen.text("decision")) else {
        let why = "error=access_denied&error_reason=user_denied&error_description=Permissions+error.";
        return Answer::redirect(format!("{redirect}?{why}{state}#_=_"));
    };
    let mut grant = permissions(world, asked, chosen, person.grant.as_ref());
    let own: BTreeSet<&String> = person.pages.iter().collect();
    grant.pages = chosen.all("page").map(str::to_owned).filter(|page| own.contains(page)).collect();
    grant.instagram = chosen
        .all("instagram")
        .filter_map(|id| world.instagram.accounts.get(id))
        .filter(|account| account.page.as_ref().is_some_and(|page| own.contains(page)))
        .map(|account| account.id.clone())
        .collect();
    let scopes: Vec<String> = grant.scopes.iter().cloned().collect();
    let declined: Vec<String> = grant.declined.iter().cloned().collect();
    if let Some(person) = world.facebook.people.get_mut(&person.id) {
        person.grant = Some(grant);
    }
    let text = format!("AQSim{}", world.mystery(60));
    let told = if asked.text("response_type").contains("granted_scopes") {
        format!("&granted_scopes={}&denied_scopes={}", encode(&scopes.join(",")), encode(&declined.join(",")))
    } else {
        String::new()
    };
    let code = Code { kind: Kind::FacebookUser, account: person.id, redirect_uri: redirect.clone(), scopes, challenge: None, issued: now, used: false };
    world.codes.insert(text.clone(), code);
    Answer::redirect(format!("{redirect}?code={text}{state}{told}#_=_"))
}

fn permissions(world: &World, asked: &Params, chosen: &Params, before: Option<&PersonGrant>) -> PersonGrant {
    let allowed: BTreeSet<&str> = chosen.all("allow").collect();
    let again = asked.text("auth_type") == "rerequest";
    let refused = |scope: &str| !again && before.is_some_and(|before| before.declined.contains(scope));
    let mut grant = PersonGrant::default();
    for scope in wanted(asked) {
        let granted = scope == "public_profile" || (allowed.contains(scope.as_str()) && !refused(&scope));
        let side = if granted { &mut grant.scopes } else { &mut grant.declined };
        side.insert(scope);
    }
    if world.settings.facebook.business_login && !grant.declined.is_empty() {
        grant.declined.append(&mut grant.scopes);
        grant.declined.remove("public_profile");
    }
    grant.scopes.insert("public_profile".into());
    grant
}
