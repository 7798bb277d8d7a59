//! `attain metrics`: list, show, compute.

use super::super::args::{self, Compute, Metrics, MetricsVerb};
use super::super::console::Console;
use super::super::explain;
use super::super::failure::Failure;
use super::super::job::Context;
use super::super::session::Session;
use super::query::format;
use crate::measure::{Catalogue, Dimension, Metric, Request, table_of};
use crate::project::{Every, PeriodWord, nearest};
use crate::quality::Rules;
use crate::query::render;
use crate::release::{Audience, release};

pub fn metrics(context: &Context, words: Metrics) -> Result<(), Failure> {
    match words.verb.unwrap_or(MetricsVerb::List) {
        MetricsVerb::List => {
            let catalogue = catalogue(context)?;
            Console::give(explain::metric_list(&catalogue).as_bytes());
            Ok(())
        }
        MetricsVerb::Show { name } => {
            let catalogue = catalogue(context)?;
            let metric = known(&catalogue, &name)?;
            Console::give(explain::metric(metric, true).as_bytes());
            Ok(())
        }
        MetricsVerb::Compute(words) => compute(context, &words),
    }
}

/// The project's catalogue, or the built-in one outside a project.
pub fn catalogue(context: &Context) -> Result<Catalogue, Failure> {
    Ok(Catalogue::load(&own(context)?)?)
}

/// The project's rules, or the built-in ones outside a project.
pub fn rules(context: &Context) -> Result<Rules, Failure> {
    if context.folder(None)?.join(crate::project::PROJECT_FILE).exists() {
        super::super::assessed::rules(&context.project(None)?)
    } else {
        Ok(Rules::load(&[])?)
    }
}

/// The project's own queries; none outside a project.
fn own(context: &Context) -> Result<Vec<(String, String)>, Failure> {
    let folder = context.folder(None)?;
    let is_project = folder.join(crate::project::PROJECT_FILE).exists();
    if is_project { super::super::session::own_queries(&folder) } else { Ok(Vec::new()) }
}

fn known<'a>(catalogue: &'a Catalogue, name: &str) -> Result<&'a Metric, Failure> {
    catalogue.get(name).ok_or_else(|| {
        let near = nearest(name, catalogue.names()).map_or(String::new(), |n| format!("; did you mean {n}?"));
        Failure::Usage(format!("\"{name}\" is no metric{near}\nhint: attain metrics lists them"))
    })
}

/// Every breakdown asked for is one of the metric's.
fn dimensions_known(metric: &Metric, asked: &[String]) -> Result<(), Failure> {
    let dimensions: Vec<&str> = Dimension::names(metric).collect();
    let Some(name) = asked.iter().find(|name| !dimensions.contains(&name.as_str())) else { return Ok(()) };
    let near = nearest(name, dimensions.iter().copied()).map_or(String::new(), |n| format!("; did you mean {n}?"));
    Err(Failure::Usage(format!(
        "{} cannot be broken down by \"{name}\"{near}\nhint: it can by {}",
        metric.name,
        dimensions.join(", ")
    )))
}

fn compute(context: &Context, words: &Compute) -> Result<(), Failure> {
    let word: PeriodWord = words.period.parse()?;
    let session = Session::open(context, context.project(None)?, &words.set)?;
    for name in &words.names {
        dimensions_known(known(&session.catalogue, name)?, &words.by)?;
    }
    let period = word.resolve(session.as_of, session.first, session.project.fiscal_year);
    let periods = match words.every {
        None => vec![period],
        Some(every) => period.cut(
            match every {
                args::Every::Month => Every::Month,
                args::Every::Quarter => Every::Quarter,
                args::Every::Year => Every::Year,
            },
            session.project.fiscal_year,
        ),
    };
    let study = session.study();
    let breakdowns = [words.by.clone()];
    let mut all = Vec::new();
    for name in &words.names {
        all.extend(study.compute(&Request {
            metric: name,
            periods: &periods,
            breakdowns: &breakdowns,
            curve_to: None,
        })?);
    }
    for (metric, columns) in study.not_collected.borrow().iter() {
        context.console.say(&format!("{metric}: not collected: {}", columns.join(", ")));
    }
    let released = release(all, Audience::Internal, session.project.privacy.small_cell);
    let bytes = if words.format == args::Format::Json {
        let mut json = serde_json::to_vec_pretty(&released).map_err(|e| Failure::Report(e.to_string()))?;
        json.push(b'\n');
        json
    } else {
        let short = words.format == args::Format::Table;
        render(&table_of(released.iter().map(crate::release::Released::get), short)?, format(words.format))?
    };
    Console::give(&bytes);
    Ok(())
}
