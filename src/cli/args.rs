//! The words typed. No other room sees them.
//!
//! Long because every command of the program is declared here, each with the help it prints.

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// Evaluation reports for social and human service agencies, from a case-management system's exports.
#[derive(Debug, Parser)]
#[command(name = "attain", version, max_term_width = 100, subcommand_required = false, after_help = EXIT_CODES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The project: a folder with attain.toml [default: the current folder]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub project: Option<PathBuf>,
    /// Say only what went wrong
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Memory that queries may use before they spill to disk, such as 4GB [default: half of the machine's]
    #[arg(long, global = true, value_name = "SIZE", value_parser = memory_size)]
    pub memory: Option<usize>,
    /// Threads [default: all of the machine's]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 findings at or above --fail-on, 2 usage or configuration, 3 input unreadable,
4 query failed, 5 report failed, 6 store locked, 130 interrupted.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ingest, check, measure, report: the monthly batch
    Run(Run),
    /// Exports to a new snapshot, with every problem found on the way
    Ingest(Ingest),
    /// Every problem in the exports, located; writes nothing
    Check(Check),
    /// What is in files nobody has described yet: each column's kind, what refers to what, a mapping drafted
    Profile(Profile),
    /// Mappings: how an agency's own export becomes the contract's tables
    Mapping(Mappings),
    /// List, show or compute metrics
    Metrics(Metrics),
    /// Write reports from the current snapshot
    Report(Report),
    /// Read-only SQL over the current snapshot
    Query(Query),
    /// The snapshots of the store
    Snapshot(Snapshot),
    /// What a metric, a finding's code, a table, a column or a statistical term means
    Explain(Explain),
    /// Write a made-up agency of any size, its truth known
    Synth(Synth),
    /// Make a new project, with comments
    Init(Init),
    /// Completions for a shell
    Completions(Completions),
}

#[derive(Debug, ClapArgs)]
pub struct Run {
    /// The project's folder
    #[arg(value_name = "PROJECT", value_hint = ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
    /// The month reported, such as 2026-06; last-month is the last complete one
    #[arg(long, default_value = "last-month")]
    pub period: String,
    #[command(flatten)]
    pub input: Input,
    /// Formats to write
    #[arg(long, value_delimiter = ',', default_value = "pdf,html,xlsx,csv,json")]
    pub format: Vec<ReportFormat>,
    /// Release figures to readers outside without regard to what they were told before; the reason is kept and shown
    #[arg(long, value_name = "REASON")]
    pub override_disclosure: Option<String>,
    /// A summary as JSON on stdout
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Input {
    /// The day through which the export is complete, YYYY-MM-DD [default: the project's, else the latest date in the data]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub as_of: Option<jiff::civil::Date>,
    /// End with exit code 1 when there is a finding at least this bad
    #[arg(long, value_name = "SEVERITY", default_value = "never")]
    pub fail_on: FailOn,
    /// Begin anew with another key than the snapshots before: the same people get other ids
    #[arg(long)]
    pub new_key: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Ingest {
    /// The project's folder
    #[arg(value_name = "PROJECT", value_hint = ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
    #[command(flatten)]
    pub input: Input,
    /// The outcome as JSON on stdout
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Check {
    /// The project's folder, or single files to look at
    #[arg(value_name = "PROJECT|FILE", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// The day through which the export is complete, YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub as_of: Option<jiff::civil::Date>,
    /// End with exit code 1 when there is a finding at least this bad
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub fail_on: FailOn,
    /// Everything as JSON on stdout
    #[arg(long)]
    pub json: bool,
    /// Every finding as a row of CSV, on stdout or in a file (--csv=findings.csv)
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, value_hint = ValueHint::FilePath)]
    // Not given, given alone, given with a file.
    #[allow(clippy::option_option)]
    pub csv: Option<Option<PathBuf>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = PROFILE_HELP)]
pub struct Profile {
    /// Files (CSV, text, XLSX, XLS, ODS, .zip, .gz) or folders of them
    #[arg(required_unless_present = "draft_mapping", value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Write a mapping with its guesses marked, for you to finish [without a name: to stdout]
    #[arg(long, value_name = "TO.toml", num_args = 0..=1, default_missing_value = "-", value_hint = ValueHint::FilePath)]
    pub draft_mapping: Option<PathBuf>,
    /// Everything as JSON on stdout
    #[arg(long, conflicts_with = "draft_mapping")]
    pub json: bool,
    /// Write over a mapping that is there
    #[arg(long, requires = "draft_mapping")]
    pub force: bool,
}

const PROFILE_HELP: &str =
    "Values of columns that may be sensitive, ids and free text are never shown, only their patterns.
Give all files of an export at once: what refers to what is found among them.

  attain profile exports                                  look at a folder
  attain profile exports --draft-mapping mapping.toml     and draft a mapping";

#[derive(Debug, ClapArgs)]
pub struct Mappings {
    #[command(subcommand)]
    pub verb: Option<MappingVerb>,
}

#[derive(Debug, Subcommand)]
pub enum MappingVerb {
    /// The built-in mappings and the project's own, a line each
    List,
    /// A built-in mapping's page (what maps, what does not, what is assumed), or a mapping file
    Show {
        /// Its name, or its path from the project
        name: String,
        /// The mapping itself, to copy and change
        #[arg(long)]
        toml: bool,
    },
    /// What is wrong with a mapping file
    Check {
        /// A mapping, such as mapping.toml
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// How a mapping is written, with an example of everything
    Guide,
}

#[derive(Debug, ClapArgs)]
pub struct Metrics {
    #[command(subcommand)]
    pub verb: Option<MetricsVerb>,
}

#[derive(Debug, Subcommand)]
pub enum MetricsVerb {
    /// Every metric, a line each
    List,
    /// One metric: question, definition, exclusions, source, SQL
    Show {
        /// Its name
        name: String,
    },
    /// Estimates, with intervals and counts
    Compute(Compute),
    /// Headline figures beside the period before, the year before, targets and benchmarks
    Compare(Compare),
    /// Programs, teams or other groups side by side: funnel limits, case mix, a reference group
    Groups(GroupsWords),
    /// A headline month by month: limits, signals, whether the target will be met
    Signals(SignalsWords),
    /// Where a figure comes from: its counts, what was left out and why, its comparisons, its definition
    Explain(ExplainFigure),
    /// The statements that metrics are computed with, parameters filled in, to run them elsewhere
    Sql(Sql),
    /// Runs the worked examples beside the metrics' queries, the project's own too
    Test {
        /// Metrics by name; without any, all
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
}

/// Which figures are meant.
#[derive(Debug, ClapArgs)]
pub struct Meant {
    /// Metrics by name
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// 2026-06, 2026-Q2, FY2026, rolling-12, last-month, all, or FROM..TO (dates; the end is the day after the last)
    #[arg(long, default_value = "last-month")]
    pub period: String,
    /// Cut the period into a series
    #[arg(long)]
    pub every: Option<Every>,
    /// Break down by dimensions, such as program, or gender,team
    #[arg(long, value_name = "DIM", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Set a metric's parameter, such as recidivism.horizons=[182,365]
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub struct Compute {
    #[command(flatten)]
    pub meant: Meant,
    #[arg(long, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = SQL_HELP)]
pub struct Sql {
    #[command(flatten)]
    pub meant: Meant,
    /// Write the small tables (periods, parameters by key) to this folder as Parquet [default: they stand in the statement]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub tables: Option<PathBuf>,
    /// Run them too, and write each metric's rows to this folder as Parquet
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub rows: Option<PathBuf>,
}

const SQL_HELP: &str = "A row is a bucket of time (a period's name, or its first day as days since 1970-01-01), the
values of the dimensions (g0, g1 …) and the sums that estimates are made of. The other tables
are the snapshot's Parquet files.

  attain metrics sql retention --period FY2026 --by program > retention.sql
  attain query retention.sql";

#[derive(Debug, ClapArgs)]
pub struct Compare {
    /// Metrics by name; without any, all
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// As for compute
    #[arg(long, default_value = "last-month")]
    pub period: String,
    /// Each group of these dimensions, such as program
    #[arg(long, value_name = "DIM", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Set a metric's parameter, such as recidivism.horizons=[182,365]
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    #[arg(long, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, ClapArgs)]
pub struct GroupsWords {
    /// A metric's name
    pub name: String,
    /// The dimension: program, team, gender …
    #[arg(long, value_name = "DIM")]
    pub by: String,
    /// As for compute
    #[arg(long, default_value = "rolling-12")]
    pub period: String,
    /// The group that the others stand beside [default: the largest]
    #[arg(long, value_name = "VALUE")]
    pub reference: Option<String>,
    /// Who the clients are: expected figures, given these dimensions [default: the metric's own]
    #[arg(long, value_name = "DIM", value_delimiter = ',')]
    pub adjust_for: Vec<String>,
    /// Leave the case mix as it is
    #[arg(long, conflicts_with = "adjust_for")]
    pub unadjusted: bool,
    /// Set a metric's parameter, such as recidivism.horizons=[182,365]
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    #[arg(long, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, ClapArgs)]
pub struct SignalsWords {
    /// Metrics by name; without any, all
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// As for compute; cut into months
    #[arg(long, default_value = "rolling-24")]
    pub period: String,
    /// Each group of these dimensions, such as program
    #[arg(long, value_name = "DIM", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Months that say what is normal, where the metric names no baseline
    #[arg(long, default_value_t = 12)]
    pub baseline: usize,
    /// Set a metric's parameter, such as recidivism.horizons=[182,365]
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    #[arg(long, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, ClapArgs)]
pub struct ExplainFigure {
    /// A metric's name
    pub name: String,
    /// As for compute
    #[arg(long, default_value = "last-month")]
    pub period: String,
    /// Of one program only
    #[arg(long, value_name = "ID")]
    pub program: Option<String>,
    /// Of one group only, such as gender=female; unknown is a group too
    #[arg(long, value_name = "DIM=VALUE")]
    pub only: Vec<String>,
    /// Set a metric's parameter, such as recidivism.horizons=[182,365]
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Write the units behind the figure to this file, as CSV: for eyes within the agency only
    #[arg(long, value_name = "FILE")]
    pub units: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Every {
    Month,
    Quarter,
    Year,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Csv,
    Json,
    Parquet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Pdf,
    Html,
    Xlsx,
    Csv,
    Json,
}

#[derive(Debug, ClapArgs)]
pub struct Report {
    /// Definitions by name [default: the project's]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// The month reported, such as 2026-06; last-month is the last complete one
    #[arg(long, default_value = "last-month")]
    pub period: String,
    /// Of one program only: its id or its name
    #[arg(long, value_name = "PROGRAM", conflicts_with = "each_program")]
    pub program: Option<String>,
    /// Besides the agency's, an edition for every program
    #[arg(long)]
    pub each_program: bool,
    /// Formats to write
    #[arg(long, value_delimiter = ',', default_value = "pdf,html,xlsx,csv,json")]
    pub format: Vec<ReportFormat>,
    /// Release figures to readers outside without regard to what they were told before; the reason is kept and shown
    #[arg(long, value_name = "REASON")]
    pub override_disclosure: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct Query {
    /// A .sql file, or a query in quotes
    #[arg(value_name = "FILE.sql|'select …'", value_hint = ValueHint::FilePath)]
    pub sql: String,
    /// The value of $k, such as start=2026-01-01
    #[arg(long = "param", value_name = "K=V")]
    pub parameters: Vec<String>,
    #[arg(long, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, ClapArgs)]
pub struct Snapshot {
    #[command(subcommand)]
    pub verb: Option<SnapshotVerb>,
}

#[derive(Debug, Subcommand)]
pub enum SnapshotVerb {
    /// Every snapshot, the current one marked
    List,
    /// What a snapshot holds and what it was made from
    Show {
        /// Its id [default: the current one]
        id: Option<String>,
        /// Its manifest, as it is
        #[arg(long)]
        json: bool,
    },
    /// The rows of a snapshot that were set aside, as CSV: place, reasons, and what of the row may be shown
    SetAside {
        /// Its id [default: the current one]
        id: Option<String>,
        /// Of one table only
        #[arg(long)]
        table: Option<String>,
    },
}

#[derive(Debug, ClapArgs)]
pub struct Explain {
    /// A metric, a finding's code, a table, table.column, or a term such as wilson [default: list them all]
    pub what: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct Synth {
    /// People
    #[arg(long, value_name = "N", default_value_t = 1500, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub clients: u64,
    /// Programs; more than four are run as one of the four is
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u64).range(4..=10_000))]
    pub programs: u64,
    /// The same seed gives the same bytes
    #[arg(long, value_name = "S", default_value_t = 2026)]
    pub seed: u64,
    /// Plant no flaws
    #[arg(long)]
    pub no_flaws: bool,
    /// Plant names, numbers and notes that must never come out, and list them in truth.json
    #[arg(long)]
    pub canaries: bool,
    /// A new or empty folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub struct Init {
    /// A new or empty folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub struct Completions {
    pub shell: clap_complete::Shell,
}

fn day(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse().map_err(|_| "no day of the calendar; write one as 2026-06-30".to_owned())
}

/// Reads "4GB", "512MB", "2000000000".
fn memory_size(text: &str) -> Result<usize, String> {
    let wrong = || format!("\"{text}\" is not a size; write 4GB or 512MB");
    let upper = text.trim().to_ascii_uppercase();
    let digits = upper.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match upper[digits.len()..].trim() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1usize << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        "G" | "GB" | "GIB" => 1 << 30,
        _ => return Err(wrong()),
    };
    let number: usize = digits.trim().parse().map_err(|_| wrong())?;
    let bytes = number.checked_mul(unit).ok_or_else(wrong)?;
    if bytes < 32 << 20 { Err("queries need at least 32MB".into()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn sizes() {
        assert_eq!(memory_size("4GB"), Ok(4 << 30));
        assert_eq!(memory_size("512 mb"), Ok(512 << 20));
        for wrong in ["", "GB", "4TB", "1KB", "99999999999GB"] {
            assert!(memory_size(wrong).is_err(), "{wrong}");
        }
    }
}
