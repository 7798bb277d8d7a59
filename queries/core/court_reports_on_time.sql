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
with recorded as (
    select
        e.program_id,
        min(s.provided_on) as first_on
    from services as s
    inner join enrollments as e on e.enrollment_id = s.enrollment_id
    where s.service_type = 'court_report' and s.provided_on <= $as_of
    group by e.program_id
),
stays as (
    select
        e.enrollment_id,
        e.intake_on,
        e.exited_on is not null and e.exited_on < e.intake_on as impossible,
        r.first_on as recorded_from,
        least(e.exited_on, cast($as_of as date)) as last_day
    from enrollments as e
    inner join recorded as r on r.program_id = e.program_id
    where e.intake_on <= $as_of
),
beginnings as (
    -- The time to the next report begins with the intake and with every report.
    select
        t.enrollment_id,
        t.intake_on as begins_on
    from stays as t
    union
    select
        t.enrollment_id,
        s.provided_on as begins_on
    from stays as t
    inner join services as s on s.enrollment_id = t.enrollment_id
    where s.service_type = 'court_report' and s.provided_on > t.intake_on and s.provided_on <= t.last_day
),
waits as (
    select
        b.enrollment_id,
        b.begins_on,
        lead(b.begins_on) over (partition by b.enrollment_id order by b.begins_on) - b.begins_on as days_to_report
    from beginnings as b
),
multiples as (
    -- 1, 2, 3 … times every_days, taken from the days that lie so far before the as-of date.
    select cast($as_of as date) - c.day as days
    from calendar as c
    where c.day < $as_of and (cast($as_of as date) - c.day) % $every_days = 0
),
due as (
    select
        w.enrollment_id,
        w.begins_on + m.days as due_on,
        w.days_to_report is not null and w.days_to_report <= m.days as met,
        t.impossible,
        t.recorded_from
    from waits as w
    inner join stays as t on t.enrollment_id = w.enrollment_id
    inner join multiples as m
        on (m.days = $every_days or w.days_to_report is null or m.days < w.days_to_report)
        and (
            m.days <= t.last_day - w.begins_on
            or (t.impossible and m.days = $every_days and w.begins_on + m.days <= $as_of)
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
