/*---
title    = "a referral open for half a year without an intake"
meaning  = """\
    The client was referred more than 180 days ago and has neither been taken in nor has the referral been closed. \
    Somebody still waits, or nobody recorded how it ended; meanwhile time to service counts the client as waiting."""
fix      = "record the intake, or close the referral with its date and reason"
severity = "warning"
quality  = "timeliness"
counted  = "referrals that wait for their intake"
field    = "intake_on"
message  = "referred on {referred_on}, neither taken in nor closed"
parameters = { days = 180 }
---*/
with judged as (
    select
        e.enrollment_id,
        e._file,
        e._line,
        cast($as_of as date) - e.referred_on > $days as fails,
        e.referred_on
    from enrollments as e
    where e.referred_on <= $as_of
        and (e.intake_on is null or e.intake_on > $as_of)
        and (e.exited_on is null or e.exited_on > $as_of)
)
select enrollment_id, _file, _line, fails, referred_on from judged
