//! `attain metrics`: list, show, compute, test.

use super::super::args::{self, Compute, Meant, Metrics, MetricsVerb};
use super::super::console::{Console, counted};
use super::super::explain;
use super::super::failure::Failure;
use super::super::job::Context;
use super::super::outputs::json;
use super::super::parallel::in_parallel;
use super::super::session::Session;
use super::query::format;
use crate::measure::examples::parse;
use crate::measure::examples::run::disagreements;
use crate::measure::{Catalogue, Dimension, Metric, Request, Study, table_of};
use crate::project::{Every, Period, PeriodWord, nearest};
use crate::quality::Rules;
use crate::query::{Rows, render};
use crate::release::{Audience, Released, release};

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
        MetricsVerb::Compare(words) => super::figure::compare(context, &words),
        MetricsVerb::Groups(words) => super::groups::groups(context, &words),
        MetricsVerb::Signals(words) => super::groups::signals(context, &words),
        MetricsVerb::Explain(words) => super::figure::explain(context, &words),
        MetricsVerb::Sql(words) => super::sql::sql(context, &words),
        MetricsVerb::Test { names } => test(context, &names),
    }
}

/// Runs worked examples: a line for each metric, then what is not as expected, at its place.
fn test(context: &Context, names: &[String]) -> Result<(), Failure> {
    let catalogue = catalogue(context)?;
    for name in names {
        known(&catalogue, name)?;
    }
    let mut told = Vec::new();
    let (mut metrics, mut examples) = (0, 0);
    for metric in catalogue.all().filter(|metric| names.is_empty() || names.contains(&metric.name)) {
        let path = metric.query.path.replace(".sql", ".examples.md");
        let Some(text) = examples_text(context, metric, &path)? else {
            context.console.say(&format!("{}: no examples; {path} would hold them (queries/README.md)", metric.name));
            continue;
        };
        let wrong: Vec<String> = match parse(&text) {
            Err(mistakes) => mistakes.iter().map(|mistake| format!("{path}:{mistake}")).collect(),
            Ok(all) => {
                examples += all.len();
                all.iter().flat_map(|example| disagreements(&catalogue, &metric.name, &path, example)).collect()
            }
        };
        metrics += 1;
        if !wrong.is_empty() {
            context.console.say(&format!(
                "{}: {} not as expected",
                metric.name,
                counted(wrong.len() as u64, "figure", "figures")
            ));
            told.extend(wrong);
        }
    }
    let verdict = if told.is_empty() { "all as expected" } else { "not all as expected" };
    let ran =
        format!("{} of {}", counted(examples as u64, "example", "examples"), counted(metrics, "metric", "metrics"));
    let text = told.iter().cloned().chain([format!("{ran}: {verdict}\n")]).collect::<Vec<_>>().join("\n");
    Console::give(text.as_bytes());
    if told.is_empty() { Ok(()) } else { Err(Failure::Examples) }
}

/// The text of the examples beside a metric's query, if there are any.
fn examples_text(context: &Context, metric: &Metric, path: &str) -> Result<Option<String>, Failure> {
    if metric.built_in {
        return Ok(crate::built_in::EXAMPLES.iter().find(|(of, _)| *of == path).map(|(_, text)| (*text).to_owned()));
    }
    let file = context.folder(None)?.join(path);
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::Usage(format!("{path} cannot be read: {error}"))),
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

pub fn known<'a>(catalogue: &'a Catalogue, name: &str) -> Result<&'a Metric, Failure> {
    catalogue.get(name).ok_or_else(|| {
        let near = nearest(name, catalogue.names()).map_or(String::new(), |n| format!("; did you mean {n}?"));
        Failure::Usage(format!("\"{name}\" is no metric{near}\nhint: attain metrics lists them"))
    })
}

/// Every breakdown asked for is one of the metric's.
pub fn dimensions_known(metric: &Metric, asked: &[String]) -> Result<(), Failure> {
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
    let meant = &words.meant;
    let (session, periods) = open(context, meant)?;
    let study = session.study();
    let breakdowns = [meant.by.clone()];
    let computed = |name: &String| -> Result<_, Failure> {
        let request = Request { metric: name, periods: &periods, breakdowns: &breakdowns, curve_to: None };
        let estimates = study.beside_others(|study| study.compute(&request))?;
        let released = release(estimates, Audience::Internal, session.project.privacy.small_cell);
        if words.format == args::Format::Json {
            return Ok((released, None));
        }
        // A table takes a fraction of the memory that its estimates do.
        let short = words.format == args::Format::Table;
        Ok((Vec::new(), Some(table_of(released.iter().map(Released::get), &meant.by, short)?)))
    };
    let (mut all, mut tables) = (Vec::new(), Vec::new());
    for computed in in_parallel(&meant.names, session.threads(), computed) {
        let (released, table) = computed?;
        all.extend(released);
        tables.extend(table);
    }
    say_not_collected(context, &study);
    let bytes = match tables.first() {
        None => json(&all)?,
        Some(first) => {
            let schema = first.schema.clone();
            let rows = Rows { schema, batches: tables.into_iter().flat_map(|table| table.batches).collect() };
            render(&rows, format(words.format))?
        }
    };
    Console::give(&bytes);
    Ok(())
}

/// The session, and the period or the series that it is cut into; what is asked for is known.
pub fn open(context: &Context, meant: &Meant) -> Result<(Session, Vec<Period>), Failure> {
    let word: PeriodWord = meant.period.parse()?;
    let session = Session::open(context, context.project(None)?, &meant.set)?;
    for name in &meant.names {
        dimensions_known(known(&session.catalogue, name)?, &meant.by)?;
    }
    let period = word.resolve(session.as_of, session.first, session.project.fiscal_year);
    let every = match meant.every {
        None => return Ok((session, vec![period])),
        Some(args::Every::Month) => Every::Month,
        Some(args::Every::Quarter) => Every::Quarter,
        Some(args::Every::Year) => Every::Year,
    };
    let periods = period.cut(every, session.project.fiscal_year);
    Ok((session, periods))
}

/// Says which metrics lack which columns.
pub fn say_not_collected(context: &Context, study: &Study<'_>) {
    for (metric, columns) in study.not_collected.take() {
        context.console.say(&format!("{metric}: not collected: {}", columns.join(", ")));
    }
}
