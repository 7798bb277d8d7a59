//! The first page's table: one line a metric, with how sure, how changed, how it stands.

use super::build::Facts;
use super::definition::{Covers, Definition, Span};
use super::document::{Mark, Scorecard, ScorecardGroup, ScorecardRow, StatusMark};
use super::entries::{ScorecardEntry, Split};
use super::figures::{Figures, unit};
use super::limits::{History, Now, beyond_chance, history, is_few};
use super::narrative::{Earlier, Known, Which};
use super::words::{change, count, short_span, small, span};
use crate::chart::{self, Cell, Signal, Subject, Table, TableColumn, Unit, reason};
use crate::language::Words;
use crate::measure::{Estimate, Headline, Metric, Note, Status};
use crate::project::Period;
use crate::release::{Audience, Released};

/// One line, before it is drawn.
pub struct Row<'a> {
    pub entry: ScorecardEntry,
    pub metric: &'a Metric,
    pub words: &'a Words,
    pub label: String,
    pub unit: Unit,
    pub headline: Headline,
    pub span: Span,
    pub now: Option<&'a Released<Estimate>>,
    pub before: Option<&'a Released<Estimate>>,
    pub year_before: Option<&'a Released<Estimate>>,
    /// The recent months taken together.
    pub recent: Option<&'a Released<Estimate>>,
    pub target: Option<f64>,
    pub history: History,
    /// Under the label.
    pub count: String,
    /// Columns that the metric needs and the export does not have.
    pub absent: &'a [String],
}

/// The lines of a definition's scorecard.
pub fn rows<'a>(definition: &Definition, figures: &'a Figures, facts: &'a Facts<'_>) -> Vec<Row<'a>> {
    definition
        .scorecard
        .iter()
        .filter_map(|entry| Some(row(definition, entry.clone(), facts.catalogue.get(&entry.metric)?, figures, facts)))
        .collect()
}

/// The line of one metric, whether it stands on the first page or not.
pub fn row<'a>(
    definition: &Definition,
    entry: ScorecardEntry,
    metric: &'a Metric,
    figures: &'a Figures,
    facts: &'a Facts<'_>,
) -> Row<'a> {
    let headline = metric.header.headline();
    let span = definition.span(&entry, facts.month, facts.as_of, facts.first);
    let now = figures.everybody(metric, &span.now, headline);
    let header = &metric.header;
    let counted = header.counted.as_deref().unwrap_or("");
    let words = facts.words;
    // Before the first month of the data nobody was counted, which is not the same as none.
    let on_record = |period: &&Period| period.start >= span.everybody.start;
    let mut said = match (&entry.split, now) {
        // Parts that overlap tell the people in both by subtraction: not for other eyes.
        (Some(_), _) if facts.audience != Audience::Internal => String::new(),
        (Some(split), _) => split_words(split, &figures.by(metric, &span.now, headline, &split.dimension), now, words),
        (None, Some(estimate)) => count(estimate, counted, words),
        (None, None) => String::new(),
    };
    // Any other time than the report's own month is named.
    if span.now != *facts.month && !said.is_empty() {
        said = format!("{said}, {}", short_span(&span.now, words));
    }
    let target = facts.targets.of(&metric.name, headline.statistic, headline.at, &crate::measure::Group::default());
    // What misses its target must not read as if it were there.
    let missing = now.filter(|e| matches!(e.status, Some(Status::Near | Status::NotMet))).and_then(|e| e.estimate);
    Row {
        entry,
        metric,
        words,
        label: definition.label(metric),
        unit: unit(metric, headline.statistic, words).told_apart(missing, target, words),
        headline,
        now,
        before: span.before.as_ref().filter(on_record).and_then(|p| figures.everybody(metric, p, headline)),
        recent: figures.everybody(metric, &span.recent, headline),
        year_before: Some(&span.year_before).filter(on_record).and_then(|p| figures.everybody(metric, p, headline)),
        target,
        history: history(definition, figures, metric, &span, words),
        count: said,
        absent: facts.not_collected.get(&metric.name).map_or(&[], Vec::as_slice),
        span,
    }
}

/// "41 new · 271 carried over"; who is in several is said, so that the parts can be added up.
fn split_words(
    split: &Split,
    parts: &[(Option<&str>, &Released<Estimate>)],
    all: Option<&Released<Estimate>>,
    words: &Words,
) -> String {
    let mut said = Vec::new();
    let mut sum = 0.0;
    for (value, word) in split.values.iter().zip(&split.words) {
        if let Some(count) = parts.iter().find(|(v, _)| *v == Some(value.as_str())).and_then(|(_, e)| e.estimate) {
            sum += count;
            said.push(format!("{} {word}", words.count(count)));
        }
    }
    if let Some(twice) = all.and_then(|e| e.estimate).map(|n| sum - n).filter(|n| *n > 0.0) {
        said.push(words.with("scorecard.in-both", &[("n", &words.count(twice))]));
    }
    said.join(" · ")
}

impl<'a> Row<'a> {
    pub fn value(&self) -> Option<f64> {
        self.now.and_then(|e| e.estimate)
    }

    pub fn status(&self) -> Option<Status> {
        self.now.and_then(|e| e.status)
    }

    /// Not everybody behind the value has been followed long enough, or the month is not over.
    pub fn provisional(&self) -> bool {
        let unfollowed =
            |e: &Estimate| self.headline.at.is_some() && e.numerator.is_none() && e.censored.is_some_and(|n| n > 0);
        self.now.is_some_and(|e| e.estimate.is_some() && (e.period.partial || unfollowed(e)))
    }

    /// Fewer units than the metric needs for a verdict.
    pub fn few(&self) -> bool {
        self.now.is_some_and(|e| self.is_few(e))
    }

    fn is_few(&self, estimate: &Estimate) -> bool {
        is_few(estimate, self.metric)
    }

    /// What the sentences on this line are made from. The earlier figure is the year before's, or else the month before's.
    pub fn known(&self) -> Known<'_> {
        let earlier = |which, period, estimate: Option<&'a Released<Estimate>>| {
            Some(Earlier { which, period, estimate: estimate? })
        };
        let told = |e: &Earlier<'_>| e.estimate.estimate.is_some() || e.estimate.note == Some(Note::Withheld);
        let year_before = earlier(Which::YearBefore, &self.span.year_before, self.year_before);
        let before = self.span.before.as_ref().and_then(|p| earlier(Which::PeriodBefore, p, self.before));
        let header = &self.metric.header;
        Known {
            words: self.words,
            label: &self.label,
            unit: &self.unit,
            counted: header.counted.as_deref().unwrap_or(""),
            statistic: self.headline.statistic,
            period: &self.span.now,
            now: self.now,
            absent: self.absent,
            earlier: [year_before, before].into_iter().flatten().find(told),
            verdict: &self.history.now,
            tested: self.history.tested.as_ref(),
            set_anew: self.history.tested.as_ref().and_then(|tested| {
                let known = self.span.history.first().map_or(tested.start, |first| first.start);
                header.rebase.iter().filter(|c| c.from > known && c.from < tested.end).max_by_key(|c| c.from)
            }),
            target: self.target,
            beyond_chance: self.beyond_chance(self.now),
            at_length: self
                .missed_at_length()
                .zip(Some(&self.span.recent))
                .map(|(estimate, period)| (period, estimate)),
            direction: header.direction_of(self.headline.statistic),
            provisional: self.provisional(),
            minimum_n: header.minimum_n,
        }
    }

    fn beyond_chance(&self, estimate: Option<&Released<Estimate>>) -> bool {
        estimate.zip(self.target).is_some_and(|(estimate, target)| beyond_chance(estimate, target, self.metric))
    }

    /// The recent months, where they miss a target beyond chance and this period does not say so: one good month does not
    /// make a good year, and in a small program no month alone is enough to tell.
    pub fn missed_at_length(&self) -> Option<&'a Released<Estimate>> {
        let missed = self.status() == Some(Status::NotMet);
        let withheld = self.now.is_some_and(|e| e.note == Some(Note::Withheld));
        self.recent.filter(|_| !missed && !withheld && self.beyond_chance(self.recent))
    }

    /// "goals achieved 19 of 124", where so many could not be counted that it may matter.
    pub fn left_out(&self) -> Option<String> {
        const A_TENTH: f64 = 0.1;
        let estimate = self.now?;
        // Outside the agency one of the two may not be known.
        let out = estimate.excluded.or(estimate.unknown)? + estimate.excluded.and(estimate.unknown).unwrap_or(0);
        let all = estimate.denominator? + out as f64;
        (out > 0 && out as f64 / all >= A_TENTH).then(|| {
            let (out, all) = (self.words.count(out as f64), self.words.count(all));
            // Where one of the two is withheld, of how many it is follows only with it.
            let alone = match (estimate.excluded, estimate.unknown) {
                (Some(_), Some(_)) => None,
                (Some(_), None) => Some("care.left-out-alone"),
                (None, _) => Some("care.unknown-alone"),
            };
            if let Some(key) = alone {
                return self.words.with(key, &[("line", &small(&self.label)), ("n", &out)]);
            }
            let of = self.words.with("count.of", &[("part", &out), ("all", &all)]);
            format!("{} {of}", small(&self.label))
        })
    }

    pub fn mark(&self) -> StatusMark {
        let words = self.words;
        let (mark, key, rule) = match (self.status(), &self.history.now) {
            (Some(Status::Met), _) => (Mark::Full, "met", "at-target"),
            (Some(Status::Near), _) => (Mark::Half, "near", "within-tolerance"),
            (Some(Status::NotMet), _) => (Mark::Open, "not-met", "beyond-tolerance"),
            (Some(Status::TooFew), _) => (Mark::None, "too-few", "below-minimum"),
            (Some(Status::NoData), _) => (Mark::None, "no-data", "no-units"),
            (None, _) if self.value().is_none() => {
                let word = self.now.map_or_else(|| words.of("reason.no-data"), |e| reason(e, words));
                let rule = words.of("status-rule.no-value").into();
                return StatusMark { mark: Mark::None, word: word.into(), rule };
            }
            (None, _) if self.few() => (Mark::None, "too-few", "below-minimum"),
            (None, Now::Normal) => (Mark::Dash, "in-range", "no-signal"),
            (None, Now::Signal { kind: Signal::Better, .. }) => (Mark::Dash, "better", "signal"),
            (None, Now::Signal { kind: Signal::Worse, .. }) => (Mark::Dash, "worse", "signal"),
            (None, Now::Signal { .. }) => (Mark::Dash, "changed", "signal"),
            (None, Now::Unknown) => (Mark::None, "no-target", "few-months"),
            (None, Now::Withheld) => (Mark::None, "no-target", "months-withheld"),
            (None, Now::Stock) => (Mark::None, "no-target", "stock"),
        };
        let word = |family: &str, key: &str| words.find(&format!("{family}.{key}")).unwrap_or(key).to_owned();
        StatusMark { mark, word: word("status", key), rule: word("status-rule", rule) }
    }

    /// How many units are unknown, or left out; where there is a figure and that is not told beside it, it is withheld.
    pub fn out_of_sight(&self, of: impl Fn(&Estimate) -> Option<u64>) -> Cell {
        match self.now.map(|now| (of(now), now.note)) {
            Some((None, None | Some(Note::Withheld))) => Cell::text(self.words.of("reason.withheld")),
            Some((n, _)) => Cell::count(n.map(|n| n as f64), self.words),
            None => Cell::count(None, self.words),
        }
    }

    /// "met", "not met, provisional"
    pub fn status_words(&self) -> String {
        let word = self.mark().word;
        if self.provisional() { self.words.with("status.word-provisional", &[("status", &word)]) } else { word }
    }

    fn drawn(&self, covers: Covers) -> ScorecardRow {
        let subject = |kind: &str| Subject {
            name: format!("scorecard-{}-{kind}", self.metric.name.replace('_', "-")),
            title: self.label.clone(),
            counted: self.metric.header.counted.clone().unwrap_or_default(),
            unit: self.unit.clone(),
            words: self.words.clone(),
        };
        let printed = |value: f64| self.unit.printed(value, self.words);
        // A line of which most is withheld would show gaps and no course.
        let has_course = chart::has_most_values(&self.history.points);
        let is_withheld = self.history.points.iter().any(|p| p.estimate.note == Some(Note::Withheld));
        // What is too few to compare is not put into a difference.
        let then =
            |e: Option<&Released<Estimate>>| e.filter(|e| !self.few() && !self.is_few(e)).and_then(|e| e.estimate);
        // What is there is counted whole: no sample, no interval.
        let interval = self.now.filter(|e| chart::has_interval(e, &self.unit) && !self.metric.header.stock);
        ScorecardRow {
            metric: self.metric.name.clone(),
            label: self.label.clone(),
            count: self.count.clone(),
            value: match self.value() {
                Some(value) => printed(value),
                None => "–".into(),
            },
            interval: interval.and_then(|e| Some(self.unit.span(e.lower?, e.upper?, self.words))).unwrap_or_default(),
            interval_picture: interval.map(|e| chart::interval_picture(&subject("interval"), e, self.target)),
            change_before: match covers {
                Covers::Month => change(&self.unit, self.value(), then(self.before), self.words),
                Covers::FiscalYearToDate => self.target.map_or(String::new(), printed),
            },
            change_year: change(&self.unit, self.value(), then(self.year_before), self.words),
            history_picture: has_course.then(|| chart::sparkline(&subject("history"), &self.history.points)),
            history_absent: if !has_course && is_withheld {
                self.words.of("scorecard.months-withheld").into()
            } else {
                String::new()
            },
            status: self.mark(),
        }
    }
}

/// The table with pictures, and the same in words and numbers.
pub fn scorecard(definition: &Definition, rows: &[Row<'_>], facts: &Facts<'_>) -> Scorecard {
    let longest = rows.iter().map(|row| row.history.points.len()).max().unwrap_or(0);
    let words = facts.words;
    let headings = [
        words.of("table.metric").to_string(),
        words.of("table.value").to_string(),
        words.of("scorecard.interval").to_string(),
        words
            .of(match definition.covers {
                Covers::Month => "scorecard.in-a-month",
                Covers::FiscalYearToDate => "table.target",
            })
            .to_string(),
        words.of("scorecard.in-a-year").to_string(),
        match longest {
            0 => words.of("scorecard.history").to_string(),
            months => words.counted("count.months", months as f64, &[]),
        },
        words.of("table.status").to_string(),
    ];
    let mut groups: Vec<ScorecardGroup> = Vec::new();
    for row in rows {
        if groups.last().is_none_or(|group| group.name != row.entry.group) {
            groups.push(ScorecardGroup { name: row.entry.group.clone(), rows: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            group.rows.push(row.drawn(definition.covers));
        }
    }
    let covered = match definition.covers {
        Covers::Month => facts.month.clone(),
        Covers::FiscalYearToDate => definition.quarters(facts.month).1,
    };
    Scorecard { headings, groups, table: table(rows, &covered, definition.covers, words) }
}

fn table(rows: &[Row<'_>], covered: &Period, covers: Covers, words: &Words) -> Table {
    let text = |key: &str| TableColumn::words(words.of(key));
    let number = |key: &str| TableColumn::numbers(words.of(key));
    // A report on a year stands beside the year before alone.
    let with_before = covers == Covers::Month;
    let mut columns = vec![
        text("table.metric"),
        text("table.period"),
        number("table.value"),
        number("table.interval-from"),
        number("table.interval-to"),
        number("table.of-these"),
        number("table.counted"),
        number("table.unknown"),
        number("table.left-out"),
        number("table.target"),
    ];
    columns.extend(with_before.then(|| number("table.before")));
    columns.extend([number("table.year-before"), text("table.status")]);
    let body = rows
        .iter()
        .map(|row| {
            let of = |f: &dyn Fn(&Estimate) -> Option<f64>| row.now.and_then(|e| f(e));
            let cell = |value: Option<f64>| row.unit.cell(value, words);
            let told = |e: Option<&Released<Estimate>>| match e {
                Some(e) if e.note == Some(Note::Withheld) => Cell::text(words.of("reason.withheld")),
                e => cell(e.and_then(|e| e.estimate)),
            };
            let mut cells = vec![
                Cell::text(&row.label),
                Cell::text(short_span(&row.span.now, words)),
                told(row.now),
                cell(of(&|e| e.lower)),
                cell(of(&|e| e.upper)),
                Cell::count(of(&|e| e.numerator), words),
                Cell::count(of(&|e| e.denominator), words),
                row.out_of_sight(|e| e.unknown),
                row.out_of_sight(|e| e.excluded),
                cell(row.target),
            ];
            cells.extend(with_before.then(|| told(row.before)));
            cells.extend([told(row.year_before), Cell::text(row.status_words())]);
            cells
        })
        .collect();
    let caption = words.with("scorecard.caption", &[("period", &span(covered, words))]);
    Table { name: "scorecard".into(), caption, columns, rows: body }
}
