//! What a customer has bought and can buy, as the users' apps show it.

pub mod plans;
pub mod status;
pub mod subscription;
pub mod usage;
