//! One person: who they are, and the chain of cases that makes up their years with the agency.

use super::almanac::Day;
use super::case::Opening;
use super::dice::Dice;
use super::export::Export;
use super::sheet::Name;
use std::io::Result;

/// Weight of each month among the first referrals; a mild season, January first.
const SEASON: [i32; 12] = [104, 100, 102, 98, 96, 94, 92, 96, 106, 108, 100, 90];
/// Referrals on a weekend, of a hundred on another day.
const WEEKEND: i32 = 25;
/// Clients, of a thousand, whose case was open before the window began.
const CARRIED_OVER: i32 = 150;
/// Clients, of a thousand, who are also referred to a second program.
const SECOND_PROGRAM: i32 = 140;

const GENDERS: &[(&str, i32)] = &[("woman", 50), ("man", 44), ("nonbinary", 2), ("transgender", 2), ("", 2)];
const RACES: &[(&str, i32)] = &[
    ("white", 40),
    ("black", 26),
    ("hispanic", 18),
    ("asian", 6),
    ("native_american", 2),
    ("black;hispanic", 2),
    ("white;hispanic", 3),
    ("", 3),
];
const LANGUAGES: &[(&str, i32)] =
    &[("english", 76), ("spanish", 14), ("portuguese", 4), ("haitian_creole", 3), ("vietnamese", 2), ("", 1)];

/// The household that people are being made for.
#[derive(Default)]
pub struct Household {
    pub number: u64,
    /// People still to come.
    left: i32,
    postal_area: i32,
    race: &'static str,
    language: &'static str,
}

/// The person as their cases need them.
pub struct Person {
    pub number: u64,
    pub household: u64,
    pub head_of_household: bool,
    /// Known as soon as it is drawn; nothing of theirs is dated later.
    pub died_on: Option<Day>,
}

impl Export {
    /// Makes one client with all that belongs to them.
    pub fn client(&mut self, number: u64, dice: &mut Dice) -> Result<()> {
        let new_household = self.household.left <= 0;
        if new_household {
            self.household = Household {
                number: self.household.number + 1,
                left: dice.pick(&[(1, 68), (2, 18), (3, 9), (4, 5)]).unwrap_or(1),
                postal_area: dice.between(2108, 2199),
                race: dice.code(RACES),
                language: dice.code(LANGUAGES),
            };
        }
        self.household.left -= 1;
        let demand: Vec<(usize, i32)> =
            self.models.iter().enumerate().map(|(index, model)| (index, model.program.demand)).collect();
        let program = dice.pick(&demand).unwrap_or(0);
        let mut person =
            Person { number, household: self.household.number, head_of_household: new_household, died_on: None };

        let first = if dice.per_mille(CARRIED_OVER) { self.carried_over(program, dice) } else { self.referral(dice) };
        let referred = match first {
            Opening::Referred(day) => day,
            Opening::CarriedOver { .. } => self.almanac.start,
        };
        self.chain(&mut person, program, first, true, dice)?;

        // Housing and probation share clients; the kinds of event that count as a return in one do not in the other.
        if program < 2 && dice.per_mille(SECOND_PROGRAM) {
            let day = referred + dice.between(10, 240);
            if day <= self.almanac.as_of && person.died_on.is_none_or(|died| day < died) {
                self.chain(&mut person, 1 - program, Opening::Referred(day), false, dice)?;
            }
        }
        self.client_row(&person, program, dice)
    }

    /// A case and the ones that follow from it: who left unserved may be referred again, and who returned; nobody
    /// else, so that the first return after an exit is the one drawn for that exit.
    fn chain(
        &mut self,
        person: &mut Person,
        program: usize,
        mut opening: Opening,
        first_program: bool,
        dice: &mut Dice,
    ) -> Result<()> {
        while let Some(next) = self.case(person, program, opening, first_program, dice)? {
            opening = Opening::Referred(next);
        }
        Ok(())
    }

    /// A day of the window for a first referral.
    fn referral(&self, dice: &mut Dice) -> Opening {
        loop {
            let day = dice.between(self.almanac.start, self.almanac.as_of);
            let month = usize::from(self.almanac.month(day).unsigned_abs()).saturating_sub(1);
            let season = SEASON.get(month).copied().unwrap_or(100);
            let weekday = if self.almanac.is_weekend(day) { WEEKEND } else { 100 };
            if dice.below(110 * 100) < season * weekday {
                return Opening::Referred(day);
            }
        }
    }

    /// A case that was open on the first day of the window: the longer a stay, the likelier it is to be found open.
    fn carried_over(&self, program: usize, dice: &mut Dice) -> Opening {
        const LONGEST: i32 = 720;
        loop {
            let stay = self.models.get(program).and_then(|model| model.stay.draw(dice)).unwrap_or(LONGEST);
            let elapsed = dice.between(1, LONGEST);
            if elapsed < stay {
                return Opening::CarriedOver { intake: self.almanac.start - elapsed, stay };
            }
        }
    }

    fn client_row(&mut self, person: &Person, program: usize, dice: &mut Dice) -> Result<()> {
        let ages = self.models.get(program).map_or((18, 70), |model| model.program.ages);
        let year = i32::from(self.almanac.date(self.almanac.start).year()) - dice.between(ages.0, ages.1) - 1;
        let born = format!("{year:04}-{:02}-{:02}", dice.between(1, 12), dice.between(1, 28));
        let own_race = dice.per_mille(150).then(|| dice.code(RACES));
        let row = &mut self.book.row;
        row.id(b'C', person.number);
        row.text(if dice.per_mille(15) { "" } else { &born });
        row.text(dice.code(GENDERS));
        row.text(own_race.unwrap_or(self.household.race));
        row.text(self.household.language);
        row.id(b'H', person.household);
        row.text(&if dice.per_mille(30) { String::new() } else { format!("0{}", self.household.postal_area) });
        row.day(&self.almanac, person.died_on);
        self.book.put(Name::Clients, &self.almanac)
    }
}
