/*---
title    = "a service longer than a day"
meaning  = """\
    One service has more minutes than a day has. Most likely hours, or a total of several services, stand in the \
    column; every figure made of minutes is too high."""
fix      = "correct the minutes, or put a total over several days into one row for each day"
severity = "warning"
quality  = "plausibility"
counted  = "services whose minutes are known"
field    = "minutes"
message  = "{minutes} minutes on {provided_on}"
parameters = { most_minutes = 1440 }
---*/
with judged as (
    select
        s.enrollment_id,
        s._file,
        s._line,
        s.minutes > $most_minutes as fails,
        cast(round(s.minutes) as bigint) as minutes,
        s.provided_on
    from services as s
    where s.minutes is not null and s.provided_on <= $as_of
)
select enrollment_id, _file, _line, fails, minutes, provided_on from judged
