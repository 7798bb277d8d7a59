/*---
title      = "Several agencies at work"
scorecard  = "Stays with contacts to two or more kinds of partner"
counted    = "exits"
question   = "In what share of cases did we work with two or more kinds of partner?"
kind       = "proportion"
grain      = "one row per exit from a program (enrollment)"
direction  = "neutral"
period     = "the exit falls in the period; open cases are not in it"
excludes   = """\
    exits after the as-of date; contacts before the intake or after the exit; counted as excluded: never started, exit \
    before intake"""
source     = """\
    Own definition: contacts about the case, from intake through the day of the exit, with at least \
    `partner_types` (2) different kinds of partner. Counted by kind, since not every contact names its provider, so \
    two clinics are one kind, and a court and a probation office two. Contacts with the family are none with an \
    agency. Judged once, at the exit: an open case gathers partners as time goes by, so by what is on record today \
    recent cases would always come off worse. A long stay has more occasions than a short one, and not every case \
    needs a second agency; so neither way is called better. A contact that is not recorded is none."""
headline   = "share"
parameters = { partner_types = 2 }
---*/
with exits as (
    select
        e.enrollment_id,
        e.intake_on,
        e.exited_on
    from enrollments as e
    where e.exited_on <= $as_of
),
partners as (
    select
        x.enrollment_id,
        count(distinct c.partner_type) as kinds
    from exits as x
    inner join contacts as c on c.enrollment_id = x.enrollment_id
    where c.contacted_on >= x.intake_on and c.contacted_on <= x.exited_on and c.partner_type <> 'family'
    group by x.enrollment_id
),
shared as (
    select
        x.enrollment_id,
        x.exited_on as on_date,
        coalesce(p.kinds, 0) >= $partner_types as met,
        case
            when x.intake_on is null then 'never started'
            when x.exited_on < x.intake_on then 'exit before intake'
        end as excluded
    from exits as x
    left join partners as p on p.enrollment_id = x.enrollment_id
)
select enrollment_id, on_date, met, excluded from shared
