//! The pages that platforms' reviews ask for, filled from the configuration. Public, and without script.

use askama::Template;
use poem::Response;

use super::Page;
use crate::config::Operator;
use crate::kind::Platform;
use crate::web::error::{Error, html};
use crate::web::visit::Visit;
use crate::web::when::span;

/// Who runs this installation and how long it keeps what.
struct Facts {
    operator: Operator,
    site: String,
    posts: String,
    logs: String,
    audit: String,
    failed_media: String,
    /// The operator is not named yet; signed-in people are told.
    unnamed: bool,
}

impl Facts {
    fn of(visit: &Visit) -> Facts {
        let config = &visit.app().config;
        Facts {
            operator: config.operator.clone(),
            site: config.server.public_url.clone(),
            posts: span(config.retention.posts),
            logs: span(config.retention.logs),
            audit: span(config.retention.audit),
            failed_media: span(config.media.failed_retention),
            unnamed: config.operator.name.is_empty() || config.operator.contact_email.is_empty(),
        }
    }

    fn who(&self) -> &str {
        if self.operator.name.is_empty() { "the operator of this installation" } else { &self.operator.name }
    }
}

#[derive(Template)]
#[template(path = "legal/privacy.html")]
struct Privacy {
    page: Page,
    facts: Facts,
}

#[derive(Template)]
#[template(path = "legal/terms.html")]
struct Terms {
    page: Page,
    facts: Facts,
}

#[derive(Template)]
#[template(path = "legal/deletion.html")]
struct Deletion {
    page: Page,
    facts: Facts,
}

#[derive(Template)]
#[template(path = "legal/deletion_platform.html")]
struct DeletionPlatform {
    page: Page,
    facts: Facts,
    platform: Platform,
}

pub fn privacy(visit: &Visit) -> Result<Response, Error> {
    html(&Privacy { page: Page::new(visit, "", "Privacy policy"), facts: Facts::of(visit) })
}

pub fn terms(visit: &Visit) -> Result<Response, Error> {
    html(&Terms { page: Page::new(visit, "", "Terms of service"), facts: Facts::of(visit) })
}

pub fn deletion(visit: &Visit) -> Result<Response, Error> {
    html(&Deletion { page: Page::new(visit, "", "Data deletion"), facts: Facts::of(visit) })
}

pub fn deletion_platform(visit: &Visit) -> Result<Response, Error> {
    let platform: Platform = visit.param("platform", "page")?;
    html(&DeletionPlatform { page: Page::new(visit, "", format!("Data deletion: {}", platform.name())), facts: Facts::of(visit), platform })
}
