//! The server as its callers see it.

mod authorization;
mod bodies;
mod command;
mod consume;
mod customers;
mod events;
mod grants;
mod keys;
#[path = "../shared/logs.rs"]
mod logs;
mod openapi;
mod operations;
mod report;
mod reservations;
mod sockets;
mod subscription;
mod support;
