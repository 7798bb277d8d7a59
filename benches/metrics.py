"""Computes every metric by month × program × gender × race and ethnicity × age group, with attain and with DuckDB.

Usage: ATTAIN EXPORT OUT ROUNDS [METRIC…]. Both are given the same statements over the same Parquet files and write the
same rows to Parquet, which is checked. Every round runs each contender once, so that a busy machine is unfair to both
alike; medians are shown. With WHOLE_ONLY=1 in the environment only the runs of the whole catalogue are made, to see how
they grow.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import duckdb

attain, export, out, rounds = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
here = Path(__file__).parent
snapshot = export / "store/snapshots" / (export / "store/CURRENT").read_text().strip()
DIMENSIONS = "program,gender,race_ethnicity,age_group"
# Staff have no client of their own.
OWN_DIMENSIONS = {"caseload": "program", "supervisor_ratio": "program"}
MONTHS = ["--period", "2023-07-01..2026-07-01", "--every", "month", "--project", str(export), "--quiet"]


def measured(command: list[str], to: Path | None = None) -> tuple[float, float, float]:
    """Wall and CPU seconds, and peak memory in megabytes."""
    with open(to or os.devnull, "ab") as output:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)}\n{errors.decode()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def together(parts: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Runs one after the other: times add up, the peak is the highest."""
    return sum(p[0] for p in parts), sum(p[1] for p in parts), max(p[2] for p in parts)


def by_dimensions(names: list[str]) -> list[tuple[list[str], str]]:
    grouped: dict[str, list[str]] = {}
    for name in names:
        grouped.setdefault(OWN_DIMENSIONS.get(name, DIMENSIONS), []).append(name)
    return [(group, dimensions) for dimensions, group in grouped.items()]


def attain_rows(names: list[str]) -> tuple[float, float, float]:
    files = ["--tables", str(out / "tables"), "--rows", str(out / "attain")]
    return together([measured([attain, "metrics", "sql", *g, "--by", d, *MONTHS, *files]) for g, d in by_dimensions(names)])


def duckdb_rows(names: list[str]) -> tuple[float, float, float]:
    paths = [str(out / "statements.sql"), str(snapshot), str(out / "tables"), str(out / "duckdb")]
    return measured([sys.executable, str(here / "metrics_duckdb.py"), *paths, *names])


def attain_estimates(names: list[str]) -> tuple[float, float, float]:
    words = ["--format", "parquet"]
    return together([measured([attain, "metrics", "compute", *g, "--by", d, *MONTHS, *words]) for g, d in by_dimensions(names)])


def differences(name: str) -> tuple[int, int]:
    """Rows of one side, and rows that the other side does not have."""
    one, other = (f"(from read_parquet('{out / side / name}.parquet'))" for side in ("attain", "duckdb"))
    return count(f"from {one}"), count(f"{one} except all {other}") + count(f"{other} except all {one}")


def count(sql: str) -> int:
    return duckdb.sql(f"select count(*) from ({sql})").fetchall()[0][0]


listed = subprocess.run([attain, "metrics", "list"], check=True, capture_output=True, text=True).stdout
names = sys.argv[5:] or re.findall(r"^(\w+)", listed, re.MULTILINE)
shutil.rmtree(out, ignore_errors=True)
out.mkdir(parents=True)
for position, (group, dimensions) in enumerate(by_dimensions(names)):
    if position:
        with open(out / "statements.sql", "a") as file:
            file.write("\n")
    words = [attain, "metrics", "sql", *group, "--by", dimensions, *MONTHS, "--tables", str(out / "tables")]
    measured(words, out / "statements.sql")

whole_only = bool(os.environ.get("WHOLE_ONLY"))
sides = {"attain": attain_rows, "DuckDB": duckdb_rows}
if not whole_only:
    sides["attain, with estimates"] = attain_estimates
whole: dict[str, list[tuple[float, float, float]]] = {side: [] for side in sides}
single: dict[str, dict[str, list[tuple[float, float, float]]]] = {name: {"attain": [], "DuckDB": []} for name in names}
for _ in range(rounds):
    for side, run in sides.items():
        whole[side].append(run(names))
    for name in [] if whole_only else names:
        for side, measures in single[name].items():
            measures.append(sides[side]([name]))


def medians(measures: list[tuple[float, float, float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*measures)]


clients, services = (count(f"from read_parquet('{snapshot / table}.parquet')") for table in ("clients", "services"))
print(f"{len(names)} metrics, {clients:,} clients, {services:,} services, {os.cpu_count()} cores, median of {rounds}")
print(f"\n{'in one process':25}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'attain is faster by':>22}{'with CPU':>10}")
ours = medians(whole["attain"])
for side, measures in whole.items():
    wall, cpu, memory = medians(measures)
    print(f"{side:25}{wall:9.2f}{cpu:9.2f}{memory:9.0f}{wall / ours[0]:21.2f}x{cpu / ours[1]:9.2f}x")

found = {name: differences(name) for name in names}
if not whole_only:
    print(f"\n{'one process a metric':25}{'attain s':>9}{'CPU s':>9}{'peak MB':>9}{'DuckDB s':>10}{'CPU s':>9}{'peak MB':>9}{'attain is faster by':>22}{'rows':>9}")
    lines = []
    for name in names:
        ours, theirs = medians(single[name]["attain"]), medians(single[name]["DuckDB"])
        lines.append((theirs[0] / ours[0], name, ours, theirs, found[name][0]))
    for ratio, name, ours, theirs, rows in sorted(lines):
        print(f"{name:25}{ours[0]:9.2f}{ours[1]:9.2f}{ours[2]:9.0f}{theirs[0]:10.2f}{theirs[1]:9.2f}{theirs[2]:9.0f}{ratio:21.2f}x{rows:9}")
    total = [sum(line[side][0] for line in lines) for side in (2, 3)]
    print(f"{'together':25}{total[0]:9.2f}{'':18}{total[1]:10.2f}{'':18}{total[1] / total[0]:21.2f}x")
wrong = [f"{name}: {differing} rows differ" for name, (_, differing) in found.items() if differing]
print("\n" + ("\n".join(wrong) or "the same rows from both"))
sys.exit(1 if wrong else 0)
