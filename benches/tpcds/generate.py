#!/usr/bin/env python3
"""TPC-DS for PostgreSQL, made by DuckDB's extension: `generate.py FOLDER [SCALE]` writes load.sql, queries.sql and one CSV a table.

    python3 -m venv v && v/bin/pip install duckdb==0.9.2     # the last wheels that have the extension in them are of 0.9
    v/bin/python benches/tpcds/generate.py /tmp/tpcds && psql -d tpcds -f /tmp/tpcds/load.sql
"""
import pathlib
import sys

import duckdb

KEYS = """call_center(cc_call_center_sk) catalog_page(cp_catalog_page_sk) catalog_returns(cr_item_sk,cr_order_number)
catalog_sales(cs_item_sk,cs_order_number) customer(c_customer_sk) customer_address(ca_address_sk)
customer_demographics(cd_demo_sk) date_dim(d_date_sk) household_demographics(hd_demo_sk)
income_band(ib_income_band_sk) inventory(inv_date_sk,inv_item_sk,inv_warehouse_sk) item(i_item_sk)
promotion(p_promo_sk) reason(r_reason_sk) ship_mode(sm_ship_mode_sk) store(s_store_sk)
store_returns(sr_item_sk,sr_ticket_number) store_sales(ss_item_sk,ss_ticket_number) time_dim(t_time_sk)
warehouse(w_warehouse_sk) web_page(wp_web_page_sk) web_returns(wr_item_sk,wr_order_number)
web_sales(ws_item_sk,ws_order_number) web_site(web_site_sk)"""


def main(folder: pathlib.Path, scale: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    database = duckdb.connect()
    database.execute("LOAD tpcds")
    database.execute(f"CALL dsdgen(sf={float(scale)})")
    with open(folder / "load.sql", "w", encoding="utf-8") as load:
        for (table,) in database.execute("SHOW TABLES").fetchall():
            columns = database.execute(f"PRAGMA table_info('{table}')").fetchall()
            typed = ",\n".join(f"  {name} {kind}" for _, name, kind, *_ in columns)
            file = (folder / f"{table}.csv").absolute()
            database.execute(f"COPY {table} TO '{file}' (HEADER FALSE)")
            load.write(f"CREATE TABLE {table} (\n{typed}\n);\n\\copy {table} FROM '{file}' CSV\n")
        for key in KEYS.split():
            table, columns = key.split("(", 1)
            load.write(f"ALTER TABLE {table} ADD PRIMARY KEY ({columns};\n")
        load.write("CREATE EXTENSION IF NOT EXISTS hypopg;\nVACUUM ANALYZE;\n")
    queries = database.execute("SELECT query_nr, query FROM tpcds_queries() ORDER BY query_nr")
    with open(folder / "queries.sql", "w", encoding="utf-8") as out:
        for number, text in queries.fetchall():
            out.write(f"-- name: q{number}\n{text.strip().rstrip(';')};\n\n")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), sys.argv[2] if len(sys.argv) == 3 else "1")
