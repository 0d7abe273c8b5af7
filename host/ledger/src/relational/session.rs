//! What a job may use: the connection inside its transaction, the present, and ids.

use super::fault::Fault;
use super::sql::{Column, Connection, Row, Value};
use bridge_types::{Ids, Phi, Timestamp};
use std::ops::Deref;

/// A connection to read from.
#[derive(Clone, Copy)]
pub(crate) struct View<'a>(Connection<'a>);

impl<'a> View<'a> {
    pub(crate) const fn new(connection: Connection<'a>) -> Self {
        Self(connection)
    }

    /// Every row.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        self.0.rows(sql, values, false, read)
    }

    /// The first row, if any.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        Ok(self.0.rows(sql, values, true, read)?.pop())
    }

    /// One value of the first row, if any.
    pub(crate) fn value<T: Column>(&self, sql: &str, values: &[Value<'_>]) -> Result<Option<T>, Fault> {
        self.one(sql, values, |row| row.get(0))
    }

    /// Lifts what limits the time of statements, for one that looks at every row.
    pub(super) fn at_leisure(&self) -> Result<(), Fault> {
        self.0.at_leisure()
    }

    /// Whether others may write at the same time. Where not, a transaction that writes has the ledger for itself.
    pub(super) const fn is_shared(&self) -> bool {
        matches!(self.0, Connection::Postgres(_))
    }

    /// Whose leases hold although their time is over: services that are known to be at work. The service on a file is alone, and knows
    /// itself what it holds.
    pub(super) fn at_work(&self, owner: &str, now: Timestamp) -> Result<Vec<String>, Fault> {
        match self.0 {
            Connection::Sqlite(_) => Ok(Vec::new()),
            Connection::Postgres(line) => Ok(crate::postgres::at_work(line, owner, now)?),
        }
    }

    /// What the database's own check finds. A server has tools of its own for that.
    pub(super) fn own_check(&self) -> Result<Vec<crate::Violation>, Fault> {
        match self.0 {
            Connection::Sqlite(connection) => Ok(crate::sqlite::own_check(connection)?),
            Connection::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// The bare connection to a file.
    #[cfg(test)]
    pub(crate) fn connection(&self) -> &'a rusqlite::Connection {
        if let Connection::Sqlite(connection) = self.0 { connection } else { panic!("this is no file") }
    }
}

/// A connection inside a writing transaction.
pub(crate) struct Session<'a> {
    view: View<'a>,
    /// The present.
    pub(crate) now: Timestamp,
    ids: &'a dyn Ids,
}

impl<'a> Session<'a> {
    pub(crate) const fn new(connection: Connection<'a>, now: Timestamp, ids: &'a dyn Ids) -> Self {
        Self { view: View::new(connection), now, ids }
    }

    /// Changes rows; gives their number.
    pub(crate) fn run(&self, sql: &str, values: &[Value<'_>]) -> Result<usize, Fault> {
        self.view.0.run(sql, values)
    }

    /// A new id.
    pub(super) fn id(&self) -> String {
        self.ids.next()
    }

    /// The present, as stored.
    pub(crate) const fn millis(&self) -> i64 {
        self.now.as_millis()
    }
}

impl<'a> Deref for Session<'a> {
    type Target = View<'a>;

    fn deref(&self) -> &Self::Target {
        &self.view
    }
}

/// Whether a job's changes stay.
pub(crate) enum Decision<T> {
    /// They stay.
    Keep(T),
    /// They are rolled back; the result says why.
    Undo(T),
}

/// A list's statement, put together from the parts of a filter that are set.
pub(super) struct Listing<'a> {
    sql: String,
    values: Vec<Value<'a>>,
}

impl<'a> Listing<'a> {
    /// Starts with `SELECT … FROM …`.
    pub(super) fn of(select: &str) -> Self {
        Self { sql: format!("{select} WHERE TRUE"), values: Vec::new() }
    }

    /// Adds a condition with one parameter, if there is a value for it.
    pub(super) fn filter(mut self, condition: &str, value: Option<&'a str>) -> Self {
        if let Some(value) = value {
            self.sql.push_str(" AND ");
            self.sql.push_str(condition);
            self.values.push(Value::Text(value));
        }
        self
    }

    /// Adds a condition with as many parameters as there are values, if there are any.
    pub(super) fn one_of(mut self, column: &str, values: impl Iterator<Item = &'a str>) -> Self {
        let before = self.values.len();
        self.values.extend(values.map(Value::Text));
        let count = self.values.len().saturating_sub(before);
        if count > 0 {
            self.sql.push_str(&format!(" AND {column} IN ({})", vec!["?"; count].join(", ")));
        }
        self
    }

    /// Adds a condition without parameters.
    pub(super) fn only(mut self, wanted: bool, condition: &str) -> Self {
        if wanted {
            self.sql.push_str(" AND ");
            self.sql.push_str(condition);
        }
        self
    }

    /// Every row, in an order.
    pub(super) fn all<T>(
        self,
        view: &View<'_>,
        order: &str,
        read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        view.all(&format!("{} ORDER BY {order}", self.sql), &self.values, read)
    }

    /// One page, newest first; the first column must be `seq`.
    pub(super) fn page<T>(
        self,
        view: &View<'_>,
        after: Option<crate::Cursor>,
        limit: usize,
        mut read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<crate::Page<T>, Fault> {
        let limit = crate::page::rows(limit);
        let mut listing = self;
        if let Some(cursor) = after {
            listing.sql.push_str(" AND seq < ?");
            listing.values.push(Value::Integer(cursor.0));
        }
        listing.sql.push_str(" ORDER BY seq DESC LIMIT ?");
        listing.values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)));
        let rows = view.all(&listing.sql, &listing.values, |row| Ok((row.get("seq")?, read(row)?)))?;
        Ok(crate::Page::cut(rows, limit))
    }
}

/// A moment.
pub(super) fn moment(row: &Row<'_>, column: &str) -> Result<Timestamp, Fault> {
    Ok(Timestamp::from_millis(row.get(column)?))
}

/// A moment that may be missing.
pub(super) fn moment_if_any(row: &Row<'_>, column: &str) -> Result<Option<Timestamp>, Fault> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

/// A protected text.
pub(super) fn phi(row: &Row<'_>, column: &str) -> Result<Phi<String>, Fault> {
    Ok(Phi::new(row.get(column)?))
}

/// A record kept as JSON.
pub(super) fn record<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::Foreign("a record cannot be read"))
}

/// A record as JSON.
pub(super) fn text<T: serde::Serialize>(record: &T) -> Result<String, Fault> {
    serde_json::to_string(record).map_err(|_| Fault::Foreign("a record cannot be written"))
}
