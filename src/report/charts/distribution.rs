//! How the executions of one query are spread: a histogram and a percentile curve.

use anyhow::Result;

use super::canvas::{Align, Canvas, Ink, Point, draw};
use super::scale::LogScale;
use crate::report::format;
use crate::stats::{Histogram, Latency};

const SIZE: (u32, u32) = (420, 190);
const LEFT: f64 = 14.0;
const RIGHT: f64 = 406.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 164.0;
/// Bars of a histogram: enough to show two humps, few enough to stay smooth at fifty executions.
const BARS: usize = 48;
/// Executions below which a shape means nothing.
const FEWEST: u64 = 5;

struct Series {
    name: &'static str,
    ink: Ink,
    counts: Histogram,
}

fn series(latencies: &[(&'static str, Latency)]) -> Vec<Series> {
    let decoded = latencies.iter().filter(|(_, l)| l.count >= FEWEST).filter_map(|(name, l)| {
        let ink = if *name == "after" { Ink::After } else { Ink::Before };
        Some(Series { name, ink, counts: l.histogram().ok()? })
    });
    decoded.collect()
}

/// Executions by time, on a logarithmic axis. `None` with too few of them.
pub fn histogram(latencies: &[(&'static str, Latency)]) -> Result<Option<String>> {
    let series = series(latencies);
    let ends = series.iter().flat_map(|s| [s.counts.min_ms(), s.counts.max_ms()]);
    let Some(scale) = LogScale::spanning(ends, LEFT, RIGHT) else { return Ok(None) };
    let svg = draw(SIZE, &label("How often each time occurred", latencies), |canvas| {
        time_axis(canvas, &scale)?;
        legend(canvas, "executions by time", &series)?;
        series.iter().try_for_each(|s| bars(canvas, &scale, s))
    })?;
    Ok(Some(svg))
}

fn time_axis(canvas: &Canvas, scale: &LogScale) -> Result<()> {
    for tick in scale.ticks(5) {
        let x = scale.at(tick);
        canvas.line((x, TOP), (x, BOTTOM), Ink::Grid, 1)?;
        canvas.text(&format::millis(tick), (x, BOTTOM + 14.0), Ink::Muted, 12, Align::Middle)?;
    }
    canvas.line((LEFT, BOTTOM), (RIGHT, BOTTOM), Ink::Grid, 1)
}

/// Each series fills the height on its own: shapes are compared, not numbers of executions.
fn bars(canvas: &Canvas, scale: &LogScale, series: &Series) -> Result<()> {
    let mut heights = [0u64; BARS];
    for (ms, count) in series.counts.buckets() {
        let share = (scale.at(ms) - LEFT) / (RIGHT - LEFT);
        heights[((share * BARS as f64) as usize).min(BARS - 1)] += count;
    }
    let highest = heights.iter().copied().max().unwrap_or(1).max(1) as f64;
    let width = (RIGHT - LEFT) / BARS as f64;
    for (index, count) in heights.iter().enumerate().filter(|(_, count)| **count > 0) {
        let left = LEFT + index as f64 * width;
        let top = BOTTOM - (BOTTOM - TOP) * *count as f64 / highest;
        canvas.rect((left, top), (left + width - 1.0, BOTTOM), series.ink, 0.6)?;
    }
    Ok(())
}

/// Time by percentile: the further right, the rarer. `None` with too few executions.
pub fn percentiles(latencies: &[(&'static str, Latency)]) -> Result<Option<String>> {
    let series = series(latencies);
    let ends = series.iter().flat_map(|s| [s.counts.min_ms(), s.counts.max_ms()]);
    let Some(scale) = LogScale::spanning(ends, BOTTOM, TOP) else { return Ok(None) };
    let most = series.iter().map(|s| s.counts.count()).max().unwrap_or(1);
    let rarity = Rarity::of(most);
    let svg = draw(SIZE, &label("Time by percentile", latencies), |canvas| {
        percentile_axes(canvas, &scale, &rarity)?;
        legend(canvas, "time by percentile", &series)?;
        series.iter().try_for_each(|s| curve(canvas, &scale, &rarity, s))
    })?;
    Ok(Some(svg))
}

const CURVE_LEFT: f64 = 64.0;

/// The horizontal axis: each step right halves the share of executions that took longer.
struct Rarity {
    halvings: f64,
}

impl Rarity {
    fn of(count: u64) -> Self {
        Rarity { halvings: (count.max(2) as f64).log2() + 0.3 }
    }

    fn at(&self, quantile: f64) -> f64 {
        let halvings = -(1.0 - quantile).max(f64::MIN_POSITIVE).log2();
        CURVE_LEFT + (RIGHT - CURVE_LEFT) * (halvings / self.halvings).clamp(0.0, 1.0)
    }
}

fn percentile_axes(canvas: &Canvas, scale: &LogScale, rarity: &Rarity) -> Result<()> {
    for tick in scale.ticks(5) {
        let y = scale.at(tick);
        canvas.line((CURVE_LEFT, y), (RIGHT, y), Ink::Grid, 1)?;
        canvas.text(&format::millis(tick), (CURVE_LEFT - 6.0, y), Ink::Muted, 12, Align::Right)?;
    }
    let marks = [(0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9"), (0.9999, "p99.99")];
    for (quantile, name) in marks.into_iter().filter(|(q, _)| rarity.at(*q) < RIGHT - 4.0) {
        let x = rarity.at(quantile);
        canvas.line((x, TOP), (x, BOTTOM), Ink::Grid, 1)?;
        canvas.text(name, (x, BOTTOM + 14.0), Ink::Muted, 12, Align::Middle)?;
    }
    Ok(())
}

fn curve(canvas: &Canvas, scale: &LogScale, rarity: &Rarity, series: &Series) -> Result<()> {
    const STEPS: u64 = 64;
    let count = series.counts.count();
    let mut points: Vec<Point> = Vec::new();
    for step in 0..=STEPS {
        let halvings = (count as f64).log2() * step as f64 / STEPS as f64;
        let quantile = 1.0 - 0.5f64.powf(halvings);
        points.push((rarity.at(quantile), scale.at(series.counts.quantile_ms(quantile))));
    }
    canvas.path(&points, series.ink, 2)
}

/// A title at the left and the names of the series at the right.
fn legend(canvas: &Canvas, title: &str, series: &[Series]) -> Result<()> {
    canvas.text(title, (LEFT, 10.0), Ink::Muted, 12, Align::Left)?;
    if series.len() < 2 {
        return Ok(());
    }
    let mut x = RIGHT - 70.0 * series.len() as f64;
    for one in series {
        canvas.dot((x, 10.0), 5, one.ink)?;
        canvas.text(one.name, (x + 10.0, 10.0), Ink::Text, 12, Align::Left)?;
        x += 70.0;
    }
    Ok(())
}

fn label(what: &str, latencies: &[(&'static str, Latency)]) -> String {
    let sides = latencies.iter().map(|(name, l)| {
        format!(
            "{name}: median {}, 95th percentile {}, longest {}",
            format::millis(l.p50_ms),
            format::millis(l.p95_ms),
            format::millis(l.max_ms)
        )
    });
    format!("{what}. {}", sides.collect::<Vec<_>>().join("; "))
}
