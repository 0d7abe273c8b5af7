//! The view against the plainest splitter there is, over any message and any separators.

use crate::view::{Delimiters, Message, Text};
use proptest::prelude::*;

/// Splits; nothing has no parts.
fn split(text: &str, separator: char) -> Vec<&str> {
    if text.is_empty() { Vec::new() } else { text.split(separator).collect() }
}

/// A field separator and four encoding characters, all different.
fn separators() -> impl Strategy<Value = (char, [char; 4])> {
    let usable: Vec<char> = "|^~\\&!#$%*+,-./:;<=>?@[]_`{}'()\u{1d}\u{1e}\u{1f}\u{7f}".chars().collect();
    Just(usable).prop_shuffle().prop_map(|shuffled| (shuffled[0], [shuffled[1], shuffled[2], shuffled[3], shuffled[4]]))
}

/// Fields of segments: numbers stand for separators, so that they are frequent whatever they are. No segment begins as the
/// frames of messages and batches do.
fn bodies() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("[AC-EG-LN-Z][A-Z0-9]{2}", "([01234]|[A-Za-zé€\u{1f600}\" \t]){0,40}x?"), 0..8)
}

/// A message of such segments, and its lines.
fn written(field: char, encoding: [char; 4], bodies: &[(String, String)]) -> (String, Vec<String>) {
    let [component, repetition, escape, subcomponent] = encoding;
    let mut lines = vec![format!("MSH{field}{}{field}A{component}B", encoding.iter().collect::<String>())];
    lines.extend(bodies.iter().map(|(name, body)| {
        let body: String = body
            .chars()
            .map(|letter| match letter {
                '0' => field,
                '1' => component,
                '2' => repetition,
                '3' => escape,
                '4' => subcomponent,
                other => other,
            })
            .collect();
        format!("{name}{field}{}", body.trim_end())
    }));
    (lines.join("\r"), lines)
}

proptest! {
    #[test]
    fn splitting_agrees_with_the_plainest_splitter((field, encoding) in separators(), bodies in bodies()) {
        let (message, lines) = written(field, encoding, &bodies);
        let text = Text::normalise(&message).unwrap();
        let [component, repetition, escape, subcomponent] = encoding;
        let expected = Delimiters { field, component, repetition, escape, subcomponent, ..*text.delimiters() };
        prop_assert_eq!(text.delimiters(), &expected);
        let message = Message::parse(&text).unwrap();
        prop_assert_eq!(message.all().len(), lines.len());
        for (segment, line) in message.all().iter().zip(&lines) {
            prop_assert_eq!(segment.raw(), line.as_str());
            let same_name = lines.iter().filter(|other| other.starts_with(segment.name())).count();
            prop_assert_eq!(message.segments(segment.name()).count(), same_name);
            let first = if segment.name() == "MSH" { 3 } else { 1 };
            let fields: Vec<&str> = line.split(field).skip(first.min(2)).collect();
            prop_assert_eq!(segment.count(), fields.len() + first - 1);
            for (number, raw) in (first..).zip(fields) {
                let field = segment.field(number);
                prop_assert_eq!(field.raw(), raw);
                let repetitions = split(raw, repetition);
                prop_assert_eq!(field.count(), repetitions.len());
                prop_assert_eq!(field.repetitions().map(|part| part.raw()).collect::<Vec<_>>(), repetitions.clone());
                for (number, raw) in (1..).zip(repetitions) {
                    let repetition = field.repetition(number);
                    prop_assert_eq!(repetition.raw(), raw);
                    let components = split(raw, component);
                    prop_assert_eq!(repetition.count(), components.len());
                    prop_assert_eq!(repetition.components().map(|part| part.raw()).collect::<Vec<_>>(), components.clone());
                    for (number, raw) in (1..).zip(components) {
                        let component = repetition.component(number);
                        prop_assert_eq!(component.whole().raw(), raw);
                        let parts = split(raw, subcomponent);
                        prop_assert_eq!(component.count(), parts.len());
                        prop_assert_eq!(component.subcomponents().map(|part| part.raw()).collect::<Vec<_>>(), parts.clone());
                        for (number, raw) in (1..).zip(parts) {
                            prop_assert_eq!(component.subcomponent(number).raw(), raw);
                        }
                        prop_assert_eq!(component.subcomponent(component.count() + 1).raw(), "");
                    }
                    prop_assert_eq!(repetition.component(repetition.count() + 1).raw(), "");
                }
                prop_assert_eq!(field.repetition(field.count() + 1).raw(), "");
            }
            prop_assert_eq!(segment.field(segment.count() + 1).raw(), "");
            prop_assert_eq!(segment.field(0).raw(), "");
        }
    }

    #[test]
    fn every_populated_piece_is_found_again_under_its_path((field, encoding) in separators(), bodies in bodies()) {
        let (message, lines) = written(field, encoding, &bodies);
        let text = Text::normalise(&message).unwrap();
        let message = Message::watched(&text).unwrap();
        let mut paths = Vec::new();
        for piece in message.populated() {
            let again = message.get(&piece.path()).unwrap().unwrap();
            prop_assert_eq!(again.raw(), piece.raw());
            prop_assert_eq!(again.path().starts_with(&piece.path()), true);
            let is_separator = matches!(piece.path().as_str(), "MSH-1" | "MSH-2");
            prop_assert_eq!(piece.is_touched(), is_separator);
            let _ = again.content();
            prop_assert!(piece.is_touched());
            paths.push(piece.path());
        }
        prop_assert_eq!(message.touched().map(|piece| piece.path()).collect::<Vec<_>>(), paths.clone());
        // Nothing is left out: what is no separator and no blank stands in some piece.
        let separators = [field, encoding[0], encoding[1], encoding[3]];
        let content = |text: &str| text.chars().filter(|letter| !separators.contains(letter) && !letter.is_whitespace()).count();
        let in_lines: usize = lines.iter().skip(1).map(|line| content(line.get(3..).unwrap())).sum();
        let in_pieces: usize = message.populated().filter(|piece| piece.place().segment != "MSH").map(|piece| content(piece.raw())).sum();
        prop_assert_eq!(in_pieces, in_lines);
        let distinct: std::collections::BTreeSet<_> = paths.iter().collect();
        prop_assert_eq!(distinct.len(), paths.len());
    }

    #[test]
    fn a_message_in_normal_form_is_not_copied((field, encoding) in separators(), bodies in bodies()) {
        let (message, _) = written(field, encoding, &bodies);
        let text = Text::normalise(&message).unwrap();
        prop_assert_eq!(text.as_str().as_ptr(), message.as_ptr());
    }

    #[test]
    fn the_same_message_is_seen_whatever_ends_its_lines(
        (field, encoding) in separators(),
        bodies in bodies(),
        ends in prop::collection::vec(prop::sample::select(vec!["\r", "\n", "\r\n", "\r\r", " \r", "\n\n", "\r\n\r\n"]), 10),
    ) {
        let (message, lines) = written(field, encoding, &bodies);
        let ended: String = lines.iter().zip(&ends).map(|(line, end)| format!("{line}{end}")).collect();
        let (clean, other) = (Text::normalise(&message).unwrap(), Text::normalise(&ended).unwrap());
        prop_assert_eq!(clean.as_str(), other.as_str());
    }
}
