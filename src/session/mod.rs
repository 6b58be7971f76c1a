//! Who may use which token. Hands out access tokens that will last, renewing them when they will not.

mod account;
mod refresh;

pub use account::Account;
pub(crate) use account::place;
pub(crate) use account::seal_tokens;
pub(crate) use refresh::{Session, token_call};
