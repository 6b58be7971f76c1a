//! Layout that all pages share: head, navigation, clock.

use maud::{DOCTYPE, Markup, html};

use super::text;
use crate::state::Shared;

/// A page of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Overview,
    Apps,
    Users,
    Grants,
    Posts,
    Requests,
    Faults,
    Webhooks,
    Consent,
}

impl Section {
    pub(super) const ALL: [Self; 9] = [
        Self::Overview,
        Self::Requests,
        Self::Posts,
        Self::Faults,
        Self::Webhooks,
        Self::Consent,
        Self::Grants,
        Self::Users,
        Self::Apps,
    ];

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Apps => "Apps",
            Self::Users => "Users",
            Self::Grants => "Grants",
            Self::Posts => "Posts",
            Self::Requests => "Requests",
            Self::Faults => "Faults",
            Self::Webhooks => "Webhooks",
            Self::Consent => "Log in",
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Overview => "/_emulator/",
            Self::Apps => "/_emulator/console/apps",
            Self::Users => "/_emulator/console/users",
            Self::Grants => "/_emulator/console/grants",
            Self::Posts => "/_emulator/console/posts",
            Self::Requests => "/_emulator/console/requests",
            Self::Faults => "/_emulator/console/faults",
            Self::Webhooks => "/_emulator/console/webhooks",
            Self::Consent => "/_emulator/console/consent",
        }
    }
}

/// Renders a page around `body`.
pub(super) fn frame(shared: &Shared, section: Option<Section>, body: &Markup) -> String {
    let now_ms = shared.clock.now_ms();
    let title = section.map_or("Not found", Section::label);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · TikTok emulator" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/_emulator/console/console.css";
                script src="/_emulator/console/console.js" defer {}
            }
            body {
                a.skip href="#main" { "Skip to content" }
                header {
                    a.brand href="/_emulator/" { "TikTok " b { "emulator" } }
                    p.now title="Virtual time" {
                        time #clock data-ms=(now_ms) data-running=[shared.clock.is_running().then_some("")] { (text::utc(now_ms)) }
                    }
                }
                nav aria-label="Sections" {
                    ul {
                        @for each in Section::ALL {
                            li { a href=(each.path()) aria-current=[(section == Some(each)).then_some("page")] { (each.label()) } }
                        }
                    }
                }
                main #main tabindex="-1" {
                    noscript { p.notice { "The lists work without JavaScript, but the buttons require it." } }
                    p #lost .notice role="alert" hidden { "The emulator does not respond. Check that it is running; this page then reconnects automatically." }
                    (body)
                }
                p #status-line role="status" {}
            }
        }
    };
    page.into_string()
}
