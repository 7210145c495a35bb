//! What a record says of its outlet in, one name for the outlet out.
//!
//! Copies of one outlet are judged apart from copies of another, so `https://www.Example.vn/a` and `example.vn` must be one
//! outlet; but `VnExpress` stays as it is written, because nothing says which host that is.

use std::borrow::Cow;

/// An outlet's name as it stands; but of a URL its host, and a host name in lower case without `www.`, so that
/// `https://www.Example.vn/a` and `example.vn` are one outlet.
pub(super) fn outlet(source: Cow<'_, str>) -> Cow<'_, str> {
    if source.contains("://") || source.starts_with("//") {
        return host(source.clone()).unwrap_or(source);
    }
    let is_host =
        source.contains('.') && source.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if is_host { plain_host(source) } else { source }
}

/// The host of a URL, in lower case, without `www.`, user and port. `None` where there is none.
pub(super) fn host(url: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let text = url.trim();
    let start = text.find("://").map(|at| at + 3).or_else(|| text.starts_with("//").then_some(2)).unwrap_or(0);
    let authority = text[start..].split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let plausible = !host.is_empty() && !host.contains(char::is_whitespace) && (start > 0 || host.contains('.'));
    if !plausible {
        return None;
    }
    let from = host.as_ptr() as usize - url.as_ptr() as usize;
    let range = from..from + host.len();
    Some(plain_host(match url {
        Cow::Borrowed(url) => Cow::Borrowed(&url[range]),
        Cow::Owned(url) => Cow::Owned(url[range].to_owned()),
    }))
}

fn plain_host(host: Cow<'_, str>) -> Cow<'_, str> {
    let host =
        if host.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(host.to_ascii_lowercase()) } else { host };
    match host {
        Cow::Borrowed(host) => Cow::Borrowed(host.strip_prefix("www.").unwrap_or(host)),
        Cow::Owned(host) => Cow::Owned(host.strip_prefix("www.").unwrap_or(&host).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_its_host_in_lower_case_without_www_user_and_port() {
        for url in [
            "https://www.vnexpress.net/a?b",
            "http://u:p@VNEXPRESS.net:80/a",
            "//vnexpress.net",
            " vnexpress.net/x#y",
            "https://vnexpress.net?q",
        ] {
            assert_eq!(host(url.into()).as_deref(), Some("vnexpress.net"), "{url}");
            assert_eq!(host(Cow::Owned(url.to_owned())).as_deref(), Some("vnexpress.net"), "{url}");
        }
    }

    #[test]
    fn what_has_no_host_has_none() {
        for url in ["", "abc", "/a/b", "http://", "a b.c", "http:///a"] {
            assert_eq!(host(url.into()), None, "{url}");
        }
    }

    #[test]
    fn a_name_stays_and_a_host_or_url_becomes_a_plain_host() {
        for (source, expected) in [
            ("VnExpress", "VnExpress"),
            ("Báo Tuổi Trẻ", "Báo Tuổi Trẻ"),
            ("www.VnExpress.net", "vnexpress.net"),
            ("https://VnExpress.net/rss", "vnexpress.net"),
            ("//vnexpress.net", "vnexpress.net"),
        ] {
            assert_eq!(outlet(source.into()), expected);
        }
    }
}
