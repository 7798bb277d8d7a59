/*---
title      = "Case managers per supervisor"
scorecard  = "Case managers per supervisor"
counted    = "supervisors"
question   = "How many case managers does a supervisor have on an average day?"
kind       = "mean"
grain      = "one row per supervisor and period"
direction  = "lower"
period     = """\
    a case manager and the supervisor were both employed on a day of the period; days after the as-of date are not \
    counted"""
excludes   = """\
    supervisors without any case manager in the period, staff of other roles (parameter `roles`); counted as excluded: \
    case managers without a recorded supervisor, or whose supervisor is not among the staff of those days; role not \
    recorded, left before hired"""
source     = """\
    Own definition: the days on which the supervisor's case managers were employed, over the days of the period on \
    which the supervisor was; then the mean of the supervisors. Employed, not carrying cases: COA asks for a staffing \
    chart with the lines of supervision, and CWLA's standard of one supervisor for five social workers is about \
    people, so a newcomer without a case, who needs most supervision, is in, and part-time work counts in full. The \
    first and the last day of work are days of employment; no last day means still employed, and a first day that is \
    not recorded is taken to lie before the period, so past periods may show too many. Case managers count with \
    their present supervisor, since earlier changes are not in an export: the figure is surest for the latest \
    period. Primero divides the number of supervisors by that of case workers, so a supervisor without any counts \
    there. By program (from the cases carried in the period) and by team (of the case managers), a supervisor of \
    several is in the unknown group."""
unit       = "case managers"
resolution = 0.1
minimum_n  = 3
headline   = "mean"
stock      = true
dimensions = ["program", "team"]
optional   = [
    "enrollments.staff_id", "enrollments.program_id", "enrollments.intake_on", "enrollments.exited_on",
]

[parameters.roles]
counted = ["case_manager"]
---*/
with staff_days as (
    select
        s.staff_id,
        s.supervisor_id,
        s.team,
        s.role,
        p.period_id,
        greatest(s.hired_on, p.starts_on) as from_day,
        least(s.left_on + 1, p.counted_until) as until_day,
        s.left_on is not null and s.hired_on is not null and s.left_on < s.hired_on as impossible
    from staff as s
    inner join periods as p
        on p.starts_on < p.counted_until
        and (s.hired_on is null or s.hired_on < p.counted_until)
        and (s.left_on is null or greatest(s.left_on, s.hired_on) >= p.starts_on)
),
counted_roles as (
    select distinct r.value as role
    from supervisor_ratio_roles as r
),
case_managers as (
    select
        d.staff_id,
        case when d.supervisor_id <> d.staff_id then d.supervisor_id end as supervisor_id,
        d.team,
        d.role,
        d.period_id,
        d.from_day,
        d.until_day,
        d.impossible
    from staff_days as d
    left join counted_roles as r on r.role = d.role
    where d.role is null or r.role is not null
),
supervised as (
    select
        m.staff_id,
        m.supervisor_id,
        m.team,
        m.period_id,
        s.until_day - s.from_day as supervisor_days,
        least(m.until_day, s.until_day) - greatest(m.from_day, s.from_day) as days,
        case
            when m.impossible then 'left before hired'
            when m.role is null then 'role not recorded'
            when m.supervisor_id is null then 'no supervisor recorded'
            when s.staff_id is null or least(m.until_day, s.until_day) <= greatest(m.from_day, s.from_day)
                then 'supervisor not among the staff of those days'
        end as excluded
    from case_managers as m
    left join staff_days as s
        on s.staff_id = m.supervisor_id
        and s.period_id = m.period_id
),
programs_carried as (
    select
        e.staff_id,
        p.period_id,
        min(e.program_id) as first_program,
        max(e.program_id) as last_program
    from enrollments as e
    inner join periods as p
        on e.intake_on < p.counted_until
        and p.starts_on < p.counted_until
        and (e.exited_on is null or e.exited_on > p.starts_on)
    group by e.staff_id, p.period_id
),
supervised_in_programs as (
    select
        s.supervisor_id,
        s.team,
        s.period_id,
        s.supervisor_days,
        s.days,
        c.first_program,
        c.last_program,
        s.excluded
    from supervised as s
    left join programs_carried as c on c.staff_id = s.staff_id and c.period_id = s.period_id
),
ratios as (
    select
        s.period_id,
        case when min(s.team) = max(s.team) then min(s.team) end as team,
        case when min(s.first_program) = max(s.last_program) then min(s.first_program) end as program,
        cast(sum(s.days) as double) / s.supervisor_days as value,
        cast(null as varchar) as excluded
    from supervised_in_programs as s
    where s.excluded is null
    group by s.supervisor_id, s.period_id, s.supervisor_days
    union all
    select
        s.period_id,
        s.team,
        case when s.first_program = s.last_program then s.first_program end as program,
        cast(null as double) as value,
        s.excluded
    from supervised_in_programs as s
    where s.excluded is not null
),
units as (
    -- The unit is a supervisor, who has no client of their own.
    select
        cast(null as varchar) as client_id,
        r.period_id,
        r.value,
        r.team,
        r.program,
        r.excluded
    from ratios as r
)
select client_id, period_id, value, team, program, excluded from units
