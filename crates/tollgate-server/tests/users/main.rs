//! The users' routes as their apps see them, in process, over a database of its own for each test.

mod api_keys;
mod billing;
mod cookies;
mod host_tokens;
mod limits;
#[path = "../shared/logs.rs"]
mod logs;
mod matrix;
mod organizations;
mod pages;
mod replicas;
mod sessions;
mod support;
mod transcript;
