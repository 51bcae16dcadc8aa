//! Partitioned tables that were never analysed as a whole: automatic analysis only visits their partitions.

use crate::engine::{Catalog, Column};

/// Gives such a table what is known of its largest partition; that part stands for the whole well
/// enough to choose an index by.
pub fn borrow_statistics(catalog: &mut Catalog) {
    let borrowed: Vec<(usize, Vec<Column>)> = catalog
        .tables
        .iter()
        .enumerate()
        .filter(|(_, table)| table.is_partitioned() && !is_known(&table.columns))
        .filter_map(|(position, table)| {
            let parts = catalog.tables.iter().filter(|part| {
                part.partition_of.is_some()
                    && std::ptr::eq(catalog.whole(part), table)
                    && is_known(&part.columns)
            });
            let largest = parts.max_by(|a, b| a.rows.total_cmp(&b.rows))?;
            Some((position, largest.columns.clone()))
        })
        .collect();
    for (position, columns) in borrowed {
        for column in &mut catalog.tables[position].columns {
            if let Some(known) = columns.iter().find(|known| known.name == column.name) {
                let own = column.clone();
                let (not_null, generated) = (own.not_null, own.generated);
                *column = Column { not_null, generated, collation: own.collation, ..known.clone() };
            }
        }
    }
}

fn is_known(columns: &[Column]) -> bool {
    columns.iter().any(|column| column.null_fraction.is_some())
}
