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
message  = "{service_type} of {provided_on}: the same enrollment, staff member and time as in {earlier}"
optional = ["services.staff_id"]
---*/
with started as (
    select
        s.enrollment_id,
        s._file,
        s._line,
        s.service_type,
        s.provided_on,
        s.started_at,
        coalesce(s.staff_id, '') as staff_id,
        cast(s._file as bigint) * 1000000000000 + s._line as place
    from services as s
    where s.started_at is not null and s.provided_on <= $as_of
),
at_one_time as (
    select s.enrollment_id, s.started_at
    from started as s
    group by s.enrollment_id, s.started_at
    having count(*) > 1
),
repeated as (
    select s.enrollment_id, s.started_at, s.service_type, s.staff_id, min(s.place) as first_place
    from at_one_time as t
    inner join started as s on s.enrollment_id = t.enrollment_id and s.started_at = t.started_at
    group by s.enrollment_id, s.started_at, s.service_type, s.staff_id
    having count(*) > 1
),
judged as (
    select
        s.enrollment_id,
        s._file,
        s._line,
        coalesce(s.place > r.first_place, false) as fails,
        s.service_type,
        s.provided_on,
        case
            when r.first_place / 1000000000000 = s._file
                then concat('line ', cast(r.first_place % 1000000000000 as varchar))
            else concat('line ', cast(r.first_place % 1000000000000 as varchar), ' of ', f.path)
        end as earlier
    from repeated as r
    right join started as s
        on r.enrollment_id = s.enrollment_id
        and r.started_at = s.started_at
        and r.service_type = s.service_type
        and r.staff_id = s.staff_id
    left join source_files as f on f.file_id = r.first_place / 1000000000000
)
select enrollment_id, _file, _line, fails, service_type, provided_on, earlier from judged
