//! Which review a pair of engines calls for.

use super::{columns, objects, upgrade};
use crate::engine::migration::{Destination, Inventory, Point};
use crate::engine::{ServerInfo, Setting};

pub fn review(
    server: &ServerInfo,
    settings: &[Setting],
    inventory: &Inventory,
    to: &Destination,
) -> Option<Vec<Point>> {
    let mut points = match to.engine.as_str() {
        "postgres" => {
            let mut points = columns::review(inventory);
            points.extend(objects::review(settings, inventory));
            points
        }
        "mysql" | "mariadb" => upgrade::review(server, settings, inventory, to),
        _ => return None,
    };
    points.sort_by(|a, b| (a.severity, &a.id, &a.object).cmp(&(b.severity, &b.id, &b.object)));
    points.dedup();
    Some(points)
}
