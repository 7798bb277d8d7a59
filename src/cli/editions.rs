//! Which documents a run writes: the project's reports, of the whole agency and of single programs, each under a name of
//! its own.

use super::failure::Failure;
use super::languages;
use super::programs::{Programs, marked};
use super::session::own_files;
use crate::language::{Words, tags};
use crate::measure::Catalogue;
use crate::project::{self, Project};
use crate::release::Audience;
use crate::report::{DEFINITION_ENDING, Definition};
use std::collections::BTreeSet;

/// The report of a project that names none.
pub const MONTHLY_REVIEW: &str = "monthly-review";

/// Whose editions are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The agency's; also each program's where the project says so.
    AsDeclared,
    /// The agency's and each program's.
    EachProgram,
    /// One program's.
    Program(String),
}

/// A report of the project, or one asked for by name.
pub struct Asked {
    pub definition: Definition,
    pub audience: Audience,
    /// Where people write on it.
    pub commentary: Option<String>,
    pub words: Words,
    /// The project wants each program's edition too.
    pub each_program: bool,
}

/// One document to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// Its report's place among those asked for.
    pub report: usize,
    /// `None` is the whole agency.
    pub program: Option<String>,
    /// `monthly-review-funder-PRG1`: its files' names before the dot.
    pub stem: String,
}

/// The definitions of the reports asked for by name, or of every one of the project.
pub fn asked(project: &Project, catalogue: &Catalogue, names: &[String]) -> Result<Vec<Asked>, Failure> {
    struct Named<'a> {
        name: String,
        audience: Audience,
        commentary: Option<String>,
        language: &'a str,
        each_program: bool,
    }
    languages::check(project, catalogue)?;
    let agency = project.agency.language.as_str();
    let plain = |name: &str| Named {
        name: name.to_owned(),
        audience: Audience::Internal,
        commentary: None,
        language: agency,
        each_program: false,
    };
    let mut wanted: Vec<Named> = project
        .reports
        .iter()
        .filter(|report| names.is_empty() || names.contains(&report.definition))
        .map(|report| Named {
            name: report.definition.clone(),
            audience: audience(report.audience),
            commentary: report.commentary.clone(),
            language: report.language.as_deref().unwrap_or(agency),
            each_program: report.each_program,
        })
        .collect();
    for name in names {
        if !wanted.iter().any(|known| known.name == *name) {
            wanted.push(plain(name));
        }
    }
    if wanted.is_empty() {
        wanted.push(plain(MONTHLY_REVIEW));
    }
    let own = own_files(&project.root, "reports", DEFINITION_ENDING)?;
    wanted
        .into_iter()
        .map(|Named { name, audience, commentary, language, each_program }| {
            let words = languages::words(project, language);
            let definition = Definition::read(&name, &own, catalogue, project.fiscal_year, &words);
            Ok(Asked { definition: definition.map_err(Failure::Usage)?, audience, commentary, words, each_program })
        })
        .collect()
}

/// The documents, report by report, the whole agency's before its programs'. Programs that nobody was ever referred to have
/// none, unless one is asked for.
pub fn editions(
    project: &Project,
    asked: &[Asked],
    programs: &Programs,
    whose: &Whose,
) -> Result<Vec<Edition>, Failure> {
    let all: Vec<&str> = programs.first.keys().map(String::as_str).collect();
    let of_one = match whose {
        Whose::Program(word) => Some(programs.find(word)?),
        _ => None,
    };
    let definitions = definitions(project)?;
    let mut editions = Vec::new();
    for (report, of) in asked.iter().enumerate() {
        let agency = project.agency.language.as_str();
        let stem = stem(&of.definition.name, of.audience, Some(of.words.tag()).filter(|tag| *tag != agency));
        let of_programs = match (&of_one, whose) {
            (Some(id), _) => vec![id.as_str()],
            (None, Whose::EachProgram) => all.clone(),
            (None, _) if of.each_program => all.clone(),
            (None, _) => Vec::new(),
        };
        if of_one.is_none() {
            editions.push(Edition { report, program: None, stem: stem.clone() });
        }
        if of_programs.is_empty() {
            continue;
        }
        // "monthly-review-board" is the board's monthly review, whatever a program is called, "monthly-review-es" the Spanish
        // one; and so is a definition's name.
        let start = format!("{stem}-").to_lowercase();
        let taken: BTreeSet<String> = definitions
            .iter()
            .flat_map(|name| AUDIENCES.map(|audience| (name, audience)))
            .flat_map(|(name, audience)| {
                let tags = tags().map(Some).chain([None]);
                tags.map(move |tag| self::stem(name, audience, tag).to_lowercase())
            })
            .filter_map(|other| other.strip_prefix(&start).map(str::to_owned))
            .collect();
        let mut names = programs.file_names(&taken);
        for id in of_programs {
            let name = names.remove(id).unwrap_or_default();
            editions.push(Edition { report, program: Some(id.to_owned()), stem: format!("{stem}-{name}") });
        }
    }
    Ok(apart(editions, asked))
}

/// No two documents under one name: of a report that is named twice the last one counts, and of what only looks alike
/// the later one's name is marked.
fn apart(editions: Vec<Edition>, asked: &[Asked]) -> Vec<Edition> {
    let same = |a: &Edition, b: &Edition| {
        let report = |edition: &Edition| {
            asked.get(edition.report).map(|of| (of.definition.name.as_str(), of.audience, of.words.tag()))
        };
        a.program == b.program && report(a) == report(b)
    };
    let mut kept: Vec<Edition> = Vec::new();
    for mut edition in editions {
        kept.retain(|other| !same(other, &edition));
        if kept.iter().any(|other| other.stem.eq_ignore_ascii_case(&edition.stem)) {
            let whose = format!("{}/{}", edition.stem, edition.program.as_deref().unwrap_or_default());
            edition.stem = marked(&edition.stem, &format!("{}/{whose}", edition.report));
        }
        kept.push(edition);
    }
    kept
}

/// The names of all definitions, the project's own too.
fn definitions(project: &Project) -> Result<BTreeSet<String>, Failure> {
    let own = own_files(&project.root, "reports", DEFINITION_ENDING)?;
    let built_in = crate::built_in::REPORTS.iter().map(|(path, _)| (*path).to_owned());
    let paths = own.into_iter().map(|(path, _)| path).chain(built_in);
    Ok(paths.map(|path| path.trim_start_matches("reports/").trim_end_matches(DEFINITION_ENDING).to_owned()).collect())
}

const AUDIENCES: [Audience; 4] = [Audience::Internal, Audience::Board, Audience::Funder, Audience::Public];

/// A report's file name: what is for other eyes says for whose, and what is in another language than the agency's, in which.
fn stem(name: &str, audience: Audience, language: Option<&str>) -> String {
    let readers = match audience {
        Audience::Internal => "",
        Audience::Board => "-board",
        Audience::Funder => "-funder",
        Audience::Public => "-public",
    };
    let language = language.map(|tag| format!("-{tag}")).unwrap_or_default();
    format!("{name}{readers}{language}")
}

fn audience(audience: project::Audience) -> Audience {
    match audience {
        project::Audience::Internal => Audience::Internal,
        project::Audience::Board => Audience::Board,
        project::Audience::Funder => Audience::Funder,
        project::Audience::Public => Audience::Public,
    }
}
