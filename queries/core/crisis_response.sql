/*---
title      = "Emergencies responded to in time"
scorecard  = "Emergencies responded to within 24 hours"
counted    = "emergencies"
question   = "What share of emergencies do we respond to within 24 hours?"
kind       = "proportion"
grain      = "one row per emergency (incident)"
direction  = "higher"
period     = "the day of the report falls in the period"
excludes   = """\
    emergencies reported after the as-of date; counted as excluded: not yet followed for the whole window, response \
    before the report"""
source     = """\
    Own definition; CCBHC asks for one business day for urgent needs and an immediate response in emergencies, \
    mobile crisis teams commonly for 3 hours: set `hours`. An emergency with no response recorded when the window \
    has passed was not responded to in time; one resolved in time without a recorded response was; one resolved \
    later without a recorded response is unknown."""
headline   = "share"
dimensions = ["incident_kind"]
optional   = ["incidents.resolved_at"]
parameters = { hours = 24 }
---*/
with reported as (
    select
        i.enrollment_id,
        i.client_id,
        i.kind as incident_kind,
        cast(i.reported_at as date) as reported_on,
        date_part('epoch', i.reported_at) as reported_second,
        case when cast(i.responded_at as date) <= $as_of then date_part('epoch', i.responded_at) end as responded_second,
        case when cast(i.resolved_at as date) <= $as_of then date_part('epoch', i.resolved_at) end as resolved_second,
        date_part('epoch', cast(cast($as_of as date) as timestamp)) + 86400 as last_second
    from incidents as i
    where cast(i.reported_at as date) <= $as_of
),
timed as (
    select
        r.enrollment_id,
        r.client_id,
        r.incident_kind,
        r.reported_on,
        (r.responded_second - r.reported_second) / 3600 as hours_to_response,
        (r.resolved_second - r.reported_second) / 3600 as hours_to_resolution,
        (r.last_second - r.reported_second) / 3600 as hours_followed
    from reported as r
),
responses as (
    select
        t.enrollment_id,
        t.client_id,
        t.reported_on as on_date,
        t.incident_kind,
        case
            when t.hours_to_response is not null then t.hours_to_response <= $hours
            when t.hours_to_resolution <= $hours then true
            when t.hours_to_resolution is not null then null
            else false
        end as met,
        case
            when t.hours_to_response < 0 then 'response before the report'
            when t.hours_followed < $hours then 'not yet followed for the whole window'
        end as excluded
    from timed as t
)
select enrollment_id, client_id, on_date, met, incident_kind, excluded from responses
