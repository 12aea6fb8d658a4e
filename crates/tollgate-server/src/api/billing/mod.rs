//! What a customer has bought and can buy, as the users' apps show it.

pub mod cancel_subscription;
pub mod change_plan;
pub mod checkout_session;
pub mod create_checkout_session;
pub mod create_portal_session;
pub mod invoices;
pub mod payer;
pub mod payments;
pub mod plans;
pub mod preview_change;
pub mod purchase_quota;
pub mod status;
pub mod subscribe;
pub mod subscription;
pub mod undo_cancellation;
pub mod usage;
pub mod webhook;
