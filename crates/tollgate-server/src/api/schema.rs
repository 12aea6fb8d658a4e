//! How names and instants are described in the OpenAPI document.

use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident: $length_max:literal, $pattern:literal, $example:literal, $description:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some($length_max))
                    .pattern(Some($pattern))
                    .examples([$example])
                    .description(Some($description))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*

        /// Every name, for the document: those that stand in paths only are not found by themselves.
        pub fn all() -> Vec<(String, RefOr<Schema>)> {
            vec![$((stringify!($name).to_owned(), $name::schema())),*]
        }
    };
}

names! {
    /// A customer.
    CustomerId: 128, "^[!-~]+$", "user_123", "The host app's own id of a customer";
    /// A member.
    MemberId: 128, "^[!-~]+$", "user_7", "The host app's own id of someone who acts for a customer";
    /// A feature.
    FeatureId: 64, "^[a-z0-9_.-]+$", "ats_scan", "A feature of the catalog";
    /// A meter.
    MeterId: 64, "^[a-z0-9_.-]+$", "ats_scan", "A meter of the catalog";
    /// A plan.
    PlanId: 64, "^[a-z0-9_.-]+$", "pro", "A plan of the catalog";
    /// A price.
    PriceId: 64, "^[a-z0-9_.-]+$", "monthly", "A price of a plan";
    /// An idempotency key.
    IdempotencyKey: 255, "^[!-~]+$", "order-4711", "Makes a retry harmless: the same key and request get the first answer; kept for a day";
    /// A usage event.
    EventId: 30, "^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$", "evt_01hf8q4s0r0000000000000001", "A usage event";
    /// A grant.
    GrantId: 30, "^grt_[0-7][0-9a-hjkmnp-tv-z]{25}$", "grt_01hf8q4s0r0000000000000001", "A grant";
    /// A reservation.
    ReservationId: 30, "^res_[0-7][0-9a-hjkmnp-tv-z]{25}$", "res_01hf8q4s0r0000000000000001", "A reservation";
    /// A time zone.
    TimeZone: 64, "^[A-Za-z0-9_+/-]+$", "Europe/Berlin", "An IANA time zone";
    /// An organisation.
    OrganizationId: 30, "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", "org_01hf8q4s0r0000000000000001", "An organisation";
    /// A user.
    UserId: 30, "^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$", "usr_01hf8q4s0r0000000000000001", "A user with an account here";
    /// An invitation.
    InvitationId: 30, "^inv_[0-7][0-9a-hjkmnp-tv-z]{25}$", "inv_01hf8q4s0r0000000000000001", "An invitation into an organisation";
    /// An API key's id.
    KeyId: 30, "^key_[0-7][0-9a-hjkmnp-tv-z]{25}$", "key_01hf8q4s0r0000000000000001", "An API key's id";
}

/// An instant: RFC 3339 in UTC.
#[derive(Debug)]
pub struct Instant;

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2026-01-31T00:00:00Z"])
            .into()
    }
}

impl ToSchema for Instant {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Instant")
    }
}
