/*---
title    = "an enrollment without a known referral date"
meaning  = """\
    The client was taken in, and the day of the referral is not known. How long the client waited cannot be said: \
    time to first service and time to intake leave the enrollment out."""
fix      = "record the day of the referral; for people who came by themselves, the day of the first contact"
severity = "note"
quality  = "completeness"
counted  = "enrollments that began"
field    = "referred_on"
message  = "referred_on is not known"
---*/
with judged as (
    select e.enrollment_id, e._file, e._line, e.referred_on is null as fails
    from enrollments as e
    where e.intake_on <= $as_of
)
select enrollment_id, _file, _line, fails from judged
