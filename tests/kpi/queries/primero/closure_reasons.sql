/*---
title      = "Reasons for closure"
scorecard  = "Closed cases by reason"
counted    = "closed cases and reasons"
question   = "Why are cases closed?"
kind       = "proportion"
grain      = "one row per closed case and reason that occurs at all; only by reason is its share one of cases"
direction  = "neutral"
period     = "the case was registered (intake_on) in the period, whenever it was closed"
excludes   = "referrals that never became a case, cases open on the as-of date"
source     = """\
    Primero's reasons for closure: the share of the closed cases that have each reason, those without a reason being \
    a reason of their own (incomplete_data). Unlike attain's successful_exit it places a case by its registration, so \
    that the latest months hold only cases closed soon and still change; nothing is left out as neither success nor \
    failure, and a reason that is not recorded stands in the denominator instead of apart."""
dimensions = ["reason"]
---*/
with closed as (
    select
        e.enrollment_id,
        e.intake_on as on_date,
        coalesce(nullif(e.exit_reason, 'unknown'), 'incomplete_data') as reason
    from enrollments as e
    where e.intake_on is not null and e.exited_on <= $as_of
),
reasons as (
    select distinct c.reason
    from closed as c
),
-- A share of each reason needs every case beside every reason, once as one of it and else as one of another.
judged as (
    select
        c.enrollment_id,
        c.on_date,
        r.reason,
        c.reason = r.reason as met
    from closed as c
    cross join reasons as r
)
select enrollment_id, on_date, met, reason from judged
