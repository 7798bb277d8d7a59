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
    manager recorded; every case while there are empty cells and nobody is on record without a credential"""
source     = """\
    Own definition: the client-days of one day, the period's last, and not of all its days: an export has only the \
    present case manager and the present credentials, so days long past would be no better known, and days of one \
    case counted one by one would give intervals far too narrow. A year's figure is that of its last day. What counts \
    is whether one of the credentials listed under `credentials` is on record. An empty cell is unknown: it may mean \
    that the case manager holds none or that nobody asked. An agency whose empty cells mean none sets blank_is_none = \
    true, or enters none. Where some cells are empty and all others name a credential that counts, nobody could ever \
    be without one and the share would be 100 % whatever is true; so there is none until the agency says what an \
    empty cell means."""
headline   = "share"
stock      = true
dimensions = ["credential"]

[parameters]
blank_is_none = false

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
            when $blank_is_none then 'none_recorded'
        end as credential
    from staff as s
    left join credentialed as c on c.staff_id = s.staff_id
),
readings as (
    -- Whether the column can say no: it names something that does not count, or has no empty cell.
    select
        count(*) filter (where q.credential <> 'counted') > 0
            or count(*) filter (where q.credential is null) = 0 as can_say_no
    from qualified as q
),
known as (
    select
        q.staff_id,
        q.credential,
        r.can_say_no
    from qualified as q
    cross join readings as r
),
carried as (
    select
        o.enrollment_id,
        o.period_id,
        k.credential,
        k.credential = 'counted' as met,
        case
            when k.staff_id is null then 'no case manager recorded'
            when not k.can_say_no then 'empty cells, and nobody on record without a credential'
        end as excluded
    from open_cases as o
    left join known as k on k.staff_id = o.staff_id
)
select enrollment_id, period_id, met, credential, excluded from carried
