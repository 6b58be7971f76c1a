# What CI runs, no more and no less.
ready:
    .ci/run

# For while you work: at most 90 seconds after the first time. `npm test` runs all tests.
quick:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test --quiet --workspace --lib --bins --test layers --test docs
    npm run typecheck
    node scripts/prose.mjs
    node scripts/errors.mjs --check

# Advisories, licences, bans and sources of the dependencies.
deny:
    cargo deny --locked check

# The generated C header.
header:
    cargo run -p xtask -- header
