//! The words reports are written in: a project's own, checked against the metrics they may speak of.

use super::failure::Failure;
use crate::language::Words;
use crate::measure::Catalogue;
use crate::project::{Project, ProjectError, nearest};

/// What of a metric can be said in other words.
const OF_METRICS: [&str; 9] =
    ["title", "scorecard", "counted", "question", "grain", "period", "excludes", "source", "overdue"];
/// … and of each of its stages.
const OF_STAGES: [&str; 4] = ["title", "next", "waiting", "left"];

/// The project's own words speak of metrics that there are.
pub fn check(project: &Project, catalogue: &Catalogue) -> Result<(), Failure> {
    for words in project.words.values() {
        for key in words.keys() {
            let Some((metric, field)) = key.strip_prefix("metrics.").and_then(|rest| rest.split_once('.')) else {
                continue;
            };
            let wrong = |what: String, near: Option<&str>| {
                let hint = near.map(|near| format!("did you mean {near}?"));
                let message = format!("attain.toml: [words.{}] {key}: {what}", words.tag());
                Err(Failure::from(ProjectError::new(message, hint)))
            };
            let Some(header) = catalogue.get(metric).map(|metric| &metric.header) else {
                return wrong(format!("\"{metric}\" is no metric"), nearest(metric, catalogue.names()));
            };
            if let Some((stage, of_stage)) = field.strip_prefix("stages.").and_then(|rest| rest.split_once('.')) {
                let mut names = header.stages.iter().map(|stage| stage.name.as_str());
                if !names.clone().any(|name| name == stage) {
                    return wrong(format!("\"{stage}\" is no stage of {metric}"), nearest(stage, names.by_ref()));
                }
                if !OF_STAGES.contains(&of_stage) {
                    return wrong(format!("a stage has no \"{of_stage}\" to be said"), nearest(of_stage, OF_STAGES));
                }
                continue;
            }
            if !OF_METRICS.contains(&field) {
                return wrong(format!("a metric has no \"{field}\" to be said"), nearest(field, OF_METRICS));
            }
        }
    }
    Ok(())
}

/// The words of a language that the project may write in.
pub fn words(project: &Project, tag: &str) -> Words {
    // Every tag of the project file was checked when it was read.
    project.words.get(tag).cloned().unwrap_or_default()
}
