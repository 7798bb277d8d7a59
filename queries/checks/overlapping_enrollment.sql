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
message  = "intake on {intake_on}, while an earlier enrollment in the same program ({earlier}) {lasts}"
---*/
with stays as (
    select
        e.enrollment_id,
        e.client_id,
        e.program_id,
        e.intake_on,
        case when e.exited_on <= $as_of then e.exited_on else date '9999-12-31' end as until,
        e._file,
        e._line,
        cast(e._file as bigint) * 1000000000000 + e._line as place
    from enrollments as e
    where e.intake_on <= $as_of
),
ordered as (
    select
        s.enrollment_id,
        s.client_id,
        s.program_id,
        s.intake_on,
        s._file,
        s._line,
        s.place,
        max(s.until) over (
            partition by s.client_id, s.program_id
            order by s.intake_on, s.place
            rows between unbounded preceding and 1 preceding
        ) as earlier_until
    from stays as s
),
earlier_stays as (
    select o.enrollment_id, min(s.place) as place
    from ordered as o
    inner join stays as s
        on s.client_id = o.client_id and s.program_id = o.program_id and s.until = o.earlier_until
    where o.intake_on < o.earlier_until
        and (s.intake_on < o.intake_on or (s.intake_on = o.intake_on and s.place < o.place))
    group by o.enrollment_id
),
judged as (
    select
        o.enrollment_id,
        o._file,
        o._line,
        coalesce(o.intake_on < o.earlier_until, false) as fails,
        o.intake_on,
        case
            when s.place / 1000000000000 = o._file then concat('line ', cast(s.place % 1000000000000 as varchar))
            else concat('line ', cast(s.place % 1000000000000 as varchar), ' of ', f.path)
        end as earlier,
        case
            when o.earlier_until = date '9999-12-31' then 'is open'
            else concat('lasts until ', cast(o.earlier_until as varchar))
        end as lasts
    from ordered as o
    left join earlier_stays as s on s.enrollment_id = o.enrollment_id
    left join source_files as f on f.file_id = s.place / 1000000000000
)
select enrollment_id, _file, _line, fails, intake_on, earlier, lasts from judged
