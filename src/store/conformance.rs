//! Checks that any store must pass.
