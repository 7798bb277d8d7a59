"""What tests/it/ctn0094.rs expects, from the case's own CSV files with nothing but Python: no mapping, no query engine.

    python tests/oracles/ctn0094.py ../shared/cases/ctn0094 > tests/oracles/ctn0094.json

The waits are those of CTN-0051 (Lancet 2018;391:309-318): randomization to first dose, of all who were assigned. Nobody who
was never dosed is dropped; they wait on to the as-of day, so the median is that of the Kaplan-Meier curve of all assigned.
"""

import csv
import json
import sys
from collections import Counter, defaultdict
from datetime import date
from statistics import median

AS_OF = (date(2004, 1, 31) - date(2001, 1, 1)).days


def rows(name):
    with open(f"{sys.argv[1]}/{name}.csv", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def curve(waits):
    """Kaplan-Meier: [(day, share not yet served)] of (days, served)."""
    left, points = 1.0, []
    for day in sorted({days for days, served in waits if served}):
        at_risk = sum(days >= day for days, _ in waits)
        left *= 1 - sum(days == day and served for days, served in waits) / at_risk
        points.append((day, left))
    return points


trial = {row["who"]: row["project"] for row in rows("everybody")}
first = {row["who"]: row for row in rows("randomization") if row["which"] == "1"}
dose = {}
doses = defaultdict(int)
for row in rows("treatment"):
    dose[row["who"]] = min(int(row["when"]), dose.get(row["who"], AS_OF))
    doses[row["who"]] += 1

arms = {}
for arm in ("Inpatient NR-NTX", "Inpatient BUP"):
    waits = []
    for who, row in first.items():
        if trial[who] == "51" and row["treatment"] == arm:
            assigned = int(row["when"])
            waits.append((dose[who] - assigned, True) if who in dose else (AS_OF - assigned, False))
    points = curve(waits)
    arms[arm] = {
        "assigned": len(waits),
        "started": sum(served for _, served in waits),
        "median_days_all_assigned": next(day for day, left in points if left <= 0.5),
        "median_days_starters_only": median(days for days, served in waits if served),
        "share_by_day": {str(at): 1 - min((left for day, left in points if day <= at), default=1.0) for at in (7, 14, 30, 60)},
    }

screens = Counter()
for row in rows("uds"):
    if row["when"] not in ("", "NA"):
        randomized = first.get(row["who"])
        relapse = row["what"] == "Opioid" and randomized and int(row["when"]) > int(randomized["when"])
        screens["relapse" if relapse else "urine_screen_positive"] += 1

answers = {
    "clients": len(trial),
    "programs": len({(trial[row["who"]], row["site_masked"]) for row in rows("site_masked")}),
    "enrollments": dict(Counter(trial[who] for who in first)),
    "referrals": len({(row["who"], row["when"]) for row in rows("randomization")}),
    "doses_of_randomized": sum(n for who, n in doses.items() if who in first),
    "doses_of_others": sum(n for who, n in doses.items() if who not in first),
    "screens": dict(sorted(screens.items())),
    "arms_of_ctn_0051": arms,
}
json.dump(answers, sys.stdout, indent=2, sort_keys=True)
print()
