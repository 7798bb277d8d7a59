/*---
title      = "Time from opening to closing"
scorecard  = "Closed cases by days open"
counted    = "closed cases and bands of days"
question   = "How long were closed cases open?"
kind       = "proportion"
grain      = "one row per closed case and band of days; only by band is its share one of cases"
direction  = "neutral"
period     = "the case was opened (intake_on) in the period"
excludes   = """\
    referrals that never became a case, cases open on the as-of date; counted as excluded: closed before it was \
    opened"""
source     = """\
    Primero's time from case open to close: the share of the closed cases in each band of days. Unlike attain's \
    length_of_stay it leaves out who is still there, and so shows mostly short stays of cases opened lately; \
    attain keeps open cases as not over yet (Kaplan-Meier) and gives the share that has left by a day, which adds up \
    from band to band. A band is named by the parameter `bands` with its first day, and goes on to the next one."""
dimensions = ["band"]

[parameters.bands]
"0-30"   = 0
"31-90"  = 31
"91-180" = 91
"181+"   = 181
---*/
with bands as (
    select
        b.key as band,
        cast(b.value as bigint) as first_day,
        lead(cast(b.value as bigint)) over (order by cast(b.value as bigint)) as next_first_day
    from open_to_close_bands as b
),
closed as (
    select
        e.enrollment_id,
        e.intake_on as on_date,
        e.exited_on - e.intake_on as days
    from enrollments as e
    where e.intake_on is not null and e.exited_on <= $as_of
),
-- A share of each band needs every case beside every band, once as one of it and else as one of another.
judged as (
    select
        c.enrollment_id,
        c.on_date,
        b.band,
        c.days >= b.first_day and (b.next_first_day is null or c.days < b.next_first_day) as met,
        case when c.days < 0 then 'closed before it was opened' end as excluded
    from closed as c
    cross join bands as b
)
select enrollment_id, on_date, met, band, excluded from judged
