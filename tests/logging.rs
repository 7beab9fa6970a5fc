//! Compares the log lines with `docs/LOGGING.md`: operators alert on what the page lists, so it must list
//! the events of the code and no others, each with its level and fields.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test may fail, and says what is wrong"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// An event by its level and name, with the fields of all its lines.
type Events = BTreeMap<(String, String), BTreeSet<String>>;

const LEVELS: [&str; 3] = ["error", "warn", "info"];

#[test]
fn the_page_lists_the_events_of_the_code() {
    let mut in_code = Events::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    read_folder(&root.join("src"), &mut in_code);
    let page = fs::read_to_string(root.join("docs/LOGGING.md")).unwrap();
    let on_page = events_of_page(&page);
    for (event, fields) in &in_code {
        assert_eq!(on_page.get(event), Some(fields), "{event:?} of the code");
    }
    for event in on_page.keys() {
        assert!(in_code.contains_key(event), "no code writes {event:?}");
    }
    for name in alerts_of_page(&page) {
        let is_known = on_page.keys().any(|(_, event)| *event == name);
        assert!(
            is_known,
            "nobody can alert on {name}: there is no such event"
        );
    }
}

#[test]
fn a_line_is_an_event_with_fields() {
    let read = |source: &str| {
        let mut events = Events::new();
        read_source("a.rs", source, &mut events).map(|()| events)
    };
    let good = r#"log::warn!(
        "event=a_b job={} error=\"{error}\"",
        job.id
    );"#;
    let fields = ["job", "error"].map(String::from).into();
    let event = ("warn".to_owned(), "a_b".to_owned());
    assert_eq!(read(good), Ok(Events::from([(event, fields)])));
    for bad in [
        r#"log::error!("{id}: {error}");"#,
        r#"log::error!("event= job={id}");"#,
        r#"log::error!("event=Failed job={id}");"#,
        r#"log::info!("event=done job={id}; the next run will try again");"#,
        r#"log::info!("event=done error=\"{error}\" job={id}");"#,
        r#"warn!("event=done");"#,
        r#"::log::debug!("event=done");"#,
        "log::info!(TEMPLATE, id);",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

fn read_folder(folder: &Path, events: &mut Events) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(&path, events);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let read = read_source(&path.display().to_string(), &source, events);
            read.unwrap_or_else(|wrong| panic!("{wrong}"));
        }
    }
}

/// Adds the events of a source file; the error is the first log line that is no event.
fn read_source(path: &str, source: &str, events: &mut Events) -> Result<(), String> {
    for level in ["error", "warn", "info", "debug", "trace"] {
        for (at, mark) in source.match_indices(&format!("{level}!(")) {
            let (before, after) = source.split_at(at);
            if before.ends_with(|letter: char| letter == '_' || letter.is_alphanumeric()) {
                continue; // Another macro, such as `compile_error!`.
            }
            let wrong = |why: &str| {
                let number = before.matches('\n').count() + 1;
                format!("{path}:{number}: {why}")
            };
            if !before.ends_with("log::") || !LEVELS.contains(&level) {
                return Err(wrong("not a `log::` macro of a level that is kept"));
            }
            let template = template(&after[mark.len()..]);
            let template =
                template.ok_or_else(|| wrong("does not begin with its format string"))?;
            let (name, fields) = parse(&template).map_err(wrong)?;
            let event = (level.to_owned(), name);
            events.entry(event).or_default().extend(fields);
        }
    }
    Ok(())
}

/// The string that a macro's arguments begin with, without its escapes.
fn template(arguments: &str) -> Option<String> {
    let mut letters = arguments.trim_start().strip_prefix('"')?.chars();
    let mut template = String::new();
    loop {
        match letters.next()? {
            '"' => return Some(template),
            '\\' => template.push(letters.next()?),
            letter => template.push(letter),
        }
    }
}

/// The name of the event in a format string, and the names of its fields.
fn parse(template: &str) -> Result<(String, BTreeSet<String>), &'static str> {
    let is_name = |name: &str| {
        let is_snake = |letter: char| letter == '_' || letter.is_ascii_lowercase();
        !name.is_empty() && name.chars().all(is_snake)
    };
    let event = template.strip_prefix("event=");
    let mut words = event.ok_or("does not begin with `event=`")?.split(' ');
    let name = words.next().unwrap_or_default();
    if !is_name(name) {
        return Err("its event is not in snake case");
    }
    let mut fields = BTreeSet::new();
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        let (field, value) = word.split_once('=').ok_or("has words outside of a field")?;
        if !is_name(field) {
            return Err("has a field that is not in snake case");
        }
        if value.contains('"') && words.peek().is_some() {
            return Err("has a field after its free text");
        }
        fields.insert(field.to_owned());
    }
    Ok((name.to_owned(), fields))
}

/// The rows of the page's tables of events: the level, the events, their fields.
fn events_of_page(page: &str) -> Events {
    let mut events = Events::new();
    for cells in rows(page) {
        let [_, level, names, fields, when, what_to_do, _] = cells[..] else {
            continue;
        };
        if !LEVELS.contains(&level) {
            continue;
        }
        assert!(!when.is_empty() && !what_to_do.is_empty(), "{names}");
        for name in in_code_spans(names) {
            let event = (level.to_owned(), name);
            let known = events.insert(event, in_code_spans(fields).collect());
            assert!(known.is_none(), "{names} is on the page twice");
        }
    }
    events
}

/// The events that the page's first table says to alert on.
fn alerts_of_page(page: &str) -> Vec<String> {
    let alerts = page.split("## Alert on these").nth(1).unwrap();
    let alerts = alerts.split("\n## ").next().unwrap();
    let cells = rows(alerts).filter_map(|cells| cells.get(1).copied());
    let spans = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let names = spans.filter(|span| !span.contains('='));
    names.map(str::to_owned).collect()
}

fn rows(page: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = page.lines().filter(|line| line.starts_with('|'));
    lines.map(|line| line.split('|').map(str::trim).collect())
}

/// The code spans of a cell, without the values of a field.
fn in_code_spans(cell: &str) -> impl Iterator<Item = String> {
    let outside = cell.split('(').map(|part| {
        let end = part.rfind(')').map_or(0, |end| end + 1);
        &part[end..]
    });
    let outside: String = outside.collect();
    let spans = outside.split('`').skip(1).step_by(2);
    let names = spans.filter_map(|span| span.split('=').next());
    let names: Vec<_> = names.map(str::to_owned).collect();
    names.into_iter()
}
