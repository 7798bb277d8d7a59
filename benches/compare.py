"""Runs attain, DuckDB and polars in turn on the same export; prints wall time, CPU time, peak memory and ratios.

Usage: ATTAIN EXPORT OUT ROUNDS. Every round runs each contender once, so that a busy machine is unfair to all alike;
the median of the rounds is shown.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

attain, export, out, rounds = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]), int(sys.argv[4])
here = Path(__file__).parent
PARENTS = ["clients", "programs", "staff", "providers", "enrollments"]
every_table = sorted(path.stem for path in (export / "exports").glob("*.csv"))


def measured(command: list[str]) -> tuple[float, float, float]:
    """Wall and CPU seconds, and peak memory in megabytes."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)}\n{errors.decode()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def project(name: str, tables: list[str]) -> Path:
    """A project with these tables only, and no store."""
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "exports").mkdir(parents=True)
    for file in export.iterdir():
        if file.is_file():
            shutil.copy2(file, folder)
    for table in tables:
        os.link(export / "exports" / f"{table}.csv", folder / "exports" / f"{table}.csv")
    return folder


def empty(name: str) -> Path:
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def command(contender: str, tables: list[str]) -> list[str]:
    if contender == "attain":
        return [attain, "ingest", str(project("attain", tables)), "--quiet"]
    return [sys.executable, str(here / f"peer_{contender}.py"), str(export / "exports"), str(empty(contender)), *tables]


for title, tables in {"whole export": every_table, "services and their parents": [*PARENTS, "services"]}.items():
    size = sum((export / "exports" / f"{table}.csv").stat().st_size for table in tables)
    runs: dict[str, list[tuple[float, float, float]]] = {"attain": [], "duckdb": [], "polars": []}
    for _ in range(rounds):
        for contender, measures in runs.items():
            measures.append(measured(command(contender, tables)))
    medians = {name: [statistics.median(column) for column in zip(*measures)] for name, measures in runs.items()}
    print(f"\n{title}: {len(tables)} files, {size / 1e6:.0f} MB, {os.cpu_count()} cores, median of {rounds}")
    print(f"{'':8}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'attain is faster by':>22}{'with CPU':>10}")
    ours = medians["attain"]
    for name, (wall, cpu, memory) in medians.items():
        print(f"{name:8}{wall:9.2f}{cpu:9.2f}{memory:9.0f}{wall / ours[0]:21.2f}x{cpu / ours[1]:9.2f}x")
