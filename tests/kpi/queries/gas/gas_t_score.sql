/*---
title      = "Goal Attainment Scaling (T), all rated goals"
scorecard  = "Goal Attainment Scaling, mean T"
counted    = "exits"
question   = "How far have clients come toward their goals when they leave, every rated goal being counted?"
kind       = "mean"
grain      = "one row per exit from a program (enrollment)"
direction  = "higher"
period     = "exited_on falls in the period; open cases are not in it"
excludes   = """\
    exits after the as-of date, referrals that never started, goals set after the exit; counted as excluded: no goal \
    with a level and a weight"""
source     = """\
    Kiresuk & Sherman 1968 as published: T = 50 + 10 sum(wx) / sqrt((1 - rho) sum(w^2) + rho (sum w)^2), rho = 0.3, x \
    from -2 to +2. A goal without a level or without a weight is left out; where all that remain weigh 0 they weigh \
    the same. Unlike attain's goal_attainment_scale a discontinued goal counts with its level, and a case none of \
    whose goals has a weight has no score instead of equal weights."""
unit       = "points"
resolution = 0.1
headline   = "mean"
optional   = ["goals.status_on"]
parameters = { rho = 0.3 }
---*/
with exits as (
    select
        e.enrollment_id,
        e.exited_on as on_date
    from enrollments as e
    where e.exited_on <= $as_of and e.intake_on is not null
),
rated as (
    select
        e.enrollment_id,
        g.level,
        try_cast(g.weight as decimal(12, 4)) as weight,
        max(g.weight) over (partition by e.enrollment_id) as heaviest
    from exits as e
    inner join goals as g on g.enrollment_id = e.enrollment_id
    where g.set_on <= e.on_date
        and (g.status_on is null or g.status_on <= e.on_date)
        and g.level is not null
        and g.weight is not null
),
weighted as (
    select
        r.enrollment_id,
        r.level,
        case when r.heaviest = 0 then cast(1 as decimal(12, 4)) else r.weight end as weight
    from rated as r
),
sums as (
    select
        w.enrollment_id,
        cast(sum(w.weight * w.level) as double) as weighted_levels,
        cast(sum(w.weight * w.weight) as double) as squared_weights,
        cast(sum(w.weight) as double) as weights
    from weighted as w
    group by w.enrollment_id
),
scores as (
    select
        e.enrollment_id,
        e.on_date,
        50.0 + 10.0 * s.weighted_levels / sqrt(
            (1.0 - cast($rho as double)) * s.squared_weights + cast($rho as double) * s.weights * s.weights
        ) as value,
        case when s.enrollment_id is null then 'no goal with a level and a weight' end as excluded
    from exits as e
    left join sums as s on s.enrollment_id = e.enrollment_id
)
select enrollment_id, on_date, value, excluded from scores
