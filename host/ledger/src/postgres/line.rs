//! One connection to the server, used by one thread at a time. It has a small runtime of its own, so that a statement wakes no other
//! thread.

use super::failure::{Failure, Nature};
use super::settings::PostgresSettings;
use crate::relational::Value;
use bytes::BytesMut;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::error::Error;
use std::fmt::Display;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_postgres::row::RowIndex;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Row, Statement};

/// Statements kept prepared; beyond that they are all prepared anew.
const STATEMENTS: usize = 256;
/// How long an answer may take. Longer than the server's own limits, so that those speak first.
const ANSWER: Duration = Duration::from_secs(30);
/// The same for statements that look at everything, which may take hours.
const LEISURE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a new connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// What every session is set to. A transaction that rests or waits longer was given up by its host.
const SESSION: &str = "SET statement_timeout = '20s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s';
    SET default_transaction_isolation = 'read committed'; SET standard_conforming_strings = on;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// A connection.
pub(crate) struct Line {
    runtime: Runtime,
    client: Client,
    statements: RefCell<HashMap<Box<str>, Statement>>,
    /// How long an answer may take.
    patience: Cell<Duration>,
}

impl Line {
    /// Connects.
    pub(super) fn open(settings: &PostgresSettings) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|_| Failure::of(Nature::Passing, "no runtime"))?;
        let client = runtime
            .block_on(async { tokio::time::timeout(CONNECT, settings.connect()).await.map_err(|_| silent())? })?;
        let line = Self { runtime, client, statements: RefCell::default(), patience: Cell::new(ANSWER) };
        line.batch(SESSION)?;
        Ok(line)
    }

    /// Begins a transaction, with the usual limits on its statements.
    pub(super) fn begin(&self, sql: &str) -> Result<(), Failure> {
        self.patience.set(ANSWER);
        self.batch(sql)
    }

    /// Lifts the limits on statements, for what looks at every row, to the end of the transaction.
    pub(crate) fn at_leisure(&self) -> Result<(), Failure> {
        self.batch("SET LOCAL statement_timeout = 0")?;
        self.patience.set(LEISURE);
        Ok(())
    }

    /// Statements without parameters and results.
    pub(super) fn batch(&self, sql: &str) -> Result<(), Failure> {
        self.wait(self.client.batch_execute(sql))
    }

    /// Changes rows; gives their number.
    pub(crate) fn run(&self, sql: &str, values: &[Value<'_>]) -> Result<usize, Failure> {
        let statement = self.prepared(sql)?;
        let rows = self.wait(self.client.execute_raw(&statement, values))?;
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }

    /// Every row.
    pub(crate) fn rows(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, Failure> {
        let statement = self.prepared(sql)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        self.wait(self.client.query(&statement, &values))
    }

    fn prepared(&self, sql: &str) -> Result<Statement, Failure> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.wait(self.client.prepare(&numbered(sql)))?;
        let mut statements = self.statements.borrow_mut();
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }

    fn wait<T>(&self, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Failure> {
        self.runtime.block_on(async {
            match tokio::time::timeout(self.patience.get(), answer).await {
                Ok(result) => result.map_err(Failure::from),
                Err(_) => Err(silent()),
            }
        })
    }
}

const fn silent() -> Failure {
    Failure::of(Nature::Lost, "server does not answer")
}

/// The parameters as PostgreSQL counts them: `?` in order, `?1` by number.
fn numbered(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len() + 16);
    let mut count = 0;
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '?' {
            text.push(letter);
            continue;
        }
        text.push('$');
        if !letters.peek().is_some_and(char::is_ascii_digit) {
            count += 1;
            text.push_str(&count.to_string());
        }
    }
    text
}

/// A parameter is not of its column's type.
#[derive(Debug, thiserror::Error)]
#[error("a parameter is not of its column's type")]
pub(super) struct NotOfColumn;

impl ToSql for Value<'_> {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, of) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Integer(number), &Type::INT8) => number.to_sql(of, out),
            // PostgreSQL's texts hold no NUL, which no document has, but which a broken sender may put into a name.
            (Self::Text(text), &Type::TEXT) if text.contains('\0') => text.replace('\0', "\u{FFFD}").to_sql(of, out),
            (Self::Text(text), &Type::TEXT) => text.to_sql(of, out),
            (Self::Bytes(bytes), &Type::BYTEA) => bytes.to_sql(of, out),
            _ => Err(Box::new(NotOfColumn)),
        }
    }

    fn accepts(of: &Type) -> bool {
        matches!(*of, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *of {
            Type::INT8 => i64::from_sql(of, raw).map(Self::Integer),
            Type::INT4 => i32::from_sql(of, raw).map(|number| Self::Integer(i64::from(number))),
            Type::BOOL => bool::from_sql(of, raw).map(|yes| Self::Integer(i64::from(yes))),
            Type::BYTEA => <&[u8]>::from_sql(of, raw).map(Self::Bytes),
            _ => <&str>::from_sql(of, raw).map(Self::Text),
        }
    }

    fn from_sql_null(_of: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(of: &Type) -> bool {
        matches!(*of, Type::INT8 | Type::INT4 | Type::BOOL | Type::BYTEA | Type::TEXT)
    }
}

/// One column of a row.
pub(crate) fn cell<'a, T: FromSql<'a>>(row: &'a Row, place: impl RowIndex + Display) -> Result<T, Failure> {
    row.try_get(place).map_err(|error| Failure::decoding(&error))
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn parameters_are_numbered() {
        assert_eq!(numbered("a = ? AND b = ?"), "a = $1 AND b = $2");
        assert_eq!(numbered("a = ?2 OR b = ?1 OR c = ?2"), "a = $2 OR b = $1 OR c = $2");
    }
}
