/*---
title      = "Services provided"
scorecard  = "Services provided"
counted    = "services"
question   = "How many services did we provide, and of which kinds?"
kind       = "count"
grain      = "one row per service"
direction  = "neutral"
period     = "the service falls in the period"
excludes   = "services after the as-of date"
source     = """\
    Own definition: every recorded service counts as one, the intake too, however long it was and whether or not it \
    falls within the stay; hours, units and money are never added to it or to each other. A group session is a row, \
    and counts, for each person in it. Clients are counted once per period and group however many services they \
    had, so neither months nor kinds of service add up to the clients in all; adding such counts up is how reports \
    elsewhere come to more clients than there are. A service type that never occurs has no row, rather than 0."""
headline   = "events"
dimensions = ["service_type", "recipient", "mode"]
---*/
with provided as (
    select
        s.enrollment_id,
        s.provided_on as on_date,
        s.service_type,
        s.recipient,
        s.mode
    from services as s
    where s.provided_on <= $as_of
)
select enrollment_id, on_date, service_type, recipient, mode from provided
