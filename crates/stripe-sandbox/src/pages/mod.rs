//! Pages that one can click: plain forms, no scripts, nothing from outside.

pub(crate) mod authenticate;
pub(crate) mod authenticate_payment;
pub(crate) mod checkout;
pub(crate) mod index;
pub(crate) mod invoice;
pub(crate) mod layout;
pub(crate) mod portal;
