//! Who may use which token. Hands out access tokens that will last, renewing them when they will not.

mod account;
mod ahead;
mod flight;
mod lifetime;
mod refresh;
mod settle;
pub mod steps;

pub use account::Account;
pub(crate) use account::place;
pub(crate) use account::seal_tokens;
pub use ahead::RenewAhead;
pub(crate) use flight::Session;
pub(crate) use refresh::token_call;
