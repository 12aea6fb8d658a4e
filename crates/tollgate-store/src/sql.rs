//! A small layer over both drivers: each statement is one text that runs on SQLite and PostgreSQL.

use crate::error::StoreError;
use serde::de::DeserializeOwned;
use sqlx::pool::PoolConnection;
use sqlx::{
    Arguments, AssertSqlSafe, ColumnIndex, Decode, Executor, PgConnection, Postgres, Sqlite,
    SqliteConnection, Type, ValueRef,
};
use std::borrow::Cow;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use tollgate_core::Timestamp;
use tollgate_core::id::CustomerId;

/// Which database is behind a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// SQLite, inside this process.
    Sqlite,
    /// PostgreSQL, or an engine that speaks its protocol.
    Postgres,
}

/// A parameter of a statement. An absent value keeps its type, because PostgreSQL prepares a
/// statement for the types that it is first given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'v> {
    /// BIGINT.
    Integer(Option<i64>),
    /// TEXT.
    Text(Option<Cow<'v, str>>),
    /// BOOLEAN.
    Boolean(Option<bool>),
    /// BYTEA or BLOB.
    Bytes(Option<Cow<'v, [u8]>>),
}

impl Value<'_> {
    /// The same value, without a copy of its text.
    pub fn as_ref(&self) -> Value<'_> {
        match self {
            Self::Integer(value) => Value::Integer(*value),
            Self::Text(value) => Value::Text(value.as_deref().map(Cow::Borrowed)),
            Self::Boolean(value) => Value::Boolean(*value),
            Self::Bytes(value) => Value::Bytes(value.as_deref().map(Cow::Borrowed)),
        }
    }
}

impl Value<'_> {
    /// The same value with a copy of its text.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Integer(value) => Value::Integer(value),
            Self::Text(value) => Value::Text(value.map(|text| Cow::Owned(text.into_owned()))),
            Self::Boolean(value) => Value::Boolean(value),
            Self::Bytes(value) => Value::Bytes(value.map(|bytes| Cow::Owned(bytes.into_owned()))),
        }
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Integer(value)
    }
}

impl From<u64> for Value<'_> {
    /// What does not fit becomes negative, which the tables' CHECKs refuse.
    fn from(value: u64) -> Self {
        Self::Integer(Some(value.cast_signed()))
    }
}

impl From<Option<u64>> for Value<'_> {
    fn from(value: Option<u64>) -> Self {
        Self::Integer(value.map(u64::cast_signed))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(value: Timestamp) -> Self {
        Self::Integer(Some(value.as_micros()))
    }
}

impl From<Option<Timestamp>> for Value<'_> {
    fn from(value: Option<Timestamp>) -> Self {
        Self::Integer(value.map(Timestamp::as_micros))
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(value: &'v str) -> Self {
        Self::Text(Some(Cow::Borrowed(value)))
    }
}

impl<'v> From<Option<&'v str>> for Value<'v> {
    fn from(value: Option<&'v str>) -> Self {
        Self::Text(value.map(Cow::Borrowed))
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::Text(Some(Cow::Owned(value)))
    }
}

impl From<Option<String>> for Value<'_> {
    fn from(value: Option<String>) -> Self {
        Self::Text(value.map(Cow::Owned))
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Boolean(Some(value))
    }
}

impl<'v> From<&'v [u8]> for Value<'v> {
    fn from(value: &'v [u8]) -> Self {
        Self::Bytes(Some(Cow::Borrowed(value)))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(Cow::Owned(value)))
    }
}

/// Adds parameters to what a driver sends.
fn bind<'v, A: Arguments>(arguments: &mut A, value: Value<'v>) -> Result<(), sqlx::Error>
where
    Option<i64>: sqlx::Encode<'v, A::Database> + Type<A::Database>,
    Option<Cow<'v, str>>: sqlx::Encode<'v, A::Database> + Type<A::Database>,
    Option<bool>: sqlx::Encode<'v, A::Database> + Type<A::Database>,
    Option<Cow<'v, [u8]>>: sqlx::Encode<'v, A::Database> + Type<A::Database>,
{
    match value {
        Value::Integer(value) => arguments.add(value),
        Value::Text(value) => arguments.add(value),
        Value::Boolean(value) => arguments.add(value),
        Value::Bytes(value) => arguments.add(value),
    }
    .map_err(sqlx::Error::Encode)
}

/// The types that a statement's columns and parameters may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// BIGINT.
    Integer,
    /// TEXT.
    Text,
    /// BOOLEAN.
    Boolean,
    /// BYTEA or BLOB, which have no type name in common.
    Bytes,
}

impl Kind {
    /// The parameter as one of this type.
    fn cast(self, parameter: &str) -> String {
        match self {
            Self::Integer => format!("CAST({parameter} AS BIGINT)"),
            Self::Text => format!("CAST({parameter} AS TEXT)"),
            Self::Boolean => format!("CAST({parameter} AS BOOLEAN)"),
            Self::Bytes => parameter.to_owned(),
        }
    }
}

/// One statement, whose text runs on both engines. Its parameters are `$1`, `$2`, …; the first
/// column of what it returns names the row in errors.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    table: &'static str,
    text: &'static str,
}

impl Statement {
    /// A statement about `table`, which errors name.
    pub const fn new(table: &'static str, text: &'static str) -> Self {
        Self { table, text }
    }

    /// The text as it is sent.
    pub const fn text(&self) -> &'static str {
        self.text
    }
}

/// How many rows one statement writes: so close together that nearly every batch takes two
/// statements, and few enough that all their texts stay prepared.
const SIZES: [usize; 32] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96,
    112, 128, 160, 192, 224, 256,
];

/// The most rows that one statement writes.
pub(crate) const ROWS_MAX: usize = SIZES[SIZES.len() - 1];

/// The most rows, up to `rows`, that one statement writes. A batch of so many takes a way to the
/// database and back for each table; of any other number it takes two.
pub fn rows_at_once(rows: usize) -> usize {
    if rows == 0 { 0 } else { Batch::step(rows).1 }
}

/// A statement over many rows, `head (…), (…), … tail`. Texts are made for the sizes of [`SIZES`]
/// only, so that they stay prepared; any other number is written in several steps.
#[derive(Debug)]
pub(crate) struct Batch {
    table: &'static str,
    head: &'static str,
    row: &'static [Kind],
    /// The columns that a row is compared with; none for rows that are values.
    compared: &'static [&'static str],
    tail: &'static str,
    sqlite: [OnceLock<Arc<str>>; SIZES.len()],
    postgres: [OnceLock<Arc<str>>; SIZES.len()],
}

impl Batch {
    /// `head (…), (…), … tail`, about `table`, whose rows have columns of the types `row`.
    pub(crate) const fn new(
        table: &'static str,
        head: &'static str,
        row: &'static [Kind],
        tail: &'static str,
    ) -> Self {
        Self::of(table, head, row, &[], tail)
    }

    /// `head (a = … AND b = …) OR (a = … AND b = …) OR …`, about `table`: every row is looked up by
    /// its key on both engines.
    pub(crate) const fn any_of(
        table: &'static str,
        head: &'static str,
        row: &'static [Kind],
        compared: &'static [&'static str],
    ) -> Self {
        assert!(row.len() == compared.len(), "each column has its type");
        Self::of(table, head, row, compared, "")
    }

    const fn of(
        table: &'static str,
        head: &'static str,
        row: &'static [Kind],
        compared: &'static [&'static str],
        tail: &'static str,
    ) -> Self {
        Self {
            table,
            head,
            row,
            compared,
            tail,
            sqlite: [const { OnceLock::new() }; SIZES.len()],
            postgres: [const { OnceLock::new() }; SIZES.len()],
        }
    }

    /// How many parameters a row has.
    pub(crate) fn width(&self) -> usize {
        self.row.len()
    }

    /// Rows of a customer's table, `bucket, customer_id, …`, but for those of these customers.
    pub(crate) fn rows_without(
        &self,
        values: &[Value<'static>],
        customers: &[CustomerId],
    ) -> Vec<Value<'static>> {
        values
            .chunks(self.width())
            .filter(|row| {
                let Value::Text(Some(owner)) = &row[1] else {
                    return true;
                };
                !customers.iter().any(|customer| customer.as_str() == owner)
            })
            .flatten()
            .cloned()
            .collect()
    }

    /// Every text for `engine`, for the test that prepares them.
    pub(crate) fn texts(&self, engine: Engine) -> impl Iterator<Item = &Arc<str>> {
        (0..SIZES.len()).map(move |size| self.text(engine, size))
    }

    /// The largest size that `rows` fill, and how many rows that is.
    fn step(rows: usize) -> (usize, usize) {
        let size = SIZES
            .partition_point(|size| *size <= rows)
            .saturating_sub(1);
        (size, SIZES[size])
    }

    /// The text for `SIZES[size]` rows.
    fn text(&self, engine: Engine, size: usize) -> &Arc<str> {
        let texts = match engine {
            Engine::Sqlite => &self.sqlite,
            Engine::Postgres => &self.postgres,
        };
        texts[size].get_or_init(|| self.text_of(engine, SIZES[size]))
    }

    /// The text for `rows` rows. The first row says the types, for a VALUES that stands in an IN
    /// has no column to take them from. The parameters come in order, so that SQLite can count
    /// them itself: with numbered ones, binding costs the square of their number there.
    pub(crate) fn text_of(&self, engine: Engine, rows: usize) -> Arc<str> {
        let placeholder: fn(usize) -> String = match engine {
            Engine::Sqlite => |_| "?".to_owned(),
            Engine::Postgres => |number| format!("${number}"),
        };
        let mut numbers = 1..;
        let mut row = |is_first: bool| {
            let values = self.row.iter().zip(numbers.by_ref()).map(|(kind, number)| {
                let value = placeholder(number);
                if is_first { kind.cast(&value) } else { value }
            });
            if self.compared.is_empty() {
                return values.collect::<Vec<_>>().join(", ");
            }
            let terms = self
                .compared
                .iter()
                .zip(values)
                .map(|(column, value)| format!("{column} = {value}"));
            terms.collect::<Vec<_>>().join(" AND ")
        };
        let between = if self.compared.is_empty() {
            "), ("
        } else {
            ") OR ("
        };
        let rows: Vec<_> = (0..rows).map(|index| row(index == 0)).collect();
        format!("{} ({}) {}", self.head, rows.join(between), self.tail).into()
    }
}

/// Declares a module's statements, and `ALL` with every one of them for the test that prepares
/// them on each engine.
macro_rules! statements {
    ($($name:ident($table:literal) = $text:expr;)*) => {
        $(const $name: $crate::sql::Statement = $crate::sql::Statement::new($table, $text);)*
        pub(crate) const ALL: &[$crate::sql::Statement] = &[$($name),*];
    };
}
pub(crate) use statements;

/// A row of a result.
#[derive(Debug)]
pub struct Row {
    table: &'static str,
    row: EngineRow,
}

enum EngineRow {
    Sqlite(sqlx::sqlite::SqliteRow),
    Postgres(sqlx::postgres::PgRow),
}

impl std::fmt::Debug for EngineRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Sqlite(..)",
            Self::Postgres(_) => "Postgres(..)",
        })
    }
}

impl Row {
    /// A BIGINT.
    pub fn integer(&self, column: &'static str) -> Result<i64, StoreError> {
        self.get(column)
    }

    /// A BIGINT that may be absent.
    pub fn integer_optional(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        self.get(column)
    }

    /// A BIGINT that is never negative.
    pub fn unsigned(&self, column: &'static str) -> Result<u64, StoreError> {
        self.narrow(column)
    }

    /// A BIGINT that is never negative, and may be absent.
    pub fn unsigned_optional(&self, column: &'static str) -> Result<Option<u64>, StoreError> {
        match self.integer_optional(column)? {
            Some(value) => u64::try_from(value)
                .map(Some)
                .map_err(|e| self.corrupt(column, e)),
            None => Ok(None),
        }
    }

    /// A BIGINT that fits the type that is asked for.
    pub fn narrow<T>(&self, column: &'static str) -> Result<T, StoreError>
    where
        T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>,
    {
        T::try_from(self.integer(column)?).map_err(|error| self.corrupt(column, error))
    }

    /// A TEXT.
    pub fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.get(column)
    }

    /// A TEXT that may be absent.
    pub fn text_optional(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        self.get(column)
    }

    /// A BOOLEAN.
    pub fn boolean(&self, column: &'static str) -> Result<bool, StoreError> {
        self.get(column)
    }

    /// A BYTEA or BLOB that may be absent.
    pub fn bytes_optional(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(column)
    }

    /// An instant.
    pub fn timestamp(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.instant(column, self.integer(column)?)
    }

    /// An instant that may be absent.
    pub fn timestamp_optional(
        &self,
        column: &'static str,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.integer_optional(column)?
            .map(|micros| self.instant(column, micros))
            .transpose()
    }

    /// A TEXT that reads as `T`.
    pub fn parse<T>(&self, column: &'static str) -> Result<T, StoreError>
    where
        T: FromStr<Err: Into<crate::error::Source>>,
    {
        self.borrowed(column)?
            .parse()
            .map_err(|error| self.corrupt(column, error))
    }

    /// A TEXT that reads as `T`, and may be absent.
    pub fn parse_optional<T>(&self, column: &'static str) -> Result<Option<T>, StoreError>
    where
        T: FromStr<Err: Into<crate::error::Source>>,
    {
        let text: Option<String> = self.text_optional(column)?;
        text.map(|text| text.parse().map_err(|error| self.corrupt(column, error)))
            .transpose()
    }

    /// A TEXT that holds JSON.
    pub fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(self.borrowed(column)?).map_err(|error| self.corrupt(column, error))
    }

    /// The error for a value in `column` that does not read.
    pub fn corrupt(
        &self,
        column: &'static str,
        source: impl Into<crate::error::Source>,
    ) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            column,
            id: self.name(),
            source: source.into(),
        }
    }

    fn instant(&self, column: &'static str, micros: i64) -> Result<Timestamp, StoreError> {
        let instant = Timestamp::from_micros(micros);
        if instant.as_micros() == micros {
            Ok(instant)
        } else {
            Err(self.corrupt(column, "outside the years 1970 to 9998"))
        }
    }

    fn borrowed(&self, column: &'static str) -> Result<&str, StoreError> {
        self.get(column)
    }

    fn get<'r, T>(&'r self, column: &'static str) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        match &self.row {
            EngineRow::Sqlite(row) => get(row, column),
            EngineRow::Postgres(row) => get(row, column),
        }
        .map_err(|error| self.corrupt(column, error))
    }

    /// The first column, as text.
    fn name(&self) -> String {
        match &self.row {
            EngineRow::Sqlite(row) => first_column(row),
            EngineRow::Postgres(row) => first_column(row),
        }
    }
}

fn get<'r, R: sqlx::Row, T>(row: &'r R, column: &'static str) -> Result<T, sqlx::Error>
where
    T: Decode<'r, R::Database> + Type<R::Database>,
    &'static str: ColumnIndex<R>,
{
    row.try_get(column)
}

fn first_column<R: sqlx::Row>(row: &R) -> String
where
    for<'r> &'r str: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    usize: ColumnIndex<R>,
{
    if let Ok(text) = row.try_get::<&str, _>(0) {
        return text.to_owned();
    }
    match row.try_get::<i64, _>(0) {
        Ok(number) => number.to_string(),
        Err(_) if row.try_get_raw(0).is_ok_and(|value| value.is_null()) => "NULL".to_owned(),
        Err(_) => "a row without a name".to_owned(),
    }
}

/// A connection to either engine: taken from the store's pool, or lent by an embedding host.
#[derive(Debug)]
pub struct Connection<'c>(Inner<'c>);

#[derive(Debug)]
enum Inner<'c> {
    SqliteLent(&'c mut SqliteConnection),
    SqlitePooled(PoolConnection<Sqlite>),
    SqliteTransaction(sqlx::Transaction<'static, Sqlite>),
    PostgresLent(&'c mut PgConnection),
    PostgresPooled(PoolConnection<Postgres>),
    PostgresTransaction(sqlx::Transaction<'static, Postgres>),
}

enum Raw<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl<'c> From<&'c mut SqliteConnection> for Connection<'c> {
    fn from(connection: &'c mut SqliteConnection) -> Self {
        Self(Inner::SqliteLent(connection))
    }
}

impl<'c> From<&'c mut PgConnection> for Connection<'c> {
    fn from(connection: &'c mut PgConnection) -> Self {
        Self(Inner::PostgresLent(connection))
    }
}

impl Connection<'static> {
    pub(crate) fn from_sqlite_pool(connection: PoolConnection<Sqlite>) -> Self {
        Self(Inner::SqlitePooled(connection))
    }

    pub(crate) fn from_postgres_pool(connection: PoolConnection<Postgres>) -> Self {
        Self(Inner::PostgresPooled(connection))
    }
}

impl Connection<'_> {
    /// Which database it leads to.
    pub fn engine(&self) -> Engine {
        match &self.0 {
            Inner::SqliteLent(_) | Inner::SqlitePooled(_) | Inner::SqliteTransaction(_) => {
                Engine::Sqlite
            }
            Inner::PostgresLent(_) | Inner::PostgresPooled(_) | Inner::PostgresTransaction(_) => {
                Engine::Postgres
            }
        }
    }

    /// The driver's own connection, for a host's own statements; `None` on another engine.
    pub fn as_sqlite(&mut self) -> Option<&mut SqliteConnection> {
        match self.raw() {
            Raw::Sqlite(connection) => Some(connection),
            Raw::Postgres(_) => None,
        }
    }

    /// The driver's own connection, for a host's own statements; `None` on another engine.
    pub fn as_postgres(&mut self) -> Option<&mut PgConnection> {
        match self.raw() {
            Raw::Postgres(connection) => Some(connection),
            Raw::Sqlite(_) => None,
        }
    }

    /// Runs a statement and says how many rows it wrote.
    pub async fn execute(
        &mut self,
        statement: Statement,
        values: impl IntoIterator<Item = Value<'_>>,
    ) -> Result<u64, StoreError> {
        let failed = |error| StoreError::of_statement(statement.table, error);
        match self.raw() {
            Raw::Sqlite(connection) => {
                let query = query::<Sqlite>(statement.text, values).map_err(failed)?;
                connection
                    .execute(query)
                    .await
                    .map(|done| done.rows_affected())
            }
            Raw::Postgres(connection) => {
                let query = query::<Postgres>(statement.text, values).map_err(failed)?;
                connection
                    .execute(query)
                    .await
                    .map(|done| done.rows_affected())
            }
        }
        .map_err(failed)
    }

    /// Runs a statement and collects its rows.
    pub async fn fetch_all(
        &mut self,
        statement: Statement,
        values: impl IntoIterator<Item = Value<'_>>,
    ) -> Result<Vec<Row>, StoreError> {
        self.rows(statement.table, statement.text, values).await
    }

    /// Runs a statement and takes its first row.
    pub async fn fetch_optional(
        &mut self,
        statement: Statement,
        values: impl IntoIterator<Item = Value<'_>>,
    ) -> Result<Option<Row>, StoreError> {
        // All rows are fetched, so that the statement has ended when this returns.
        Ok(self.fetch_all(statement, values).await?.into_iter().next())
    }

    /// Runs a statement over many rows, each a part of `values` of its width, and collects what it
    /// returns.
    pub(crate) async fn fetch_batch(
        &mut self,
        batch: &'static Batch,
        values: Vec<Value<'_>>,
    ) -> Result<Vec<Row>, StoreError> {
        assert_eq!(
            values.len() % batch.width(),
            0,
            "rows of {} are whole",
            batch.table
        );
        let mut rows_left = values.len() / batch.width();
        let mut values = values.into_iter();
        let mut result = Vec::new();
        while rows_left > 0 {
            let (size, rows) = Batch::step(rows_left);
            rows_left -= rows;
            let part = values.by_ref().take(batch.width() * rows);
            let text = AssertSqlSafe(Arc::clone(batch.text(self.engine(), size)));
            result.extend(self.rows(batch.table, text, part).await?);
        }
        Ok(result)
    }

    /// Runs a statement over many rows and says how many rows it wrote.
    pub(crate) async fn execute_batch(
        &mut self,
        batch: &'static Batch,
        values: Vec<Value<'_>>,
    ) -> Result<u64, StoreError> {
        assert_eq!(
            values.len() % batch.width(),
            0,
            "rows of {} are whole",
            batch.table
        );
        let failed = |error| StoreError::of_statement(batch.table, error);
        let mut rows_left = values.len() / batch.width();
        let mut values = values.into_iter();
        let mut written = 0;
        while rows_left > 0 {
            let (size, rows) = Batch::step(rows_left);
            rows_left -= rows;
            let part = values.by_ref().take(batch.width() * rows);
            let text = AssertSqlSafe(Arc::clone(batch.text(self.engine(), size)));
            written += match self.raw() {
                Raw::Sqlite(connection) => {
                    let query = query::<Sqlite>(text, part).map_err(failed)?;
                    connection
                        .execute(query)
                        .await
                        .map(|done| done.rows_affected())
                }
                Raw::Postgres(connection) => {
                    let query = query::<Postgres>(text, part).map_err(failed)?;
                    connection
                        .execute(query)
                        .await
                        .map(|done| done.rows_affected())
                }
            }
            .map_err(failed)?;
        }
        Ok(written)
    }

    /// Runs a text of [`Batch::text_of`] in a transaction of its own, on a connection that is in
    /// none: an error leaves open whether it is written.
    pub(crate) async fn execute_alone(
        &mut self,
        table: &'static str,
        text: Arc<str>,
        values: Vec<Value<'_>>,
    ) -> Result<(), StoreError> {
        match self.rows(table, AssertSqlSafe(text), values).await {
            Ok(_) => Ok(()),
            Err(StoreError::Driver { source, .. }) => Err(StoreError::of_commit(source)),
            Err(error) => Err(error),
        }
    }

    /// Runs several statements without parameters, as a migration has them.
    pub(crate) async fn execute_script(
        &mut self,
        table: &'static str,
        script: &'static str,
    ) -> Result<(), StoreError> {
        match self.raw() {
            Raw::Sqlite(connection) => connection.execute(sqlx::raw_sql(script)).await.map(drop),
            Raw::Postgres(connection) => connection.execute(sqlx::raw_sql(script)).await.map(drop),
        }
        .map_err(|error| StoreError::of_statement(table, error))
    }

    /// Prepares a text, as the test does with every statement.
    pub(crate) async fn prepare(&mut self, text: &str) -> Result<(), sqlx::Error> {
        let text = sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(text));
        match self.raw() {
            Raw::Sqlite(connection) => connection.prepare(text).await.map(drop),
            Raw::Postgres(connection) => connection.prepare(text).await.map(drop),
        }
    }

    async fn rows(
        &mut self,
        table: &'static str,
        text: impl sqlx::SqlSafeStr,
        values: impl IntoIterator<Item = Value<'_>>,
    ) -> Result<Vec<Row>, StoreError> {
        let failed = |error| StoreError::of_statement(table, error);
        match self.raw() {
            Raw::Sqlite(connection) => {
                let query = query::<Sqlite>(text, values).map_err(failed)?;
                let rows = connection.fetch_all(query).await.map_err(failed)?;
                Ok(rows
                    .into_iter()
                    .map(|row| Row {
                        table,
                        row: EngineRow::Sqlite(row),
                    })
                    .collect())
            }
            Raw::Postgres(connection) => {
                let query = query::<Postgres>(text, values).map_err(failed)?;
                let rows = connection.fetch_all(query).await.map_err(failed)?;
                Ok(rows
                    .into_iter()
                    .map(|row| Row {
                        table,
                        row: EngineRow::Postgres(row),
                    })
                    .collect())
            }
        }
    }

    fn raw(&mut self) -> Raw<'_> {
        match &mut self.0 {
            Inner::SqliteLent(connection) => Raw::Sqlite(connection),
            Inner::SqlitePooled(connection) => Raw::Sqlite(connection),
            Inner::SqliteTransaction(transaction) => Raw::Sqlite(transaction),
            Inner::PostgresLent(connection) => Raw::Postgres(connection),
            Inner::PostgresPooled(connection) => Raw::Postgres(connection),
            Inner::PostgresTransaction(transaction) => Raw::Postgres(transaction),
        }
    }
}

/// A statement with its parameters; it stays prepared on the connection.
fn query<'v, D>(
    text: impl sqlx::SqlSafeStr,
    values: impl IntoIterator<Item = Value<'v>>,
) -> Result<sqlx::query::Query<'static, D, D::Arguments>, sqlx::Error>
where
    D: sqlx::Database + sqlx::database::HasStatementCache,
    D::Arguments: sqlx::IntoArguments<D>,
    Option<i64>: sqlx::Encode<'v, D> + Type<D>,
    Option<Cow<'v, str>>: sqlx::Encode<'v, D> + Type<D>,
    Option<bool>: sqlx::Encode<'v, D> + Type<D>,
    Option<Cow<'v, [u8]>>: sqlx::Encode<'v, D> + Type<D>,
{
    let values = values.into_iter();
    let mut arguments = D::Arguments::default();
    arguments.reserve(values.size_hint().0, 0);
    for value in values {
        bind(&mut arguments, value)?;
    }
    Ok(sqlx::query_with(text, arguments).persistent(true))
}

/// A transaction that may write; dropped without [`Transaction::commit`], it is rolled back.
#[derive(Debug)]
pub struct Transaction(Connection<'static>);

impl Transaction {
    pub(crate) fn from_sqlite(transaction: sqlx::Transaction<'static, Sqlite>) -> Self {
        Self(Connection(Inner::SqliteTransaction(transaction)))
    }

    pub(crate) fn from_postgres(transaction: sqlx::Transaction<'static, Postgres>) -> Self {
        Self(Connection(Inner::PostgresTransaction(transaction)))
    }

    /// Makes everything durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.0.0 {
            Inner::SqliteTransaction(transaction) => transaction.commit().await,
            Inner::PostgresTransaction(transaction) => transaction.commit().await,
            _ => unreachable!("only transactions are made into one"),
        }
        .map_err(StoreError::of_commit)
    }

    /// Takes everything back.
    pub async fn rollback(self) -> Result<(), StoreError> {
        match self.0.0 {
            Inner::SqliteTransaction(transaction) => transaction.rollback().await,
            Inner::PostgresTransaction(transaction) => transaction.rollback().await,
            _ => unreachable!("only transactions are made into one"),
        }
        .map_err(|error| StoreError::of_statement("a transaction", error))
    }
}

impl std::ops::Deref for Transaction {
    type Target = Connection<'static>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl std::ops::DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_a_typed_first_row_and_each_engines_parameters() {
        static BATCH: Batch = Batch::new(
            "t",
            "INSERT INTO t (a, b) VALUES",
            &[Kind::Integer, Kind::Text],
            "RETURNING a",
        );
        assert_eq!(
            &**BATCH.text(Engine::Postgres, 0),
            "INSERT INTO t (a, b) VALUES (CAST($1 AS BIGINT), CAST($2 AS TEXT)) RETURNING a"
        );
        assert_eq!(
            &**BATCH.text(Engine::Postgres, 1),
            "INSERT INTO t (a, b) VALUES (CAST($1 AS BIGINT), CAST($2 AS TEXT)), ($3, $4) RETURNING a"
        );
        assert_eq!(
            &**BATCH.text(Engine::Sqlite, 1),
            "INSERT INTO t (a, b) VALUES (CAST(? AS BIGINT), CAST(? AS TEXT)), (?, ?) RETURNING a"
        );
    }

    #[test]
    fn a_batch_is_written_in_few_steps() {
        for rows in 1..=600 {
            let mut rows_left = rows;
            let mut steps = 0;
            while rows_left > 0 {
                rows_left -= Batch::step(rows_left).1;
                steps += 1;
            }
            assert!(steps <= 3 + rows / 256, "{rows} rows take {steps} steps");
        }
    }
}
