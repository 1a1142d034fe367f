//! What an address says of where it leads: this machine, its network, everywhere, or a host that a platform's bytes may go to.

use std::net::IpAddr;

use ipnet::IpNet;
use ureq::http::Uri;
use url::{Host, Url};

/// May bytes be sent to an upload URL that a platform gave? Only over `https`, on its usual port, to one of the expected hosts (`suffixes`: the
/// host itself or a name below it); or, where the configured base URL is a loopback one (the simulator), to that very scheme, host and port.
/// Parsed by the same parser that sends, so that the two cannot read one URL in two ways.
pub fn is_expected_upload_url(url: &str, base_url: &str, suffixes: &[String]) -> bool {
    let Some(given) = origin(url) else { return false };
    if given.scheme == "https" && given.port == 443 {
        return suffixes
            .iter()
            .map(|suffix| suffix.trim_start_matches('.').to_ascii_lowercase())
            .any(|suffix| !suffix.is_empty() && given.host.strip_suffix(&suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    }
    origin(base_url).is_some_and(|base| base.scheme == "http" && is_loopback_host(&base.host) && base == given)
}

/// Is this address on this machine?
pub fn is_loopback(url: &str) -> bool {
    origin(url).is_some_and(|origin| is_loopback_host(&origin.host))
}

/// Can everybody open this `http` or `https` address, as far as it says so itself? Names without a dot, names of home networks and addresses of private
/// ones lead nowhere from outside.
pub fn is_public(url: &str) -> bool {
    const AT_HOME: [&str; 6] = ["local", "localhost", "internal", "lan", "home", "home.arpa"];
    let Ok(url) = Url::parse(url) else { return false };
    let ip = match url.host() {
        _ if !matches!(url.scheme(), "http" | "https") => return false,
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            return name.contains('.') && !AT_HOME.iter().any(|zone| name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.')));
        }
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        None => return false,
    };
    is_public_ip(ip)
}

/// Networks that lead to nobody from outside (RFC 6890 and its successors): this machine, private and link-local ones, a provider's own, those for
/// documentation and tests, multicast, reserved; and the ones that only wrap an IPv4 address, which would lead to those.
const CLOSED: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

/// Is this an address that everybody can reach?
pub fn is_public_ip(ip: IpAddr) -> bool {
    // What cannot be compared with the list would be let through: a test parses it.
    !CLOSED.iter().filter_map(|net| net.parse::<IpNet>().ok()).any(|net| net.contains(&ip))
}

/// Does the address name its host, rather than number it?
pub fn has_host_name(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.host(), Some(Host::Domain(_))))
}

#[derive(PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

/// None for what is no plain `http` or `https` URL; one with a user name in it is none either.
fn origin(url: &str) -> Option<Origin> {
    let uri: Uri = url.parse().ok()?;
    let authority = uri.authority()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let usual = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let host = authority.host().to_ascii_lowercase();
    // What stands behind the host must be a port and nothing else: no user name before it, no number that is out of range.
    let port = match authority.as_str().len().checked_sub(host.len())? {
        0 => usual,
        _ => authority.port_u16()?,
    };
    (!authority.as_str().contains('@') && !host.is_empty()).then_some(Origin { scheme, host, port })
}

fn is_loopback_host(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_go_to_expected_hosts_only() {
        let suffixes = ["tiktokapis.com".to_owned(), ".up.example".to_owned()];
        let real = "https://open.tiktokapis.com";
        let simulated = "http://127.0.0.1:9090/tiktok/api";
        for (url, base, expected) in [
            ("https://open-upload.tiktokapis.com/video/?upload_id=1&upload_token=x", real, true),
            ("https://upload.us.tiktokapis.com/upload", real, true),
            ("https://TikTokAPIs.com/upload", real, true),
            ("https://tiktokapis.com:443/upload", real, true),
            ("https://a.up.example/", real, true),
            ("https://tiktokapis.com:8443/upload", real, false),
            ("http://open-upload.tiktokapis.com/video/", real, false),
            ("https://eviltiktokapis.com/upload", real, false),
            ("https://tiktokapis.com.example.org/upload", real, false),
            ("https://tiktokapis.com@example.org/upload", real, false),
            ("https://example.org/?tiktokapis.com", real, false),
            ("https://example.org#tiktokapis.com", real, false),
            ("https://example.org\\.tiktokapis.com/", real, false),
            ("ftp://tiktokapis.com/upload", real, false),
            ("//tiktokapis.com/upload", real, false),
            ("/upload", real, false),
            ("", real, false),
            ("http://127.0.0.1:9090/tiktok/upload/1?upload_token=x", simulated, true),
            ("http://127.0.0.1:9091/tiktok/upload/1", simulated, false),
            ("http://localhost:9090/tiktok/upload/1", simulated, false),
            ("https://127.0.0.1:9090/tiktok/upload/1", simulated, false),
            ("http://127.0.0.1:9090@example.org/", simulated, false),
            ("https://open-upload.tiktokapis.com/video/", simulated, true),
            ("http://[::1]:80/upload", "http://[::1]", true),
            ("http://10.0.0.1/upload", "http://10.0.0.1", false),
            ("http://127.0.0.1:9090/upload", real, false),
        ] {
            assert_eq!(is_expected_upload_url(url, base, &suffixes), expected, "{url} with {base}");
        }
        assert!(!is_expected_upload_url("https://example.org/", real, &[String::new()]), "an empty suffix fits nothing");
    }

    #[test]
    fn the_closed_networks_can_be_read() {
        for net in CLOSED {
            net.parse::<IpNet>().unwrap_or_else(|e| panic!("{net}: {e}"));
        }
    }

    #[test]
    fn public_is_what_can_be_reached_from_outside() {
        for (url, public, named) in [
            ("https://pm3k.example", true, true),
            ("http://sub.example.org:8443/a?b=c#d", true, true),
            ("https://93.184.215.14/", true, false),
            ("https://[2606:2800::1]/", true, false),
            ("https://nas", false, true),
            ("https://nas.", false, true),
            ("https://nas.local", false, true),
            ("https://nas.local./", false, true),
            ("https://nas.fritz.lan/", false, true),
            ("https://nas.home.arpa/", false, true),
            ("https://localhost/", false, true),
            ("https://a.localhost/", false, true),
            ("https://thelocal.example/", true, true),
            ("https://192.168.1.10", false, false),
            ("https://10.0.0.7/", false, false),
            ("https://172.20.0.1/", false, false),
            ("https://100.100.1.1/", false, false),
            ("https://169.254.1.1/", false, false),
            ("https://0.0.0.0/", false, false),
            ("https://[::1]/", false, false),
            ("https://[fd00::1]/", false, false),
            ("https://[fe80::1]/", false, false),
            ("https://[::ffff:192.168.1.10]/", false, false),
            ("ftp://example.org", false, true),
            ("example.org", false, false),
            ("https://", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_public(url), has_host_name(url)), (public, named), "{url}");
        }
    }

    #[test]
    fn loopback_is_this_machine() {
        for (url, expected) in [
            ("http://localhost:8080/accounts/callback/tiktok", true),
            ("http://127.0.0.1/", true),
            ("http://127.9.9.9:1/", true),
            ("https://[::1]:8443/", true),
            ("https://localhost.example.org/", false),
            ("http://192.168.1.5:8080/", false),
            ("not a url", false),
        ] {
            assert_eq!(is_loopback(url), expected, "{url}");
        }
    }
}
