/*---
title    = "an enrollment without a known case manager"
meaning  = """\
    The client was taken in, and no case manager is named, or one that is not among the staff. Caseloads are counted \
    too low, and figures by case manager and team put the enrollment under unknown."""
fix      = "assign the case in the case-management system"
severity = "note"
quality  = "completeness"
counted  = "enrollments that began"
field    = "staff_id"
message  = "staff_id is not known"
---*/
with judged as (
    select e.enrollment_id, e._file, e._line, e.staff_id is null as fails
    from enrollments as e
    where e.intake_on <= $as_of
)
select enrollment_id, _file, _line, fails from judged
