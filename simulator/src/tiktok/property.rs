//! URL properties: which addresses the app has verified, and where an address leads in this world.
//!
//! Always true: bytes are fetched from this machine only. A name that is not in the settings leads nowhere, and no traffic leaves.

use super::settings::TikTokSettings;

struct Address<'a> {
    secure: bool,
    host: String,
    /// Path and query, beginning with `/` or empty.
    rest: &'a str,
}

fn address(url: &str) -> Option<Address<'_>> {
    let clean = url.bytes().all(|byte| byte.is_ascii_graphic()) && !url.contains('#') && !url.contains('\\');
    let (scheme, behind) = url.split_once("://").filter(|_| clean)?;
    let secure = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let end = behind.find(['/', '?']).unwrap_or(behind.len());
    let (authority, rest) = behind.split_at(end);
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?.0,
        None => authority.split_once(':').map_or(authority, |(host, _)| host),
    };
    let usable = !host.is_empty() && !authority.contains('@');
    usable.then(|| Address { secure, host: host.to_ascii_lowercase(), rest })
}

/// Whether it is an absolute address at all.
pub fn is_address(url: &str) -> bool {
    address(url).is_some()
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A domain covers itself and what is below it; a prefix covers what begins with exactly it, and its host is a name.
pub fn owned(settings: &TikTokSettings, url: &str) -> bool {
    let Some(address) = address(url) else {
        return false;
    };
    if is_loopback(&address.host) && settings.loopback_allowed {
        return true;
    }
    let is_name = address.host.parse::<std::net::IpAddr>().is_err();
    let covers = |property: &String| {
        if property.contains("://") {
            property.starts_with("https://") && property.ends_with('/') && url.starts_with(property.as_str())
        } else {
            address.host == *property || address.host.strip_suffix(property.as_str()).is_some_and(|below| below.ends_with('.'))
        }
    };
    is_name && settings.verified.iter().any(covers)
}

/// The address on this machine that stands for this one.
pub fn reach(settings: &TikTokSettings, url: &str) -> Option<String> {
    let address = address(url)?;
    if is_loopback(&address.host) {
        return settings.loopback_allowed.then(|| url.to_owned());
    }
    let origin = settings.hosts.get(&address.host).filter(|_| address.secure)?;
    Some(format!("{}{}", origin.trim_end_matches('/'), address.rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> TikTokSettings {
        TikTokSettings {
            verified: ["static.example.com", "https://files.example/a/", "https://short.example"].map(str::to_owned).into(),
            hosts: [("static.example.com".to_owned(), "http://127.0.0.1:9".to_owned())].into(),
            ..TikTokSettings::default()
        }
    }

    #[test]
    fn a_domain_covers_what_is_below_it_and_a_prefix_what_begins_with_it() {
        for (url, expected) in [
            ("https://static.example.com/a.jpg", true),
            ("https://a.static.example.com/a.jpg?sig=1", true),
            ("https://STATIC.example.com:8443/a.jpg", true),
            ("https://example.com/a.jpg", false),
            ("https://xstatic.example.com/a.jpg", false),
            ("https://static.example.com.evil.example/a.jpg", false),
            ("https://static.example.com@evil.example/a.jpg", false),
            ("https://files.example/a/b.jpg", true),
            ("https://files.example/ab.jpg", false),
            ("http://files.example/a/b.jpg", false),
            ("https://short.example/a.jpg", false),
            ("https://203.0.113.7/a.jpg", false),
            ("http://127.0.0.1:1/a.jpg", true),
            ("http://localhost:1/a.jpg", true),
            ("http://[::1]:1/a.jpg", true),
            ("http://localhost.evil.example/a.jpg", false),
            ("ftp://static.example.com/a.jpg", false),
            ("static.example.com/a.jpg", false),
            ("https://static.example.com/a b.jpg", false),
        ] {
            assert_eq!(owned(&settings(), url), expected, "{url}");
        }
        let strict = TikTokSettings { loopback_allowed: false, ..settings() };
        assert!(!owned(&strict, "http://127.0.0.1:1/a.jpg"));
    }

    #[test]
    fn only_known_names_lead_somewhere() {
        let reach = |url| reach(&settings(), url);
        assert_eq!(reach("https://static.example.com/a.jpg?x=1").as_deref(), Some("http://127.0.0.1:9/a.jpg?x=1"));
        assert_eq!(reach("http://static.example.com/a.jpg"), None);
        assert_eq!(reach("https://files.example/a/b.jpg"), None);
        assert_eq!(reach("http://127.0.0.1:8/x").as_deref(), Some("http://127.0.0.1:8/x"));
    }
}
