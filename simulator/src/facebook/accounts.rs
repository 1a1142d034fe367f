//! Who one is, and the Pages that were ticked.
//!
//! Always true: only granted Pages are listed, each with a token that lives as long as the user token it was asked with.

use serde_json::{Value, json};

use crate::{
    graph::{
        auth::{authenticate, grant_of, page_read},
        error::GraphError,
        fields::pick,
        list,
    },
    http::request::Ask,
    world::{Now, World, facebook::Page, token::Kind},
};

fn picture(world: &World, id: &str) -> Value {
    json!({"data": {"height": 96, "width": 96, "is_silhouette": false, "url": world.avatar_url(id)}})
}

pub fn me(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    if auth.token.kind == Kind::FacebookPage {
        // To a Page token, "me" is the Page.
        return page_of(world, ask, &auth.token.account.clone(), now);
    }
    let person = world.facebook.people.get(&auth.token.account).ok_or_else(|| GraphError::unseen("me"))?;
    let node = json!({"id": person.id, "name": person.name, "picture": picture(world, &person.id)});
    pick(node, ask.params.get("fields"), &["name"])
}

pub fn page(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let id = ask.at(0).to_owned();
    page_of(world, ask, &id, now)
}

fn page_of(world: &mut World, ask: &Ask, id: &str, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    let page = page_read(world, &auth, id)?.clone();
    let token = match auth.token.kind {
        Kind::FacebookUser => world.page_token(&auth.text, id, now),
        _ => Some(auth.text.clone()),
    };
    pick(node(world, &page, token, &auth.token.person), ask.params.get("fields"), &["name"])
}

fn node(world: &World, page: &Page, token: Option<String>, person: &Option<String>) -> Value {
    let grant = person.as_ref().and_then(|id| world.facebook.people.get(id)).and_then(|person| person.grant.as_ref());
    let linked = page.instagram.as_ref().filter(|id| grant.is_some_and(|grant| grant.instagram.contains(*id)));
    let instagram = linked.and_then(|id| world.instagram.accounts.get(id)).map(|account| {
        json!({"id": account.id, "username": account.username, "name": account.name,
            "profile_picture_url": world.avatar_url(&account.id), "followers_count": 12, "media_count": 0})
    });
    json!({
        "id": page.id,
        "name": page.name,
        "username": page.username,
        "category": "Local business",
        "category_list": [{"id": "2500", "name": "Local business"}],
        "tasks": page.tasks,
        "access_token": token,
        "link": format!("https://www.facebook.com/{}", page.username),
        "picture": picture(world, &page.id),
        "fan_count": 10,
        "followers_count": 12,
        "is_published": true,
        "instagram_business_account": instagram,
    })
}

/// The business that owns the Pages when the switch says so.
pub const PORTFOLIO: &str = "103000000000001";

pub fn list(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let nodes = if world.settings.pages_in_portfolio { Vec::new() } else { granted(world, ask, now)? };
    list::page(world, ask, nodes, DEFAULT)
}

pub fn businesses(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    let auth = authenticate(world, ask, now)?;
    auth.needs("business_management")?;
    let portfolio = json!({"id": PORTFOLIO, "name": "Sim Studio"});
    let nodes = if world.settings.pages_in_portfolio { vec![portfolio] } else { Vec::new() };
    list::page(world, ask, nodes, &["name"])
}

pub fn owned_pages(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    authenticate(world, ask, now)?.needs("business_management")?;
    if !world.settings.pages_in_portfolio {
        return Err(GraphError::unseen(PORTFOLIO));
    }
    let nodes = granted(world, ask, now)?;
    list::page(world, ask, nodes, DEFAULT)
}

pub fn client_pages(world: &mut World, ask: &Ask, now: Now) -> Result<Value, GraphError> {
    authenticate(world, ask, now)?.needs("business_management")?;
    list::page(world, ask, Vec::new(), DEFAULT)
}

const DEFAULT: &[&str] = &["access_token", "category", "category_list", "name", "tasks"];

fn granted(world: &mut World, ask: &Ask, now: Now) -> Result<Vec<Value>, GraphError> {
    let auth = authenticate(world, ask, now)?;
    if auth.token.kind != Kind::FacebookUser {
        return Err(GraphError::bad("Tried accessing nonexisting field (accounts) on node type (Page)"));
    }
    if !auth.has("pages_show_list") {
        return Ok(Vec::new());
    }
    let pages: Vec<String> = grant_of(world, &auth.token).map(|grant| grant.pages.iter().cloned().collect()).unwrap_or_default();
    let mut nodes = Vec::new();
    for id in pages {
        let token = world.page_token(&auth.text, &id, now);
        if let Some(page) = world.facebook.pages.get(&id) {
            nodes.push(node(world, page, token, &auth.token.person));
        }
    }
    Ok(nodes)
}
