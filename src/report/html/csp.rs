//! A script or style in, what a content security policy allows it by out: `sha256-` and the hash in base64 (W3C, Content Security
//! Policy Level 3, section 2.3.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac_sha256::Hash;

/// The source expression for an inline script or style.
pub(in crate::report) fn hash_source(content: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Hash::hash(content.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the policy's own text.
    #[test]
    fn a_source_is_the_one_that_browsers_expect() {
        assert_eq!(hash_source("doSomething();"), "sha256-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc=");
    }
}
