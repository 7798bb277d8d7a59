/*---
title      = "Contacts with other professionals"
scorecard  = "Contacts with other professionals per 100 client-months"
counted    = "client-months"
question   = "How much do we work with others (courts, schools, clinics, treatment, police) about our clients?"
kind       = "rate"
grain      = "one row per contact, and one per enrollment and period for the days it was open"
direction  = "neutral"
period     = "the contact falls in the period; days of the enrollment that fall in the period"
excludes   = """\
    days and contacts after the as-of date; counted as excluded: exit before intake, contact outside the stay (before intake or after \
    the exit)"""
source     = """\
    Own definition, per client-month (365.25 / 12 days) of open enrollments rather than per case, after Recidiviz's \
    average daily population. A stay runs from intake up to, not including, the day of the exit; a contact on the \
    day of the exit counts. A client in two programs brings the days of both. By kind \
    of partner, every kind has all the days."""
headline   = "rate"
dimensions       = ["partner_type"]
event_dimensions = ["partner_type"]
---*/
with stays as (
    select
        e.enrollment_id,
        e.intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from enrollments as e
    where e.intake_on <= $as_of
),
open_days as (
    select
        s.enrollment_id,
        p.period_id,
        cast(null as varchar) as partner_type,
        0 as events,
        least(s.exited_on, p.counted_until) - greatest(s.intake_on, p.starts_on) as exposure_days,
        case when s.exited_on < s.intake_on then 'exit before intake' end as excluded
    from stays as s
    inner join periods as p
        on s.intake_on < p.counted_until
        and p.starts_on < p.counted_until
        and (
            s.exited_on is null
            or s.exited_on > p.starts_on
            or (s.exited_on < s.intake_on and s.intake_on >= p.starts_on)
        )
),
contacts_made as (
    select
        c.enrollment_id,
        p.period_id,
        c.partner_type,
        1 as events,
        0 as exposure_days,
        case
            when s.enrollment_id is null or c.contacted_on < s.intake_on or c.contacted_on > s.exited_on
                then 'contact outside the stay'
        end as excluded
    from contacts as c
    inner join period_days as p on p.day = c.contacted_on
    left join stays as s on s.enrollment_id = c.enrollment_id
    where c.contacted_on <= $as_of
),
contacts_and_days as (
    select enrollment_id, period_id, partner_type, events, exposure_days, excluded from open_days
    union all
    select enrollment_id, period_id, partner_type, events, exposure_days, excluded from contacts_made
)
select enrollment_id, period_id, partner_type, events, exposure_days, excluded from contacts_and_days
