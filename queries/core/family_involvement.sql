/*---
title      = "Family involved"
scorecard  = "Stays with a service to the family"
counted    = "exits"
question   = "In what share of cases was the family served too?"
kind       = "proportion"
grain      = "one row per exit from a program (enrollment)"
direction  = "higher"
period     = "the exit falls in the period; open cases are not in it"
excludes   = """\
    exits after the as-of date; services after the exit and of type intake; counted as excluded: never started, exit \
    before intake, no service recorded"""
source     = """\
    Own definition: at least one direct service (every type other than intake) through the day of the exit whose \
    recipient was the family, or the client and the family (both). Where none of them was, but the recipient of some \
    service is not recorded, it is unknown. Contacts with the family as an outside partner are not services. Judged \
    once, at the exit: an open case gathers services as time goes by, so by what is on record today recent cases \
    would always come off worse. A stay without any service shows nothing about its family and is excluded."""
headline   = "share"
---*/
with exits as (
    select
        e.enrollment_id,
        e.intake_on,
        e.exited_on
    from enrollments as e
    where e.exited_on <= $as_of
),
served as (
    select
        x.enrollment_id,
        max(case when s.recipient in ('family', 'both') then 1 else 0 end) as to_family,
        max(case when s.recipient is null then 1 else 0 end) as to_unknown
    from exits as x
    inner join services as s on s.enrollment_id = x.enrollment_id
    where s.service_type <> 'intake' and s.provided_on <= x.exited_on
    group by x.enrollment_id
),
involved as (
    select
        x.enrollment_id,
        x.exited_on as on_date,
        case
            when s.to_family = 1 then true
            when s.to_unknown = 1 then null
            else false
        end as met,
        case
            when x.intake_on is null then 'never started'
            when x.exited_on < x.intake_on then 'exit before intake'
            when s.enrollment_id is null then 'no service recorded'
        end as excluded
    from exits as x
    left join served as s on s.enrollment_id = x.enrollment_id
)
select enrollment_id, on_date, met, excluded from involved
