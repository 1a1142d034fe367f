//! The rules for configured addresses. The base URLs decide which platform answers, so nothing may hide in them: no query, no user name, and
//! plain http only where the other end is this machine.

use url::Url;

use crate::address::is_loopback;

/// The address of this installation: scheme, host and port alone. Plain http is allowed; `pm3k doctor` says what it costs.
pub(super) fn public(text: &str) -> Result<String, String> {
    let url = parse(text)?;
    if url.path() != "/" {
        return Err(format!("{text:?} must end after the host (and port): PM3K answers at the top of its host, not below a path"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// The base of a platform's addresses.
pub(super) fn base(text: &str) -> Result<String, String> {
    page(text).map(|text| text.trim_end_matches('/').to_owned())
}

/// A page of a platform.
pub(super) fn page(text: &str) -> Result<String, String> {
    let url = parse(text)?;
    if url.scheme() == "http" && !is_loopback(text) {
        return Err(format!("{text:?} must begin with https://; plain http is accepted for this machine only"));
    }
    Ok(text.to_owned())
}

fn parse(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| format!("{text:?} is not an address; one looks like \"https://example.org\""))?;
    // The URL standard would also take `https:example.org`; what is put together from it would not be what was meant.
    let whole =
        text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://")) || text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http://"));
    if !whole || url.host_str().is_none_or(str::is_empty) {
        return Err(format!("{text:?} must begin with https:// (or http://) and name a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password".into());
    }
    if text.contains(['?', '#']) {
        return Err(format!("{text:?} must have no query and no fragment (nothing from ? or # on)"));
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(format!("{text:?} must not contain spaces"));
    }
    Ok(url)
}
