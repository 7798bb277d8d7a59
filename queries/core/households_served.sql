/*---
title      = "Households served"
scorecard  = "Households served"
counted    = "enrollments"
question   = "How many households did we serve?"
kind       = "count"
grain      = "one row per enrollment and period in which it was open, under the client who stands for the household"
direction  = "neutral"
period     = """\
    an enrollment of a member was open on at least one day of the period, its intake day and its exit day included"""
excludes   = """\
    referrals that never started (no intake date); days after the as-of date; counted as excluded: exit before \
    intake, household not recorded"""
source     = """\
    Own definition. The number of households is the statistic clients: every household stands with one person, its \
    head, so each is counted once per period and once in each breakdown, however many members and enrollments it has. \
    The head is the client marked as head of the household; of several, or where none is marked, the one taken in \
    first. As in HUD's count of heads, stays under several household numbers with the same head are one household; \
    unlike there, a household with members but without a marked head is not lost. The household is the enrollment's, \
    or the client's where the enrollment has none. A person without either is excluded, not taken to live alone. \
    The statistic events counts enrollments. Breakdowns by gender, race, language and birth date are the head's; by \
    program and all else the member's enrollment, so months and programs do not add up."""
headline   = "clients"
stock      = true
optional   = ["clients.client_id", "clients.household_id", "enrollments.head_of_household"]
---*/
with stays as (
    select
        e.enrollment_id,
        e.client_id,
        coalesce(e.household_id, c.household_id) as household_id,
        -- Who is marked as head before who is not, then by the day of the intake, as one number.
        case when e.head_of_household then 0 else 10000000 end + (e.intake_on - date '0001-01-01') as head_rank,
        e.intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from enrollments as e
    left join clients as c on c.client_id = e.client_id
    where e.intake_on <= $as_of
),
first_ranks as (
    select
        s.household_id,
        min(s.head_rank) as head_rank
    from stays as s
    where s.household_id is not null
    group by s.household_id
),
heads as (
    select
        s.household_id,
        min(s.client_id) as client_id
    from stays as s
    inner join first_ranks as f on f.household_id = s.household_id and f.head_rank = s.head_rank
    group by s.household_id
),
open_in_period as (
    select
        s.enrollment_id,
        s.client_id,
        s.household_id,
        p.period_id,
        s.exited_on < s.intake_on as impossible
    from stays as s
    inner join periods as p
        on s.intake_on < p.counted_until
        and p.starts_on < p.counted_until
        and (s.exited_on is null or greatest(s.exited_on, s.intake_on) >= p.starts_on)
),
units as (
    select
        o.enrollment_id,
        coalesce(h.client_id, o.client_id) as client_id,
        o.period_id,
        case
            when o.impossible then 'exit before intake'
            when o.household_id is null then 'household not recorded'
        end as excluded
    from open_in_period as o
    left join heads as h on h.household_id = o.household_id
)
select enrollment_id, client_id, period_id, excluded from units
