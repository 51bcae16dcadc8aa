use super::*;
use crate::engine::{Column, Table};

fn table(name: &str, columns: &[&str]) -> Table {
    let column = |name: &&str| Column {
        name: (*name).to_owned(),
        data_type: "int".to_owned(),
        not_null: true,
        generated: false,
        distinct: None,
        null_fraction: None,
        average_width: None,
        correlation: None,
        common_values: Vec::new(),
        collation: None,
    };
    Table {
        schema: "shop".to_owned(),
        name: name.to_owned(),
        kind: "table".to_owned(),
        partition_of: None,
        rows: 1e6,
        pages: 10_000,
        bytes: 0,
        visible_fraction: None,
        columns: columns.iter().map(column).collect(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        statistics: Default::default(),
        activity: Default::default(),
        storage: None,
        triggers: Vec::new(),
    }
}

fn shop() -> Catalog {
    Catalog {
        tables: vec![
            table("orders", &["id", "customer_id", "status", "placed_at", "total"]),
            table("customer", &["id", "name", "city"]),
        ],
        search_path: vec!["shop".to_owned()],
        ..Catalog::default()
    }
}

fn read(sql: &str) -> Vec<Reading> {
    of(sql, &shop()).unwrap_or_else(|| panic!("{sql}"))
}

fn needed(reading: &Reading) -> String {
    let names = reading.needed.as_ref().map(|names| names.iter().cloned().collect::<Vec<_>>());
    names.map_or("all".to_owned(), |names| names.join(","))
}

#[test]
fn unqualified_names_find_their_table() {
    let found = read(
        "SELECT name, SUM(total) FROM orders o JOIN customer c ON c.id = customer_id \
         WHERE status = 'open' AND o.placed_at > ? GROUP BY name ORDER BY 2",
    );
    let [orders, customer] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((orders.alias.as_str(), orders.table.as_str()), ("o", "orders"));
    assert_eq!(
        orders.conditions,
        ["`o`.`status` = 'open'", "`o`.`placed_at` > ?", "`c`.`id` = `o`.`customer_id`"]
    );
    assert_eq!(needed(orders), "customer_id,placed_at,status,total");
    assert!(orders.orders.is_empty());
    assert_eq!(customer.orders, [["`c`.`name`"]]);
}

#[test]
fn orders_are_those_of_one_table_from_the_beginning() {
    let orders = |sql: &str| read(sql).remove(0).orders;
    assert_eq!(
        orders("SELECT id AS n FROM orders ORDER BY placed_at DESC, n LIMIT 5"),
        [["`orders`.`placed_at` DESC", "`orders`.`id`"]]
    );
    assert_eq!(
        orders("SELECT MAX(placed_at) FROM orders WHERE status = 1"),
        [["`orders`.`placed_at`"]]
    );
    assert_eq!(orders("SELECT DISTINCT status FROM orders"), [["`orders`.`status`"]]);
    assert_eq!(orders("SELECT COUNT(*) FROM orders ORDER BY 1"), Vec::<Vec<String>>::new());
}

#[test]
fn sub_selects_are_parts_of_their_own_and_know_what_is_around_them() {
    let found = read(
        "SELECT name FROM customer c WHERE EXISTS (SELECT 1 FROM orders WHERE customer_id = c.id AND status = 2)",
    );
    assert_eq!(found.len(), 2);
    let inner = found.iter().find(|reading| reading.table == "orders").unwrap();
    assert_eq!(inner.conditions, ["`orders`.`customer_id` = `c`.`id`", "`orders`.`status` = 2"]);
    let found =
        read("SELECT * FROM customer WHERE id IN (SELECT customer_id FROM orders WHERE total > 5)");
    let join = "`orders`.`customer_id` = `customer`.`id`".to_owned();
    assert!(found.iter().all(|reading| reading.conditions.contains(&join)), "{found:?}");
    assert_eq!(needed(&found[0]), "all");
}

#[test]
fn common_tables_are_no_tables_and_what_is_in_them_is() {
    let found = read(
        "WITH orders AS (SELECT * FROM customer WHERE city = 1) SELECT * FROM orders WHERE status = 1",
    );
    assert_eq!(found.iter().map(|r| r.table.as_str()).collect::<Vec<_>>(), ["customer"]);
}

#[test]
fn changes_read_whole_rows() {
    let found =
        read("UPDATE orders SET total = 0 WHERE customer_id = 7 ORDER BY placed_at LIMIT 3");
    assert_eq!(found[0].conditions, ["`orders`.`customer_id` = 7"]);
    assert_eq!((found[0].orders.len(), needed(&found[0])), (1, "all".to_owned()));
    assert_eq!(
        read("DELETE FROM orders WHERE status = 1")[0].conditions,
        ["`orders`.`status` = 1"]
    );
    assert!(of("BEGIN; COMMIT", &shop()).is_none());
}

#[test]
fn using_equates_the_columns_of_both() {
    let found = read("SELECT name FROM customer JOIN orders USING (id) WHERE city = 3");
    assert!(found[1].conditions.contains(&"`customer`.`id` = `orders`.`id`".to_owned()));
    assert!(needed(&found[1]).contains("id"));
}
