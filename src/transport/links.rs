//! Removes unsafe links from TikTok's responses, because hosts put these links into pages.

use crate::config::is_loopback;
use serde_json::Value;
use url::Url;

/// The response fields that contain a link for a browser (docs/tiktok-api.md 4.1, 4.4, 5.2). The upload URL is checked
/// separately.
const LINKS: [&str; 6] =
    ["avatar_url", "cover_image_url", "creator_avatar_url", "embed_link", "profile_deep_link", "share_url"];

/// Removes every link that does not use https, because pages put links into `href` and `src`, where a `javascript:`
/// link would run. `with_loopback` also keeps http links to this machine, for an emulator that serves its own pictures.
pub(crate) fn keep_safe(data: &mut Value, with_loopback: bool) {
    match data {
        Value::Array(items) => items.iter_mut().for_each(|item| keep_safe(item, with_loopback)),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match value {
                    Value::String(link) if LINKS.contains(&name.as_str()) => {
                        if !is_safe(link, with_loopback) {
                            *value = Value::Null;
                        }
                    }
                    other => keep_safe(other, with_loopback),
                }
            }
        }
        _ => {}
    }
}

fn is_safe(link: &str, with_loopback: bool) -> bool {
    // The parser drops tabs and line breaks, so the parsed link would differ from the text. With one slash or none, the
    // parser finds a host, although a browser on an https page would find a path on the page's own host.
    let starts_with =
        |start: &str| link.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    let is_absolute = starts_with("https://") || starts_with("http://");
    if !is_absolute || link.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return false;
    }
    Url::parse(link).is_ok_and(|url| match url.scheme() {
        "https" => url.has_host(),
        "http" => with_loopback && is_loopback(&url),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn is_allowed(link: &str, with_loopback: bool) -> bool {
        LINKS.iter().all(|name| {
            let mut data = json!({ "videos": [{ *name: link, "title": link }], "user": { *name: link } });
            keep_safe(&mut data, with_loopback);
            assert_eq!(data["videos"][0]["title"], link);
            data["user"][*name] == link && data["videos"][0][*name] == link
        })
    }

    #[test]
    fn links_that_do_not_use_https_are_removed() {
        for link in [
            "javascript:alert(1)",
            "JavaScript:alert(1)//https://a",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "http://www.tiktok.com/@ana",
            "//evil.example",
            "https://",
            "https:///",
            "https:evil.example",
            "https:/admin/accounts",
            "HTTPS:/admin",
            "https:\\\\evil.example",
            "/relative",
            "",
            "blob:https://a.example/1",
            "file:///etc/passwd",
            "https://a.example/\nx",
            "vbscript:x",
        ] {
            assert!(!is_allowed(link, false), "{link:?}");
            assert!(!is_allowed(link, true), "{link:?}");
        }
        assert!(is_allowed("https://www.tiktok.com/@ana/video/7?utm=1&x=%20", false));
    }

    #[test]
    fn loopback_links_are_kept_when_the_api_is_on_loopback() {
        for link in ["http://127.0.0.1:4010/a.png", "http://localhost:4010/a.png", "http://[::1]/a.png"] {
            assert!(is_allowed(link, true) && !is_allowed(link, false), "{link}");
        }
        assert!(!is_allowed("http://127.0.0.1.evil.example/", true));
    }

    #[test]
    fn upload_url_and_fields_without_text_are_unchanged() {
        let whole = json!({ "upload_url": "http://127.0.0.1/upload", "share_url": 7, "publish_id": "v_pub_file~v2.1" });
        let mut data = whole.clone();
        keep_safe(&mut data, false);
        assert_eq!(data, whole);
    }

    proptest! {
        #[test]
        fn every_kept_link_starts_with_https(link in "(https?|javascript|data)?:?/{0,3}[a-z0-9.:@\\[\\]\\s/]{0,20}") {
            if is_safe(&link, false) {
                prop_assert!(link.starts_with("https:"), "{}", link);
            }
        }
    }
}
