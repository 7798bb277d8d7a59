//! One case: referral, intake, stay and exit, and the event that may follow.

use super::agency::{GONE_REASONS, Program};
use super::almanac::Day;
use super::curve::Ending;
use super::dice::Dice;
use super::export::{Export, StaffMember};
use super::person::Person;
use super::sheet::Name;
use std::io::Result;

/// Cases, of a thousand, whose referral date was never written down. Of these only the started ones are known at
/// all, and waiting times leave them out, so the shares among the others stay true.
const NO_REFERRAL_DATE: i32 = 20;
/// Of a thousand who left before any service, those who are referred again later.
const GONE_AND_REFERRED_AGAIN: i32 = 400;

/// How a case comes about.
#[derive(Clone, Copy)]
pub enum Opening {
    Referred(Day),
    /// Open when the window began; the system that is exported knows no referral date for it.
    CarriedOver {
        intake: Day,
        stay: i32,
    },
}

/// A case as its plans, services and all the rest need it.
pub struct Case {
    pub number: u64,
    pub client: u64,
    pub program_index: usize,
    pub program: &'static Program,
    pub manager: StaffMember,
    pub intake: Day,
    /// First direct service; none yet when it would lie after the as-of date.
    pub first_service: Option<Day>,
    pub exit: Option<Day>,
    pub completed: bool,
    /// Last day on which something can have happened in the case: its exit or the as-of date.
    pub last: Day,
}

/// The dates and codes of the enrollment's row.
#[derive(Default)]
struct Course {
    referred: Option<Day>,
    intake: Option<Day>,
    first_service: Option<Day>,
    exit: Option<Day>,
    reason: &'static str,
}

impl Export {
    /// Makes a case; hands back the day of the next referral when the person comes back.
    pub fn case(
        &mut self,
        person: &mut Person,
        program_index: usize,
        opening: Opening,
        first_program: bool,
        dice: &mut Dice,
    ) -> Result<Option<Day>> {
        let Some(program) = self.models.get(program_index).map(|model| model.program) else { return Ok(None) };
        let Some(mut course) = self.course(program_index, opening, dice) else { return Ok(None) };
        if first_program {
            if course.reason == "deceased" {
                person.died_on = course.exit;
            }
        } else {
            // The first program's cases know nothing of this one, so nobody dies in it.
            if course.reason == "deceased" {
                course.reason = "moved";
            }
            end_with_life(&mut course, person.died_on);
        }

        self.numbers.enrollment += 1;
        let number = self.numbers.enrollment;
        let manager = self.staff.manager(program_index, program, dice);
        self.enrollment_row(person, program, &course, manager, number, dice)?;

        let Some(intake) = course.intake else {
            let again = course.exit.filter(|_| course.reason != "deceased" && dice.per_mille(GONE_AND_REFERRED_AGAIN));
            let day = again.map(|exit| exit + dice.between(20, 200));
            let alive = |day: Day| person.died_on.is_none_or(|died| day < died);
            return Ok(day.filter(|day| *day <= self.almanac.as_of && alive(*day)));
        };
        let case = Case {
            number,
            client: person.number,
            program_index,
            program,
            manager,
            intake,
            first_service: course.first_service,
            exit: course.exit,
            completed: matches!(course.reason, "completed" | "partially_completed"),
            last: course.exit.unwrap_or(self.almanac.as_of),
        };
        // The return is drawn before the rows so that nothing is dated after a death.
        let next = match course.exit {
            Some(exit) if course.reason != "deceased" => self.after_exit(person, &case, exit, first_program, dice)?,
            _ => None,
        };
        self.assessments_and_plans(&case, dice)?;
        self.work(&case, person.died_on, dice)?;
        Ok(next)
    }

    /// Draws the dates. None when the case would never have come to anybody's notice.
    fn course(&self, program_index: usize, opening: Opening, dice: &mut Dice) -> Option<Course> {
        let model = self.models.get(program_index)?;
        let as_of = self.almanac.as_of;
        let mut course = Course::default();
        let stay = match opening {
            Opening::CarriedOver { intake, stay } => {
                course.intake = Some(intake);
                course.first_service = Some(intake + dice.between(0, 5));
                stay
            }
            Opening::Referred(referred) => {
                let improved = model.improved_wait.as_ref().filter(|_| referred >= self.improvement);
                let ending = improved.unwrap_or(&model.wait).draw(dice);
                let no_date = dice.per_mille(NO_REFERRAL_DATE);
                course.referred = Some(referred).filter(|_| !no_date);
                match ending {
                    Ending::Wanted(days) => {
                        let before = dice.pick(&[(0, 35), (1, 20), (2, 15), (3, 12), (4, 10), (5, 8)]).unwrap_or(0);
                        let service = referred + days;
                        course.intake = Some(service - before.min(days)).filter(|intake| *intake <= as_of);
                        course.first_service = Some(service).filter(|service| *service <= as_of);
                    }
                    Ending::Other(days) => {
                        course.exit = Some(referred + days).filter(|exit| *exit <= as_of);
                        course.reason = if course.exit.is_some() { dice.code(GONE_REASONS) } else { "" };
                    }
                    Ending::Never => {}
                }
                if course.intake.is_none() {
                    return Some(course).filter(|_| !no_date);
                }
                model.stay.draw(dice).unwrap_or_default()
            }
        };
        course.exit = course.intake.map(|intake| intake + stay).filter(|exit| *exit <= as_of);
        if course.exit.is_some() {
            course.reason = dice.code(model.program.exit_reasons);
        }
        Some(course)
    }

    fn enrollment_row(
        &mut self,
        person: &Person,
        program: &Program,
        course: &Course,
        manager: StaffMember,
        number: u64,
        dice: &mut Dice,
    ) -> Result<()> {
        let program_id = self.program_of(program, person.number);
        let almanac = &self.almanac;
        let decided = course.intake.or(course.exit).unwrap_or(almanac.as_of);
        let screened = match course.referred {
            Some(referred) if course.intake.is_some() || dice.per_mille(600) => {
                Some(referred + dice.between(0, (decided - referred).min(12)))
            }
            _ => None,
        };
        let eligibility = match (course.intake, course.reason) {
            (None, "ineligible") => "ineligible",
            (None, _) if screened.is_some() => dice.code(&[("eligible", 75), ("pending", 25)]),
            (None, _) => dice.code(&[("pending", 70), ("", 30)]),
            (Some(_), _) => dice.code(&[("eligible", 975), ("", 25)]),
        };
        let row = &mut self.book.row;
        row.id(b'E', number);
        row.id(b'C', person.number);
        row.text(&program_id);
        if dice.per_mille(20) {
            row.empty();
        } else {
            manager.write(row);
        }
        row.day(almanac, course.referred);
        row.text(if dice.per_mille(25) { "" } else { dice.code(program.referral_sources) });
        row.day(almanac, screened.filter(|_| !dice.per_mille(30)));
        row.text(eligibility);
        row.day(almanac, course.intake);
        row.day(almanac, course.exit);
        row.text(if course.intake.is_some() && dice.per_mille(15) { "" } else { course.reason });
        let leaves_for = course.exit.is_some() && course.intake.is_some() && course.reason != "deceased";
        row.text(if leaves_for && !dice.per_mille(120) { dice.code(program.destinations) } else { "" });
        row.id(b'H', person.household);
        row.text(match (dice.per_mille(25), person.head_of_household) {
            (true, _) => "",
            (false, true) => "yes",
            (false, false) => "no",
        });
        self.book.put(Name::Enrollments, &self.almanac)
    }

    /// What comes after the exit: a return, a death or neither; and a referral back after a return.
    fn after_exit(
        &mut self,
        person: &mut Person,
        case: &Case,
        exit: Day,
        first_program: bool,
        dice: &mut Dice,
    ) -> Result<Option<Day>> {
        let Some(model) = self.models.get(case.program_index) else { return Ok(None) };
        let as_of = self.almanac.as_of;
        let ending = model.after_exit.draw(dice);
        let program = case.program;
        match ending {
            Ending::Wanted(days) if person.died_on.is_none_or(|died| exit + days < died) => {
                let day = exit + days;
                if day > as_of {
                    return Ok(None);
                }
                let kind = dice.code(program.return_kinds);
                self.event(person.number, day, kind, dice)?;
                let consequence = match kind {
                    "arrest" if dice.per_mille(350) => Some("conviction"),
                    "substantiated_maltreatment" if dice.per_mille(250) => Some("foster_care_reentry"),
                    _ => None,
                };
                let later = day + dice.between(20, 150);
                let alive = person.died_on.is_none_or(|died| later < died);
                if let Some(kind) = consequence.filter(|_| later <= as_of && alive) {
                    self.event(person.number, later, kind, dice)?;
                }
                let referred = day + dice.between(3, 60);
                let comes_back = dice.per_mille(program.referred_again) && person.died_on.is_none_or(|d| referred < d);
                Ok(Some(referred).filter(|day| comes_back && *day <= as_of))
            }
            Ending::Other(days) if first_program => {
                person.died_on = Some(exit + days).filter(|day| *day <= as_of);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Writes an outcome event.
    pub fn event(&mut self, client: u64, day: Day, kind: &str, dice: &mut Dice) -> Result<()> {
        self.numbers.event += 1;
        let row = &mut self.book.row;
        row.id(b'V', self.numbers.event);
        row.id(b'C', client);
        row.day(&self.almanac, Some(day));
        row.text(kind);
        row.text(match kind {
            "arrest" | "conviction" => "court_records",
            "hospital_admission" => "health_exchange",
            _ => dice.code(&[("agency_records", 60), ("state_registry", 30), ("client_report", 10)]),
        });
        self.book.put(Name::OutcomeEvents, &self.almanac)
    }
}

/// Cuts a course off at a death that is already known.
fn end_with_life(course: &mut Course, died_on: Option<Day>) {
    let Some(died) = died_on else { return };
    if course.exit.is_none_or(|exit| exit >= died) {
        course.exit = Some(died);
        course.reason = "deceased";
        course.intake = course.intake.filter(|intake| *intake <= died);
        course.first_service = course.first_service.filter(|service| *service <= died && course.intake.is_some());
    }
}
