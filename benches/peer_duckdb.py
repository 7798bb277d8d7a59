"""DuckDB: each table's CSV, with declared types and its rejects kept, to Parquet (snappy). Usage: EXPORTS OUT TABLE…"""

import sys
import tomllib
from pathlib import Path

import duckdb

TYPES = {
    "id": "VARCHAR", "text": "VARCHAR", "code": "VARCHAR", "date": "DATE", "timestamp": "TIMESTAMP",
    "whole": "INTEGER", "number": "DOUBLE", "money": "DECIMAL(14,2)", "yes_no": "BOOLEAN",
}  # fmt: skip

exports, out, names = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
contract = tomllib.loads((Path(__file__).parent.parent / "src/contract/contract.toml").read_text())
database = duckdb.connect()
for table in contract["tables"]:
    if table["name"] not in names:
        continue
    path = exports / f"{table['name']}.csv"
    with open(path) as file:
        header = [name.strip("\ufeff\n\r ").lower().replace(" ", "_") for name in file.readline().split(",")]
    known = {column["name"]: TYPES[column["type"]] for column in table["columns"]}
    types = {name: known.get(name, "VARCHAR") for name in header}
    database.execute(
        f"""copy (select * from read_csv('{path}', header = true, columns = {types}, delim = ',', quote = '"',
            store_rejects = true, auto_detect = false))
            to '{out / table['name']}.parquet' (format parquet, compression snappy)"""
    )
rejected = database.execute("select count(*) from reject_errors").fetchone()[0]
print(f"{rejected} errors kept", file=sys.stderr)
