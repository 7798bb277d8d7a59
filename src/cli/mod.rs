//! The command line: words typed → a validated job → verbs in order → an exit code.

mod args;
mod assessed;
mod brand;
mod commentary;
mod computed;
mod console;
mod documents;
mod editions;
mod everything;
mod explain;
mod facts;
mod failure;
mod job;
mod key;
mod languages;
mod listing;
mod outputs;
mod parallel;
mod programs;
mod restated;
mod session;
mod style;
mod temporary;
mod told;
mod typesetters;
mod verbs;

use args::{Args, Command};
use clap::{CommandFactory, Parser};
use console::Console;
use failure::Failure;
use std::process::ExitCode;

/// Runs the program with the words of the command line.
#[must_use]
pub fn main() -> ExitCode {
    // Not a command for people, so neither help nor completions name it.
    let done = if std::env::args_os().nth(1).is_some_and(|word| word == typesetters::VERB) {
        typesetters::work()
    } else {
        match Args::try_parse() {
            Ok(args) => run(args),
            Err(error) => {
                let _ = error.print();
                return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
            }
        }
    };
    temporary::remove();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            Console::warn(&format!("error: {failure}"));
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(args: Args) -> Result<(), Failure> {
    let console = Console { quiet: args.quiet };
    let context = job::Context { console, project: args.project, memory: args.memory, threads: args.threads };
    match args.command {
        None => {
            verbs::greet(&context);
            Ok(())
        }
        Some(Command::Run(words)) => verbs::run(&context, &words),
        Some(Command::Ingest(words)) => verbs::ingest(&context, &words),
        Some(Command::Check(words)) => verbs::check(&context, &words),
        Some(Command::Profile(words)) => verbs::profile(&context, &words),
        Some(Command::Mapping(words)) => verbs::mapping(&context, words),
        Some(Command::Metrics(words)) => verbs::metrics(&context, words),
        Some(Command::Report(words)) => verbs::report(&context, &words),
        Some(Command::Query(words)) => verbs::query(&context, &words),
        Some(Command::Snapshot(words)) => verbs::snapshot(&context, words),
        Some(Command::Explain(words)) => verbs::explain(&context, words.what.as_deref()),
        Some(Command::Synth(words)) => verbs::synth(&context, &words),
        Some(Command::Init(words)) => verbs::init(&context, &words),
        Some(Command::Completions(words)) => {
            let mut script = Vec::new();
            clap_complete::generate(words.shell, &mut Args::command(), "attain", &mut script);
            Console::give(&script);
            Ok(())
        }
    }
}
