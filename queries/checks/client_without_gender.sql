/*---
title    = "a client without a known gender"
meaning  = """\
    The gender is empty, or could not be read; figures by gender put the client under unknown. The codes unknown, \
    not_collected and data_not_collected count as not known; a refusal is an answer."""
fix      = "ask for the gender and record it"
severity = "note"
quality  = "completeness"
counted  = "clients"
field    = "gender"
message  = "gender is not known"
---*/
with judged as (
    select c.client_id, c._file, c._line, c.gender is null or c.gender in ('unknown', 'not_collected', 'data_not_collected') as fails
    from clients as c
)
select client_id, _file, _line, fails from judged
