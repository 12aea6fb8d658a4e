//! Paying on Stripe's page.
