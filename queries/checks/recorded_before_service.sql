/*---
title    = "a service recorded before it was provided"
meaning  = """\
    The note is older than the service it is about. The service may have been planned and never changed to what \
    happened: look at whether it took place. It still counts as provided; note_timeliness leaves it out."""
fix      = "correct the date of the service, or remove it if it did not take place"
severity = "note"
quality  = "plausibility"
counted  = "services whose time of recording is known"
field    = "recorded_at"
message  = "{service_type} of {provided_on}, recorded on {recorded_on}"
optional = ["services.service_type"]
---*/
with judged as (
    select
        s.enrollment_id,
        s._file,
        s._line,
        cast(s.recorded_at as date) < s.provided_on as fails,
        coalesce(s.service_type, 'service') as service_type,
        s.provided_on,
        cast(s.recorded_at as date) as recorded_on
    from services as s
    where s.recorded_at is not null and s.provided_on <= $as_of
)
select enrollment_id, _file, _line, fails, service_type, provided_on, recorded_on from judged
