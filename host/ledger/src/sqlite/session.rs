//! What a job may use: the connection inside its transaction, the present, and ids.

use super::failure::Fault;
use bridge_types::{Ids, Phi, Timestamp};
use rusqlite::types::{FromSql, Value};
use rusqlite::{Connection, Params, Row, params_from_iter};
use std::ops::Deref;

/// A connection to read from.
#[derive(Clone, Copy)]
pub(super) struct View<'a>(&'a Connection);

impl<'a> View<'a> {
    pub(super) const fn new(connection: &'a Connection) -> Self {
        Self(connection)
    }

    /// Every row.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        self.0.prepare_cached(sql)?.query_and_then(values, read)?.collect()
    }

    /// The first row, if any.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        self.0.prepare_cached(sql)?.query_and_then(values, read)?.next().transpose()
    }

    /// One value of the first row, if any.
    pub(super) fn value<T: FromSql>(&self, sql: &str, values: impl Params) -> Result<Option<T>, Fault> {
        self.one(sql, values, |row| Ok(row.get(0)?))
    }

    /// The bare connection.
    #[cfg(test)]
    pub(super) const fn connection(&self) -> &'a Connection {
        self.0
    }
}

/// A connection inside a writing transaction.
pub(super) struct Session<'a> {
    view: View<'a>,
    /// The present.
    pub(super) now: Timestamp,
    ids: &'a dyn Ids,
}

impl<'a> Session<'a> {
    pub(super) const fn new(connection: &'a Connection, now: Timestamp, ids: &'a dyn Ids) -> Self {
        Self { view: View::new(connection), now, ids }
    }

    /// Changes rows; gives their number.
    pub(super) fn run(&self, sql: &str, values: impl Params) -> Result<usize, Fault> {
        Ok(self.view.0.prepare_cached(sql)?.execute(values)?)
    }

    /// A new id.
    pub(super) fn id(&self) -> String {
        self.ids.next()
    }

    /// The present, as stored.
    pub(super) const fn millis(&self) -> i64 {
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
pub(super) enum Decision<T> {
    /// They stay.
    Keep(T),
    /// They are rolled back; the result says why.
    Undo(T),
}

/// A list's statement, put together from the parts of a filter that are set.
pub(super) struct Listing {
    sql: String,
    values: Vec<Value>,
}

impl Listing {
    /// Starts with `SELECT … FROM …`.
    pub(super) fn of(select: &str) -> Self {
        Self { sql: format!("{select} WHERE TRUE"), values: Vec::new() }
    }

    /// Adds a condition with one parameter, if there is a value for it.
    pub(super) fn filter(mut self, condition: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.sql.push_str(" AND ");
            self.sql.push_str(condition);
            self.values.push(value.into());
        }
        self
    }

    /// Adds a condition with as many parameters as there are values, if there are any.
    pub(super) fn one_of(mut self, column: &str, values: impl IntoIterator<Item = Value>) -> Self {
        let before = self.values.len();
        self.values.extend(values);
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
        view.all(&format!("{} ORDER BY {order}", self.sql), params_from_iter(self.values), read)
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
        let mut listing = self.filter("seq < ?", after.map(|cursor| cursor.0));
        listing.sql.push_str(" ORDER BY seq DESC LIMIT ?");
        listing.values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)));
        let rows = view.all(&listing.sql, params_from_iter(listing.values), |row| Ok((row.get("seq")?, read(row)?)))?;
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
