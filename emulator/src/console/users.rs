//! Page that lists the users.

use maud::{Markup, html};

use super::form::badge;
use crate::model::User;
use crate::state::Shared;

pub(super) fn page(shared: &Shared) -> Markup {
    let world = shared.world();
    html! {
        h1 { "Users" }
        p.lead { "You can log in as these users on the authorize page. Different restrictions apply to each of them." }
        div #users data-live {
            @if world.users.is_empty() { p.empty { "No users. Add users with a scenario file, or reset to restore the seeded users." } }
            @else {
                table {
                    thead { tr { th { "User" } th { "Account" } th { "Disabled interactions" } th.number { "Followers" } th.number { "Public videos" } th.number { "Maximum duration" } } }
                    tbody { @for user in world.users.values() { (row(user, user.public_videos(world.now_ms).len())) } }
                }
            }
        }
    }
}

fn row(user: &User, public_videos: usize) -> Markup {
    let off =
        [(user.comment_disabled, "comment"), (user.duet_disabled, "duet"), (user.stitch_disabled, "stitch")];
    let off: Vec<&str> = off.into_iter().filter_map(|(is_off, name)| is_off.then_some(name)).collect();
    html! {
        tr {
            td data-label="User" { b { "@" (user.username) } div.hint { (user.display_name) } }
            td data-label="Account" {
                @if user.private { (badge("plain", "private")) } @else { (badge("plain", "public")) }
                @if user.verified { " " (badge("good", "verified")) }
                @if user.banned { " " (badge("bad", "banned from posting")) }
                @if user.capped { " " (badge("wait", "daily cap reached")) }
            }
            td data-label="Disabled interactions" { @if off.is_empty() { "none" } @else { (off.join(", ")) } }
            td.number data-label="Followers" { (user.followers) }
            td.number data-label="Public videos" { (public_videos) }
            td.number data-label="Maximum duration" { (user.max_duration_sec) " s" }
        }
    }
}
