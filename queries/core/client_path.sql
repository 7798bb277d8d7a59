/*---
title      = "Path from referral to completion"
counted    = "referrals"
question   = "Where do people wait, and where do they leave, on the way from referral to completion?"
kind       = "duration"
grain      = """\
    one row per referral and stage that it has reached; only by stage does a figure count each referral once"""
direction  = "lower"
period     = "the referral falls in the period: the same referrals in every stage, however late they reach it"
events     = ["went_on"]
competing  = ["left"]
horizons   = [30, 90]
excludes   = """\
    whatever happens after the as-of date; counted as excluded, in the first stage and in none of the others: date of \
    referral unknown, anything dated before the referral, exit before intake, found ineligible on an unknown date"""
source     = """\
    Own definition. A stage holds those who went on from the stage before it and nobody else: service without an \
    intake stays in the first stage, a goal without a service in the second. What happened earlier than the stage it \
    opens (a service before the intake) counts from that stage on, as 0 days. Direct service: every service type other \
    than intake, as in time_to_service. Whoever has left leaves in the stage reached by then; a completion (in full or \
    in part) without a goal leaves in the stage of services, and its reason says so. Case-management systems show such \
    a funnel from counts of one month each, whose people are not the same, and average the days of those who went on; \
    here whoever waits is followed to the as-of date and whoever left stays in the denominator (Aalen-Johansen)."""
headline   = "median_days"
dimensions = ["stage", "left_as"]
optional   = ["enrollments.eligibility", "enrollments.screened_on"]

[[stages]]
name = "referral"
title = "Referral"
next = "taken in"

[[stages]]
name = "intake"
title = "Intake"
next = "served"

[[stages]]
name = "service"
title = "First service"
next = "set a goal"

[[stages]]
name = "goals"
title = "Goals"
next = "completed"
waiting = "still enrolled"
left = "left otherwise"
---*/
with referred as (
    select
        e.enrollment_id,
        e.referred_on,
        coalesce(e.referred_on, e.intake_on) as on_date,
        e.eligibility = 'ineligible' and e.intake_on is null as refused,
        e.exit_reason,
        case when e.intake_on <= $as_of then e.intake_on end as intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on,
        case when e.screened_on <= $as_of then greatest(e.screened_on, e.referred_on) end as screened_on
    from enrollments as e
    where coalesce(e.referred_on, e.intake_on) <= $as_of
),
first_services as (
    select
        s.enrollment_id,
        min(s.provided_on) as served_on
    from services as s
    where s.service_type <> 'intake' and s.provided_on <= $as_of
    group by s.enrollment_id
),
first_goals as (
    select
        g.enrollment_id,
        min(g.set_on) as set_on
    from goals as g
    where g.set_on <= $as_of
    group by g.enrollment_id
),
closed as (
    select
        r.enrollment_id,
        r.referred_on,
        r.on_date,
        r.intake_on,
        r.refused,
        coalesce(r.exited_on, case when r.refused then r.screened_on end) as ended_on,
        coalesce(r.exit_reason, case when r.refused then 'ineligible' end, 'not_recorded') as ended_as
    from referred as r
),
dated as (
    -- Service and goals after the exit are not part of the way.
    select
        c.enrollment_id,
        c.referred_on,
        c.on_date,
        c.intake_on,
        c.refused,
        c.ended_on,
        c.ended_as,
        case when c.ended_on is null or f.served_on <= c.ended_on then f.served_on end as served_on,
        case when c.ended_on is null or g.set_on <= c.ended_on then g.set_on end as set_on
    from closed as c
    left join first_services as f on f.enrollment_id = c.enrollment_id
    left join first_goals as g on g.enrollment_id = c.enrollment_id
),
nested as (
    -- Each date only for those who reached the stage before it, and never earlier than that.
    select
        d.enrollment_id,
        d.on_date,
        d.referred_on,
        d.intake_on,
        case when d.intake_on is not null and d.served_on is not null then greatest(d.served_on, d.intake_on) end as served_on,
        case
            when d.intake_on is not null and d.served_on is not null and d.set_on is not null
                then greatest(d.set_on, d.served_on, d.intake_on)
        end as goal_on,
        d.ended_on,
        d.ended_as,
        case
            when d.referred_on is null then 'date of referral unknown'
            when d.intake_on < d.referred_on then 'intake before the referral'
            when d.ended_on < d.intake_on then 'exit before intake'
            when d.ended_on < d.referred_on then 'exit before the referral'
            when d.served_on < d.referred_on then 'first service before the referral'
            when d.set_on < d.referred_on then 'goal before the referral'
            when d.refused and d.ended_on is null then 'found ineligible, date unknown'
        end as excluded
    from dated as d
),
way(stage) as (
    values ('referral'), ('intake'), ('service'), ('goals')
),
reached as (
    select
        n.enrollment_id,
        n.on_date,
        w.stage,
        case w.stage
            when 'referral' then n.referred_on
            when 'intake' then n.intake_on
            when 'service' then n.served_on
            when 'goals' then n.goal_on
        end as reached_on,
        case
            when w.stage = 'referral' then n.intake_on
            when w.stage = 'intake' then n.served_on
            when w.stage = 'service' then n.goal_on
            when n.ended_as in ('completed', 'partially_completed') then n.ended_on
        end as went_on,
        n.ended_on,
        n.ended_as,
        n.excluded
    from nested as n
    cross join way as w
),
stages as (
    -- What is excluded is so in the first stage, and stands in no other.
    select
        r.enrollment_id,
        r.on_date,
        r.stage,
        r.reached_on,
        r.went_on,
        r.ended_on,
        r.ended_as,
        r.excluded
    from reached as r
    where r.stage = 'referral' or (r.excluded is null and r.reached_on is not null)
),
waits as (
    select
        s.enrollment_id,
        s.on_date,
        s.stage,
        coalesce(s.went_on, s.ended_on, cast($as_of as date)) - s.reached_on as days,
        case
            when s.went_on is not null then 'went_on'
            when s.ended_on is not null then 'left'
            else 'censored'
        end as outcome,
        case when s.went_on is null and s.ended_on is not null and s.excluded is null then s.ended_as end as left_as,
        s.excluded
    from stages as s
)
select enrollment_id, on_date, days, outcome, stage, left_as, excluded from waits
