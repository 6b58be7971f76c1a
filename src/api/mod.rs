//! TikTok's API calls. Each call builds a request and parses the data of the response, without network access.
//!
//! Each API family has its own folder. The modules `call` and `endpoint` are shared by all families.

pub mod call;
pub mod consumer;
pub mod endpoint;
