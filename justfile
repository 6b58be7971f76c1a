# What CI runs, no more and no less.
ready:
    .ci/run

# The fast half, for while you work.
quick:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test --workspace
    npm run typecheck

# Advisories, licences, bans and sources of the dependencies.
deny:
    cargo deny --locked check

# The generated C header.
header:
    cargo run -p xtask -- header
