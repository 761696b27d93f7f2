//! The queries as the specification writes them, with its validation parameters and this suite's names. Only what SQLite and
//! MariaDB write differently is filled in.

use crate::harness::Backend;

/// The SQL of a query.
pub(super) fn sql(number: usize, backend: Backend) -> String {
    let year = |column: &str| {
        backend.either(
            format!("CAST(strftime('%Y', {column}) AS INTEGER)"),
            format!("EXTRACT(YEAR FROM {column})"),
        )
    };
    let float = |column: &str| backend.either(format!("CAST({column} AS REAL)"), format!("({column} * 1E0)"));
    QUERIES[number - 1]
        .replace("{year of shipped}", &year("l.shipped"))
        .replace("{year of order}", &year("o.day"))
        .replace("{quantity}", &float("quantity"))
        .replace("{quantity of l2}", &float("l2.quantity"))
        .replace("{LIKE}", &backend.either("GLOB".to_owned(), "LIKE".to_owned()))
        .replace("{any}", &backend.either("*".to_owned(), "%".to_owned()))
}

const QUERIES: [&str; 22] = [
    "SELECT return_flag, status, SUM(quantity), SUM(price), SUM(price * (1 - discount)), \
     SUM(price * (1 - discount) * (1 + tax)), AVG({quantity}), AVG(price), AVG(discount), COUNT(*) \
     FROM line_item WHERE shipped <= '1998-09-02' GROUP BY return_flag, status ORDER BY return_flag, status",
    "SELECT s.balance, s.name, n.name, p.id, p.manufacturer, s.address, s.phone, s.comment \
     FROM part p, supplier s, part_supplier ps, nation n, region r \
     WHERE p.id = ps.part_id AND s.id = ps.supplier_id AND p.size = 15 AND p.kind {LIKE} '{any}BRASS' \
     AND s.nation_id = n.id AND n.region_id = r.id AND r.name = 'EUROPE' AND ps.cost = ( \
       SELECT MIN(ps2.cost) FROM part_supplier ps2, supplier s2, nation n2, region r2 \
       WHERE p.id = ps2.part_id AND s2.id = ps2.supplier_id AND s2.nation_id = n2.id AND n2.region_id = r2.id \
       AND r2.name = 'EUROPE') \
     ORDER BY s.balance DESC, n.name, s.name, p.id LIMIT 100",
    "SELECT l.order_id, SUM(l.price * (1 - l.discount)) AS revenue, o.day, o.ship_priority \
     FROM customer c, orders o, line_item l \
     WHERE c.segment = 'BUILDING' AND c.id = o.customer_id AND l.order_id = o.id AND o.day < '1995-03-15' \
     AND l.shipped > '1995-03-15' GROUP BY l.order_id, o.day, o.ship_priority ORDER BY revenue DESC, o.day LIMIT 10",
    "SELECT priority, COUNT(*) FROM orders o WHERE day >= '1993-07-01' AND day < '1993-10-01' AND EXISTS ( \
       SELECT * FROM line_item l WHERE l.order_id = o.id AND l.committed < l.received) \
     GROUP BY priority ORDER BY priority",
    "SELECT n.name, SUM(l.price * (1 - l.discount)) AS revenue \
     FROM customer c, orders o, line_item l, supplier s, nation n, region r \
     WHERE c.id = o.customer_id AND l.order_id = o.id AND l.supplier_id = s.id AND c.nation_id = s.nation_id \
     AND s.nation_id = n.id AND n.region_id = r.id AND r.name = 'ASIA' AND o.day >= '1994-01-01' \
     AND o.day < '1995-01-01' GROUP BY n.name ORDER BY revenue DESC",
    "SELECT SUM(price * discount) FROM line_item WHERE shipped >= '1994-01-01' AND shipped < '1995-01-01' \
     AND discount BETWEEN 0.05 AND 0.07 AND quantity < 24",
    "SELECT seller, buyer, y, SUM(volume) FROM ( \
       SELECT n1.name AS seller, n2.name AS buyer, {year of shipped} AS y, l.price * (1 - l.discount) AS volume \
       FROM supplier s, line_item l, orders o, customer c, nation n1, nation n2 \
       WHERE s.id = l.supplier_id AND o.id = l.order_id AND c.id = o.customer_id AND s.nation_id = n1.id \
       AND c.nation_id = n2.id AND ((n1.name = 'FRANCE' AND n2.name = 'GERMANY') \
         OR (n1.name = 'GERMANY' AND n2.name = 'FRANCE')) \
       AND l.shipped BETWEEN '1995-01-01' AND '1996-12-31') AS shipping \
     GROUP BY seller, buyer, y ORDER BY seller, buyer, y",
    "SELECT y, SUM(CASE WHEN nation = 'BRAZIL' THEN volume ELSE 0 END) / SUM(volume) FROM ( \
       SELECT {year of order} AS y, l.price * (1 - l.discount) AS volume, n2.name AS nation \
       FROM part p, supplier s, line_item l, orders o, customer c, nation n1, nation n2, region r \
       WHERE p.id = l.part_id AND s.id = l.supplier_id AND l.order_id = o.id AND o.customer_id = c.id \
       AND c.nation_id = n1.id AND n1.region_id = r.id AND r.name = 'AMERICA' AND s.nation_id = n2.id \
       AND o.day BETWEEN '1995-01-01' AND '1996-12-31' AND p.kind = 'ECONOMY ANODIZED STEEL') AS all_nations \
     GROUP BY y ORDER BY y",
    "SELECT nation, y, SUM(amount) FROM ( \
       SELECT n.name AS nation, {year of order} AS y, \
       l.price * (1 - l.discount) - ps.cost * l.quantity AS amount \
       FROM part p, supplier s, line_item l, part_supplier ps, orders o, nation n \
       WHERE s.id = l.supplier_id AND ps.supplier_id = l.supplier_id AND ps.part_id = l.part_id \
       AND p.id = l.part_id AND o.id = l.order_id AND s.nation_id = n.id AND p.name {LIKE} '{any}green{any}') AS profit \
     GROUP BY nation, y ORDER BY nation, y DESC",
    "SELECT c.id, c.name, SUM(l.price * (1 - l.discount)) AS revenue, c.balance, n.name, c.address, c.phone, c.comment \
     FROM customer c, orders o, line_item l, nation n \
     WHERE c.id = o.customer_id AND l.order_id = o.id AND o.day >= '1993-10-01' AND o.day < '1994-01-01' \
     AND l.return_flag = 'R' AND c.nation_id = n.id \
     GROUP BY c.id, c.name, c.balance, c.phone, n.name, c.address, c.comment ORDER BY revenue DESC LIMIT 20",
    "SELECT ps.part_id, SUM(ps.cost * ps.available) AS worth FROM part_supplier ps, supplier s, nation n \
     WHERE ps.supplier_id = s.id AND s.nation_id = n.id AND n.name = 'GERMANY' GROUP BY ps.part_id \
     HAVING SUM(ps.cost * ps.available) > ( \
       SELECT SUM(ps2.cost * ps2.available) * 0.01 FROM part_supplier ps2, supplier s2, nation n2 \
       WHERE ps2.supplier_id = s2.id AND s2.nation_id = n2.id AND n2.name = 'GERMANY') ORDER BY worth DESC",
    "SELECT l.mode, SUM(CASE WHEN o.priority = '1-URGENT' OR o.priority = '2-HIGH' THEN 1 ELSE 0 END), \
     SUM(CASE WHEN o.priority <> '1-URGENT' AND o.priority <> '2-HIGH' THEN 1 ELSE 0 END) \
     FROM orders o, line_item l WHERE o.id = l.order_id AND l.mode IN ('MAIL', 'SHIP') \
     AND l.committed < l.received AND l.shipped < l.committed AND l.received >= '1994-01-01' \
     AND l.received < '1995-01-01' GROUP BY l.mode ORDER BY l.mode",
    "SELECT orders_of, COUNT(*) AS customers FROM ( \
       SELECT c.id, COUNT(o.id) AS orders_of FROM customer c LEFT OUTER JOIN orders o \
       ON c.id = o.customer_id AND o.comment NOT {LIKE} '{any}special{any}requests{any}' GROUP BY c.id) AS counted \
     GROUP BY orders_of ORDER BY customers DESC, orders_of DESC",
    "SELECT 100.00 * SUM(CASE WHEN p.kind {LIKE} 'PROMO{any}' THEN l.price * (1 - l.discount) ELSE 0 END) \
     / SUM(l.price * (1 - l.discount)) FROM line_item l, part p \
     WHERE l.part_id = p.id AND l.shipped >= '1995-09-01' AND l.shipped < '1995-10-01'",
    "WITH earned (supplier, total) AS ( \
       SELECT supplier_id, SUM(price * (1 - discount)) FROM line_item \
       WHERE shipped >= '1996-01-01' AND shipped < '1996-04-01' GROUP BY supplier_id) \
     SELECT s.id, s.name, s.address, s.phone, total FROM supplier s, earned \
     WHERE s.id = supplier AND total = (SELECT MAX(total) FROM earned) ORDER BY s.id",
    "SELECT p.brand, p.kind, p.size, COUNT(DISTINCT ps.supplier_id) AS suppliers FROM part_supplier ps, part p \
     WHERE p.id = ps.part_id AND p.brand <> 'Brand#45' AND p.kind NOT {LIKE} 'MEDIUM POLISHED{any}' \
     AND p.size IN (49, 14, 23, 45, 19, 3, 36, 9) AND ps.supplier_id NOT IN ( \
       SELECT id FROM supplier WHERE comment {LIKE} '{any}Customer{any}Complaints{any}') \
     GROUP BY p.brand, p.kind, p.size ORDER BY suppliers DESC, p.brand, p.kind, p.size",
    "SELECT SUM(l.price) / 7.0 FROM line_item l, part p WHERE p.id = l.part_id AND p.brand = 'Brand#23' \
     AND p.container = 'MED BOX' AND l.quantity < ( \
       SELECT 0.2 * AVG({quantity of l2}) FROM line_item l2 WHERE l2.part_id = p.id)",
    "SELECT c.name, c.id, o.id, o.day, o.total, SUM(l.quantity) FROM customer c, orders o, line_item l \
     WHERE o.id IN (SELECT order_id FROM line_item GROUP BY order_id HAVING SUM(quantity) > 250) \
     AND c.id = o.customer_id AND o.id = l.order_id GROUP BY c.name, c.id, o.id, o.day, o.total \
     ORDER BY o.total DESC, o.day LIMIT 100",
    "SELECT SUM(l.price * (1 - l.discount)) FROM line_item l, part p WHERE p.id = l.part_id \
     AND l.mode IN ('AIR', 'AIR REG') AND l.instructions = 'DELIVER IN PERSON' AND ( \
       (p.brand = 'Brand#12' AND p.container IN ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG') \
         AND l.quantity >= 1 AND l.quantity <= 11 AND p.size BETWEEN 1 AND 5) \
       OR (p.brand = 'Brand#23' AND p.container IN ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK') \
         AND l.quantity >= 10 AND l.quantity <= 20 AND p.size BETWEEN 1 AND 10) \
       OR (p.brand = 'Brand#34' AND p.container IN ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG') \
         AND l.quantity >= 20 AND l.quantity <= 30 AND p.size BETWEEN 1 AND 15))",
    "SELECT s.name, s.address FROM supplier s, nation n WHERE s.id IN ( \
       SELECT ps.supplier_id FROM part_supplier ps WHERE ps.part_id IN ( \
         SELECT id FROM part WHERE name {LIKE} 'forest{any}') \
       AND ps.available > (SELECT 0.5 * SUM(l.quantity) FROM line_item l WHERE l.part_id = ps.part_id \
         AND l.supplier_id = ps.supplier_id AND l.shipped >= '1994-01-01' AND l.shipped < '1995-01-01')) \
     AND s.nation_id = n.id AND n.name = 'CANADA' ORDER BY s.name",
    "SELECT s.name, COUNT(*) AS waiting FROM supplier s, line_item l1, orders o, nation n \
     WHERE s.id = l1.supplier_id AND o.id = l1.order_id AND o.status = 'F' AND l1.received > l1.committed \
     AND EXISTS (SELECT * FROM line_item l2 WHERE l2.order_id = l1.order_id AND l2.supplier_id <> l1.supplier_id) \
     AND NOT EXISTS (SELECT * FROM line_item l3 WHERE l3.order_id = l1.order_id \
       AND l3.supplier_id <> l1.supplier_id AND l3.received > l3.committed) \
     AND s.nation_id = n.id AND n.name = 'SAUDI ARABIA' GROUP BY s.name ORDER BY waiting DESC, s.name LIMIT 100",
    "SELECT code, COUNT(*), SUM(balance) FROM ( \
       SELECT SUBSTR(c.phone, 1, 2) AS code, c.balance FROM customer c \
       WHERE SUBSTR(c.phone, 1, 2) IN ('13', '31', '23', '29', '30', '18', '17') AND c.balance > ( \
         SELECT AVG(balance) FROM customer WHERE balance > 0.00 \
         AND SUBSTR(phone, 1, 2) IN ('13', '31', '23', '29', '30', '18', '17')) \
       AND NOT EXISTS (SELECT * FROM orders o WHERE o.customer_id = c.id)) AS customers \
     GROUP BY code ORDER BY code",
];
