"""TPC-H queries 12 to 22 as packages; each answers the name of its last component."""

from tests.engine.tpch.building import REVENUE, Sheet


def q12(s: Sheet) -> str:
    lines = s.filter(
        s.table("lineitem", "orderkey shipmode commitdate receiptdate shipdate"),
        ("l_shipmode IN ('MAIL', 'SHIP')", "eq", "true"),
        ("l_commitdate", "lt", "l_receiptdate"),
        ("l_shipdate", "lt", "l_commitdate"),
        ("l_receiptdate", "gte", "DATE '1994-01-01'"),
        ("l_receiptdate", "lt", "DATE '1995-01-01'"),
    )
    joined = s.join(s.table("orders", "orderkey orderpriority"), lines, "o_orderkey=l_orderkey")
    urgent = "o_orderpriority IN ('1-URGENT', '2-HIGH')"
    marked = s.add(
        joined, high=f"CASE WHEN {urgent} THEN 1 ELSE 0 END",
        low=f"CASE WHEN {urgent} THEN 0 ELSE 1 END",
    )  # fmt: skip
    grouped = s.aggregate(marked, "l_shipmode", high_count="sum high", low_count="sum low")
    return s.sort(grouped, "l_shipmode")


def q13(s: Sheet) -> str:
    orders = s.filter(
        s.table("orders", "orderkey custkey comment"),
        ("o_comment", "text_matches", "(?s).*special.*requests.*"),
        operator="none",
    )
    joined = s.join(s.table("customer", "custkey"), orders, "c_custkey=o_custkey", how="left")
    each = s.aggregate(joined, "c_custkey", c_count="count o_orderkey")
    return s.sort(s.aggregate(each, "c_count", custdist="count_all"), "-custdist -c_count")


def q14(s: Sheet) -> str:
    lines = s.filter(
        s.table("lineitem", "partkey extendedprice discount shipdate"),
        ("l_shipdate", "gte", "DATE '1995-09-01'"),
        ("l_shipdate", "lt", "DATE '1995-10-01'"),
    )
    joined = s.join(lines, s.table("part", "partkey type"), "l_partkey=p_partkey")
    priced = s.add(
        joined, value=REVENUE,
        promoted=f"CASE WHEN starts_with(p_type, 'PROMO') THEN {REVENUE} ELSE 0 END",
    )  # fmt: skip
    sums = s.aggregate(priced, inside="sum promoted", total="sum value")
    share = "100.00 * cast(inside AS double) / cast(total AS double)"
    return s.select(sums, promo_revenue=share)


def q15(s: Sheet) -> str:
    lines = s.filter(
        s.table("lineitem", "suppkey extendedprice discount shipdate"),
        ("l_shipdate", "gte", "DATE '1996-01-01'"),
        ("l_shipdate", "lt", "DATE '1996-04-01'"),
    )
    revenue = s.aggregate(s.add(lines, value=REVENUE), "l_suppkey", total_revenue="sum value")
    best = s.aggregate(revenue, best="maximum total_revenue")
    top = s.join(revenue, best, "total_revenue=best")
    named = s.join(s.table("supplier", "suppkey name address phone"), top, "s_suppkey=l_suppkey")
    return s.sort(
        s.select(named, "s_suppkey", "s_name", "s_address", "s_phone", "total_revenue"), "s_suppkey"
    )


def q16(s: Sheet) -> str:
    complained = s.filter(
        s.table("supplier", "suppkey comment"),
        ("s_comment", "text_matches", "(?s).*Customer.*Complaints.*"),
    )
    parts = s.filter(
        s.table("part", "partkey brand type size"),
        ("p_brand", "text_not_equals", "Brand#45"),
        ("starts_with(p_type, 'MEDIUM POLISHED')", "eq", "false"),
        ("p_size IN (49, 14, 23, 45, 19, 3, 36, 9)", "eq", "true"),
    )
    offers = s.join(s.table("partsupp", "partkey suppkey"), parts, "ps_partkey=p_partkey")
    marked = s.join(offers, complained, "ps_suppkey=s_suppkey", how="left")
    fine = s.filter(marked, ("s_suppkey IS NULL", "eq", "true"))
    grouped = s.aggregate(fine, "p_brand p_type p_size", supplier_cnt="count_distinct ps_suppkey")
    return s.sort(grouped, "-supplier_cnt p_brand p_type p_size")


def q17(s: Sheet) -> str:
    parts = s.filter(
        s.table("part", "partkey brand container"),
        ("p_brand", "text_equals", "Brand#23"),
        ("p_container", "text_equals", "MED BOX"),
    )
    lines = s.join(
        s.table("lineitem", "partkey quantity extendedprice"), parts, "l_partkey=p_partkey"
    )
    usual = s.select(
        s.aggregate(lines, "p_partkey", mean="average l_quantity"), "mean", part="p_partkey"
    )
    small = s.filter(s.join(lines, usual, "p_partkey=part"), ("l_quantity", "lt", "0.2 * mean"))
    sums = s.aggregate(small, total="sum l_extendedprice")
    return s.select(sums, avg_yearly="cast(total AS double) / 7.0")


def q18(s: Sheet) -> str:
    lines = s.table("lineitem", "orderkey quantity")
    sums = s.aggregate(lines, "l_orderkey", pieces="sum l_quantity")
    large = s.filter(sums, ("pieces", "gt", "300"))
    orders = s.join(
        s.table("orders", "orderkey custkey totalprice orderdate"), large, "o_orderkey=l_orderkey"
    )
    joined = s.join(orders, s.table("customer", "custkey name"), "o_custkey=c_custkey")
    top = s.limit(s.sort(joined, "-o_totalprice o_orderdate"), 100)
    return s.select(
        top, "c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice", "pieces"
    )


def q19(s: Sheet) -> str:
    lines = s.filter(
        s.table("lineitem", "partkey quantity extendedprice discount shipinstruct shipmode"),
        ("l_shipinstruct", "text_equals", "DELIVER IN PERSON"),
        ("l_shipmode IN ('AIR', 'AIR REG')", "eq", "true"),
    )
    joined = s.join(lines, s.table("part", "partkey brand size container"), "l_partkey=p_partkey")
    kinds = [("Brand#12", "SM CASE', 'SM BOX', 'SM PACK', 'SM PKG", 1, 5),
             ("Brand#23", "MED BAG', 'MED BOX', 'MED PKG', 'MED PACK", 10, 10),
             ("Brand#34", "LG CASE', 'LG BOX', 'LG PACK', 'LG PKG", 20, 15)]  # fmt: skip
    chosen = [
        (
            f"p_brand = '{brand}' AND p_container IN ('{containers}') AND l_quantity >= {low}"
            f" AND l_quantity <= {low + 10} AND p_size BETWEEN 1 AND {size}",
            "eq",
            "true",
        )
        for brand, containers, low, size in kinds
    ]
    fitting = s.filter(joined, *chosen, operator="any")
    return s.aggregate(s.add(fitting, value=REVENUE), revenue="sum value")


def q20(s: Sheet) -> str:
    forest = s.where(s.table("part", "partkey name"), "starts_with(p_name, 'forest')")
    lines = s.filter(
        s.table("lineitem", "partkey suppkey quantity shipdate"),
        ("l_shipdate", "gte", "DATE '1994-01-01'"),
        ("l_shipdate", "lt", "DATE '1995-01-01'"),
    )
    sold = s.aggregate(lines, "l_partkey l_suppkey", pieces="sum l_quantity")
    stock = s.join(s.table("partsupp", "partkey suppkey availqty"), forest, "ps_partkey=p_partkey")
    compared = s.join(stock, sold, "ps_partkey=l_partkey", "ps_suppkey=l_suppkey")
    ample = s.filter(compared, ("ps_availqty", "gt", "0.5 * pieces"))
    canadians = s.join(
        s.table("supplier", "suppkey name address nationkey"),
        s.filter(s.table("nation", "nationkey name"), ("n_name", "text_equals", "CANADA")),
        "s_nationkey=n_nationkey",
    )
    found = s.join(canadians, s.distinct(ample, "ps_suppkey"), "s_suppkey=ps_suppkey")
    return s.sort(s.select(found, "s_name", "s_address"), "s_name")


def q21(s: Sheet) -> str:
    """An order with several suppliers, of which only one was late, counts for that one."""
    lines = s.add(
        s.table("lineitem", "orderkey suppkey commitdate receiptdate"),
        late_supplier="CASE WHEN l_receiptdate > l_commitdate THEN l_suppkey END",
    )
    each = s.aggregate(
        lines, "l_orderkey", suppliers="count_distinct l_suppkey",
        late="count_distinct late_supplier",
    )  # fmt: skip
    blocked = s.select(
        s.filter(each, ("suppliers", "gt", "1"), ("late", "eq", "1")), blocked_order="l_orderkey"
    )
    late = s.join(
        s.filter(lines, ("late_supplier IS NULL", "eq", "false")),
        blocked,
        "l_orderkey=blocked_order",
    )
    failed = s.filter(s.table("orders", "orderkey orderstatus"),
                      ("o_orderstatus", "text_equals", "F"))  # fmt: skip
    arabs = s.join(
        s.table("supplier", "suppkey name nationkey"),
        s.filter(s.table("nation", "nationkey name"), ("n_name", "text_equals", "SAUDI ARABIA")),
        "s_nationkey=n_nationkey",
    )
    waiting = s.join(s.join(late, failed, "l_orderkey=o_orderkey"), arabs, "l_suppkey=s_suppkey")
    return s.limit(
        s.sort(s.aggregate(waiting, "s_name", numwait="count_all"), "-numwait s_name"), 100
    )


def q22(s: Sheet) -> str:
    customers = s.where(
        s.add(s.table("customer", "custkey phone acctbal"), code="left(c_phone, 2)"),
        "code IN ('13', '31', '23', '29', '30', '18', '17')",
    )
    usual = s.aggregate(s.filter(customers, ("c_acctbal", "gt", "0.00")), mean="average c_acctbal")
    rich = s.filter(s.cross(customers, usual), ("c_acctbal", "gt", "mean"))
    buyers = s.distinct(s.table("orders", "custkey"), "o_custkey")
    marked = s.join(rich, buyers, "c_custkey=o_custkey", how="left")
    idle = s.filter(marked, ("o_custkey IS NULL", "eq", "true"))
    grouped = s.aggregate(idle, "code", numcust="count_all", totacctbal="sum c_acctbal")
    return s.sort(grouped, "code")
