/*---
title      = "Returns after exit"
scorecard  = "Returned within a year of exit"
counted    = "exits"
question   = "How many of those who left have returned: re-arrested, homeless again, reported again, readmitted?"
kind       = "duration"
grain      = "one row per exit from a program (enrollment)"
direction  = "higher"    # of the days: the later the better
period     = "the exit falls in the period"
events     = ["returned"]
competing  = ["deceased"]
horizons   = [182, 365, 730, 1095]
excludes   = """\
    events on or before the day of the exit, or after the as-of date; counted as excluded: never started, \
    exit before intake, died by the day of the exit, no return event declared for the setting"""
source     = """\
    Own definition: the first event of a kind that counts as a return for the program's setting; kinds per setting \
    are a parameter. The whole cohort is followed to the as-of date (Aalen-Johansen, death competing) and the fully \
    followed cohort is shown beside it. Recidiviz counts cohorts still being followed and each of several returns, \
    which biases the share down and up; BJS counts persons released, here exits are counted, so a person who left \
    twice is in twice. Technical violations do not count by default. Transfers stay in; time in jail or hospital is \
    not subtracted."""
headline   = "mature_share.365"
optional   = ["clients.client_id", "clients.died_on"]

[parameters.events]
homeless_services = ["return_to_homelessness"]
child_protection  = ["substantiated_maltreatment", "foster_care_reentry"]
adult_protection  = ["substantiated_maltreatment"]
corrections       = ["arrest", "conviction", "incarceration"]
probation         = ["arrest", "conviction", "incarceration"]
juvenile_justice  = ["arrest", "conviction", "incarceration"]
behavioral_health = ["hospital_admission"]
substance_use     = ["relapse"]
elder_care        = ["hospital_admission"]
health_care       = ["hospital_admission"]
child_support     = ["rereferral"]
employment        = ["job_loss"]
education         = ["rereferral"]
family_services   = ["substantiated_maltreatment", "foster_care_reentry", "rereferral"]
other             = ["rereferral"]
---*/
with exits as (
    select
        e.enrollment_id,
        e.client_id,
        e.exited_on,
        p.setting,
        e.intake_on is null as never_started,
        e.exited_on < e.intake_on as before_intake,
        e.exit_reason = 'deceased' or c.died_on <= e.exited_on as died_by_exit,
        case when c.died_on <= $as_of then c.died_on end as died_on
    from enrollments as e
    left join programs as p on p.program_id = e.program_id
    left join clients as c on c.client_id = e.client_id
    where e.exited_on <= $as_of
),
settings as (
    select distinct k.key as setting
    from recidivism_events as k
),
returns as (
    select
        x.enrollment_id,
        min(o.occurred_on) as returned_on
    from exits as x
    inner join recidivism_events as k on k.key = x.setting
    inner join outcome_events as o
        on o.client_id = x.client_id
        and o.kind = k.value
        and o.occurred_on > x.exited_on
    where o.occurred_on <= $as_of
    group by x.enrollment_id
),
followed as (
    select
        x.enrollment_id,
        x.exited_on as on_date,
        least(r.returned_on, x.died_on, cast($as_of as date)) - x.exited_on as days,
        case
            when r.returned_on <= coalesce(x.died_on, r.returned_on) then 'returned'
            when x.died_on is not null then 'deceased'
            else 'censored'
        end as outcome,
        case
            when x.never_started then 'never started'
            when x.before_intake then 'exit before intake'
            when x.died_by_exit then 'died by the day of the exit'
            when s.setting is null then 'no return event declared for the setting'
        end as excluded
    from exits as x
    left join returns as r on r.enrollment_id = x.enrollment_id
    left join settings as s on s.setting = x.setting
)
select enrollment_id, on_date, days, outcome, excluded from followed
