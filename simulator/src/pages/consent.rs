//! The consent page, one for all logins: who, which permissions, which Pages and accounts.
//!
//! Always true: the form carries the whole request again, and the decision is made from it alone; nothing waits on the server.

use super::{escape, plain, secured};
use crate::http::{answer::Answer, params::Params, request::Ask};

/// Something that can be ticked or chosen.
#[derive(Debug)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub avatar: Option<String>,
}

#[derive(Debug)]
pub struct Group {
    /// The name of the form's field.
    pub field: &'static str,
    pub title: &'static str,
    /// One of them, else any number.
    pub one: bool,
    pub choices: Vec<Choice>,
}

/// Without what is given to its pictures' addresses before their path: the page may be looked at under another name of this machine.
fn path_of(url: &str) -> &str {
    url.find("/avatars/").and_then(|at| url.get(at..)).unwrap_or(url)
}

pub fn page(platform: &str, app: &str, ask: &Ask, groups: &[Group]) -> Answer {
    let mut body = format!(
        "<form class=\"panel consent\" method=\"post\"><h1>{app} wants to use your {platform} account</h1>\
         <p class=\"soft\">Nothing here is real: no account, no password, no network.</p>",
        app = escape(app),
        platform = escape(platform),
    );
    for (name, value) in ask.query.iter() {
        body.push_str(&format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value)));
    }
    for group in groups.iter().filter(|group| !group.choices.is_empty()) {
        body.push_str(&format!("<fieldset><legend>{}</legend>", escape(group.title)));
        for (index, choice) in group.choices.iter().enumerate() {
            let (kind, checked) = if group.one { ("radio", index == 0) } else { ("checkbox", true) };
            let avatar =
                choice.avatar.as_ref().map_or(String::new(), |url| format!("<img src=\"{}\" width=\"36\" height=\"36\" alt=\"\">", escape(path_of(url))));
            body.push_str(&format!(
                "<label><input type=\"{kind}\" name=\"{}\" value=\"{}\"{}>{avatar}<span>{}</span></label>",
                group.field,
                escape(&choice.value),
                if checked { " checked" } else { "" },
                escape(&choice.label),
            ));
        }
        body.push_str("</fieldset>");
    }
    body.push_str(
        "<div class=\"row\"><button name=\"decision\" value=\"cancel\">Cancel</button>\
         <button class=\"lead\" name=\"decision\" value=\"allow\">Allow</button></div></form>",
    );
    secured(Answer::html(200, plain(&format!("Simulated {platform}"), &body)), false)
}

/// What a person who ticks everything would send.
pub fn all(groups: &[Group], sign_in_as: Option<&str>) -> Params {
    let mut chosen = Params::default();
    chosen.push("decision".into(), "allow".into());
    for group in groups {
        let wanted = |choice: &&Choice| sign_in_as.is_some_and(|who| choice.value == who || choice.label.contains(who));
        let picked: Vec<&Choice> =
            if group.one { group.choices.iter().find(wanted).or(group.choices.first()).into_iter().collect() } else { group.choices.iter().collect() };
        for choice in picked {
            chosen.push(group.field.to_owned(), choice.value.clone());
        }
    }
    chosen
}

/// The page on which a platform shows what is wrong with the request; there is no way back from it.
pub fn error_page(platform: &str, what: &str) -> Answer {
    let body = format!(
        "<div class=\"panel\"><h1>We couldn't log in with {platform}</h1><p>This may be because of the app's settings. \
         Please correct the following:</p><p><code>{}</code></p></div>",
        escape(what),
    );
    secured(Answer::html(400, plain(&format!("Simulated {platform}"), &body)), false).noted(what)
}

pub fn scopes(field: &'static str, scopes: &[String]) -> Group {
    let choices = scopes.iter().map(|scope| Choice { value: scope.clone(), label: scope.clone(), avatar: None });
    Group { field, title: "What it may do", one: false, choices: choices.collect() }
}

/// Permissions are separated by commas or spaces.
pub fn split(text: &str) -> Vec<String> {
    text.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}
