//! Medians over nights, with the places where the level changed.

use anyhow::Result;

use super::canvas::{Align, Canvas, Ink, Point, draw};
use super::scale::LogScale;
use crate::report::format;

const SIZE: (u32, u32) = (900, 170);
const LEFT: f64 = 74.0;
const RIGHT: f64 = 890.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 140.0;

/// What is drawn for one night.
#[derive(Debug, Clone)]
pub struct Night {
    pub median_ms: f64,
    /// `2026-11-22`.
    pub date: String,
    /// The gate called it bad.
    pub bad: bool,
}

/// `changes` are positions of the first night on a new level. `None` for fewer than two nights.
pub fn trend(name: &str, nights: &[Night], changes: &[usize]) -> Result<Option<String>> {
    let values = nights.iter().map(|night| night.median_ms);
    let scale = LogScale::spanning(values, BOTTOM, TOP);
    let Some(scale) = scale.filter(|_| nights.len() >= 2) else { return Ok(None) };
    let x = |position: f64| LEFT + (RIGHT - LEFT) * position / (nights.len() - 1) as f64;
    let label = format!("Median of {name} over {} runs", nights.len());
    let svg = draw(SIZE, &label, |canvas| {
        axes(canvas, &scale, nights)?;
        for change in changes {
            let at = x(*change as f64 - 0.5);
            canvas.line((at, TOP), (at, BOTTOM), Ink::Bad, 2)?;
        }
        let point = |(i, night): (usize, &Night)| (x(i as f64), scale.at(night.median_ms));
        let points: Vec<Point> = nights.iter().enumerate().map(point).collect();
        canvas.path(&points, Ink::After, 2)?;
        for (at, night) in points.iter().zip(nights) {
            canvas.dot(*at, 3, if night.bad { Ink::Bad } else { Ink::After })?;
        }
        Ok(())
    })?;
    Ok(Some(svg))
}

fn axes(canvas: &Canvas, scale: &LogScale, nights: &[Night]) -> Result<()> {
    for tick in scale.ticks(5) {
        let y = scale.at(tick);
        canvas.line((LEFT, y), (RIGHT, y), Ink::Grid, 1)?;
        canvas.text(&format::millis(tick), (LEFT - 8.0, y), Ink::Muted, 13, Align::Right)?;
    }
    if let (Some(first), Some(last)) = (nights.first(), nights.last()) {
        canvas.text(&first.date, (LEFT, BOTTOM + 18.0), Ink::Muted, 13, Align::Left)?;
        canvas.text(&last.date, (RIGHT, BOTTOM + 18.0), Ink::Muted, 13, Align::Right)?;
    }
    Ok(())
}
