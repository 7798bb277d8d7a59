/*---
title      = "Follow-ups per case"
scorecard  = "Follow-up meetings per case"
counted    = "cases"
question   = "How many follow-up meetings does a case have?"
kind       = "mean"
grain      = "one row per period and case"
direction  = "neutral"
period     = "every case is in every period; its follow-ups are those of the period's days"
excludes   = "cases and follow-ups after the as-of date"
source     = """\
    Primero's average follow-up meetings per case: the follow-ups of the period over all cases there are, also those \
    closed before it or opened after it, so the figure falls as old cases pile up. Attain's follow_up_within_30_days \
    asks another thing, whether somebody who left was followed up, and its service_dose counts only months in which \
    a case was open. Where there is no case Primero prints 0; here there is no figure."""
unit       = "follow-ups"
headline   = "mean"
stock      = true
---*/
with cases as (
    select e.enrollment_id
    from enrollments as e
    where least(e.referred_on, e.intake_on) <= $as_of
),
cases_and_periods as (
    select
        c.enrollment_id,
        p.period_id
    from cases as c
    cross join periods as p
),
follow_ups as (
    select
        s.enrollment_id,
        d.period_id,
        count(*) as meetings
    from services as s
    inner join period_days as d on d.day = s.provided_on
    where s.service_type = 'follow_up' and s.provided_on <= $as_of
    group by s.enrollment_id, d.period_id
),
counted as (
    select
        c.enrollment_id,
        c.period_id,
        coalesce(f.meetings, 0) as value
    from cases_and_periods as c
    left join follow_ups as f
        on f.enrollment_id = c.enrollment_id
        and f.period_id = c.period_id
)
select enrollment_id, period_id, value from counted
