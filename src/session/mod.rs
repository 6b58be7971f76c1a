//! Provides access tokens that stay valid for the duration of a call, and refreshes tokens that would expire during it.

mod account;
mod background_refresh;
mod commit;
mod events;
mod expired;
mod expired_error;
pub mod failpoints;
mod lifetime;
mod refresh;
mod single_flight;
mod status;

pub use account::Account;
pub(crate) use account::seal_context;
pub(crate) use account::seal_tokens;
pub(crate) use account::{ACCESS_TOKEN, REFRESH_TOKEN};
pub use background_refresh::BackgroundRefresh;
pub(crate) use events::EventSender;
pub use events::{Event, Events};
pub(crate) use refresh::Bearer;
pub(crate) use single_flight::Session;
