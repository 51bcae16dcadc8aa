//! The size model against real indexes.

use planwise::engine::IndexDefinition;

use super::shop::Shop;

fn definition(table: &str, method: &str, keys: &[&str], include: &[&str]) -> IndexDefinition {
    IndexDefinition {
        include: include.iter().map(|name| (*name).to_owned()).collect(),
        ..IndexDefinition::on("public", table, method, keys)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_are_modelled_within_a_fifth() {
    let Some(shop) = Shop::open().await else { return };
    let grammar = shop.engine().index_grammar().unwrap();
    let mut session = shop.connect(&Shop::options()).await;
    let catalog = session.catalog().await.unwrap();
    let cases = [
        definition("orders", "btree", &["customer_id"], &[]),
        definition("orders", "btree", &["status"], &[]),
        definition("orders", "btree", &["customer_id", "placed_at"], &[]),
        definition("orders", "btree", &["customer_id"], &["total"]),
        definition("orders", "btree", &["tracking"], &[]),
        definition("orders", "btree", &["channel", "status"], &[]),
        definition("orders", "btree", &["total"], &[]),
        definition("orders", "btree", &["comment"], &[]),
        definition("order_line", "btree", &["product_id"], &[]),
        definition("event", "btree", &["account_id"], &[]),
        definition("event", "btree", &["happened_at"], &[]),
        definition("product", "btree", &["name"], &[]),
        definition("customer", "btree", &["country", "city"], &[]),
        definition("customer", "btree", &["email"], &[]),
    ];
    let mut report = String::new();
    for index in &cases {
        shop.command(&grammar.create_now(index, "sized")).await;
        let real = shop.values(&grammar.size_query("public", "sized")).await;
        shop.command(&grammar.drop_now("public", &index.table, "sized")).await;
        let real: f64 = real[0].as_deref().unwrap().parse().unwrap();
        let table = catalog.table(Some("public"), &index.table).unwrap();
        let modelled = grammar.modelled_bytes(index, table, table.rows).unwrap() as f64;
        let ratio = modelled / real;
        if !(0.8..=1.25).contains(&ratio) {
            report.push_str(&format!("\n{:?}: {modelled} for {real} ({ratio:.2})", index.keys));
        }
    }
    assert!(report.is_empty(), "modelled sizes too far off:{report}");
}
