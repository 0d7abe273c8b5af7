//! `access-bridge explain`: every populated piece of a feed with the rule that took it and the payload element it went into,
//! as text, JSON or one page of HTML; and what issue codes mean.

mod codes;
mod groups;
mod html;
mod joining;
mod model;
mod text;

use super::offline::{Desk, ending, feeds};
use crate::cli::Explain;
use crate::output::{Done, say, warn};
use joining::explanation;
use text::Style;

/// Explains.
///
/// # Errors
/// A chart, a profile or a component that cannot be used; a code that is not known.
pub fn explain(arguments: &Explain) -> Done {
    if let Some(code) = &arguments.code {
        return codes::one(code, arguments.json);
    }
    if arguments.codes {
        return codes::all(arguments.json, arguments.markdown);
    }
    let offline = &arguments.offline;
    let mut desk = Desk::open(offline)?;
    let style = Style::of_terminal();
    let (mut total, mut refused) = (0, 0);
    if arguments.html {
        say(&html::head());
    }
    let unreadable = feeds(
        &offline.files,
        |feed| {
            let converted = desk.convert(&feed)?;
            let account = desk.account(&feed, !arguments.no_values)?;
            total += 1;
            refused += usize::from(converted.refused);
            let explanation = explanation(&feed.source, &converted, account, !arguments.no_values);
            if arguments.html {
                say(&html::feed(&explanation, total));
            } else if arguments.json {
                say(&serde_json::to_string(&explanation).unwrap_or_default());
            } else {
                say(&text::render(&explanation, &style));
            }
            Ok(())
        },
        warn,
    )?;
    if arguments.html {
        say(&html::foot());
    }
    Ok(ending(offline.strict, total, refused, unreadable))
}

#[cfg(test)]
mod tests;
