/*---
title      = "Plans completed and approved"
scorecard  = "Open cases with a complete, approved plan"
counted    = "open cases"
question   = "What share of open cases have a complete action plan that a supervisor has approved?"
kind       = "proportion"
grain      = "one row per case open on the as-of date"
direction  = "higher"
period     = "the case was opened (intake_on) in the period, and is judged on the as-of date"
excludes   = "referrals that never became a case, closed cases, plans and approvals after the as-of date"
source     = """\
    Primero's completed and supervisor-approved case action plans: a plan row with every field that must be filled \
    in (here a goal whose area of life is known), and the approval on the case, over all open cases, with or \
    without a plan. Unlike attain's plan_current it is judged today and by when the case was opened, not on the \
    period's last day: a past month changes with every closure and every approval. Attain's plan_signed has plans \
    as its units and asks for the client's signature within 30 days. Where no case is open Primero prints 0; here \
    there is no figure."""
headline   = "share"
---*/
with open_cases as (
    select
        e.enrollment_id,
        e.intake_on as on_date
    from enrollments as e
    where e.intake_on <= $as_of and (e.exited_on is null or e.exited_on > $as_of)
),
with_approval as (
    select distinct p.enrollment_id
    from plans as p
    where p.approved_on <= $as_of
),
with_complete_row as (
    select distinct g.enrollment_id
    from goals as g
    where g.set_on <= $as_of and g.domain is not null
),
judged as (
    select
        o.enrollment_id,
        o.on_date,
        a.enrollment_id is not null and r.enrollment_id is not null as met
    from open_cases as o
    left join with_approval as a on a.enrollment_id = o.enrollment_id
    left join with_complete_row as r on r.enrollment_id = o.enrollment_id
)
select enrollment_id, on_date, met from judged
