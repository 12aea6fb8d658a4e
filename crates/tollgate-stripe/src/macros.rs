//! The three shapes of what Stripe answers: objects with an id, parts of objects, and values of an
//! open set. All are read tolerantly.

/// An object of Stripe's: its id is required, and every other field that is missing, null or of
/// another shape reads as its default.
macro_rules! object {
    ($(#[$doc:meta])* $name:ident = $what:literal {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
        #[non_exhaustive]
        pub struct $name {
            /// Stripe's id of it.
            pub id: String,
            $(
                $(#[$field_doc])*
                #[serde(default, deserialize_with = "crate::tolerant::or_default")]
                pub $field: $type,
            )*
        }

        impl crate::object::Object for $name {
            const WHAT: &'static str = $what;

            fn id(&self) -> &str {
                &self.id
            }
        }
    };
}

/// A part of an object: every field that is missing, null or of another shape reads as its default.
macro_rules! part {
    ($(#[$doc:meta])* $visibility:vis $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
        #[non_exhaustive]
        $visibility struct $name {
            $(
                $(#[$field_doc])*
                #[serde(default, deserialize_with = "crate::tolerant::or_default")]
                $visibility $field: $type,
            )*
        }
    };
}

/// A set of values to which Stripe may add: what is not known is kept as `Other`.
macro_rules! open_enum {
    ($(#[$doc:meta])* $visibility:vis $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        $visibility enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// A value that is not known here, as Stripe wrote it; empty when it was missing.
            Other(String),
        }

        impl $name {
            /// All that are known here, as Stripe writes them.
            $visibility const KNOWN: &'static [&'static str] = &[$($text),+];

            /// As Stripe writes it.
            $visibility fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl Default for $name {
            /// What a missing value reads as.
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from(text.as_str()))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}
