/*---
title      = "Re-entry after exit"
scorecard  = "Taken in again within a year of exit"
counted    = "exits"
question   = "How many of those who left are taken in again by a program of the same kind?"
kind       = "duration"
grain      = "one row per exit from a program (enrollment)"
direction  = "higher"    # of the days: the later the better
period     = "the exit falls in the period"
events     = ["reentered"]
competing  = ["deceased"]
horizons   = [182, 365, 730, 1095]
excludes   = """\
    intakes after the as-of date; counted as excluded: never started, exit before intake, died by the day of the exit, \
    transferred, setting of the program unknown, still enrolled in the same setting (another stay of the client is \
    open past the day of the exit, or begins on it)"""
source     = """\
    Own definition: the first intake of the client after the day of the exit into any program of the same setting, the \
    program itself or another one. The whole cohort is followed to the as-of date (Aalen-Johansen, death competing) \
    and the fully followed cohort is shown beside it. Only intakes that are in the export are seen: who was taken \
    in elsewhere seems not to have come back. Unlike returns after exit no outcome event is needed, and transfers are \
    excluded, since the next intake is what they are for; so is an exit with which the client did not leave the \
    setting. CFSR re-entry looks at exits to reunification, relatives or guardians, and leaves out stays under 8 \
    days; here every other exit of a started case counts. Exits are counted, so a person who left twice is in twice."""
headline   = "mature_share.365"
optional   = ["clients.client_id", "clients.died_on"]
---*/
with stays as (
    select
        e.enrollment_id,
        e.client_id,
        e.intake_on,
        e.exit_reason,
        p.setting,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from enrollments as e
    left join programs as p on p.program_id = e.program_id
),
exits as (
    select
        s.enrollment_id,
        s.client_id,
        s.intake_on,
        s.exited_on,
        s.setting,
        s.exit_reason = 'transferred' as transferred,
        s.exit_reason = 'deceased' or c.died_on <= s.exited_on as died_by_exit,
        case when c.died_on <= $as_of then c.died_on end as died_on
    from stays as s
    left join clients as c on c.client_id = s.client_id
    where s.exited_on <= $as_of
),
others as (
    select
        x.enrollment_id,
        min(case when o.intake_on > x.exited_on then o.intake_on end) as reentered_on,
        count(*) filter (
            where o.intake_on = x.exited_on
                or (o.intake_on < x.exited_on and (o.exited_on is null or o.exited_on > x.exited_on))
        ) as open_past_exit
    from exits as x
    inner join stays as o
        on o.client_id = x.client_id
        and o.setting = x.setting
        and o.enrollment_id <> x.enrollment_id
    where o.intake_on <= $as_of
    group by x.enrollment_id
),
followed as (
    select
        x.enrollment_id,
        x.exited_on as on_date,
        least(o.reentered_on, x.died_on, cast($as_of as date)) - x.exited_on as days,
        case
            when o.reentered_on <= coalesce(x.died_on, o.reentered_on) then 'reentered'
            when x.died_on is not null then 'deceased'
            else 'censored'
        end as outcome,
        case
            when x.intake_on is null then 'never started'
            when x.exited_on < x.intake_on then 'exit before intake'
            when x.died_by_exit then 'died by the day of the exit'
            when x.transferred then 'transferred'
            when x.setting is null then 'setting of the program unknown'
            when o.open_past_exit > 0 then 'still enrolled in the same setting'
        end as excluded
    from exits as x
    left join others as o on o.enrollment_id = x.enrollment_id
)
select enrollment_id, on_date, days, outcome, excluded from followed
