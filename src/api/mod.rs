//! TikTok's API calls as values. Each builds a request and parses the data of the reply, without network access.
//!
//! Each API family has its own folder; `call` and `endpoint` serve all families.

pub mod call;
pub mod consumer;
pub mod endpoint;
