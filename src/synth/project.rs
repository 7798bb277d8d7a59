//! The project file and the key that make the export a project one can run.

use super::Recipe;
use super::dice::Dice;
use super::plans::{HIGHEST, INSTRUMENT, LOWEST};
use std::fs::File;
use std::io::{Result, Write};
use std::path::Path;

pub fn write_project_file(path: &Path, recipe: &Recipe) -> Result<()> {
    private_file(path)?.write_all(project_file(recipe).as_bytes())
}

fn project_file(recipe: &Recipe) -> String {
    // A TOML basic string and a JSON string escape alike.
    let agency = serde_json::Value::from(recipe.agency.as_str());
    let Recipe { clients, seed, as_of, .. } = recipe;
    let programs = if recipe.programs == Recipe::default().programs {
        String::new()
    } else {
        format!(" --programs {}", recipe.programs)
    };
    let flaws = if recipe.flaws { "" } else { " --no-flaws" };
    let canaries = if recipe.canaries { " --canaries" } else { "" };
    format!(
        r#"# A made-up agency, so that you can see a report before you bring your own data:
#   attain run
# Made by `attain synth --clients {clients}{programs} --seed {seed}{flaws}{canaries}`; nobody in it exists.
# What is true of it, and every flaw planted in it, stands in truth.json.

[agency]
name = {agency}
fiscal_year_starts = 7        # July
as_of = {as_of}            # the exports are complete through this day; nothing later is counted

# Where the exports are. These files use attain's own table and column names, so no mapping is needed.
[[sources]]
name = "case exports"
mapping = "case-export"
files = "exports/**/*.csv"    # relative to this file

# People's identifiers are stored only as keyed hashes. The key here belongs to made-up people;
# `attain init` makes a secret one for yours. Keep that one out of version control.
[privacy]
key_file = "attain.key"
small_cell = 11               # audiences outside the agency never see a count of 1 to 10

# What the agency wants to reach. Whether high or low is good is part of each metric (attain metrics list).
[targets]
"time_to_service.share_by_day.14" = 0.80    # first service within 14 days of the referral
"time_to_plan.share_by_day.30" = 0.85       # plan within 30 days of intake
goal_attainment = 0.65                      # goals achieved
successful_exit = 0.60                      # exits that completed the program, in full or in part
"recidivism.mature_share.365" = 0.25        # returned within a year of the exit: at most
referral_completion = 0.60                  # referrals to partners that end in a service within 30 days
note_timeliness = 0.95                      # notes written within 3 working days

# The instrument that needs are assessed with. Standard deviation and reliability tell how large a change
# must be to be more than chance.
[instruments.{INSTRUMENT}]
direction = "higher"          # a higher score is better
minimum = {LOWEST}
maximum = {HIGHEST}
sd = 0.95
reliability = 0.88

# For the agency's own review: everything.
[[reports]]
definition = "monthly-review"
audience = "internal"

# For others small numbers are withheld, and whatever they would follow from.
[[reports]]
definition = "grant-report"
audience = "funder"

[[reports]]
definition = "board-brief"
audience = "board"
"#
    )
}

/// Writes the key as 64 hexadecimal digits, and that it is no secret: nobody it is for exists.
pub fn write_key(path: &Path, dice: &mut Dice) -> Result<()> {
    writeln!(
        private_file(path)?,
        "# made up: the people it is for do not exist, and anybody may read it\n{}",
        dice.hexadecimal(64)
    )
}

/// A file for its owner only, in place of one that was there.
pub fn private_file(path: &Path) -> Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
