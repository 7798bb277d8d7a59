//! The file that says who is who: for each person, their id in one system and the id that all sources share.

use super::header::{self, HeaderAt, about, normal};
use super::ids::{Asked, Ids, Persons};
use super::open::{Limits, OpenError, Written, parts};
use super::quoted::Shape;
use super::records::{self, Cells};
use super::shown::pattern;
use super::{IngestError, Source};
use crate::contract::Finding;
use std::collections::hash_map::Entry;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Where a source's crosswalk is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crosswalk {
    /// Relative to the project.
    pub file: String,
    /// The column of this source's ids.
    pub id: String,
    /// The column of the ids that all sources share.
    pub person: String,
}

/// For each source, how its ids are read; none where they are taken as they stand.
pub type IdsOfSources = Vec<Option<Arc<Ids>>>;

/// How the ids of each source are read, and what is to be said of the crosswalks.
pub fn of_sources(root: &Path, sources: &[Source]) -> Result<(IdsOfSources, Vec<Finding>), IngestError> {
    let mut findings = Vec::new();
    let mut all = Vec::new();
    for source in sources {
        let persons = source.crosswalk.as_ref().map(|crosswalk| read(root, crosswalk, &mut findings)).transpose()?;
        let ids = Ids {
            system: source.system.clone(),
            own: source.own_ids,
            persons: persons.map(Arc::new),
            asked: Asked::default(),
        };
        all.push((!ids.are_common()).then(|| Arc::new(ids)));
    }
    Ok((all, findings))
}

/// A row of two cells or more, none of which says where a record ends.
struct Wide(usize, u8);

impl Shape for Wide {
    fn width(&self) -> usize {
        self.0
    }
    fn delimiter(&self) -> u8 {
        self.1
    }
    fn may_break(&self, _cell: usize) -> bool {
        false
    }
    fn plausible(&self, _cells: &[&[u8]]) -> bool {
        true
    }
}

fn read(root: &Path, crosswalk: &Crosswalk, findings: &mut Vec<Finding>) -> Result<Persons, IngestError> {
    let path = &crosswalk.file;
    let failed = |message: String| IngestError::Crosswalk { path: path.clone(), message };
    let unreadable = |error: OpenError| failed(format!("{}; {}", error.what, error.fix));
    let parts = parts(path, &root.join(path), &Limits::default()).map_err(unreadable)?;
    let [part] = parts.as_slice() else {
        return Err(failed("it holds several files or sheets; keep one".to_owned()));
    };
    let mut opened = part.open(&Written::default(), &Limits::default()).map_err(unreadable)?;
    let form = opened.form;
    let mut text = Vec::new();
    opened.reader.read_to_end(&mut text).map_err(|error| unreadable(part.stopped(&error)))?;
    let wanted = [normal(&crosswalk.id), normal(&crosswalk.person)];
    let found = header::find(&text, form, HeaderAt::default(), &|name| wanted.contains(&normal(name)));
    let names: Vec<String> = found.names.iter().map(|name| normal(name)).collect();
    let place = |wanted: &str| names.iter().position(|name| *name == normal(wanted));
    let (Some(id), Some(person)) = (place(&crosswalk.id), place(&crosswalk.person)) else {
        let message = format!("it has no columns \"{}\" and \"{}\"", crosswalk.id, crosswalk.person);
        return Err(failed(message));
    };
    let rows = text.get(found.ends..).unwrap_or_default();
    let mut persons = Persons::new();
    let mut doubtful = Vec::new();
    let width = names.len();
    records::each_record(rows, form, &Wide(width, form.delimiter), |record| {
        let line = found.lines + u64::from(record.line) + 1;
        let mut tell = |message: String| {
            let mut finding = about(path, None, "crosswalk-conflict", message);
            finding.line = Some(line);
            findings.push(finding);
        };
        if !matches!(record.cells, Cells::Read { .. }) || record.cells.len() != width {
            tell(format!("the row does not have the {width} cells of the header; it is not used"));
            return;
        }
        let (own, common) = (record.cells.get(id), record.cells.get(person));
        if own.is_empty() || common.is_empty() {
            return;
        }
        match persons.entry(own.into()) {
            Entry::Vacant(entry) => {
                entry.insert(common.into());
            }
            Entry::Occupied(entry) if **entry.get() != *common => {
                tell(format!("the id {} stands for two persons; it is used for neither", pattern(own)));
                doubtful.push(own.to_vec());
            }
            Entry::Occupied(_) => {}
        }
    });
    for id in doubtful {
        persons.remove(id.as_slice());
    }
    Ok(persons)
}
