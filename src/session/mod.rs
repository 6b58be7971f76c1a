//! Provides access tokens that outlast a call, and refreshes them when they would not.

mod account;
mod background_refresh;
mod events;
mod flight;
mod lifetime;
mod refresh;
mod settle;
mod standing;
pub mod steps;

pub use account::Account;
pub(crate) use account::place;
pub(crate) use account::seal_tokens;
pub(crate) use account::{ACCESS_TOKEN, REFRESH_TOKEN};
pub use background_refresh::BackgroundRefresh;
pub(crate) use events::Herald;
pub use events::{Event, Events};
pub(crate) use flight::Session;
pub(crate) use refresh::{Bearer, token_call};
