//! Compares the hot paths of the core with other libraries: `npm run bench`. Rounds of toklink and of the other library
//! alternate, and the median counts, so that load on the machine affects both equally.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and may end when its set-up fails"
)]

#[path = "core/media.rs"]
mod media;
#[path = "core/quota.rs"]
mod quota;

use std::hint::black_box;
use std::time::Instant;
use toklink::Secret;
use toklink::vault::{KeyRing, Purpose, SealContext, Vault};

const ROUNDS: usize = 15;
const CALLS: u32 = 20_000;

/// Returns the duration of one call in nanoseconds, as the median of all rounds.
fn median(mut rounds: Vec<f64>) -> f64 {
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn round(call: &mut dyn FnMut(u32)) -> f64 {
    let began = Instant::now();
    for i in 0..CALLS {
        call(i);
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}

fn against(what: &str, ours: &mut dyn FnMut(u32), peer: &str, theirs: &mut dyn FnMut(u32)) {
    let (mut our_rounds, mut their_rounds) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        our_rounds.push(round(ours));
        their_rounds.push(round(theirs));
    }
    let (ours, theirs) = (median(our_rounds), median(their_rounds));
    println!("{what:<34} {ours:>8.0} ns   {peer} {theirs:>6.0} ns   ratio {:.2}", ours / theirs);
}

fn alone(what: &str, ours: &mut dyn FnMut(u32)) {
    println!("{what:<34} {:>8.0} ns", median((0..ROUNDS).map(|_| round(ours)).collect()));
}

fn vault() {
    let vault = Vault::new(
        KeyRing::parse(&"5f".repeat(31).chars().chain("a1".chars()).collect::<String>()).unwrap(),
        false,
    );
    let context = SealContext {
        purpose: Purpose::Token,
        client_key: "awtoklinkemu0001",
        tenant: "workspace-1",
        open_id: "-000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        field: "access_token",
    };
    let token = Secret::new("act.".to_owned() + &"x".repeat(120));
    let sealed = vault.seal(&context, &token).unwrap();
    alone("seal a token", &mut |_| drop(black_box(vault.seal(&context, &token).unwrap())));
    alone("open a token", &mut |_| drop(black_box(vault.open(&context, &sealed).unwrap())));
}

fn main() {
    quota::run();
    vault();
    media::run();
}
