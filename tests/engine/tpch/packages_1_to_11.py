"""TPC-H queries 1 to 11 as packages; each answers the name of its last component."""

from tests.engine.tpch.building import REVENUE, Sheet


def q1(s: Sheet) -> str:
    lines = s.filter(
        s.table("lineitem", "quantity extendedprice discount tax returnflag linestatus shipdate"),
        ("l_shipdate", "lte", "DATE '1998-09-02'"),
    )
    priced = s.add(lines, price=REVENUE, charge=f"{REVENUE} * (1 + l_tax)")
    grouped = s.aggregate(
        priced, "l_returnflag l_linestatus", sum_qty="sum l_quantity",
        sum_base="sum l_extendedprice", sum_price="sum price", sum_charge="sum charge",
        avg_qty="average l_quantity", avg_price="average l_extendedprice",
        avg_disc="average l_discount", count_order="count_all",
    )  # fmt: skip
    return s.sort(grouped, "l_returnflag l_linestatus")


def q2(s: Sheet) -> str:
    parts = s.filter(
        s.table("part", "partkey mfgr size type"),
        ("p_size", "eq", "15"),
        ("ends_with(p_type, 'BRASS')", "eq", "true"),
    )
    nations = s.join(
        s.table("nation", "nationkey name regionkey"),
        s.filter(s.table("region", "regionkey name"), ("r_name", "text_equals", "EUROPE")),
        "n_regionkey=r_regionkey",
    )
    suppliers = s.join(
        s.table("supplier", "suppkey name address nationkey phone acctbal comment"),
        nations,
        "s_nationkey=n_nationkey",
    )
    offers = s.join(
        s.join(s.table("partsupp", "partkey suppkey supplycost"), parts, "ps_partkey=p_partkey"),
        suppliers,
        "ps_suppkey=s_suppkey",
    )
    cheapest = s.select(
        s.aggregate(offers, "p_partkey", lowest="minimum ps_supplycost"), "lowest", part="p_partkey"
    )
    best = s.join(offers, cheapest, "p_partkey=part", "ps_supplycost=lowest")
    chosen = s.select(
        best, "s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone",
        "s_comment",
    )  # fmt: skip
    return s.limit(s.sort(chosen, "-s_acctbal n_name s_name p_partkey"), 100)


def q3(s: Sheet) -> str:
    buyers = s.filter(
        s.table("customer", "custkey mktsegment"), ("c_mktsegment", "text_equals", "BUILDING")
    )
    orders = s.filter(
        s.table("orders", "orderkey custkey orderdate shippriority"),
        ("o_orderdate", "lt", "DATE '1995-03-15'"),
    )
    lines = s.filter(
        s.table("lineitem", "orderkey extendedprice discount shipdate"),
        ("l_shipdate", "gt", "DATE '1995-03-15'"),
    )
    joined = s.join(lines, s.join(orders, buyers, "o_custkey=c_custkey"), "l_orderkey=o_orderkey")
    grouped = s.aggregate(
        s.add(joined, value=REVENUE), "l_orderkey o_orderdate o_shippriority", revenue="sum value"
    )
    top = s.limit(s.sort(grouped, "-revenue o_orderdate"), 10)
    return s.select(top, "l_orderkey", "revenue", "o_orderdate", "o_shippriority")


def q4(s: Sheet) -> str:
    late = s.filter(
        s.table("lineitem", "orderkey commitdate receiptdate"),
        ("l_commitdate", "lt", "l_receiptdate"),
    )
    orders = s.filter(
        s.table("orders", "orderkey orderdate orderpriority"),
        ("o_orderdate", "gte", "DATE '1993-07-01'"),
        ("o_orderdate", "lt", "DATE '1993-10-01'"),
    )
    joined = s.join(orders, s.distinct(late, "l_orderkey"), "o_orderkey=l_orderkey")
    return s.sort(s.aggregate(joined, "o_orderpriority", count="count_all"), "o_orderpriority")


def q5(s: Sheet) -> str:
    nations = s.join(
        s.table("nation", "nationkey name regionkey"),
        s.filter(s.table("region", "regionkey name"), ("r_name", "text_equals", "ASIA")),
        "n_regionkey=r_regionkey",
    )
    orders = s.filter(
        s.table("orders", "orderkey custkey orderdate"),
        ("o_orderdate", "gte", "DATE '1994-01-01'"),
        ("o_orderdate", "lt", "DATE '1995-01-01'"),
    )
    bought = s.join(orders, s.table("customer", "custkey nationkey"), "o_custkey=c_custkey")
    lines = s.join(
        s.table("lineitem", "orderkey suppkey extendedprice discount"),
        bought,
        "l_orderkey=o_orderkey",
    )
    suppliers = s.join(s.table("supplier", "suppkey nationkey"), nations, "s_nationkey=n_nationkey")
    local = s.join(lines, suppliers, "l_suppkey=s_suppkey", "c_nationkey=s_nationkey")
    grouped = s.aggregate(s.add(local, value=REVENUE), "n_name", revenue="sum value")
    return s.sort(grouped, "-revenue")


def q6(s: Sheet) -> str:
    lines = s.filter(
        s.table("lineitem", "quantity extendedprice discount shipdate"),
        ("l_shipdate", "gte", "DATE '1994-01-01'"),
        ("l_shipdate", "lt", "DATE '1995-01-01'"),
        ("l_discount BETWEEN 0.05 AND 0.07", "eq", "true"),
        ("l_quantity", "lt", "24"),
    )
    return s.aggregate(s.add(lines, value="l_extendedprice * l_discount"), revenue="sum value")


def q7(s: Sheet) -> str:
    nations = s.filter(
        s.table("nation", "nationkey name"),
        ("n_name", "text_equals", "FRANCE"),
        ("n_name", "text_equals", "GERMANY"),
        operator="any",
    )
    sellers = s.select(nations, seller_key="n_nationkey", supp_nation="n_name")
    buyers = s.select(nations, buyer_key="n_nationkey", cust_nation="n_name")
    suppliers = s.join(s.table("supplier", "suppkey nationkey"), sellers, "s_nationkey=seller_key")
    customers = s.join(s.table("customer", "custkey nationkey"), buyers, "c_nationkey=buyer_key")
    orders = s.join(s.table("orders", "orderkey custkey"), customers, "o_custkey=c_custkey")
    lines = s.filter(
        s.table("lineitem", "orderkey suppkey extendedprice discount shipdate"),
        ("l_shipdate", "gte", "DATE '1995-01-01'"),
        ("l_shipdate", "lte", "DATE '1996-12-31'"),
    )
    joined = s.join(
        s.join(lines, suppliers, "l_suppkey=s_suppkey"), orders, "l_orderkey=o_orderkey"
    )
    abroad = s.filter(joined, ("supp_nation", "ne", "cust_nation"))
    priced = s.add(abroad, l_year="year(l_shipdate)", volume=REVENUE)
    grouped = s.aggregate(priced, "supp_nation cust_nation l_year", revenue="sum volume")
    return s.sort(grouped, "supp_nation cust_nation l_year")


def q8(s: Sheet) -> str:
    parts = s.filter(
        s.table("part", "partkey type"), ("p_type", "text_equals", "ECONOMY ANODIZED STEEL")
    )
    orders = s.filter(
        s.table("orders", "orderkey custkey orderdate"),
        ("o_orderdate", "gte", "DATE '1995-01-01'"),
        ("o_orderdate", "lte", "DATE '1996-12-31'"),
    )
    nations = s.table("nation", "nationkey name regionkey")
    american = s.join(
        nations,
        s.filter(s.table("region", "regionkey name"), ("r_name", "text_equals", "AMERICA")),
        "n_regionkey=r_regionkey",
    )
    buyers = s.join(
        s.table("customer", "custkey nationkey"),
        s.select(american, buyer_nation="n_nationkey"),
        "c_nationkey=buyer_nation",
    )
    sellers = s.join(
        s.table("supplier", "suppkey nationkey"),
        s.select(nations, seller_nation="n_nationkey", nation="n_name"),
        "s_nationkey=seller_nation",
    )
    lines = s.join(
        s.table("lineitem", "orderkey partkey suppkey extendedprice discount"),
        parts,
        "l_partkey=p_partkey",
    )
    sold = s.join(
        s.join(lines, s.join(orders, buyers, "o_custkey=c_custkey"), "l_orderkey=o_orderkey"),
        sellers,
        "l_suppkey=s_suppkey",
    )
    priced = s.add(
        sold, o_year="year(o_orderdate)", volume=REVENUE,
        brazil=f"CASE WHEN nation = 'BRAZIL' THEN {REVENUE} ELSE 0 END",
    )  # fmt: skip
    grouped = s.aggregate(priced, "o_year", inside="sum brazil", total="sum volume")
    shares = s.select(grouped, "o_year", mkt_share="cast(inside AS double) / cast(total AS double)")
    return s.sort(shares, "o_year")


def q9(s: Sheet) -> str:
    parts = s.where(s.table("part", "partkey name"), "contains(p_name, 'green')")
    lines = s.join(
        s.table("lineitem", "orderkey partkey suppkey quantity extendedprice discount"),
        parts,
        "l_partkey=p_partkey",
    )
    costed = s.join(
        lines,
        s.table("partsupp", "partkey suppkey supplycost"),
        "l_suppkey=ps_suppkey",
        "l_partkey=ps_partkey",
    )
    sellers = s.join(
        s.table("supplier", "suppkey nationkey"),
        s.table("nation", "nationkey name"),
        "s_nationkey=n_nationkey",
    )
    sold = s.join(
        s.join(costed, sellers, "l_suppkey=s_suppkey"),
        s.table("orders", "orderkey orderdate"),
        "l_orderkey=o_orderkey",
    )
    profit = s.select(
        sold, nation="n_name", o_year="year(o_orderdate)",
        amount=f"{REVENUE} - ps_supplycost * l_quantity",
    )  # fmt: skip
    grouped = s.aggregate(profit, "nation o_year", sum_profit="sum amount")
    return s.sort(grouped, "nation -o_year")


def q10(s: Sheet) -> str:
    orders = s.filter(
        s.table("orders", "orderkey custkey orderdate"),
        ("o_orderdate", "gte", "DATE '1993-10-01'"),
        ("o_orderdate", "lt", "DATE '1994-01-01'"),
    )
    returned = s.filter(
        s.table("lineitem", "orderkey extendedprice discount returnflag"),
        ("l_returnflag", "text_equals", "R"),
    )
    customers = s.join(
        s.table("customer", "custkey name address nationkey phone acctbal comment"),
        s.table("nation", "nationkey name"),
        "c_nationkey=n_nationkey",
    )
    joined = s.join(
        s.join(returned, orders, "l_orderkey=o_orderkey"), customers, "o_custkey=c_custkey"
    )
    grouped = s.aggregate(
        s.add(joined, value=REVENUE),
        "c_custkey c_name c_acctbal c_phone n_name c_address c_comment",
        revenue="sum value",
    )
    top = s.limit(s.sort(grouped, "-revenue"), 20)
    return s.select(
        top, "c_custkey", "c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone",
        "c_comment",
    )  # fmt: skip


def q11(s: Sheet) -> str:
    germans = s.join(
        s.table("supplier", "suppkey nationkey"),
        s.filter(s.table("nation", "nationkey name"), ("n_name", "text_equals", "GERMANY")),
        "s_nationkey=n_nationkey",
    )
    stock = s.join(
        s.table("partsupp", "partkey suppkey availqty supplycost"), germans, "ps_suppkey=s_suppkey"
    )
    priced = s.add(stock, cost="ps_supplycost * ps_availqty")
    total = s.aggregate(priced, whole="sum cost")
    each = s.aggregate(priced, "ps_partkey", value="sum cost")
    large = s.filter(s.cross(each, total), ("value", "gt", "whole * 0.001"))
    return s.select(s.sort(large, "-value"), "ps_partkey", "value")
