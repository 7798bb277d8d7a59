/*---
title    = "a service recorded weeks after it was provided"
meaning  = """\
    The note was written more than 14 days after the service. Figures of the latest month miss services that are \
    recorded so late, and notes from memory are less exact. The metric note_timeliness asks for three business days; \
    this is about what makes a month's figures wrong."""
fix      = "nothing in the export; record services sooner"
severity = "note"
quality  = "timeliness"
counted  = "services whose time of recording is known"
field    = "recorded_at"
message  = "{service_type} of {provided_on}, recorded on {recorded_on}"
optional = ["services.service_type"]
parameters = { days = 14 }
---*/
with recorded as (
    select
        s.enrollment_id,
        s._file,
        s._line,
        coalesce(s.service_type, 'service') as service_type,
        s.provided_on,
        cast(s.recorded_at as date) as recorded_on
    from services as s
    where s.provided_on <= $as_of and s.recorded_at is not null
),
judged as (
    select
        r.enrollment_id,
        r._file,
        r._line,
        r.recorded_on - r.provided_on > $days as fails,
        r.service_type,
        r.provided_on,
        r.recorded_on
    from recorded as r
)
select enrollment_id, _file, _line, fails, service_type, provided_on, recorded_on from judged
