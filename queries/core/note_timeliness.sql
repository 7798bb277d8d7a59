/*---
title      = "Notes on time"
scorecard  = "Notes within 3 business days"
counted    = "services"
question   = "What share of services are written up in time?"
kind       = "proportion"
grain      = "one row per service"
direction  = "higher"
period     = "the service falls in the period"
excludes   = """\
    services after the as-of date; counted as excluded: not yet followed for the whole window, recorded before the \
    service"""
source     = """\
    CalMHSA report 307: within 3 business days of the service, crisis interventions within 1 calendar day; the day \
    of the service is day 0 and business days are Monday to Friday. A note whose time is not recorded is unknown, \
    not late. Services so recent that their window has not passed are left out, since the late notes among them are \
    not in the export yet."""
headline   = "share"
overdue    = "services recorded too late"
dimensions = ["service_type"]
optional   = ["services.service_type"]
parameters = { business_days = 3, crisis_days = 1 }
---*/
with provided as (
    select
        s.enrollment_id,
        s.provided_on,
        s.service_type,
        coalesce(s.service_type = 'crisis_intervention', false) as crisis,
        case when cast(s.recorded_at as date) <= $as_of then cast(s.recorded_at as date) end as recorded_on,
        cast(s.recorded_at as date) > $as_of as recorded_later
    from services as s
    where s.provided_on <= $as_of
),
last_day as (
    select max(c.business_day_number) as business_day_number
    from calendar as c
    where c.day = $as_of
),
dated as (
    select
        p.enrollment_id,
        p.provided_on,
        p.service_type,
        p.crisis,
        p.recorded_later,
        p.recorded_on - p.provided_on as days,
        recorded.business_day_number - provided.business_day_number as business_days,
        cast($as_of as date) - p.provided_on as days_followed,
        last_day.business_day_number - provided.business_day_number as business_days_followed
    from provided as p
    cross join last_day
    left join calendar as provided on provided.day = p.provided_on
    left join calendar as recorded on recorded.day = p.recorded_on
),
notes as (
    select
        d.enrollment_id,
        d.provided_on as on_date,
        d.service_type,
        case
            when d.recorded_later then false
            when d.crisis then d.days <= $crisis_days
            else d.business_days <= $business_days
        end as met,
        case
            when d.days < 0 then 'recorded before the service'
            when d.crisis and d.days_followed < $crisis_days then 'not yet followed for the whole window'
            when not d.crisis and d.business_days_followed < $business_days then 'not yet followed for the whole window'
        end as excluded
    from dated as d
)
select enrollment_id, on_date, met, service_type, excluded from notes
