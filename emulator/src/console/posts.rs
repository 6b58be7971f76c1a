//! Page that lists the publish tasks: status, received bytes, failures, and the actions available to their creators.

use maud::{Markup, html};
use serde_json::json;

use super::form::{ActionButton, badge, pager};
use super::layout::Section;
use super::query::ROWS;
use super::text;
use crate::model::task::PostSummary;
use crate::state::Shared;

/// Renders the newest tasks, or those older than task number `before`. Numbers start at 1.
pub(super) fn page(shared: &Shared, before: Option<u64>) -> Markup {
    let (posts, older) = {
        let world = shared.world();
        let end = before.and_then(|before| usize::try_from(before).ok()).unwrap_or(usize::MAX);
        let end = world.tasks.len().min(end.saturating_sub(usize::from(before.is_some())));
        let start = end.saturating_sub(ROWS);
        let posts: Vec<PostSummary> =
            world.tasks[start..end].iter().rev().map(|task| task.summary(world.now_ms)).collect();
        (posts, (start > 0).then_some(start as u64 + 1))
    };
    html! {
        h1 { "Posts" }
        p.lead { "All publish tasks since the start or the last reset, newest first." }
        div #posts data-live[before.is_none()] {
            @if posts.is_empty() {
                p.empty { "No posts yet. An init call to the Content Posting API adds a post, and this page shows its upload progress." }
            }
            @for post in &posts { (card(post)) }
            (pager(Section::Posts.path(), "", before.is_none(), older))
        }
    }
}

fn card(post: &PostSummary) -> Markup {
    let (tone, words) = state(post);
    html! {
        article.card.post {
            h2 {
                @if post.title.is_empty() { i { "no caption" } } @else { (post.title) }
                " " (badge(tone, words))
            }
            p.hint { "@" (post.username) " · " (kind(post)) " · " (text::utc(post.created_ms)) }
            @if let Some(reason) = post.fail_reason { p.reason { "Failed with " code { (reason) } "." } }
            (bytes(post))
            dl.facts {
                dt { "publish_id" } dd { code { (post.publish_id) } }
                dt { "App" } dd { code { (post.client_key) } }
                @if !post.privacy_level.is_empty() { dt { "Privacy" } dd { code { (post.privacy_level) } } }
                @if let Some(id) = post.post_id { dt { "Public post" } dd { code { (id) } } }
                @if let Some(sha256) = &post.sha256 { dt { "SHA-256" } dd { code { (sha256) } } }
                @if !post.chunk_sizes.is_empty() {
                    dt { "Chunks" } dd { (post.chunk_sizes.len()) @if post.chunk_count > 0 { " of " (post.chunk_count) } ": " (runs(&post.chunk_sizes)) }
                }
                @if !post.description.is_empty() { dt { "Description" } dd { (post.description) } }
                @let flags = flags(post);
                @if !flags.is_empty() { dt { "Settings" } dd { (flags.join(", ")) } }
            }
            (actions(post))
        }
    }
}

fn state(post: &PostSummary) -> (&'static str, &'static str) {
    let tone = match post.status {
        "PUBLISH_COMPLETE" => "good",
        "FAILED" => "bad",
        _ => "wait",
    };
    (tone, post.status)
}

fn kind(post: &PostSummary) -> String {
    let what = if post.photo_count > 0 {
        text::count(post.photo_count, "photo", "photos")
    } else {
        "video".to_owned()
    };
    let how = if post.source == "FILE_UPLOAD" { "uploaded" } else { "pulled from a URL" };
    let mode = if post.mode == "inbox" { "draft" } else { "direct post" };
    format!("{mode}, {what}, {how}")
}

fn bytes(post: &PostSummary) -> Markup {
    let (received, total) = (post.bytes_received, post.video_size);
    html! {
        @if total > 0 {
            p.bytes {
                progress max=(total) value=(received) aria-label="Bytes received" {}
                span { (text::bytes(received)) " of " (text::bytes(total)) " received" small { (received) " / " (total) } }
            }
        } @else if received > 0 { p.bytes { span { (text::bytes(received)) " received" } } }
    }
}

/// Formats chunk sizes and groups equal neighbours: `3 × 10.0 MiB, 1.2 MiB`.
fn runs(sizes: &[u64]) -> String {
    let run = |run: &[u64]| match run.len() {
        1 => text::bytes(run[0]),
        many => format!("{many} × {}", text::bytes(run[0])),
    };
    sizes.chunk_by(|one, next| one == next).map(run).collect::<Vec<_>>().join(", ")
}

fn flags(post: &PostSummary) -> Vec<&'static str> {
    let all = [
        (post.disable_comment, "comments off"),
        (post.disable_duet, "duet off"),
        (post.disable_stitch, "stitch off"),
        (post.brand_content_toggle, "branded content"),
        (post.brand_organic_toggle, "own brand"),
        (post.is_aigc, "AI-generated"),
    ];
    all.into_iter().filter_map(|(is_set, words)| is_set.then_some(words)).collect()
}

fn actions(post: &PostSummary) -> Markup {
    let act = |kind: &str, label: &str, done: &str| {
        let body = json!({"kind": kind, "publish_id": post.publish_id});
        let id = format!("{kind}-{}", post.publish_id);
        ActionButton { id: &id, control: "act", body: &body, label, done, confirm: None }.show()
    };
    html! {
        @if post.status == "SEND_TO_USER_INBOX" { (act("finish_draft", "Finish draft as the user", "The user has posted the draft.")) }
        @if post.post_id.is_some() { (act("remove_post", "Remove post as the user", "The post was removed.")) }
    }
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn chunk_list_groups_equal_neighbours() {
        assert_eq!(runs(&[1024, 1024, 1024, 7]), "3 × 1.0 KiB, 7 B");
        assert_eq!(runs(&[7]), "7 B");
    }
}
