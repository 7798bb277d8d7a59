//! Patterns of file and sheet names, capitals or not.

use globset::{GlobBuilder, GlobMatcher};

/// Patterns, of which one has to fit.
#[derive(Debug, Clone)]
pub struct Patterns(Vec<Pattern>);

#[derive(Debug, Clone)]
struct Pattern {
    matcher: GlobMatcher,
    /// Has a folder in it.
    folders: bool,
}

impl Patterns {
    /// Of files: those without `/` fit a file's name, those with it the end of its path.
    pub fn of_files(patterns: &[String]) -> Result<Self, String> {
        let made: Result<_, _> = patterns.iter().map(|pattern| file_pattern(pattern)).collect();
        made.map(Self)
    }

    /// Of sheets and other single words.
    pub fn of_words(patterns: &[String]) -> Result<Self, String> {
        let made: Result<_, _> = patterns
            .iter()
            .map(|pattern| Ok(Pattern { matcher: matcher(pattern.trim(), false)?, folders: false }))
            .collect();
        made.map(Self)
    }

    /// Whether a file fits, by its path as it is shown (`/` between folders) and its name.
    pub fn fit_file(&self, path: &str, name: &str) -> bool {
        let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
        self.0.iter().any(|pattern| {
            if pattern.folders {
                pattern.matcher.is_match(format!("{folders}/{name}"))
            } else {
                pattern.matcher.is_match(name)
            }
        })
    }

    /// The first of them, as it is compared.
    pub fn first(&self) -> &str {
        self.0.first().map_or("", |pattern| pattern.matcher.glob().glob())
    }

    /// Whether a word fits.
    pub fn fit_word(&self, word: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matcher.is_match(word.trim()))
    }
}

fn file_pattern(pattern: &str) -> Result<Pattern, String> {
    let written = pattern.trim().replace('\\', "/");
    let written = written.trim_start_matches("./").trim_start_matches('/');
    let folders = written.contains('/');
    let whole = if folders && !written.starts_with("**/") { format!("**/{written}") } else { written.to_owned() };
    Ok(Pattern { matcher: matcher(&whole, true)?, folders })
}

fn matcher(pattern: &str, paths: bool) -> Result<GlobMatcher, String> {
    if pattern.is_empty() {
        return Err("a pattern is empty".to_owned());
    }
    let glob = GlobBuilder::new(pattern).literal_separator(paths).case_insensitive(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| format!("\"{pattern}\": {}", error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, path: &str) -> bool {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        Patterns::of_files(&[pattern.to_owned()]).expect("a pattern").fit_file(path, name)
    }

    #[test]
    fn a_name_is_enough_and_folders_are_compared_from_the_end() {
        assert!(fits("Client.csv", "exports/2026/client.CSV"));
        assert!(fits("client*.{csv,xlsx}", "x.zip/Clients.xlsx"));
        assert!(fits("2026/*.csv", "exports/2026/Client.csv"));
        assert!(fits("exports/**/c*.csv", "exports/a/b/Client.csv"));
        assert!(!fits("2025/*.csv", "exports/2026/Client.csv"));
        assert!(!fits("026/*.csv", "exports/2026/Client.csv"));
        assert!(!fits("Client.csv", "exports/MyClient.csv"));
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        assert!(Patterns::of_files(&["[".to_owned()]).is_err());
        assert!(Patterns::of_files(&[" ".to_owned()]).is_err());
    }
}
