//! The words reports are written in: a project's own, checked against the metrics they may speak of.

use super::failure::Failure;
use crate::language::Words;
use crate::measure::Catalogue;
use crate::project::{Project, ProjectError, nearest};

/// What of a metric can be said in other words.
const OF_METRICS: [&str; 8] = ["title", "scorecard", "counted", "question", "grain", "period", "excludes", "source"];

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
            if catalogue.get(metric).is_none() {
                return wrong(format!("\"{metric}\" is no metric"), nearest(metric, catalogue.names()));
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
