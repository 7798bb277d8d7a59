//! The rules over several rows and tables, run over a snapshot; what they found is kept beside it, so that reports and
//! `attain snapshot show` need not run them again.

use super::console::Console;
use super::failure::Failure;
use super::job::Context;
use super::session::own_queries;
use super::style::wrapped;
use super::temporary;
use crate::project::{Project, ProjectError};
use crate::quality::{Assessment, Dimension, Every, Rules, Score, Share, assess};
use crate::query::{Engine, Limits};
use crate::store::{Snapshot, Store};
use std::fmt::Write as _;

/// Raised when what is kept, or how it is counted, changes.
const FORM: u32 = 1;

/// The project's rules: its own and the built-in ones, with the parameters it sets.
pub fn rules(project: &Project) -> Result<Rules, Failure> {
    let mut rules = Rules::load(&own_queries(&project.root)?)?;
    for (name, parameters) in &project.checks {
        rules.set(name, parameters).map_err(|(message, hint)| ProjectError::new(message, hint))?;
    }
    Ok(rules)
}

/// What was made by these rules in this way.
fn version(rules: &Rules) -> String {
    format!("{FORM}-{}", rules.version())
}

/// What is kept about a snapshot, if it was made by these rules.
pub fn kept(store: &Store, snapshot: &Snapshot, rules: &Rules) -> Option<Assessment> {
    serde_json::from_slice(&store.kept(&snapshot.id, &version(rules))?).ok()
}

/// What the rules say of a snapshot of the store: as kept, or made now and kept. With an engine if one is open.
pub fn of_snapshot(
    context: &Context,
    store: &Store,
    snapshot: &Snapshot,
    rules: &Rules,
    engine: Option<&Engine>,
) -> Result<Assessment, Failure> {
    if let Some(assessment) = kept(store, snapshot, rules) {
        return Ok(assessment);
    }
    let assessment = match engine {
        Some(engine) => assess(engine, rules, &snapshot.manifest, None)?,
        None => fresh(context, snapshot, rules, None)?,
    };
    let mut bytes = serde_json::to_vec_pretty(&assessment).map_err(|error| Failure::Report(error.to_string()))?;
    bytes.push(b'\n');
    if let Err(error) = store.keep(&snapshot.id, &version(rules), &bytes) {
        // It can be made again; a store that cannot be written to is no reason to keep a report back.
        Console::warn(&format!("warning: what the rules found could not be kept: {error}"));
    }
    Ok(assessment)
}

/// Runs the rules over a snapshot in a session of their own; every finding is told to `every`, where there is one.
pub fn fresh(
    context: &Context,
    snapshot: &Snapshot,
    rules: &Rules,
    every: Option<Every<'_>>,
) -> Result<Assessment, Failure> {
    let limits = Limits { memory: context.memory(), threads: context.threads(), scratch: temporary::folder()? };
    let engine = Engine::of_snapshot(snapshot, &limits)?;
    Ok(assess(&engine, rules, &snapshot.manifest, every)?)
}

/// "97.1%", never rounded up to all.
fn percent(share: Share) -> String {
    match share.value() {
        None => "–".to_string(),
        Some(value) => {
            let tenths = (value * 1000.0).floor() / 10.0;
            format!("{tenths:.1}%")
        }
    }
}

/// The scores as a small table, and what the figures for all programs count.
pub fn summary(assessment: &Assessment) -> String {
    const WIDTH: usize = 96;
    const LONGEST_NAME: usize = 32;
    let Some(all) = assessment.scores.iter().find(|score| score.program.is_none()) else { return String::new() };
    let name = |score: &Score| match &score.program {
        None => "all programs".to_string(),
        Some(program) => crate::contract::escaped(&program.name).chars().take(LONGEST_NAME).collect(),
    };
    let widest = assessment.scores.iter().map(|score| name(score).chars().count()).max().unwrap_or(0);
    let mut text = format!("data quality\n  {:<widest$}", "");
    for dimension in Dimension::ALL {
        // Writing to a String cannot fail.
        let _ = write!(text, "  {:>12}", dimension.name());
    }
    text.push('\n');
    for score in &assessment.scores {
        let _ = write!(text, "  {:<widest$}", name(score));
        for dimension in Dimension::ALL {
            let _ = write!(text, "  {:>12}", percent(score.share(dimension)));
        }
        text.push('\n');
    }
    for dimension in Dimension::ALL {
        let Share { good, of } = all.share(dimension);
        let mut line = format!("{}: ", dimension.name());
        if of == 0 {
            line.push_str("nothing could be looked at");
        } else {
            let _ = write!(
                line,
                "{} of {} {}",
                super::console::grouped(good),
                super::console::grouped(of),
                dimension.of_all()
            );
        }
        if let Some(not_run) = assessment.not_run.get(&dimension) {
            let run = assessment.rules.iter().filter(|rule| rule.dimension == dimension).count() as u64;
            let _ = write!(line, " ({run} of {} rules could be run)", run + not_run);
        }
        if let Some(worst) = assessment
            .rules
            .iter()
            .filter(|rule| rule.dimension == dimension && rule.found > 0)
            .max_by_key(|rule| (rule.found, std::cmp::Reverse(&rule.code)))
        {
            let _ = write!(line, "; most often {} ({})", worst.code, super::console::grouped(worst.found));
        }
        text.push_str(&wrapped(&line, WIDTH, "  ", "    "));
    }
    text.push_str("  attain explain data-quality says how these are counted");
    text
}
