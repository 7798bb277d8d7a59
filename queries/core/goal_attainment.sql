/*---
title      = "Goals achieved"
scorecard  = "Goals achieved"
counted    = "goals due or closed"
question   = "What share of the goals that were due or closed were achieved?"
kind       = "proportion"
grain      = "one row per goal"
direction  = "higher"
period     = """\
    a closed goal: the day it was closed falls in the period (the day it was due where that is not recorded); a goal \
    still in progress: the day it was due falls in the period and has passed"""
excludes   = """\
    goals not yet due; counted as excluded: discontinued, in progress without a due date, closed on an unknown date"""
source     = """\
    Own definition. A goal counts once. In progress after its due date is not met (Primero's goal progress counts in \
    progress as met); partially achieved is not met and is shown apart in the breakdown by goal_status. The share is of \
    goals, not the mean of clients' shares. A goal achieved late moves from the period it was due in to the one it \
    was achieved in, so recent periods can still change."""
headline   = "share"
dimensions = ["domain", "goal_status"]
optional   = ["goals.status_on"]
---*/
with known as (
    select
        g.enrollment_id,
        g.domain,
        g.set_on,
        case when g.due_on <= $as_of then g.due_on end as due_on,
        g.due_on is null as never_due,
        case when g.status_on > $as_of then 'in_progress' else g.status end as status,
        case when g.status_on <= $as_of then g.status_on end as status_on
    from goals as g
    where g.set_on <= $as_of
),
placed as (
    select
        k.enrollment_id,
        k.domain,
        k.set_on,
        k.never_due,
        k.status,
        case when k.status = 'in_progress' then k.due_on else coalesce(k.status_on, k.due_on) end as counted_on
    from known as k
),
outcomes as (
    select
        p.enrollment_id,
        coalesce(p.counted_on, p.set_on) as on_date,
        p.domain,
        p.status as goal_status,
        p.status = 'achieved' as met,
        case
            when p.status = 'discontinued' then 'discontinued'
            when p.status = 'in_progress' and p.never_due then 'in progress without a due date'
            when p.counted_on is null then 'closed on an unknown date'
        end as excluded
    from placed as p
    where p.status <> 'in_progress' or p.never_due or p.counted_on is not null
)
select enrollment_id, on_date, met, domain, goal_status, excluded from outcomes
