//! Visits to the pages, as their table keeps them: sessions of browsers, links that begin one, and
//! tokens of widgets. Only the hash of a visit's secret is stored.

use crate::error::StoreError;
use crate::id::UserId;
use crate::organization::Role;
use crate::sql::{Connection, Row, statements};
use tollgate_core::Timestamp;
use tollgate_core::id::{CustomerId, MemberId};

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// SHA-256 of its secret, in hex digits.
    pub hash: String,
    /// What its secret is good for.
    pub purpose: Purpose,
    /// Who visits.
    pub visitor: Visitor,
    /// Who let them in: a user, an API key, a command.
    pub opened_by: String,
    /// When it began.
    pub created_at: Timestamp,
    /// From when it no longer counts.
    pub expires_at: Timestamp,
    /// When it was ended, or its link used, if it was.
    pub ended_at: Option<Timestamp>,
}

/// What the secret of a visit is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A browser shows it with each request.
    Session,
    /// It begins a session, once.
    Link,
    /// A widget in a page of the host app reads with it.
    Widget,
}

impl Purpose {
    const ALL: [Purpose; 3] = [Purpose::Session, Purpose::Link, Purpose::Widget];

    /// The word that stands in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Purpose::Session => "session",
            Purpose::Link => "link",
            Purpose::Widget => "widget",
        }
    }
}

/// Who visits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// A user with an account here.
    User(UserId),
    /// A customer whom the host app knows, or somebody who acts for it.
    Customer {
        /// Who pays.
        customer: CustomerId,
        /// Who acts, when the customer is an organisation.
        member: Option<MemberId>,
        /// What they may do.
        role: Role,
    },
    /// Whoever runs this server.
    Owner,
}

impl Visitor {
    const fn word(&self) -> &'static str {
        match self {
            Visitor::User(_) => "user",
            Visitor::Customer { .. } => "customer",
            Visitor::Owner => "owner",
        }
    }
}

statements! {
    INSERT("visits") =
        "INSERT INTO visits (hash, purpose, visitor, user_id, customer_id, member_id, role,
                             opened_by, created_at, expires_at, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL)";
    FIND("visits") =
        "SELECT hash, purpose, visitor, user_id, customer_id, member_id, role,
                opened_by, created_at, expires_at, ended_at
         FROM visits WHERE hash = $1";
    END("visits") =
        "UPDATE visits SET ended_at = $2 WHERE hash = $1 AND ended_at IS NULL AND expires_at > $2";
    END_OF_USER("visits") =
        "UPDATE visits SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL";
    PRUNE("visits") =
        "DELETE FROM visits WHERE hash IN
         (SELECT hash FROM visits WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

/// Adds a visit.
pub async fn insert(connection: &mut Connection<'_>, visit: &Visit) -> Result<(), StoreError> {
    let (user, customer, member, role) = match &visit.visitor {
        Visitor::User(user) => (Some(user.to_string()), None, None, None),
        Visitor::Customer {
            customer,
            member,
            role,
        } => (None, Some(customer), member.as_ref(), Some(role)),
        Visitor::Owner => (None, None, None, None),
    };
    let values = [
        visit.hash.as_str().into(),
        visit.purpose.as_str().into(),
        visit.visitor.word().into(),
        user.as_deref().into(),
        customer.map(CustomerId::as_str).into(),
        member.map(MemberId::as_str).into(),
        role.map(|role| role.as_str()).into(),
        visit.opened_by.as_str().into(),
        visit.created_at.into(),
        visit.expires_at.into(),
    ];
    connection.execute(INSERT, values).await.map(drop)
}

/// The visit whose secret has this hash, ended or not.
pub async fn find(
    connection: &mut Connection<'_>,
    hash: &str,
) -> Result<Option<Visit>, StoreError> {
    let row = connection.fetch_optional(FIND, [hash.into()]).await?;
    row.map(|row| read(&row)).transpose()
}

/// Ends a visit, or uses its link. Answers whether it was still good: of two who ask at once, one
/// is told so.
pub async fn end(
    connection: &mut Connection<'_>,
    hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ended = connection.execute(END, [hash.into(), now.into()]).await?;
    Ok(ended == 1)
}

/// Ends every visit of a user.
pub async fn end_of_user(
    connection: &mut Connection<'_>,
    user: UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let values = [user.into(), now.into()];
    connection.execute(END_OF_USER, values).await.map(drop)
}

/// Forgets up to `limit` visits whose time was over before `before`. Answers how many.
pub async fn prune(
    connection: &mut Connection<'_>,
    before: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let values = [before.into(), i64::from(limit).into()];
    connection.execute(PRUNE, values).await
}

fn read(row: &Row) -> Result<Visit, StoreError> {
    let purpose = row.text("purpose")?;
    let purpose = Purpose::ALL
        .into_iter()
        .find(|known| known.as_str() == purpose)
        .ok_or_else(|| row.corrupt("purpose", "is no purpose of a visit"))?;
    let visitor = match row.text("visitor")?.as_str() {
        "user" => Visitor::User(row.parse("user_id")?),
        "customer" => Visitor::Customer {
            customer: row.parse("customer_id")?,
            member: row.parse_optional("member_id")?,
            role: row.parse("role")?,
        },
        "owner" => Visitor::Owner,
        _ => return Err(row.corrupt("visitor", "is no visitor")),
    };
    Ok(Visit {
        hash: row.text("hash")?,
        purpose,
        visitor,
        opened_by: row.text("opened_by")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
        ended_at: row.timestamp_optional("ended_at")?,
    })
}
