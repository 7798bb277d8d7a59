"""DuckDB: the statements of `attain metrics sql` on the snapshot's Parquet files, each one's rows to Parquet.

Usage: STATEMENTS SNAPSHOT TABLES ROWS [METRIC…]. What is rewritten: the file's form of a moment, and nothing else.
"""

import re
import sys
from pathlib import Path

import duckdb

# Moments are whole seconds in the files, which Parquet has no type for: DuckDB sees whole numbers.
MOMENTS = {"services": ["started_at", "recorded_at"], "incidents": ["reported_at", "responded_at", "resolved_at"]}

statements, snapshot, tables, rows = map(Path, sys.argv[1:5])
names = sys.argv[5:]
database = duckdb.connect()
for file in [*snapshot.glob("*.parquet"), *tables.glob("*.parquet")]:
    moments = ", ".join(f"make_timestamp({name} * 1000000) as {name}" for name in MOMENTS.get(file.stem, []))
    replaced = f" replace ({moments})" if moments else ""
    database.execute(f"create view {file.stem} as select *{replaced} from read_parquet('{file}')")
rows.mkdir(parents=True, exist_ok=True)
for name, statement in re.findall(r"^-- (\w+)\n(.*?);\n(?=\n--|\Z)", statements.read_text(), re.DOTALL | re.MULTILINE):
    if not names or name in names:
        database.execute(f"copy ({statement}) to '{rows / name}.parquet' (format parquet)")
