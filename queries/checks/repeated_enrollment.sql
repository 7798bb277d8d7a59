/*---
title    = "the same enrollment twice"
meaning  = """\
    Another row has the same client, program, referral date and intake date under another enrollment_id. It is the \
    same case entered, or exported, twice, and is counted twice."""
fix      = "delete one of the two in the case-management system, or leave it out of the export"
severity = "warning"
quality  = "plausibility"
counted  = "enrollments"
field    = "enrollment_id"
message  = "the same client, program and dates ({dates}) as in {earlier}"
optional = ["enrollments.referred_on", "enrollments.intake_on"]
---*/
with numbered as (
    select
        e.enrollment_id,
        e._file,
        e._line,
        e.referred_on,
        e.intake_on,
        row_number() over same_case as occurrence,
        first_value(e._file) over same_case as first_file,
        first_value(e._line) over same_case as first_line
    from enrollments as e
    window same_case as (
        partition by e.client_id, e.program_id, e.referred_on, e.intake_on
        order by e._file, e._line
    )
),
judged as (
    select
        n.enrollment_id,
        n._file,
        n._line,
        n.occurrence > 1 as fails,
        concat(
            case when n.referred_on is null then '' else concat('referral ', cast(n.referred_on as varchar)) end,
            case when n.referred_on is null or n.intake_on is null then '' else ', ' end,
            case when n.intake_on is null then '' else concat('intake ', cast(n.intake_on as varchar)) end
        ) as dates,
        case
            when n.first_file = n._file then concat('line ', cast(n.first_line as varchar))
            else concat('line ', cast(n.first_line as varchar), ' of ', f.path)
        end as earlier
    from numbered as n
    left join source_files as f on f.file_id = n.first_file
)
select enrollment_id, _file, _line, fails, dates, earlier from judged
