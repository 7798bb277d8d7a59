//! What a workbook's sheets are called: the tables' names, or what the report's language has for them.

use crate::language::Words;

/// Of a sheet's name: Excel refuses longer ones.
pub const LONGEST: usize = 31;
/// Of a metric's name, with room for the kind of a table behind it in a sheet's name.
const LONGEST_TITLE: usize = 17;

/// The name of a table's sheet, not yet cut to what Excel takes. English sheets have the tables' names, as the CSV files do.
pub fn name(table: &str, words: &Words) -> String {
    if let Some(own) = words.find(&format!("sheets.{table}")) {
        return own.to_owned();
    }
    of_metric(table, words).unwrap_or_else(|| {
        let is_long = table.chars().count() > LONGEST;
        if is_long { table.replacen("-by-", "-", 1) } else { table.to_owned() }
    })
}

/// `time-to-service-trend`, `clients-served-by-gender`, `quarters-clients-served`: the metric, and what of it.
fn of_metric(table: &str, words: &Words) -> Option<String> {
    let title = |metric: &str| {
        let metric = metric.replace('-', "_");
        words.find(&format!("sheets.metrics.{metric}")).or_else(|| words.find(&format!("metrics.{metric}.title")))
    };
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
    Some(format!("{}, {what}", whole_words(title)))
}

/// As many of its words as there is room for.
fn whole_words(title: &str) -> String {
    let start: String = title.chars().take(LONGEST_TITLE).collect();
    let cut = title.chars().nth(LONGEST_TITLE).is_some_and(|next| next != ' ');
    let words = if cut { start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words) } else { &start };
    words.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_are_called_as_the_language_calls_their_tables() {
        let spanish = Words::of_language("es").expect("Spanish is built in");
        for (table, expected) in [
            ("scorecard", "Indicadores"),
            ("time-to-service-trend", "Hasta el servicio, por mes"),
            ("clients-served-by-gender", "Atendidas, por género"),
            ("quarters-clients-served", "Atendidas, trimestres"),
            ("something-of-its-own", "something-of-its-own"),
        ] {
            assert_eq!(name(table, &spanish), expected);
            assert_eq!(name(table, &Words::default()), table);
        }
    }

    /// A metric of the catalogue is named in full, and so is the kind of its table.
    #[test]
    fn no_name_of_a_sheet_is_cut() {
        let spanish = Words::of_language("es").expect("Spanish is built in");
        let catalogue = crate::measure::Catalogue::load(&[]).expect("the built-in metrics are sound");
        let kinds = spanish.keys().filter_map(|key| key.strip_prefix("sheets.kinds.")).filter(|kind| *kind != "by");
        let kinds: Vec<String> = kinds.map(str::to_owned).collect();
        for metric in catalogue.all() {
            for kind in kinds.iter().map(String::as_str).chain(["by-gender", "by-program", "by-language"]) {
                let table = format!("{}-{kind}", metric.name.replace('_', "-"));
                let sheet = name(&table, &spanish);
                assert!(sheet.chars().count() <= LONGEST, "{sheet}");
                let of = |family: &str, part: &str| spanish.find(&format!("{family}.{}{part}", metric.name));
                let short = of("sheets.metrics", "").or_else(|| of("metrics", ".title")).expect("a title");
                assert!(sheet.starts_with(short) && short.chars().count() <= LONGEST_TITLE, "{sheet}");
            }
        }
        assert_eq!(whole_words("Time to the first appointment"), "Time to the first");
        assert_eq!(whole_words("Time to the second appointment"), "Time to the");
        assert_eq!(whole_words("Unaufschiebbarkeiten"), "Unaufschiebbarkei");
    }
}
