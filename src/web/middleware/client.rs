//! Who is at the other end. Forwarding headers are believed only from the proxies that the configuration names.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use poem::{Addr, Request};

/// The client's address: the peer's own, or, behind trusted proxies, the last address that no trusted proxy reported of itself.
pub fn address(request: &Request, trusted: &[IpNet]) -> IpAddr {
    let peer = match &request.remote_addr().0 {
        Addr::SocketAddr(address) => address.ip().to_canonical(),
        _ => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    };
    let forwarded: Vec<&str> = request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(',')).collect();
    behind(peer, &forwarded, trusted)
}

fn behind(peer: IpAddr, forwarded: &[&str], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    let mut client = peer;
    for hop in forwarded.iter().rev() {
        if !is_trusted(client) {
            break;
        }
        // A word that is no address was not written by a proxy that works: what stands left of it is worth nothing.
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        behind(peer.parse().unwrap(), forwarded, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client("203.0.113.9", &["10.0.0.1"], &[]), "203.0.113.9");
        assert_eq!(client("203.0.113.9", &["10.0.0.1"], &["127.0.0.0/8"]), "203.0.113.9");
        assert_eq!(client("127.0.0.1", &["203.0.113.9"], &["127.0.0.0/8"]), "203.0.113.9");
        assert_eq!(client("127.0.0.1", &["1.1.1.1", "203.0.113.9"], &["127.0.0.0/8"]), "203.0.113.9");
        assert_eq!(client("127.0.0.1", &["198.51.100.7", "10.1.1.1"], &["127.0.0.0/8", "10.0.0.0/8"]), "198.51.100.7");
        assert_eq!(client("127.0.0.1", &["198.51.100.7", "unknown"], &["127.0.0.0/8"]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &[], &["127.0.0.0/8"]), "127.0.0.1");
    }
}
