//! Page that lists the grants users gave to apps, each with a button that revokes it.

use maud::{Markup, html};
use serde_json::json;

use super::form::{ActionButton, badge};
use super::layout::Section;
use super::text;
use crate::model::{Token, World};
use crate::state::Shared;

pub(super) fn page(shared: &Shared) -> Markup {
    let world = shared.world();
    let mut grants: Vec<_> = world.grants.iter().collect();
    grants.sort();
    html! {
        h1 { "Grants" }
        p.lead { "Scopes that users have granted to apps. Tokens are never shown." }
        div #grants data-live {
            @if grants.is_empty() {
                p.empty { "No grants yet. Send a user from your app to the authorize page, or "
                    a href=(Section::Consent.path()) { "log in manually" } "." }
            } @else {
                table {
                    thead { tr { th { "User" } th { "App" } th { "Scopes" } th { "Tokens" } th { "Actions" } } }
                    tbody { @for ((client_key, username), scopes) in grants {
                        tr {
                            td data-label="User" { b { "@" (username) } }
                            td data-label="App" { (world.app(client_key).map_or("", |app| app.name.as_str())) div.hint { code { (client_key) } } }
                            td data-label="Scopes" { @for scope in scopes { code { (scope) } " " } }
                            td data-label="Tokens" { (tokens(&world, client_key, username)) }
                            td data-label="Actions" { (revoke(client_key, username)) }
                        }
                    } }
                }
            }
        }
    }
}

fn tokens(world: &World, client_key: &str, username: &str) -> Markup {
    let is_theirs = |token: &&Token| {
        token.client_key == client_key && token.username == username && world.now_ms < token.expires_ms
    };
    let access: Vec<i64> = world.access.values().filter(is_theirs).map(|token| token.expires_ms).collect();
    let refresh: Vec<&Token> = world.refresh.values().filter(is_theirs).collect();
    let lives = |ends: i64| text::span(ends - world.now_ms);
    html! {
        @if let Some(last) = access.iter().max() {
            div { (badge("good", &text::count(access.len(), "access token", "access tokens"))) " for " (lives(*last)) }
        } @else { div { (badge("wait", "no valid access token")) } }
        @if let Some(last) = refresh.iter().max_by_key(|token| token.expires_ms) {
            div.hint { "can be refreshed for " (lives(last.expires_ms)) ", refreshed " (last.refreshes) (if last.refreshes == 1 { " time" } else { " times" }) }
        }
    }
}

fn revoke(client_key: &str, username: &str) -> Markup {
    let done = format!("@{username} has disconnected the app.");
    let button = ActionButton {
        id: &format!("revoke-{client_key}-{username}"),
        control: "act",
        body: &json!({"kind": "revoke", "client_key": client_key, "username": username}),
        label: "Revoke as the user",
        done: &done,
        confirm: None,
    };
    button.show()
}
