//! The export while it is being made: calendar, models, staff, open files and the running numbers.

use super::Recipe;
use super::agency::{Model, PROGRAMS, PROVIDERS, Program};
use super::almanac::{Almanac, Day};
use super::book::Book;
use super::dice::Dice;
use super::person::Household;
use super::row::Row;
use super::sheet::Name;
use std::io::Result;

/// Everything that making a row needs. Its size does not depend on the number of clients.
pub struct Export {
    pub almanac: Almanac,
    pub models: Vec<Model>,
    pub book: Book,
    pub staff: Staff,
    pub numbers: Numbers,
    pub household: Household,
    /// How many; those beyond the first four are run as one of them is.
    pub programs: u64,
    /// First day of the planted improvement, and of the planted deterioration.
    pub improvement: Day,
    pub deterioration: Day,
}

/// The last number given out, by table.
#[derive(Default)]
pub struct Numbers {
    pub enrollment: u64,
    pub assessment: u64,
    pub plan: u64,
    pub goal: u64,
    pub referral: u64,
    pub service: u64,
    pub contact: u64,
    pub incident: u64,
    pub event: u64,
    pub response: u64,
}

/// Someone on the staff: the program's number (0: the agency's), a letter for the role, and a running number.
#[derive(Debug, Clone, Copy)]
pub struct StaffMember {
    program: usize,
    role: char,
    number: i32,
}

impl StaffMember {
    pub fn write(self, row: &mut Row) {
        row.text(&format!("T{}{}{:04}", self.program, self.role, self.number));
    }
}

/// Who works where. Nobody is kept in a list; a number is enough to tell who they are.
pub struct Staff {
    clients: u64,
}

/// Case managers under one supervisor, and to one counselor.
const MANAGERS_PER_SUPERVISOR: i32 = 6;
const MANAGERS_PER_COUNSELOR: i32 = 3;

impl Staff {
    pub fn new(clients: u64) -> Self {
        Self { clients }
    }

    fn managers(&self, program: &Program) -> i32 {
        let wanted = self.clients.saturating_mul(u64::from(program.managers_per_thousand_clients.unsigned_abs()));
        i32::try_from(wanted.div_ceil(1000)).unwrap_or(9999).max(2)
    }

    /// One of the program's case managers.
    pub fn manager(&self, index: usize, program: &Program, dice: &mut Dice) -> StaffMember {
        StaffMember { program: index + 1, role: 'M', number: dice.between(1, self.managers(program)) }
    }

    /// One of the program's counselors.
    pub fn counselor(&self, index: usize, program: &Program, dice: &mut Dice) -> StaffMember {
        let counselors = groups(self.managers(program), MANAGERS_PER_COUNSELOR);
        StaffMember { program: index + 1, role: 'C', number: dice.between(1, counselors) }
    }
}

/// How many groups of that size hold so many people.
fn groups(people: i32, size: i32) -> i32 {
    (people + size - 1) / size
}

/// "PRG1" of the first, "PRG1-2" of the next program that is run like it.
fn copy_of(name: &str, joint: char, copy: u64) -> String {
    if copy == 0 { name.to_owned() } else { format!("{name}{joint}{}", copy + 1) }
}

impl Export {
    /// The program, of those that are run as this one is, that a client is in.
    pub fn program_of(&self, program: &Program, client: u64) -> String {
        let kinds = PROGRAMS.len() as u64;
        let kind = PROGRAMS.iter().position(|known| known.id == program.id).unwrap_or(0) as u64;
        let alike = self.programs.max(kinds).saturating_sub(kind).div_ceil(kinds).max(1);
        copy_of(program.id, '-', client % alike)
    }

    pub fn programs(&mut self, recipe: &Recipe) -> Result<()> {
        for number in 0..recipe.programs.max(PROGRAMS.len() as u64) {
            let copy = number / PROGRAMS.len() as u64;
            let Some(program) = PROGRAMS.get((number % PROGRAMS.len() as u64) as usize) else { continue };
            let row = &mut self.book.row;
            row.text(&copy_of(program.id, '-', copy));
            row.text(&copy_of(program.name, ' ', copy));
            row.text(program.setting);
            row.text(program.site);
            row.text(&recipe.agency);
            row.text(program.funder);
            // Places for about a fifth of the program's clients at a time, in fives.
            let places = recipe.clients * u64::from(program.demand.unsigned_abs()) / 100 / 5;
            row.whole(i32::try_from(places / 5 * 5 + 10).unwrap_or(i32::MAX));
            row.whole(program.service_start_days);
            row.text(program.opened_on);
            row.empty();
            self.book.put(Name::Programs, &self.almanac)?;
        }
        Ok(())
    }

    pub fn providers(&mut self) -> Result<()> {
        for (number, provider) in (1..).zip(&PROVIDERS) {
            self.book.row.id(b'R', number);
            self.book.row.text(provider.name);
            self.book.row.text(provider.partner_type);
            self.book.put(Name::Providers, &self.almanac)?;
        }
        Ok(())
    }

    /// The director, and each program's supervisors, case managers, counselors and a few who have left.
    pub fn staff_rows(&mut self, dice: &mut Dice) -> Result<()> {
        let director = StaffMember { program: 0, role: 'S', number: 1 };
        self.staff_row(director, None, "Direction", 0, dice)?;
        for (index, program) in PROGRAMS.iter().enumerate() {
            let managers = self.staff.managers(program);
            let supervisors = groups(managers, MANAGERS_PER_SUPERVISOR);
            let member = |role, number| StaffMember { program: index + 1, role, number };
            let team = |number: i32| format!("{} {}", program.name, (number - 1) % supervisors + 1);
            for number in 1..=supervisors {
                self.staff_row(member('S', number), Some(director), &team(number), 0, dice)?;
            }
            let groups = [('M', managers), ('C', groups(managers, MANAGERS_PER_COUNSELOR)), ('L', managers / 4)];
            for (role, count) in groups {
                for number in 1..=count {
                    let supervisor = member('S', (number - 1) % supervisors + 1);
                    let fte = dice.pick(&[(100, 75), (80, 15), (50, 10)]).unwrap_or(100);
                    self.staff_row(member(role, number), Some(supervisor), &team(number), fte, dice)?;
                }
            }
        }
        Ok(())
    }

    fn staff_row(
        &mut self,
        member: StaffMember,
        supervisor: Option<StaffMember>,
        team: &str,
        fte: i32,
        dice: &mut Dice,
    ) -> Result<()> {
        let row = &mut self.book.row;
        member.write(row);
        match supervisor {
            Some(supervisor) => supervisor.write(row),
            None => row.empty(),
        }
        row.text(team);
        row.text(match member.role {
            'S' => "supervisor",
            'C' => "counselor",
            _ => "case_manager",
        });
        row.money(fte);
        row.text(match member.role {
            'S' => dice.code(&[("lcsw", 60), ("lcsw;ccm", 40)]),
            'C' => dice.code(&[("lpc", 60), ("lmsw", 40)]),
            _ => dice.code(&[("", 52), ("ccm", 22), ("lmsw", 18), ("ccm;lmsw", 8)]),
        });
        // Those who left did so before the window began and carry no case of it.
        let gone = member.role == 'L';
        let hired = self.almanac.start - dice.between(if gone { 500 } else { 1 }, 1000);
        row.day(&self.almanac, Some(hired));
        row.day(&self.almanac, Some(self.almanac.start - dice.between(1, 300)).filter(|_| gone));
        self.book.put(Name::Staff, &self.almanac)
    }
}
