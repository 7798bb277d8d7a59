//! What a workbook's sheets are called: the tables' names, or what the report's language has for them.

use crate::language::Words;

/// Room for the kind of a table behind the name of its metric, in a sheet's name of at most 31 characters.
const LONGEST_TITLE: usize = 17;

/// The name of a table's sheet, not yet cut to what Excel takes. English sheets have the tables' names, as the CSV files do.
pub fn name(table: &str, words: &Words) -> String {
    if let Some(own) = words.find(&format!("sheets.{table}")) {
        return own.to_owned();
    }
    of_metric(table, words).unwrap_or_else(|| table.to_owned())
}

/// `time-to-service-trend`, `clients-served-by-gender`, `quarters-clients-served`: the metric, and what of it.
fn of_metric(table: &str, words: &Words) -> Option<String> {
    let title = |metric: &str| words.find(&format!("metrics.{}.title", metric.replace('-', "_")));
    let (title, what) = if let Some(metric) = table.strip_prefix("quarters-") {
        (title(metric)?, words.find("sheets.kinds.quarters")?.to_owned())
    } else {
        let cuts = table.match_indices('-').map(|(at, _)| at);
        cuts.rev().find_map(|at| {
            let (metric, kind) = (table.get(..at)?, table.get(at + 1..)?);
            let dimension = |by: &str| words.find(&format!("dimensions.{}", by.replace('-', "_")));
            let kind = match kind.strip_prefix("by-").and_then(dimension) {
                Some(by) => words.find("sheets.kinds.by")?.replace("{by}", by),
                None => words.find(&format!("sheets.kinds.{kind}"))?.to_owned(),
            };
            Some((title(metric)?, kind))
        })?
    };
    let short: String = title.chars().take(LONGEST_TITLE).collect();
    Some(format!("{}, {what}", short.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_are_called_as_the_language_calls_their_tables() {
        let spanish = Words::of_language("es").expect("Spanish is built in");
        for (table, expected) in [
            ("scorecard", "Indicadores"),
            ("time-to-service-trend", "Tiempo hasta el p, por mes"),
            ("clients-served-by-gender", "Personas atendida, por género"),
            ("quarters-clients-served", "Personas atendida, trimestres"),
            ("something-of-its-own", "something-of-its-own"),
        ] {
            assert_eq!(name(table, &spanish), expected);
            assert_eq!(name(table, &Words::default()), table);
        }
    }
}
