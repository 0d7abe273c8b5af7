//! The rows and columns of a file.

use crate::questionnaires::{Known, Token};
use access_contract::{Issue, Severity};

/// Rows of one file, without the header: code `csv-limit`.
pub(crate) const MAX_ROWS: usize = 1_000;
/// Columns of one file: code `csv-limit`.
pub(crate) const MAX_COLUMNS: usize = 500;
/// Bytes of a first line that is looked at to tell such a file from other feeds.
const MAX_HEADER: usize = 32 * 1024;

/// A column with a meaning of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// `instrument`
    Instrument,
    /// `authored`
    Authored,
    /// `mbi`
    Mbi,
    /// `patient_id`
    PatientId,
    /// `authority`
    Authority,
    /// `response_id`
    ResponseId,
    /// `status`
    Status,
    /// `application`
    Application,
    /// `facility`
    Facility,
    /// `exported`
    Exported,
}

/// The names of the columns.
const COLUMNS: [(&str, Column); 10] = [
    ("instrument", Column::Instrument),
    ("authored", Column::Authored),
    ("mbi", Column::Mbi),
    ("patient_id", Column::PatientId),
    ("authority", Column::Authority),
    ("response_id", Column::ResponseId),
    ("status", Column::Status),
    ("application", Column::Application),
    ("facility", Column::Facility),
    ("exported", Column::Exported),
];

/// Whether a text is such a file: its first line names two of `instrument`, `authored`, `mbi` and `patient_id` among other columns, whatever
/// separates them. Whether it can be used is for [`Table::parse`] to say.
pub(crate) fn is_table(feed: &[u8]) -> bool {
    let head = feed.get(..feed.len().min(MAX_HEADER)).unwrap_or_default();
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.trim_ascii().is_empty());
    let Some(line) = line else { return false };
    let named = |wanted: &[u8]| {
        let mut cells = line.split(|byte| SEPARATORS.contains(byte));
        cells.any(|cell| {
            let cell = cell.trim_ascii();
            let cell = cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell);
            cell.trim_ascii().eq_ignore_ascii_case(wanted)
        })
    };
    let known: [&[u8]; 4] = [b"instrument", b"authored", b"mbi", b"patient_id"];
    known.into_iter().filter(|name| named(name)).count() > 1
}

/// What separates the cells of such files; only the first is read.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The row in which a quote begins that nothing ends; the csv crate would take the rest of the file as one cell.
fn unclosed(text: &str) -> Option<usize> {
    let (mut row, mut opened, mut begins) = (1, None, true);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, opened) {
            ('"', Some(_)) if letters.peek() == Some(&'"') => {
                letters.next();
            }
            ('"', Some(_)) => opened = None,
            (_, Some(_)) => {}
            ('"', None) if begins => opened = Some(row),
            ('\n', None) => row += 1,
            _ => {}
        }
        begins = opened.is_none() && matches!(letter, ',' | '\n' | '\r');
    }
    opened
}

/// One row with its number in the file.
#[derive(Debug)]
pub(crate) struct Record {
    /// The header is row 1.
    pub(crate) number: usize,
    cells: Vec<String>,
}

impl Record {
    /// The cells that hold something, by column.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (usize, &str)> {
        self.cells.iter().map(|cell| cell.trim()).enumerate().filter(|(_, cell)| !cell.is_empty())
    }
}

/// A file.
#[derive(Debug)]
pub(crate) struct Table {
    /// Names of the columns, and what they are.
    pub(crate) columns: Vec<(String, Option<Column>)>,
    pub(crate) rows: Vec<Record>,
}

fn wrong(place: impl Into<String>, message: &str, hint: &str) -> Box<Issue> {
    Box::new(Issue::new(Severity::Fatal, "csv-header", place, message).hint(hint).condition(100))
}

fn beyond(place: impl Into<String>, message: String) -> Box<Issue> {
    Box::new(Issue::new(Severity::Fatal, "csv-limit", place, message).hint("send it in several files").condition(100))
}

impl Table {
    /// Takes a text apart.
    ///
    /// # Errors
    /// Why the whole file cannot be used.
    pub(crate) fn parse(text: &str) -> Result<Self, Box<Issue>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
        if let Some(row) = unclosed(text) {
            let hint = "end the cell with a double quote; a quote within one is written twice";
            return Err(wrong(format!("row {row}"), "a double quote begins a cell and nothing ends it", hint));
        }
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut table = Self { columns: Vec::new(), rows: Vec::new() };
        for (position, record) in reader.records().enumerate() {
            let number = position + 1;
            let record = record.map_err(|_| {
                wrong(
                    format!("row {number}"),
                    "the row cannot be taken apart",
                    "write CSV with commas and double quotes",
                )
            })?;
            if record.len() > MAX_COLUMNS {
                let message = format!("a row has more than {MAX_COLUMNS} columns");
                return Err(beyond(format!("row {number}"), message));
            }
            if number == 1 {
                table.head(&record)?;
                continue;
            }
            if table.rows.len() == MAX_ROWS {
                let message = format!("the file has more than {MAX_ROWS} rows");
                return Err(beyond(format!("row {number}"), message));
            }
            table.rows.push(Record { number, cells: record.iter().map(str::to_owned).collect() });
        }
        table.rows.retain(|row| row.cells().next().is_some());
        Ok(table)
    }

    fn head(&mut self, record: &csv::StringRecord) -> Result<(), Box<Issue>> {
        for (position, name) in record.iter().enumerate() {
            let name = name.trim();
            let column = COLUMNS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, column)| *column);
            let same = |(known, other): &(String, Option<Column>)| match column {
                Some(_) => *other == column,
                None => !name.is_empty() && known.eq_ignore_ascii_case(name),
            };
            if self.columns.iter().any(same) {
                let message = "another column has the same name";
                return Err(wrong(super::place(1, position), message, "give every column a name of its own"));
            }
            self.columns.push((name.to_owned(), column));
        }
        if let [(only, None)] = self.columns.as_slice()
            && only.contains([';', '\t'])
        {
            let separator = if only.contains(';') { "semicolons" } else { "tabs" };
            let message = format!("the columns are separated by {separator}");
            return Err(wrong("row 1", &message, "write the file with commas"));
        }
        let has = |wanted: Column| self.columns.iter().any(|(_, column)| *column == Some(wanted));
        if !has(Column::Mbi) && !has(Column::PatientId) {
            let message = "no column says whose the answers are";
            return Err(wrong("row 1", message, "add the column mbi, or patient_id with authority"));
        }
        for (name, column) in [("instrument", Column::Instrument), ("authored", Column::Authored)] {
            if !has(column) {
                let message = format!("the column {name} is missing");
                return Err(wrong(
                    "row 1",
                    &message,
                    "the first row names the columns; docs/questionnaires.md lists them",
                ));
            }
        }
        Ok(())
    }

    /// The cell of a row in a column, if there is something in it.
    pub(crate) fn cell<'r>(&self, row: &'r Record, column: Column) -> Option<&'r str> {
        let position = self.position(column)?;
        row.cells.get(position).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

    /// The position of a column, from 0.
    pub(crate) fn position(&self, column: Column) -> Option<usize> {
        self.columns.iter().position(|(_, known)| *known == Some(column))
    }

    /// Where a cell stands; the row where there is no such column.
    pub(crate) fn place(&self, row: &Record, column: Column) -> String {
        self.position(column)
            .map_or_else(|| format!("row {}", row.number), |position| super::place(row.number, position))
    }

    /// Which columns are read.
    pub(crate) fn read(&self, known: Known<'_>) -> Vec<bool> {
        let is_read = |(name, column): &(String, Option<Column>)| {
            column.is_some() || known.is_known(Token::local(known.spelt(name), ""))
        };
        self.columns.iter().map(is_read).collect()
    }
}
