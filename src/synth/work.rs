//! What is done in a case day by day: services, referrals out, contacts, emergencies, surveys.

use super::agency::{PROVIDERS, SHORT_CONNECTS};
use super::almanac::{Day, MINUTES_A_DAY, Moment};
use super::case::Case;
use super::dice::Dice;
use super::export::Export;
use super::sheet::Name;
use std::io::Result;

const QUARTER_HOUR: i32 = 15;
/// Cents for a quarter of an hour.
const UNIT_COST: i32 = 1425;
/// Services, of a thousand, outside office hours where the doors never close.
const AFTER_HOURS: i32 = 160;
const FULL_DAY: i32 = MINUTES_A_DAY;
const ITEMS: [&str; 4] = ["overall_satisfaction", "respect", "goals_mattered", "would_recommend"];
const MODES: &[(&str, i32)] = &[("office", 46), ("home", 18), ("community", 14), ("phone", 15), ("video", 6), ("", 1)];

impl Export {
    /// Everything of this kind that happened in the window and in the case.
    pub fn work(&mut self, case: &Case, died_on: Option<Day>, dice: &mut Dice) -> Result<()> {
        let from = case.intake.max(self.almanac.start);
        if case.intake >= self.almanac.start {
            self.service(case, case.intake, "intake", dice)?;
        }
        if let Some(first) = case.first_service {
            self.direct_services(case, first.max(self.almanac.start), dice)?;
            self.follow_up(case, died_on, dice)?;
            self.incidents(case, first.max(from), dice)?;
        }
        self.referrals(case, from, dice)?;
        self.contacts(case, from, dice)?;
        self.survey(case, from, dice)?;
        self.gains(case, from, dice)
    }

    fn direct_services(&mut self, case: &Case, first: Day, dice: &mut Dice) -> Result<()> {
        let mut day = first;
        while day <= case.last {
            self.service(case, day, dice.code(case.program.services), dice)?;
            day += dice.pick(case.program.service_gaps).unwrap_or(7);
            if !case.program.round_the_clock && self.almanac.is_weekend(day) {
                day += 7 - self.almanac.weekday(day);
            }
        }
        Ok(())
    }

    fn follow_up(&mut self, case: &Case, died_on: Option<Day>, dice: &mut Dice) -> Result<()> {
        let Some(exit) = case.exit else { return Ok(()) };
        let day = exit + dice.between(4, 28);
        if dice.per_mille(560) && day <= self.almanac.as_of && died_on.is_none_or(|died| day <= died) {
            self.service(case, day, "follow_up", dice)?;
        }
        Ok(())
    }

    /// Writes a service.
    pub fn service(&mut self, case: &Case, day: Day, kind: &str, dice: &mut Dice) -> Result<()> {
        self.numbers.service += 1;
        let program = case.program;
        let minutes = QUARTER_HOUR
            * match kind {
                "group" => dice.between(4, 8),
                "counseling" | "home_visit" | "intake" | "assessment" => dice.between(3, 6),
                _ => dice.between(1, 4),
            };
        let started = Self::starts(case, day, dice);
        let recorded = self.recorded(case, started, kind, dice);
        let almanac = &self.almanac;
        let row = &mut self.book.row;
        row.id(b'S', self.numbers.service);
        row.id(b'E', case.number);
        row.day(almanac, Some(day));
        row.moment(almanac, Some(started).filter(|_| !dice.per_mille(80)));
        row.text(kind);
        let staff = match kind {
            "counseling" | "group" => self.staff.counselor(case.program_index, program, dice),
            _ if dice.per_mille(70) => self.staff.manager(case.program_index, program, dice),
            _ => case.manager,
        };
        staff.write(row);
        if kind == "transport" && dice.per_mille(300) {
            row.id(b'R', 11);
        } else {
            row.empty();
        }
        let units = minutes / QUARTER_HOUR;
        let known = !dice.per_mille(15);
        if known {
            row.whole(minutes);
            row.whole(units);
        } else {
            row.empty();
            row.empty();
        }
        if known && !dice.per_mille(20) {
            row.money(units * UNIT_COST);
        } else {
            row.empty();
        }
        row.text(dice.code(program.recipients));
        row.text(dice.code(MODES));
        row.moment(almanac, recorded);
        self.book.put(Name::Services, &self.almanac)
    }

    fn starts(case: &Case, day: Day, dice: &mut Dice) -> Moment {
        let minute = if case.program.round_the_clock && dice.per_mille(AFTER_HOURS) {
            // From six in the evening to eight in the morning, on the same date.
            (18 * 60 + dice.below(14 * 4) * QUARTER_HOUR) % FULL_DAY
        } else {
            8 * 60 + dice.below(9 * 4) * QUARTER_HOUR
        };
        Moment { day, minute }
    }

    /// When the note was written; none while it is not yet.
    fn recorded(&self, case: &Case, started: Moment, kind: &str, dice: &mut Dice) -> Option<Moment> {
        let in_time = dice.per_mille(case.program.noted_in_time);
        let day = if kind == "crisis_intervention" {
            started.day + if in_time { dice.between(0, 1) } else { dice.between(2, 4) }
        } else {
            let days = if in_time {
                dice.pick(&[(0, 52), (1, 30), (2, 12), (3, 6)]).unwrap_or(0)
            } else {
                // Few weeks late, so that hardly a note of the last month is still missing on the as-of date.
                dice.pick(&[(4, 55), (5, 30), (6, 15)]).unwrap_or(4)
            };
            self.almanac.after_business_days(started.day, days)
        };
        let minute = if day == started.day {
            (started.minute + dice.between(20, 240)).min(FULL_DAY - 1)
        } else {
            8 * 60 + dice.between(15, 9 * 60)
        };
        Some(Moment { day, minute }).filter(|_| day <= self.almanac.as_of && !dice.per_mille(12))
    }

    fn referrals(&mut self, case: &Case, from: Day, dice: &mut Dice) -> Result<()> {
        for _ in 0..dice.between(1, 5) {
            let day = from + dice.below(240);
            if day <= case.last {
                self.referral_out(case, day, dice)?;
            }
        }
        Ok(())
    }

    fn referral_out(&mut self, case: &Case, day: Day, dice: &mut Dice) -> Result<()> {
        self.numbers.referral += 1;
        let choices: Vec<(usize, i32)> =
            PROVIDERS.iter().enumerate().map(|(index, provider)| (index, provider.referrals)).collect();
        let provider = dice.pick(&choices).unwrap_or(0);
        let short = day >= self.deterioration && PROVIDERS.get(provider).is_some_and(|provider| provider.short);
        let kept = if short { SHORT_CONNECTS } else { 1000 };
        let connected = dice.millionths() < (case.program.connected * kept).unsigned_abs();
        let (started, outcome) = if connected {
            (Some(day + dice.between(1, 28)), "received")
        } else if !short && dice.per_mille(120) {
            (Some(day + dice.between(33, 75)), "received")
        } else if short {
            (None, dice.code(&[("no_capacity", 68), ("waitlisted", 18), ("no_show", 8), ("declined_by_client", 6)]))
        } else {
            let ends = [
                ("no_show", 28),
                ("declined_by_client", 22),
                ("waitlisted", 18),
                ("no_capacity", 12),
                ("declined_by_provider", 10),
                ("ineligible", 10),
            ];
            (None, dice.code(&ends))
        };
        let as_of = self.almanac.as_of;
        let decided = started.unwrap_or(day + dice.between(3, 29));
        let known = decided <= as_of;
        let accepted = started.map(|start| day + dice.between(0, (start - day).min(9)));
        let closed = started.map_or(decided, |start| start + dice.between(0, 60));
        let almanac = &self.almanac;
        let row = &mut self.book.row;
        row.id(b'F', self.numbers.referral);
        row.id(b'E', case.number);
        row.id(b'R', provider as u64 + 1);
        row.text(dice.code(case.program.referral_types));
        row.day(almanac, Some(day));
        row.day(almanac, accepted.filter(|day| *day <= as_of && !dice.per_mille(40)));
        row.day(almanac, started.filter(|day| *day <= as_of));
        row.day(almanac, Some(closed).filter(|day| *day <= as_of && outcome != "waitlisted"));
        row.text(if known { outcome } else { "" });
        self.book.put(Name::Referrals, &self.almanac)
    }

    fn contacts(&mut self, case: &Case, from: Day, dice: &mut Dice) -> Result<()> {
        let mut day = from + dice.below(case.program.contact_gap);
        while day <= case.last {
            self.numbers.contact += 1;
            let partner = dice.code(case.program.partners);
            let provider = (1u64..).zip(&PROVIDERS).find(|(_, provider)| provider.partner_type == partner);
            let row = &mut self.book.row;
            row.id(b'K', self.numbers.contact);
            row.id(b'E', case.number);
            row.day(&self.almanac, Some(day));
            row.text(partner);
            match provider.filter(|_| dice.per_mille(600)) {
                Some((number, _)) => row.id(b'R', number),
                None => row.empty(),
            }
            case.manager.write(row);
            if dice.per_mille(40) {
                row.empty();
            } else {
                row.whole(5 * dice.between(1, 9));
            }
            let testimony = if matches!(partner, "court" | "probation") { 10 } else { 0 };
            row.text(dice.code(&[
                ("coordination", 60),
                ("meeting", 20),
                ("advocacy", 15),
                ("testimony", testimony),
                ("", 3),
            ]));
            self.book.put(Name::Contacts, &self.almanac)?;
            day += dice.between(1, 2 * case.program.contact_gap - 1);
        }
        Ok(())
    }

    fn incidents(&mut self, case: &Case, from: Day, dice: &mut Dice) -> Result<()> {
        let mut day = from + dice.below(2 * case.program.incident_gap);
        while day <= case.last {
            self.incident(case, day, dice)?;
            day += dice.between(1, 2 * case.program.incident_gap - 1);
        }
        Ok(())
    }

    fn incident(&mut self, case: &Case, day: Day, dice: &mut Dice) -> Result<()> {
        self.numbers.incident += 1;
        let reported = Moment { day, minute: dice.below(FULL_DAY) };
        let in_time = dice.per_mille(case.program.crisis_answered);
        let answered = reported.plus(if in_time {
            dice.pick(&[(25, 30), (70, 30), (180, 20), (600, 12), (1300, 8)]).unwrap_or(25)
        } else {
            dice.between(1500, 5000)
        });
        let resolved = answered.plus(dice.between(60, 9000));
        let as_of = self.almanac.as_of;
        let known = |moment: Moment| moment.day <= as_of;
        let response = Some(answered).filter(|moment| known(*moment));
        let resolution = Some(resolved).filter(|moment| known(*moment) && !dice.per_mille(60));
        let note = dice.code(&[
            ("", 70),
            ("seen by \"on call\", family told", 15),
            ("called back twice,\nno answer", 10),
            ("see file", 5),
        ]);
        let almanac = &self.almanac;
        let row = &mut self.book.row;
        row.id(b'I', self.numbers.incident);
        row.id(b'C', case.client);
        row.id(b'E', case.number);
        row.moment(almanac, Some(reported));
        row.text(dice.code(case.program.incident_kinds));
        row.moment(almanac, response);
        row.moment(almanac, resolution);
        row.text(if resolution.is_some() {
            dice.code(&[("resolved", 70), ("referred", 20), ("emergency_services", 10)])
        } else {
            ""
        });
        row.text(note);
        self.book.put(Name::Incidents, &self.almanac)?;
        // The answer is a service too, as far as it fell into the case.
        if answered.day <= case.last {
            self.service(case, answered.day, "crisis_intervention", dice)?;
        }
        Ok(())
    }

    fn survey(&mut self, case: &Case, from: Day, dice: &mut Dice) -> Result<()> {
        let day = case.exit.map_or(from + 180, |exit| exit - dice.between(0, 10)).max(from);
        if day > case.last || !dice.per_mille(420) {
            return Ok(());
        }
        for item in ITEMS {
            if dice.per_mille(40) {
                continue;
            }
            let score = if dice.per_mille(case.program.satisfied) {
                dice.between(4, 5)
            } else {
                dice.pick(&[(1, 15), (2, 25), (3, 60)]).unwrap_or(3)
            };
            self.numbers.response += 1;
            let row = &mut self.book.row;
            row.id(b'Q', self.numbers.response);
            row.id(b'E', case.number);
            row.day(&self.almanac, Some(day));
            row.text(item);
            row.whole(score);
            row.whole(5);
            self.book.put(Name::Surveys, &self.almanac)?;
        }
        Ok(())
    }

    /// Events for the better: a home found by the exit, a job found during the stay.
    fn gains(&mut self, case: &Case, from: Day, dice: &mut Dice) -> Result<()> {
        let housed = case.completed && case.program.setting == "homeless_services" && dice.per_mille(800);
        if let Some(exit) = case.exit.filter(|_| housed) {
            self.event(case.client, (exit - dice.between(0, 20)).max(from), "housed", dice)?;
        }
        let works = case.program.goal_domains.iter().any(|(domain, _)| *domain == "employment");
        let day = from + dice.between(20, 200);
        if works && day <= case.last && dice.per_mille(220) {
            self.event(case.client, day, "job_start", dice)?;
        }
        Ok(())
    }
}
