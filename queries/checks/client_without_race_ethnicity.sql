/*---
title    = "a client without a known race and ethnicity"
meaning  = """\
    The race and ethnicity is empty, or could not be read; figures by race and ethnicity put the client under \
    unknown, and a difference between groups can stay unseen. The codes unknown, not_collected and data_not_collected \
    count as not known; a refusal is an answer."""
fix      = "ask for the race and ethnicity and record it"
severity = "note"
quality  = "completeness"
counted  = "clients"
field    = "race_ethnicity"
message  = "race_ethnicity is not known"
---*/
with judged as (
    select c.client_id, c._file, c._line, c.race_ethnicity is null or c.race_ethnicity in ('unknown', 'not_collected', 'data_not_collected') as fails
    from clients as c
)
select client_id, _file, _line, fails from judged
