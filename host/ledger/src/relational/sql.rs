//! Statements, parameters and rows, the same for every database. Statements keep to what all of them understand: parameters are
//! `?` in order or `?1`, `?2`, numbers are 64 bits wide, yes and no are 1 and 0.

use super::fault::Fault;
use crate::postgres;
use rusqlite::types::{ToSqlOutput, ValueRef};

/// What stands in a parameter or a column. `Debug` shows no content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Integer(_) => "integer",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        })
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// What can be a parameter.
pub(crate) trait Parameter {
    /// As it is stored.
    fn value(&self) -> Value<'_>;
}

impl<T: Parameter + ?Sized> Parameter for &T {
    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl<T: Parameter> Parameter for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Parameter::value)
    }
}

impl Parameter for str {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Parameter for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Parameter for Vec<u8> {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl Parameter for i64 {
    fn value(&self) -> Value<'_> {
        Value::Integer(*self)
    }
}

impl Parameter for i32 {
    fn value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl Parameter for u32 {
    fn value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl Parameter for u64 {
    fn value(&self) -> Value<'_> {
        // Counters of this crate, which end long before.
        Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl Parameter for usize {
    fn value(&self) -> Value<'_> {
        Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl Parameter for bool {
    fn value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

/// Parameters of a statement, in order.
macro_rules! params {
    ($($parameter:expr),* $(,)?) => {
        &[$($crate::relational::sql::Parameter::value(&$parameter)),*]
    };
}
pub(crate) use params;

/// What can be read from a column.
pub(crate) trait Column: Sized {
    /// None where something else stands there.
    fn read(value: Value<'_>) -> Option<Self>;
}

impl<T: Column> Column for Option<T> {
    fn read(value: Value<'_>) -> Option<Self> {
        if value == Value::Null { Some(None) } else { T::read(value).map(Some) }
    }
}

impl Column for String {
    fn read(value: Value<'_>) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.to_owned()) } else { None }
    }
}

impl Column for Vec<u8> {
    fn read(value: Value<'_>) -> Option<Self> {
        if let Value::Bytes(bytes) = value { Some(bytes.to_vec()) } else { None }
    }
}

impl Column for i64 {
    fn read(value: Value<'_>) -> Option<Self> {
        if let Value::Integer(number) = value { Some(number) } else { None }
    }
}

impl Column for u64 {
    fn read(value: Value<'_>) -> Option<Self> {
        i64::read(value)?.try_into().ok()
    }
}

impl Column for u32 {
    fn read(value: Value<'_>) -> Option<Self> {
        i64::read(value)?.try_into().ok()
    }
}

impl Column for bool {
    fn read(value: Value<'_>) -> Option<Self> {
        i64::read(value).map(|number| number != 0)
    }
}

/// Where a column stands in a row.
pub(crate) trait Place: rusqlite::RowIndex + tokio_postgres::row::RowIndex + std::fmt::Display + Copy {}
impl Place for &str {}
impl Place for usize {}

/// A row of a result.
#[derive(Clone, Copy)]
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// One column of it.
    pub(crate) fn get<P: Place, T: Column>(&self, place: P) -> Result<T, Fault> {
        let read = match self {
            Self::Sqlite(row) => match row.get_ref(place)? {
                ValueRef::Null => T::read(Value::Null),
                ValueRef::Integer(number) => T::read(Value::Integer(number)),
                ValueRef::Text(text) => std::str::from_utf8(text).ok().and_then(|text| T::read(Value::Text(text))),
                ValueRef::Blob(bytes) => T::read(Value::Bytes(bytes)),
                ValueRef::Real(_) => None,
            },
            Self::Postgres(row) => T::read(postgres::cell(row, place)?),
        };
        read.ok_or(Fault::Foreign("unexpected content"))
    }

    /// The names of its columns, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Sqlite(row) => row.as_ref().column_names().map(str::to_owned).collect(),
            Self::Postgres(row) => row.columns().iter().map(|column| column.name().to_owned()).collect(),
        }
    }
}

/// A connection inside a transaction.
#[derive(Clone, Copy)]
pub(crate) enum Connection<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a postgres::Line),
}

impl<'a> Connection<'a> {
    /// Changes rows; gives their number.
    pub(crate) fn run(self, sql: &str, values: &[Value<'_>]) -> Result<usize, Fault> {
        match self {
            Self::Sqlite(connection) => {
                Ok(connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))?)
            }
            Self::Postgres(line) => Ok(line.run(sql, values)?),
        }
    }

    /// Lifts what limits the time of statements, to the end of the transaction.
    pub(crate) fn at_leisure(self) -> Result<(), Fault> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(line) => Ok(line.at_leisure()?),
        }
    }

    /// Every row; the first one only where that is all that is wanted.
    pub(crate) fn rows<T>(
        self,
        sql: &str,
        values: &[Value<'_>],
        first_only: bool,
        mut read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let most = if first_only { 1 } else { usize::MAX };
        match self {
            Self::Sqlite(connection) => connection
                .prepare_cached(sql)?
                .query_and_then(rusqlite::params_from_iter(values), |row| read(&Row::Sqlite(row)))?
                .take(most)
                .collect(),
            Self::Postgres(line) => {
                line.rows(sql, values)?.iter().take(most).map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }
}
