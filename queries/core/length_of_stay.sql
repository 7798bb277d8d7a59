/*---
title      = "Length of stay"
scorecard  = "Median length of stay"
counted    = "intakes"
question   = "How many days do clients stay from intake to exit?"
kind       = "duration"
grain      = "one row per started enrollment"
direction  = "neutral"
period     = "the intake falls in the period"
events     = ["exited"]
horizons   = [90, 180, 365, 730]
excludes   = "referrals that never started; exits after the as-of date; counted as excluded: exit before intake"
source     = """\
    Own definition. Everybody taken in is followed to the exit or, still open, to the as-of date (censored, \
    Kaplan-Meier). Primero drops open cases, which leaves the short stays, or gives them the length they have so far; \
    systems that take the exits of a period mix cohorts. Days are exit minus intake, so whoever leaves on the day of \
    intake stayed 0 days; OSCaR counts both ends, one day more. Every reason for leaving ends a stay, death and \
    transfer too; a client with two stays counts with each. A case nobody closed makes stays too long (attain check \
    lists stale ones). For recent intakes the median is often not reached yet; the shares at 90 days tell earlier."""
headline   = "median_days"
---*/
with started as (
    select
        e.enrollment_id,
        e.intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from enrollments as e
    where e.intake_on <= $as_of
),
stays as (
    select
        s.enrollment_id,
        s.intake_on as on_date,
        coalesce(s.exited_on, cast($as_of as date)) - s.intake_on as days,
        case when s.exited_on is not null then 'exited' else 'censored' end as outcome,
        case when s.exited_on < s.intake_on then 'exit before intake' end as excluded
    from started as s
)
select enrollment_id, on_date, days, outcome, excluded from stays
