//! Data types of an emulator. They call no service: lifecycle.rs and the endpoints change them.

mod app;
mod grant;
pub(crate) mod ids;
mod limits;
pub(crate) mod redirect;
pub(crate) mod task;
mod user;
mod video;
pub(crate) mod webhook_queue;
mod world;

pub(crate) use app::App;
pub(crate) use grant::{Code, QrLogin, QrStage, RemovalReason, Session, Token};
pub(crate) use limits::Limits;
pub(crate) use user::User;
pub(crate) use video::Video;
pub(crate) use world::World;
