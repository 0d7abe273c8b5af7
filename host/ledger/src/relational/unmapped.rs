//! Codes without a row in the profile, counted by sender.
//!
//! The table holds [`Bounds::UNMAPPED`] rows; where there are more, those go that have not come for longest. A row is gone
//! when somebody says that the code is known now.

use super::fault::Fault;
use super::session::{Listing, Session, View, moment};
use super::sql::{Row, params};
use crate::{Bounds, FeedIdentity, UnmappedFilter, UnmappedRow};
use access_contract::UnmappedCode;

/// Counts the codes of one feed.
pub(super) fn count(session: &Session<'_>, sender: &FeedIdentity, codes: &[UnmappedCode]) -> Result<(), Fault> {
    let now = session.millis();
    for code in codes {
        session.run(
            "INSERT INTO unmapped (application, facility, kind, code, system, unit, display, count, first_seen, last_seen)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?8)
             ON CONFLICT (application, facility, kind, code, system, unit) DO UPDATE SET count = unmapped.count + 1,
             last_seen = CASE WHEN unmapped.last_seen > excluded.last_seen THEN unmapped.last_seen ELSE excluded.last_seen END,
             display = excluded.display",
            params![
                sender.application,
                sender.facility,
                code.table,
                code.code,
                code.system,
                code.unit,
                code.display,
                now
            ],
        )?;
    }
    let most = i64::try_from(Bounds::UNMAPPED).unwrap_or(i64::MAX);
    let rows = session.value::<i64>("SELECT count(*) FROM unmapped", &[])?.unwrap_or_default();
    if rows > most {
        session.run(
            "DELETE FROM unmapped WHERE (application, facility, kind, code, system, unit) IN
             (SELECT application, facility, kind, code, system, unit FROM unmapped
              ORDER BY last_seen, count, application, facility, kind, code, system, unit LIMIT ?)",
            params![rows - most],
        )?;
    }
    Ok(())
}

/// The codes, those that came most often first.
pub(super) fn list(view: &View<'_>, filter: &UnmappedFilter) -> Result<Vec<UnmappedRow>, Fault> {
    Listing::of("SELECT * FROM unmapped")
        .filter("application = ?", filter.application.as_deref())
        .filter("facility = ?", filter.facility.as_deref())
        .all(view, "application, facility, count DESC, kind, code, system, unit", row)
}

/// Forgets codes that are known now; gives how many there were.
pub(super) fn forget(session: &Session<'_>, rows: &[UnmappedRow]) -> Result<usize, Fault> {
    let mut gone = 0;
    for row in rows {
        gone += session.run(
            "DELETE FROM unmapped
             WHERE application = ? AND facility = ? AND kind = ? AND code = ? AND system = ? AND unit = ?",
            params![row.application, row.facility, row.code.table, row.code.code, row.code.system, row.code.unit],
        )?;
    }
    Ok(gone)
}

fn row(row: &Row<'_>) -> Result<UnmappedRow, Fault> {
    Ok(UnmappedRow {
        application: row.get("application")?,
        facility: row.get("facility")?,
        code: UnmappedCode {
            table: row.get("kind")?,
            code: row.get("code")?,
            display: row.get("display")?,
            system: row.get("system")?,
            unit: row.get("unit")?,
        },
        count: row.get("count")?,
        first_seen: moment(row, "first_seen")?,
        last_seen: moment(row, "last_seen")?,
    })
}
