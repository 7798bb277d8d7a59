/*---
title    = "two enrollments of one client in one program at once"
meaning  = """\
    The client is taken into the program while an earlier enrollment of the same client in the same program is still \
    open. Nobody is in one program twice, so one of the two is a duplicate or lacks its exit; people, days and \
    caseloads are counted too high. A new intake on the day of the exit is none."""
fix      = "close the earlier enrollment, or merge the two in the case-management system"
severity = "warning"
quality  = "plausibility"
counted  = "enrollments"
field    = "intake_on"
message  = "intake on {intake_on}, while an earlier enrollment in the same program {lasts}"
---*/
with stays as (
    select
        e.enrollment_id,
        e.client_id,
        e.program_id,
        e.intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on,
        e._file,
        e._line
    from enrollments as e
    where e.intake_on <= $as_of
),
ordered as (
    select
        s.enrollment_id,
        s.intake_on,
        s._file,
        s._line,
        max(coalesce(s.exited_on, date '9999-12-31')) over (
            partition by s.client_id, s.program_id
            order by s.intake_on, s._file, s._line
            rows between unbounded preceding and 1 preceding
        ) as earlier_until
    from stays as s
),
judged as (
    select
        o.enrollment_id,
        o._file,
        o._line,
        coalesce(o.intake_on < o.earlier_until, false) as fails,
        o.intake_on,
        case
            when o.earlier_until = date '9999-12-31' then 'is open'
            else concat('lasts until ', cast(o.earlier_until as varchar))
        end as lasts
    from ordered as o
)
select enrollment_id, _file, _line, fails, intake_on, lasts from judged
