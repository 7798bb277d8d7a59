//! What is found out and agreed in a case: assessments, plans and their goals.

use super::almanac::Day;
use super::case::Case;
use super::dice::Dice;
use super::export::Export;
use super::sheet::Name;
use std::io::Result;

pub const INSTRUMENT: &str = "self_sufficiency";
pub const LOWEST: i32 = 1;
pub const HIGHEST: i32 = 5;
const DOMAINS: [&str; 5] = ["housing", "income", "health", "social_support", "life_skills"];
/// Scores at intake, and how far a domain moves by the exit.
const FIRST_SCORES: &[(i32, i32)] = &[(1, 18), (2, 36), (3, 29), (4, 13), (5, 4)];
const CHANGES: &[(i32, i32)] = &[(-1, 9), (0, 43), (1, 33), (2, 15)];
/// Days from one review to the next, and from one plan to its successor.
const REVIEW_EVERY: i32 = 110;
const PLAN_EVERY: i32 = 200;
/// Goals, of a thousand, that are dropped; and, of those not achieved, that are achieved in part.
const DISCONTINUED: i32 = 80;
const PARTIALLY: i32 = 550;

impl Export {
    pub fn assessments_and_plans(&mut self, case: &Case, dice: &mut Dice) -> Result<()> {
        let Some(model) = self.models.get(case.program_index) else { return Ok(()) };
        let assessed = model.assessed.draw(dice).map(|days| case.intake + days);
        let planned = model.planned.draw(dice).map(|days| case.intake + days);
        self.assessments(case, assessed.filter(|day| *day <= case.last), dice)?;
        let mut opened = planned.filter(|day| *day <= case.last);
        while let Some(day) = opened {
            let next = day + PLAN_EVERY + dice.between(-20, 40);
            // A plan shortly before the exit is not worth its paper.
            opened = Some(next).filter(|next| *next + 30 < case.last);
            self.plan(case, day, opened, dice)?;
        }
        Ok(())
    }

    fn assessments(&mut self, case: &Case, first: Option<Day>, dice: &mut Dice) -> Result<()> {
        let Some(first) = first else { return Ok(()) };
        let mut scores = DOMAINS.map(|_| dice.pick(FIRST_SCORES).unwrap_or(LOWEST));
        let goals = scores.map(|score| (score + dice.pick(CHANGES).unwrap_or(0)).clamp(LOWEST, HIGHEST));
        self.assessment(case, first, "intake", scores, dice)?;
        let mut review = first + REVIEW_EVERY + dice.between(-20, 30);
        while review + 20 < case.last {
            for (score, goal) in scores.iter_mut().zip(goals) {
                if dice.per_mille(550) {
                    *score = goal;
                }
            }
            self.assessment(case, review, "review", scores, dice)?;
            review += REVIEW_EVERY + dice.between(-20, 30);
        }
        if let Some(exit) = case.exit.filter(|_| dice.per_mille(740)) {
            let day = exit - dice.between(0, 6);
            if day > first {
                self.assessment(case, day, "exit", goals, dice)?;
            }
        }
        Ok(())
    }

    fn assessment(
        &mut self,
        case: &Case,
        day: Day,
        stage: &str,
        scores: [i32; DOMAINS.len()],
        dice: &mut Dice,
    ) -> Result<()> {
        for (domain, score) in DOMAINS.iter().zip(scores) {
            self.numbers.assessment += 1;
            let row = &mut self.book.row;
            row.id(b'A', self.numbers.assessment);
            row.id(b'E', case.number);
            row.day(&self.almanac, Some(day));
            row.text(stage);
            row.text(INSTRUMENT);
            row.text(domain);
            if dice.per_mille(15) {
                row.empty();
            } else {
                row.whole(score);
            }
            self.book.put(Name::Assessments, &self.almanac)?;
        }
        // Before the first direct service there was no other one, this one included.
        if case.first_service.is_some_and(|service| day >= service) && day >= self.almanac.start {
            self.service(case, day, "assessment", dice)?;
        }
        Ok(())
    }

    fn plan(&mut self, case: &Case, opened: Day, next: Option<Day>, dice: &mut Dice) -> Result<()> {
        self.numbers.plan += 1;
        let plan = self.numbers.plan;
        let as_of = self.almanac.as_of;
        let signed = opened + dice.pick(&[(0, 40), (3, 25), (8, 15), (16, 12), (38, 8)]).unwrap_or(0);
        let approved = opened + dice.between(0, 12);
        let reviewed = opened + 90 + dice.between(-12, 20);
        let ended = next.or(case.exit.filter(|_| case.completed));
        let almanac = &self.almanac;
        let row = &mut self.book.row;
        row.id(b'P', plan);
        row.id(b'E', case.number);
        row.day(almanac, Some(opened));
        row.day(almanac, Some(signed).filter(|day| *day <= case.last && !dice.per_mille(60)));
        row.day(almanac, Some(approved).filter(|day| *day <= case.last && !dice.per_mille(30)));
        row.day(almanac, Some(opened + 90));
        row.day(almanac, Some(reviewed).filter(|day| *day <= case.last && !dice.per_mille(100)));
        row.day(almanac, ended.filter(|day| *day <= as_of));
        self.book.put(Name::Plans, almanac)?;
        for _ in 0..dice.between(1, 3) {
            self.goal(case, plan, opened, dice)?;
        }
        if case.first_service.is_some_and(|service| opened >= service) && opened >= self.almanac.start {
            self.service(case, opened, "planning", dice)?;
        }
        Ok(())
    }

    fn goal(&mut self, case: &Case, plan: u64, set: Day, dice: &mut Dice) -> Result<()> {
        self.numbers.goal += 1;
        let due = set + dice.between(60, 220);
        // When it is closed does not depend on how it ends, so no period has more of the good ends than another.
        let decided = (due - dice.between(0, 30)).min(case.exit.unwrap_or(due));
        let closed = Some(decided).filter(|day| *day <= self.almanac.as_of);
        let baseline = dice.pick(&[(-2, 72), (-1, 28)]).unwrap_or(-2);
        let (status, level) = if closed.is_none() {
            ("in_progress", dice.between(baseline, -1))
        } else if dice.per_mille(DISCONTINUED) {
            ("discontinued", baseline)
        } else if dice.per_mille(case.program.goal_achieved) {
            ("achieved", dice.pick(&[(0, 66), (1, 25), (2, 9)]).unwrap_or(0))
        } else if dice.per_mille(PARTIALLY) {
            ("partially_achieved", -1)
        } else {
            ("not_achieved", baseline.min(dice.between(-2, -1)))
        };
        let row = &mut self.book.row;
        row.id(b'G', self.numbers.goal);
        row.id(b'E', case.number);
        row.id(b'P', plan);
        row.text(dice.code(case.program.goal_domains));
        row.whole(dice.pick(&[(1, 40), (2, 35), (3, 25)]).unwrap_or(1));
        row.day(&self.almanac, Some(set));
        row.day(&self.almanac, Some(due));
        row.text(status);
        row.day(&self.almanac, closed);
        row.whole(baseline);
        if dice.per_mille(60) {
            row.empty();
        } else {
            row.whole(level);
        }
        self.book.put(Name::Goals, &self.almanac)
    }
}
