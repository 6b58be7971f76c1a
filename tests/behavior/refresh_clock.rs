//! Invalid token lifetimes and clock jumps cause neither a refresh storm nor a lost account.

use crate::world::{OffsetClock, World};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use toklink::store::LeaseStore;
use toklink::{AccountStatus, Timestamp};

const TOKEN: &str = "/v2/oauth/token/";
const YEAR: Duration = Duration::from_secs(366 * 86_400);

#[tokio::test]
async fn invalid_token_lifetime_causes_no_refresh_storm() {
    for stated in [
        json!(0),
        json!(-5),
        json!("7200"),
        json!(i64::MAX),
        json!(1e300),
        json!("soon"),
        json!([]),
        Value::Null,
    ] {
        let world = World::new().await;
        let account = world.connect("ana.makes").await;
        let lifetime = stated.clone();
        let client = world.client_with_token_replies(move |reply| {
            reply.insert("expires_in".into(), lifetime.clone());
        });
        world.advance(Duration::from_secs(7200));
        client.user_info(&account).await.unwrap();
        let before = world.emulator.count(TOKEN);
        for _ in 0..10 {
            client.user_info(&account).await.unwrap();
        }
        assert_eq!(world.emulator.count(TOKEN), before, "{stated}: used again, not renewed again");
        for _ in 0..3 {
            world.advance(Duration::from_secs(7201));
            client.user_info(&account).await.unwrap();
        }
        assert!(world.emulator.count(TOKEN) <= before + 3, "{stated}");
        assert_eq!(client.account(&account).await.unwrap().status, AccountStatus::Active, "{stated}");
    }
}

#[tokio::test]
async fn token_with_zero_lifetime_is_used_for_a_minute() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let client = world.client_with_token_replies(|reply| {
        reply.insert("expires_in".into(), json!(0));
    });
    world.advance(Duration::from_secs(7200));
    client.user_info(&account).await.unwrap();
    let before = world.emulator.count(TOKEN);
    world.advance(Duration::from_secs(53));
    client.user_info(&account).await.unwrap();
    assert_eq!(world.emulator.count(TOKEN), before);
    world.advance(Duration::from_secs(2));
    client.user_info(&account).await.unwrap();
    assert_eq!(world.emulator.count(TOKEN), before + 1);
}

#[tokio::test]
async fn clock_jump_causes_one_refresh_and_one_rejected_call() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let clock = Arc::new(OffsetClock::new(&world));
    let client = world.client_at(clock.clone());
    let before = world.emulator.count(TOKEN);
    clock.set_offset_ms(i64::try_from(YEAR.as_millis()).unwrap());
    for _ in 0..5 {
        client.user_info(&account).await.unwrap();
    }
    assert_eq!(world.emulator.count(TOKEN), before + 1, "the token seemed expired once");
    clock.set_offset_ms(0);
    world.advance(Duration::from_secs(7201));
    let asked = world.emulator.count("user_info");
    for _ in 0..5 {
        client.user_info(&account).await.unwrap();
    }
    assert_eq!(world.emulator.count(TOKEN), before + 2, "TikTok reported the token as expired once");
    assert_eq!(world.emulator.count("user_info"), asked + 6);
    clock.set_offset_ms(-i64::try_from(YEAR.as_millis()).unwrap() * 50);
    for _ in 0..3 {
        world.advance(Duration::from_secs(7201));
        client.user_info(&account).await.unwrap();
    }
    assert_eq!(world.emulator.count(TOKEN), before + 5);
}

#[tokio::test]
async fn lease_from_a_fast_clock_delays_a_refresh_by_one_minute() {
    let world = World::new().await;
    let account = world.connect("ana.makes").await;
    let name = format!("refresh/{}/{}/{}", world.client_key, account.tenant, account.open_id);
    let far = Timestamp::from_millis(world.emulator.now_ms()).plus(YEAR / 2);
    assert!(world.store.acquire(&name, "dead", far, Duration::from_secs(60)).await.unwrap());
    for longest_wait_ms in [60_500, 0] {
        world.advance(Duration::from_secs(7200));
        let began = world.emulator.now_ms();
        world.client.user_info(&account).await.unwrap();
        assert!(world.emulator.now_ms() - began <= longest_wait_ms);
    }
}
