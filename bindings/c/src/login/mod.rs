//! Logins of web hosts, of desktop programs, and of hosts that store tokens themselves.

pub mod authorize;
pub mod desktop;
mod loopback;
pub mod options;
pub mod tokens;
pub mod web;
