/*---
title      = "Court reports on time"
scorecard  = "Court reports given by the day they were due"
counted    = "court reports due"
question   = "What share of the reports due to the court were given in time?"
kind       = "proportion"
grain      = "one row per day on which a report was due"
direction  = "higher"
period     = "the day on which the report was due falls in the period"
excludes   = """\
    referrals that never started; programs that record no court reports at all; days due after the exit or the as-of \
    date, whatever has been given; reports up to the day of intake or after the exit; counted as excluded: exit before \
    intake, due before the first court report on record in the program"""
source     = """\
    Own definition. Exports hold court reports as services, without the day they were due, so it is derived: a report \
    is due `every_days` after the intake and after each report given; one on the day itself is in time. A late report \
    meets nothing, and the next one is due `every_days` after it, so a report that is late by less than that is one \
    miss. While none is given, another falls due every `every_days` and is missed, so a case that goes without for two \
    years has four misses and a program that gives up reporting does not fall out of the figure. The half year is that \
    of 42 U.S.C. 675(5)(B), by which the status of every child in foster care is reviewed at least once every six \
    months; it names the review, not the report, and courts often set days of their own, which an export does not \
    have. Six calendar months are 181 to 184 days. A program that records court reports is taken to owe them for every \
    case: where only some cases are before a court, the others' misses make the share too low. A program's record \
    begins with its first court report, so what was due before it is excluded."""
headline   = "share"
parameters = { every_days = 182 }
---*/
with reports as (
    select
        s.enrollment_id,
        s.provided_on
    from services as s
    where s.service_type = 'court_report' and s.provided_on <= $as_of
),
given as (
    select
        e.enrollment_id,
        e.intake_on,
        e.exited_on,
        r.provided_on,
        min(r.provided_on) over (partition by e.program_id) as recorded_from
    from enrollments as e
    left join reports as r on r.enrollment_id = e.enrollment_id
    where e.program_id is not null
),
stays as (
    select
        g.enrollment_id,
        g.intake_on,
        g.provided_on,
        g.exited_on is not null and g.exited_on < g.intake_on as impossible,
        g.recorded_from,
        least(g.exited_on, cast($as_of as date)) as last_day
    from given as g
    where g.intake_on <= $as_of and g.recorded_from is not null
),
beginnings as (
    -- The time to the next report begins with the intake and with every report.
    select
        t.enrollment_id,
        t.impossible,
        t.recorded_from,
        t.last_day,
        t.intake_on as begins_on
    from stays as t
    union
    select
        t.enrollment_id,
        t.impossible,
        t.recorded_from,
        t.last_day,
        t.provided_on as begins_on
    from stays as t
    where t.provided_on > t.intake_on and t.provided_on <= t.last_day
),
waits as (
    select
        b.enrollment_id,
        b.impossible,
        b.recorded_from,
        b.last_day,
        b.begins_on,
        lead(b.begins_on) over (partition by b.enrollment_id order by b.begins_on) - b.begins_on as days_to_report
    from beginnings as b
),
multiples as (
    -- 1, 2, 3 … times every_days, taken from the days that lie so far before the as-of date.
    select cast(cast($as_of as date) - c.day as integer) as days
    from calendar as c
    where c.day < $as_of and (cast($as_of as date) - c.day) % $every_days = 0
),
due as (
    select
        w.enrollment_id,
        w.begins_on + m.days as due_on,
        w.days_to_report is not null and w.days_to_report <= m.days as met,
        w.impossible,
        w.recorded_from
    from waits as w
    inner join multiples as m
        on (m.days = $every_days or w.days_to_report is null or m.days < w.days_to_report)
        and (
            m.days <= w.last_day - w.begins_on
            or (w.impossible and m.days = $every_days and w.begins_on + m.days <= $as_of)
        )
),
judged as (
    select
        d.enrollment_id,
        d.due_on as on_date,
        d.met,
        case
            when d.impossible then 'exit before intake'
            when d.due_on < d.recorded_from then 'due before the first court report on record in the program'
        end as excluded
    from due as d
)
select enrollment_id, on_date, met, excluded from judged
