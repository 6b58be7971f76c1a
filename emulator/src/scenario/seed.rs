//! The initial state: two apps and nine users, one of them with 45 videos.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::model::Limits;
use crate::model::Video;
use crate::model::ids::Ids;
use crate::model::redirect::RedirectRule;
use crate::model::webhook_queue::WebhookQueue;
use crate::model::{App, User, World};
use crate::oauth::scopes;
use crate::settings::Settings;

/// Client key of the audited app.
pub const AUDITED_CLIENT_KEY: &str = "awtoklinkemu0001";
/// Client key of the app that has not been audited (docs/tiktok-api.md 5.11).
pub const UNAUDITED_CLIENT_KEY: &str = "awtoklinkemu0002";
/// Client secret of both apps. It is public, because it works only with this emulator.
pub const CLIENT_SECRET: &str = "toklinkemulatorclientsecret00001";

/// Client keys of the seeded apps.
pub(crate) const CLIENT_KEYS: [&str; 2] = [AUDITED_CLIENT_KEY, UNAUDITED_CLIENT_KEY];
/// Usernames of the seeded users.
pub(crate) const USERNAMES: [&str; 9] = [
    "ana.makes",
    "ben.private",
    "cleo.banned",
    "dan.capped",
    "eva.private",
    "finn.private",
    "gus.private",
    "hana.private",
    "ivo.private",
];

const DAY_MS: i64 = 86_400_000;
const TITLES: [&str; 9] = [
    "Morning run along the river",
    "Three stretches before you start #running",
    "Oat pancakes in five minutes",
    "What is in my bag",
    "Rain, mud and a personal best",
    "Ask me anything, part two",
    "How I plan a week of training",
    "Café tour: the best of the old town ☕",
    "Why I stopped counting steps",
];

/// Returns the `World` at `now_ms`, before a scenario is applied.
pub(crate) fn world(seed: u64, now_ms: i64, limits_on: bool, settings: Settings) -> World {
    let mut ids = Ids::new(seed);
    let users = users(&mut ids, now_ms);
    World {
        now_ms,
        limits_on,
        settings,
        ids,
        apps: vec![
            app(AUDITED_CLIENT_KEY, "toklink demo", true),
            app(UNAUDITED_CLIENT_KEY, "toklink unaudited", false),
        ],
        users,
        grants: HashMap::new(),
        codes: HashMap::new(),
        access: HashMap::new(),
        refresh: HashMap::new(),
        qr_logins: HashMap::new(),
        tasks: Vec::new(),
        unfinished: Vec::new(),
        in_moderation: Vec::new(),
        webhook_queue: WebhookQueue::default(),
        limits: Limits::default(),
    }
}

fn app(client_key: &str, name: &str, audited: bool) -> App {
    App {
        client_key: client_key.to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
        name: name.to_owned(),
        audited,
        active_user_cap: None,
        target_users: None,
        redirects: vec![
            RedirectRule::Loopback { origin: "http://localhost", path: None },
            RedirectRule::Loopback { origin: "http://127.0.0.1", path: None },
            RedirectRule::Exact("https://spike.land/api/social/tiktok/callback".to_owned()),
        ],
        scopes: scopes::ALL.to_vec(),
        webhook_url: None,
        url_properties: vec!["https://media.example.test/".to_owned()],
    }
}

fn users(ids: &mut Ids, now_ms: i64) -> IndexMap<String, User> {
    let mut ana = user("ana.makes", "Ana", "Runs, bakes, films it.", now_ms, 12_040);
    ana.stitch_disabled = true;
    ana.verified = true;
    add_videos(&mut ana, ids, now_ms, 45);
    let mut cleo = user("cleo.banned", "Cleo", "", now_ms, 310);
    cleo.banned = true;
    add_videos(&mut cleo, ids, now_ms, 3);
    let mut dan = user("dan.capped", "Dan", "Too many ideas a day.", now_ms, 2_511);
    dan.capped = true;
    add_videos(&mut dan, ids, now_ms, 6);
    let mut all = vec![ana, private("ben.private", "Ben", now_ms), cleo, dan];
    for (username, name) in [
        ("eva.private", "Eva"),
        ("finn.private", "Finn"),
        ("gus.private", "Gus"),
        ("hana.private", "Hana"),
        ("ivo.private", "Ivo"),
    ] {
        all.push(private(username, name, now_ms));
    }
    all.into_iter().map(|user| (user.username.clone(), user)).collect()
}

fn user(username: &str, name: &str, bio: &str, now_ms: i64, followers: i64) -> User {
    User {
        username: username.to_owned(),
        display_name: name.to_owned(),
        bio: bio.to_owned(),
        max_duration_sec: 600,
        followers,
        following: followers / 40 + 12,
        joined_ms: now_ms,
        ..User::default()
    }
}

fn private(username: &str, name: &str, now_ms: i64) -> User {
    User {
        private: true,
        duet_disabled: true,
        stitch_disabled: true,
        ..user(username, name, "Friends only.", now_ms, 48)
    }
}

/// Creates a user whose followers and videos follow from the seed.
pub(crate) fn generated_user(username: &str, ids: &mut Ids, now_ms: i64, videos: u8) -> User {
    let followers = i64::try_from(ids.below(100_000)).unwrap_or(0);
    let mut generated = user(username, username, "", now_ms, followers);
    add_videos(&mut generated, ids, now_ms, i64::from(videos));
    generated
}

/// Adds `count` videos, about 20 hours apart; the newest is a day old.
pub(crate) fn add_videos(user: &mut User, ids: &mut Ids, now_ms: i64, count: i64) {
    for nth in 0..count {
        let created_ms =
            now_ms - DAY_MS - nth * (DAY_MS * 5 / 6) - 1000 * i64::try_from(ids.below(7_200)).unwrap_or(0);
        let title = TITLES[usize::try_from(nth).unwrap_or(0) % TITLES.len()];
        let id = ids.snowflake(created_ms);
        user.add_video(Video::new(id, created_ms, created_ms, title, false));
    }
}
