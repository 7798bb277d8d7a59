/*---
title    = "the same service twice"
meaning  = """\
    Another row has the same enrollment, kind of service, staff member and starting time under another service_id. It \
    is the same service entered, or exported, twice, and its minutes count twice. Services without a starting time \
    are not looked at: two on one day may be two."""
fix      = "delete one of the two in the case-management system, or leave it out of the export"
severity = "warning"
quality  = "plausibility"
counted  = "services with a starting time"
field    = "service_id"
message  = "{service_type} of {provided_on}: the same enrollment, staff member and time as in an earlier row"
optional = ["services.staff_id"]
---*/
with numbered as (
    select
        s.enrollment_id,
        s._file,
        s._line,
        s.service_type,
        s.provided_on,
        row_number() over (
            partition by s.enrollment_id, s.started_at, s.service_type, s.staff_id
            order by s._file, s._line
        ) as occurrence
    from services as s
    where s.started_at is not null and s.provided_on <= $as_of
),
judged as (
    select n.enrollment_id, n._file, n._line, n.occurrence > 1 as fails, n.service_type, n.provided_on
    from numbered as n
)
select enrollment_id, _file, _line, fails, service_type, provided_on from judged
