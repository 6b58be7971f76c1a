//! TikTok's endpoints: names, paths and methods. Every other path gets the Janus 404 (docs/tiktok-api.md 0.6).

use hyper::Method;

/// Defines [`Endpoint`] from a single list.
macro_rules! endpoints {
    ($($endpoint:ident $name:literal $path:literal [$($method:ident)+])+) => {
        /// One of TikTok's endpoints.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Endpoint { $($endpoint),+ }

        impl Endpoint {
            pub(crate) const ALL: [Self; [$($name),+].len()] = [$(Self::$endpoint),+];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$endpoint => $name),+ }
            }

            pub(crate) fn path(self) -> &'static str {
                match self { $(Self::$endpoint => $path),+ }
            }

            fn accepts_method(self, method: &Method) -> bool {
                match self { $(Self::$endpoint => [$(Method::$method),+].contains(method)),+ }
            }
        }
    };
}

endpoints! {
    Authorize "authorize" "/v2/auth/authorize/" [GET POST]
    Token "token" "/v2/oauth/token/" [POST]
    Revoke "revoke" "/v2/oauth/revoke/" [POST]
    GetQrcode "get_qrcode" "/v2/oauth/get_qrcode/" [POST]
    CheckQrcode "check_qrcode" "/v2/oauth/check_qrcode/" [POST]
    UserInfo "user_info" "/v2/user/info/" [GET]
    VideoList "video_list" "/v2/video/list/" [POST]
    VideoQuery "video_query" "/v2/video/query/" [POST]
    CreatorInfo "creator_info" "/v2/post/publish/creator_info/query/" [POST]
    VideoInit "video_init" "/v2/post/publish/video/init/" [POST]
    InboxInit "inbox_init" "/v2/post/publish/inbox/video/init/" [POST]
    ContentInit "content_init" "/v2/post/publish/content/init/" [POST]
    Status "status" "/v2/post/publish/status/fetch/" [POST]
    Cancel "cancel" "/v2/post/publish/cancel/" [POST]
    Upload "upload" "/video/" [PUT]
}

impl Endpoint {
    /// Returns the endpoint of a request. The trailing slash is required, except on the authorize page (docs/tiktok-api.md 0.4)
    /// and the upload host (C17).
    pub(crate) fn find(method: &Method, path: &str) -> Option<Self> {
        let lenient = match path {
            "/v2/auth/authorize" => Some(Self::Authorize),
            "/video" | "/upload" | "/upload/" => Some(Self::Upload),
            _ => None,
        };
        let found = lenient.or_else(|| Self::ALL.into_iter().find(|endpoint| endpoint.path() == path));
        found.filter(|endpoint| endpoint.accepts_method(method))
    }

    /// Returns all endpoint names for a message, separated by commas.
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Returns true if `text` is the name of the endpoint, or its path with or without the trailing slash.
    pub(crate) fn is_called(self, text: &str) -> bool {
        text == self.name() || text.trim_end_matches('/') == self.path().trim_end_matches('/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typescript_types_and_documentation_list_every_endpoint() {
        let types = include_str!("../../../js/emulator/types.ts");
        let declared = types.split("export type EndpointName =").nth(1).unwrap().split(';').next().unwrap();
        let declared: Vec<&str> = declared.split('\'').skip(1).step_by(2).collect();
        assert_eq!(declared, Endpoint::ALL.map(Endpoint::name));

        let page = include_str!("../../../docs/EMULATOR.md");
        let row = page.lines().find(|line| line.starts_with("| `endpoint` | required |")).unwrap();
        let listed: Vec<&str> = row.split('`').skip(3).step_by(2).filter(|name| *name != "*").collect();
        assert_eq!(listed, Endpoint::ALL.map(Endpoint::name));
    }

    #[test]
    fn endpoint_is_found_by_path_and_method() {
        for endpoint in Endpoint::ALL {
            let found = |method| Endpoint::find(&method, endpoint.path());
            let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE].map(found);
            assert!(methods.contains(&Some(endpoint)) && methods.contains(&None), "{endpoint:?}");
            assert!(endpoint.is_called(endpoint.path().trim_end_matches('/')));
        }
        assert_eq!(Endpoint::find(&Method::GET, "/v2/user/info"), None);
        assert_eq!(Endpoint::find(&Method::GET, "/v2/auth/authorize"), Some(Endpoint::Authorize));
        assert_eq!(Endpoint::find(&Method::PUT, "/upload"), Some(Endpoint::Upload));
    }
}
