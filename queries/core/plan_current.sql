/*---
title      = "Current plans"
scorecard  = "Open cases with a current plan"
counted    = "open enrollments"
question   = "What share of open cases have a plan opened or reviewed in the last 90 days?"
kind       = "proportion"
grain      = "one row per period and enrollment open at the end of its last day"
direction  = "higher"
period     = """\
    the enrollment was open at the end of the period's last day (of the as-of date, while the period still runs), \
    and the plan is judged on that day"""
excludes   = """\
    referrals that never started; cases closed on or before that day; plans and reviews after it; counted as excluded: \
    in the first 30 days after intake, when the first plan is not due yet, whatever has been done"""
source     = """\
    Own definition. The newest plan is the one opened last; it is current when it was opened or reviewed at most 90 \
    days before, the 90th day included. A case without a plan has no current one. COA and state manuals ask for \
    reviews by the due date, and commonly count reviews that took place; here every open case is in, so one whose plan \
    was never reviewed counts. A plan row holds one review and a revision is a row of its own: where a system \
    overwrites the date of the last review instead, past periods come out too low and only the latest figure is right. \
    The same cases are in it month after month."""
headline   = "share"
stock      = true
overdue    = "open cases without a current plan"
parameters = { days = 90, grace_days = 30 }
---*/
with stays as (
    select
        e.enrollment_id,
        e.intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from enrollments as e
    where e.intake_on <= $as_of
),
open_at_end as (
    select
        s.enrollment_id,
        s.intake_on,
        p.period_id,
        p.counted_until
    from stays as s
    inner join periods as p
        on s.intake_on < p.counted_until
        and p.starts_on < p.counted_until
        and (s.exited_on is null or s.exited_on >= p.counted_until)
),
plans_by_then as (
    select
        o.enrollment_id,
        o.period_id,
        o.intake_on,
        o.counted_until,
        -- Days since the year 1, so that none is below zero.
        p.opened_on - date '0001-01-01' as opened,
        case
            when p.reviewed_on < o.counted_until then greatest(p.opened_on, p.reviewed_on)
            else p.opened_on
        end - date '0001-01-01' as touched
    from open_at_end as o
    left join plans as p
        on p.enrollment_id = o.enrollment_id
        and p.opened_on < o.counted_until
),
newest as (
    -- The newest plan, of several opened on a day the one touched last: the largest of both days in one number.
    select
        b.enrollment_id,
        b.period_id,
        b.intake_on,
        b.counted_until,
        max(b.opened * 10000000 + b.touched) % 10000000 as touched
    from plans_by_then as b
    group by b.enrollment_id, b.period_id, b.intake_on, b.counted_until
),
judged as (
    -- counted_until is the day after the last, so one day less has passed.
    select
        n.enrollment_id,
        n.period_id,
        coalesce(n.counted_until - date '0001-01-01' - n.touched - 1 <= $days, false) as met,
        case
            when n.counted_until - n.intake_on - 1 < $grace_days then 'first plan not due yet'
        end as excluded
    from newest as n
)
select enrollment_id, period_id, met, excluded from judged
