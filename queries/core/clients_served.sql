/*---
title      = "Clients served"
scorecard  = "Clients served"
counted    = "enrollments"
question   = "How many people did we serve, and how many of them were new?"
kind       = "count"
grain      = "one row per enrollment and period in which it was open"
direction  = "neutral"
period     = "the enrollment was open on at least one day of the period, its intake day and its exit day included"
excludes   = """\
    referrals that never started (no intake date); days after the as-of date; counted as excluded: exit before intake"""
source     = """\
    Own definition, close to HUD's clients served (intake on or before the last day, exit on or after the first). \
    Clients are counted once per period however many enrollments they have, so months do not add up to a year, and \
    programs do not add up to the agency. A client with a new and an older enrollment is in both rows of the \
    breakdown by arrival."""
headline   = "clients"
stock      = true
dimensions = ["arrival", "departure"]
---*/
with stays as (
    select
        e.enrollment_id,
        e.intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from enrollments as e
    where e.intake_on <= $as_of
),
open_in_period as (
    select
        s.enrollment_id,
        p.period_id,
        case when s.intake_on >= p.starts_on then 'new' else 'carried_over' end as arrival,
        case when s.exited_on < p.counted_until then 'exited' else 'stayed' end as departure,
        case when s.exited_on < s.intake_on then 'exit before intake' end as excluded
    from stays as s
    inner join periods as p
        on s.intake_on < p.counted_until
        and p.starts_on < p.counted_until
        and (s.exited_on is null or greatest(s.exited_on, s.intake_on) >= p.starts_on)
)
select enrollment_id, period_id, arrival, departure, excluded from open_in_period
