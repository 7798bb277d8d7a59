//! Which columns refer to which keys: by how they are called, and by whether their values are there.

use super::names::{joined, stem, words};
use super::{ColumnProfile, FileProfile, Kind};
use serde::Serialize;

/// A column whose values stand in another file's key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Relation {
    pub from: Place,
    pub to: Place,
    /// The share of the different values that stand there.
    pub found: f64,
    /// Otherwise many rows may refer to one.
    pub one_to_one: bool,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    pub file: String,
    pub column: String,
    #[serde(skip)]
    pub(in crate::ingest) at: (usize, usize),
}

/// All relations, in the order of the files and their columns.
pub fn between(files: &[FileProfile]) -> Vec<Relation> {
    let keys: Vec<Option<usize>> = files.iter().map(own_key).collect();
    let mut all = Vec::new();
    for (i, file) in files.iter().enumerate() {
        for (c, column) in file.columns.iter().enumerate() {
            let best = keys
                .iter()
                .enumerate()
                .filter_map(|(j, key)| Some((j, (*key)?)))
                .filter(|target| *target != (i, c))
                .filter_map(|(j, k)| fit(files, &keys, (i, c), (j, k)).map(|fit| (fit, (j, k))))
                // The likest name, then the most values; of equals the earlier file.
                .reduce(|a, b| if b.0 > a.0 { b } else { a });
            if let Some(((_, found), (j, k))) = best {
                all.push(Relation { from: place(files, i, c), to: place(files, j, k), found, one_to_one: column.key });
            }
        }
    }
    all
}

fn place(files: &[FileProfile], i: usize, c: usize) -> Place {
    let file = files.get(i);
    let column = file.and_then(|file| file.columns.get(c)).map(|column| column.name.clone()).unwrap_or_default();
    Place { file: file.map(|file| file.path.clone()).unwrap_or_default(), column, at: (i, c) }
}

/// The column that tells a file's rows apart: one called like the file, or `id`, before the first that could.
pub fn own_key(file: &FileProfile) -> Option<usize> {
    let may_be = |column: &&(usize, &ColumnProfile)| {
        (is_nearly_key(column.1) && column.1.kind == Kind::Id)
            || (column.1.key && matches!(column.1.kind, Kind::Whole | Kind::Code))
            || is_plain_key(column.1)
    };
    let numbered: Vec<(usize, &ColumnProfile)> = file.columns.iter().enumerate().collect();
    let candidates: Vec<&(usize, &ColumnProfile)> = numbered.iter().filter(may_be).collect();
    let of_file = singular(&joined(stem(&file.path)));
    let named = |column: &ColumnProfile| {
        let name = joined(&column.name);
        let bare = name.trim_end_matches("id").trim_end_matches("key");
        name == "id" || (bare.len() > 2 && of_file.ends_with(bare))
    };
    let best = candidates.iter().find(|(_, column)| named(column)).or_else(|| candidates.first());
    best.map(|(at, _)| *at)
}

/// A value of its own in each row but for a few mistakes.
fn is_nearly_key(column: &ColumnProfile) -> bool {
    let unknown = column.empty + column.missing.values().sum::<u64>();
    column.distinct > 0 && (column.repeated + unknown) * 50 <= column.rows
}

/// A text in the first place that names things and comes once.
fn is_plain_key(column: &ColumnProfile) -> bool {
    column.key && column.kind == Kind::Text && matches!(joined(&column.name).as_str(), "id" | "key" | "code")
}

pub fn singular(name: &str) -> String {
    if let Some(start) = name.strip_suffix("ies") {
        return format!("{start}y");
    }
    name.strip_suffix('s').filter(|rest| !rest.ends_with('s')).unwrap_or(name).to_owned()
}

/// How alike the names are, and the share of values found; `None` if they do not belong together.
fn fit(files: &[FileProfile], keys: &[Option<usize>], from: (usize, usize), to: (usize, usize)) -> Option<(f64, f64)> {
    const LIKE: f64 = 0.7;
    let column_at = |(i, c): (usize, usize)| files.get(i).and_then(|file| file.columns.get(c));
    let (column, key, file) = (column_at(from)?, column_at(to)?, files.get(to.0)?);
    let text_is_id = column.kind == Kind::Text && column.lengths.is_some_and(|[_, most]| most <= 40);
    if !matches!(column.kind, Kind::Id | Kind::Code | Kind::Whole) && !text_is_id {
        return None;
    }
    let found = column.sketch.share_in(&key.sketch)?;
    // Rows below a form repeat the form's own id.
    let repeats = joined(&column.name) == "id"
        && joined(&key.name) == "id"
        && !column.key
        && column.distinct >= 10
        && found >= 0.95;
    // Within one file a column called like the file, or like nothing, is none that names another of its rows.
    let like = if repeats {
        LIKE
    } else if from.0 == to.0 {
        likeness(&column.name, &key.name, "")
    } else {
        likeness(&column.name, &key.name, stem(&file.path))
    };
    // Small numbers stand in any list of numbers.
    let telling = column.distinct >= 10
        && column.lengths.is_some_and(|[least, _]| least >= 5)
        && column.pattern.as_deref().is_some_and(|p| p.chars().any(char::is_alphabetic) || column.distinct > 1000);
    if !((like >= LIKE && found >= 0.5) || (telling && found >= 0.95)) {
        return None;
    }
    // Of two keys that hold each other the later file refers to the earlier one.
    if keys.get(from.0) == Some(&Some(from.1)) {
        let back = key.sketch.share_in(&column.sketch).unwrap_or_default();
        if back > found || (back >= found && from.0 < to.0) {
            return None;
        }
    }
    Some((like, found))
}

fn likeness(column: &str, key: &str, file: &str) -> f64 {
    let (name, key, file) = (joined(column), joined(key), singular(&joined(file)));
    let bare =
        |name: &str| ["id", "key", "number"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned();
    let telling = |name: &str| name.len() > 2 && !matches!(name, "name" | "code" | "type" | "status" | "number");
    if name == key && telling(&name) {
        1.0
    } else if bare(&name) == file
        || (telling(&bare(&name)) && file.ends_with(&bare(&name)))
        || (telling(&bare(&name)) && bare(&name) == bare(&key))
    {
        0.9
    } else if telling(&file) && (words(column).iter().any(|word| singular(word) == file) || name.contains(&file)) {
        0.8
    } else if telling(&bare(&key)) && bare(&name).ends_with(&bare(&key)) {
        0.7
    } else {
        0.0
    }
}
