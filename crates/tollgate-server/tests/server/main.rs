//! The server as its callers see it.

mod authorization;
mod bodies;
mod command;
mod consume;
mod customers;
mod events;
mod grants;
mod keys;
mod openapi;
mod operations;
mod reservations;
mod sockets;
mod subscription;
mod support;
