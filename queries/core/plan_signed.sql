/*---
title      = "Plans signed by the client"
scorecard  = "Plans signed within 30 days"
counted    = "plans"
question   = "What share of service plans does the client sign within 30 days?"
kind       = "proportion"
grain      = "one row per service plan or revision"
direction  = "higher"
period     = "the plan was opened in the period"
excludes   = """\
    plans opened after the as-of date; counted as excluded: signed before the plan was opened, not yet followed for \
    the whole window"""
source     = """\
    Own definition. Every plan and revision counts, so a client with three plans is in three times. Primero counts \
    the supervisor's approval among all open cases, with or without a plan; here it is the client's signature, of \
    plans only. A plan without a date of signature when the window has passed was not signed in time, also where the \
    client left before: an export cannot tell a missing signature from one whose date was not entered. A plan \
    counts only once its window has passed, though it was signed at once."""
headline   = "share"
parameters = { days = 30 }
---*/
with opened as (
    select
        p.enrollment_id,
        p.opened_on,
        case when p.client_signed_on <= $as_of then p.client_signed_on end as signed_on
    from plans as p
    where p.opened_on <= $as_of
),
signatures as (
    select
        o.enrollment_id,
        o.opened_on as on_date,
        coalesce(o.signed_on - o.opened_on <= $days, false) as met,
        case
            when o.signed_on < o.opened_on then 'signed before the plan was opened'
            when cast($as_of as date) - o.opened_on < $days then 'not yet followed for the whole window'
        end as excluded
    from opened as o
)
select enrollment_id, on_date, met, excluded from signatures
