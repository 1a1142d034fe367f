//! A browser in a few lines: it keeps cookies, follows redirects and sends the forms it was shown. For the demo's own pages and the simulated
//! consent pages, and for tests of them; it is no general HTML reader.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Context, bail};
use ureq::http::{Method, Request};
use ureq::{Agent, SendBody};
use url::Url;

/// Redirects followed before something is wrong.
const MOST_REDIRECTS: usize = 10;
const LONGEST_PAGE: u64 = 4 << 20;

/// One browser.
#[derive(Debug)]
pub struct Visitor {
    agent: Agent,
    /// Cookies by origin.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
}

/// A page as it came.
#[derive(Debug)]
pub struct Page {
    pub url: Url,
    pub status: u16,
    /// Where it redirects to, when that was not followed.
    pub location: Option<String>,
    pub html: String,
}

impl Default for Visitor {
    fn default() -> Visitor {
        let agent = Agent::new_with_config(Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false).build());
        Visitor { agent, cookies: BTreeMap::new() }
    }
}

impl Visitor {
    /// Opens a page, and follows where it redirects to.
    pub fn open(&mut self, url: &str) -> anyhow::Result<Page> {
        self.go(Method::GET, Url::parse(url)?, None, MOST_REDIRECTS)
    }

    /// Opens a page without following it; where it would have gone.
    pub fn look(&mut self, url: &str) -> anyhow::Result<Page> {
        self.go(Method::GET, Url::parse(url)?, None, 0)
    }

    /// Sends the page's (last) form with these fields beside its hidden ones.
    pub fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> anyhow::Result<Page> {
        let form = page.form().with_context(|| format!("{} has no form", page.url))?;
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        body.extend_pairs(fields);
        self.go(Method::POST, page.url.join(&form.action)?, Some(body.finish()), MOST_REDIRECTS)
    }

    fn go(&mut self, method: Method, url: Url, form: Option<String>, redirects: usize) -> anyhow::Result<Page> {
        let (mut method, mut url, mut form) = (method, url, form);
        for hop in 0..=redirects {
            let origin = url.origin().ascii_serialization();
            let cookies: Vec<String> = self.cookies.get(&origin).into_iter().flatten().map(|(name, value)| format!("{name}={value}")).collect();
            let mut request = Request::builder().method(method.clone()).uri(url.as_str());
            if !cookies.is_empty() {
                request = request.header("cookie", cookies.join("; "));
            }
            let answer = match form.take() {
                Some(body) => {
                    let request =
                        request.header("content-type", "application/x-www-form-urlencoded").header("origin", &origin).header("content-length", body.len());
                    self.agent.run(request.body(SendBody::from_owned_reader(std::io::Cursor::new(body)))?)?
                }
                None => self.agent.run(request.body(())?)?,
            };
            for cookie in answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()) {
                if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                    self.cookies.entry(origin.clone()).or_default().insert(name.trim().to_owned(), value.trim().to_owned());
                }
            }
            let status = answer.status().as_u16();
            let location = answer.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
            match &location {
                Some(location) if (300..400).contains(&status) && hop < redirects => {
                    url = url.join(location)?;
                    method = Method::GET;
                }
                _ => {
                    let mut html = String::new();
                    answer.into_body().into_reader().take(LONGEST_PAGE).read_to_string(&mut html)?;
                    return Ok(Page { url, status, location, html });
                }
            }
        }
        bail!("{url} redirects without end")
    }
}

struct Form {
    action: String,
    hidden: Vec<(String, String)>,
}

impl Page {
    /// The values of the page's checkboxes of this name that can be ticked.
    pub fn checkboxes(&self, name: &str) -> Vec<String> {
        inputs(&self.html)
            .filter(|tag| attribute(tag, "type") == Some("checkbox".into()) && attribute(tag, "name").as_deref() == Some(name) && !tag.contains(" disabled"))
            .filter_map(|tag| attribute(tag, "value"))
            .collect()
    }

    fn form(&self) -> Option<Form> {
        let start = self.html.rfind("<form")?;
        let form = self.html.get(start..)?;
        let form = form.get(..form.find("</form>")?)?;
        let head = form.get(..form.find('>')?)?;
        let hidden = inputs(form)
            .filter(|tag| attribute(tag, "type") == Some("hidden".into()))
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
            .collect();
        Some(Form { action: attribute(head, "action").unwrap_or_default(), hidden })
    }
}

fn inputs(html: &str) -> impl Iterator<Item = &str> {
    html.split("<input").skip(1).filter_map(|rest| rest.get(..rest.find('>')?))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let rest = tag.get(start..)?;
    let value = rest.get(..rest.find('"')?)?;
    Some(value.replace("&#38;", "&").replace("&amp;", "&").replace("&#x2f;", "/").replace("&quot;", "\""))
}
