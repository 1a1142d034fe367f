//! The list of posts.

use poem::Response;

use super::{Page, setup};
use crate::actions::posts;
use crate::model::post;
use crate::web::error::{Error, html, see_other};
use crate::web::visit::Visit;
use askama::Template;

pub fn home(visit: &Visit) -> Result<Response, Error> {
    Ok(see_other(if setup::is_over(visit)? { "/posts" } else { "/setup" }))
}

#[derive(Template)]
#[template(path = "posts.html")]
struct Posts {
    page: Page,
    posts: Vec<posts::View>,
}

pub fn list(visit: &Visit) -> Result<Response, Error> {
    let filter = post::Filter { workspace_id: Some(visit.workspace()?.id), ..post::Filter::default() };
    let (posts, _) = posts::list(visit.app(), &filter, None, 30)?;
    html(&Posts { page: Page::new(visit, "posts", "Posts"), posts })
}
