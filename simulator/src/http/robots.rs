//! What a site's robots.txt allows Meta's fetcher.
//!
//! Always true: the group that names the fetcher counts alone; without one, that of `*`; the longest matching rule wins, and what no
//! rule names is allowed.

const FETCHER: &str = "facebookexternalhit";

pub fn allows(robots: &str, path: &str) -> bool {
    let own = rules(robots, FETCHER);
    let rules = if own.is_empty() { rules(robots, "*") } else { own };
    let matching = rules.into_iter().filter(|(rule, _)| !rule.is_empty() && path.starts_with(rule));
    matching.max_by_key(|(rule, allow)| (rule.len(), *allow)).is_none_or(|(_, allow)| allow)
}

/// Paths and whether they are allowed, in all groups of this agent. A group that allows everything has the empty path.
fn rules<'a>(robots: &'a str, agent: &str) -> Vec<(&'a str, bool)> {
    let mut rules = Vec::new();
    let (mut ours, mut in_agents) = (false, false);
    for line in robots.lines() {
        let line = line.split('#').next().unwrap_or("").trim();
        let Some((key, value)) = line.split_once(':') else { continue };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        match key.as_str() {
            "user-agent" => {
                let same = value.to_ascii_lowercase() == agent;
                ours = same || (in_agents && ours);
                in_agents = true;
            }
            "allow" | "disallow" => {
                in_agents = false;
                if ours {
                    rules.push((value, key == "allow"));
                }
            }
            _ => {}
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::allows;

    #[test]
    fn the_own_group_counts_alone() {
        let robots = "User-agent: *\nDisallow: /\n\nUser-agent: facebookexternalhit\nDisallow: /private\nAllow: /private/a.mp4\n";
        for (path, allowed) in [("/media/a", true), ("/private/b.mp4", false), ("/private/a.mp4", true)] {
            assert_eq!(allows(robots, path), allowed, "{path}");
        }
        assert!(!allows("user-agent: *\ndisallow: /", "/a"));
        assert!(allows("user-agent: *\ndisallow:", "/a"));
        assert!(allows("user-agent: other\nuser-agent: facebookexternalhit\ndisallow: /b\n", "/a"));
        assert!(!allows("user-agent: other\nuser-agent: facebookexternalhit\ndisallow: /b\n", "/b"));
        assert!(allows("", "/a"));
    }
}
