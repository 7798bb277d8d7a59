/*---
title      = "Cases with credentialed staff"
scorecard  = "Open cases with a certified or licensed case manager"
counted    = "open cases"
question   = "What share of open cases is carried by staff with a certification or licence on record?"
kind       = "proportion"
grain      = "one row per enrollment and period on whose last day it was open"
direction  = "higher"
period     = """\
    the enrollment was open on the last day of the period (its last day up to the as-of date); the day of the exit is \
    not a day of the stay"""
excludes   = """\
    enrollments that begin or end earlier or later, referrals that never started; counted as excluded: no case \
    manager recorded"""
source     = """\
    Own definition: the client-days of one day, the period's last, and not of all its days: an export has only the \
    present case manager and the present credentials, so days long past would be no better known, and days of one \
    case counted one by one would give intervals far too narrow. A year's figure is that of its last day. What counts \
    is whether one of the credentials listed under `credentials` is on record; one that is held but not recorded is \
    not, so the share is the least that can be shown. Set blank_is_none = false where an empty cell only means that \
    nobody asked: then it is unknown."""
headline   = "share"
stock      = true
dimensions = ["credential"]

[parameters]
blank_is_none = true

[parameters.credentials]
certification = ["ccm", "acm", "c_aswcm", "c_swcm"]
licence       = ["lbsw", "lcsw", "licsw", "lmft", "lmhc", "lmsw", "lpc", "rn"]
---*/
with last_days as (
    select
        p.period_id,
        p.counted_until - 1 as last_day
    from periods as p
    where p.starts_on < p.counted_until
),
open_cases as (
    select
        e.enrollment_id,
        e.staff_id,
        d.period_id
    from enrollments as e
    inner join last_days as d
        on e.intake_on <= d.last_day
        and (e.exited_on is null or e.exited_on > d.last_day)
),
credentialed as (
    select distinct s.staff_id
    from staff as s
    inner join credentialed_share_credentials as k
        on position(concat(';', k.value, ';') in concat(';', s.credentials, ';')) > 0
),
qualified as (
    select
        s.staff_id,
        case
            when c.staff_id is not null then 'counted'
            when s.credentials is not null then 'other'
            else 'none_recorded'
        end as credential
    from staff as s
    left join credentialed as c on c.staff_id = s.staff_id
),
carried as (
    select
        o.enrollment_id,
        o.period_id,
        q.credential,
        case
            when q.credential = 'none_recorded' and not $blank_is_none then null
            else q.credential = 'counted'
        end as met,
        case when q.staff_id is null then 'no case manager recorded' end as excluded
    from open_cases as o
    left join qualified as q on q.staff_id = o.staff_id
)
select enrollment_id, period_id, met, credential, excluded from carried
