//! `robots.txt`, as far as a fetcher must understand it.
//!
//! Always true: pure. The group that names the agent counts, else the one for everybody; the longest rule that matches decides, and
//! allowing wins over forbidding where both are as long.

/// Whether an agent (in lower case) may fetch a path with its query.
pub fn allows(text: &str, agent: &str, path: &str) -> bool {
    let named = rules(text, |name| !name.is_empty() && name != "*" && agent.starts_with(name));
    let rules = named.or_else(|| rules(text, |name| name == "*")).unwrap_or_default();
    let longest = |allow: bool| rules.iter().filter(|rule| rule.0 == allow && matches(&rule.1, path)).map(|rule| rule.1.len()).max();
    match (longest(true), longest(false)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(allowed), Some(forbidden)) => allowed >= forbidden,
    }
}

/// All rules of the groups for which `meant` holds; nothing where there is no such group.
fn rules(text: &str, meant: impl Fn(&str) -> bool) -> Option<Vec<(bool, String)>> {
    let (mut found, mut inside, mut naming) = (None, false, false);
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or("").trim();
        let Some((field, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match field.trim().to_ascii_lowercase().as_str() {
            "user-agent" => {
                // Names that follow each other share one group.
                inside = (naming && inside) || meant(&value.to_ascii_lowercase());
                naming = true;
                if inside {
                    found.get_or_insert_with(Vec::new);
                }
            }
            field @ ("allow" | "disallow") => {
                naming = false;
                if inside && !value.is_empty() {
                    found.get_or_insert_with(Vec::new).push((field == "allow", value.to_owned()));
                }
            }
            _ => {}
        }
    }
    found
}

/// `*` is any run of letters, a `$` at the end is the end.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, to_the_end) = pattern.strip_suffix('$').map_or((pattern, false), |pattern| (pattern, true));
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        if last && to_the_end {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or("");
    }
    !to_the_end || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_group_and_the_longest_rule_decide() {
        let agent = "facebookexternalhit/1.1";
        let cases = [
            ("", "/media/a", true),
            ("User-agent: *\nDisallow: /", "/media/a", false),
            ("User-agent: *\nDisallow:", "/media/a", true),
            ("User-agent: *\nDisallow: /\nAllow: /media/", "/media/a", true),
            ("User-agent: *\nDisallow: /\n\nUser-agent: facebookexternalhit\nAllow: /", "/media/a", true),
            ("User-agent: facebookexternalhit\nUser-agent: other\nDisallow: /media", "/media/a", false),
            ("User-agent: other\nDisallow: /", "/media/a", true),
            ("user-agent: FacebookExternalHit\ndisallow: /*.jpg$ # pictures", "/media/a.jpg", false),
            ("user-agent: *\ndisallow: /*.jpg$", "/media/a.jpg?x=1", true),
            ("user-agent: *\ndisallow: /m*a\nallow: /m", "/media", false),
            ("nonsense\n: :\nuser-agent", "/media/a", true),
        ];
        for (text, path, allowed) in cases {
            assert_eq!(allows(text, agent, path), allowed, "{text}");
        }
    }
}
