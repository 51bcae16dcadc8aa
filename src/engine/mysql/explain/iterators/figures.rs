//! The figures at the end of a line: `(cost=0.5..4.2 rows=3) (actual time=0.01..0.02 rows=3 loops=1)`.

use super::step::{Run, Step};

/// Splits a line without its arrow into operation and figures. An error says what is wrong with the figures.
pub fn split(line: &str) -> Result<Step, String> {
    let mut step = Step::default();
    let mut rest = line.trim_end();
    if let Some(before) = rest.strip_suffix("(never executed)") {
        step.run = Some(Run::default());
        rest = before.trim_end();
    } else if let Some((before, figures)) = last_bracket(rest, "(actual ")? {
        step.run = Some(run(figures)?);
        rest = before;
    }
    if let Some((before, figures)) = last_bracket(rest, "(cost=")? {
        let (costs, rows) = figures
            .split_once(" rows=")
            .map_or((figures, None), |(costs, rows)| (costs, Some(rows)));
        let (first, total) = costs.split_once("..").unwrap_or((costs, costs));
        step.first_row_cost = Some(number(first)?).filter(|_| first != total);
        step.total_cost = Some(number(total)?);
        step.rows = rows.map(number).transpose()?;
        rest = before;
    }
    step.operation = rest.trim().to_owned();
    match step.operation.is_empty() {
        true => Err("an operation has no name".to_owned()),
        false => Ok(step),
    }
}

/// The last bracket that begins with `opening` and ends the text: what is before it, and what is in it.
fn last_bracket<'a>(text: &'a str, opening: &str) -> Result<Option<(&'a str, &'a str)>, String> {
    let Some(start) = text.rfind(opening) else { return Ok(None) };
    let (before, bracket) = text.split_at(start);
    let inside = bracket.get(opening.len()..).unwrap_or_default();
    match inside.strip_suffix(')') {
        Some(inside) if !inside.contains(')') => Ok(Some((before.trim_end(), inside))),
        // The words stand inside a condition: figures come last.
        _ if inside.contains(')') => Ok(None),
        _ => Err(format!("its figures are cut off: {bracket}")),
    }
}

fn run(figures: &str) -> Result<Run, String> {
    let mut run = Run::default();
    for part in figures.split_whitespace() {
        match part.split_once('=') {
            Some(("time", times)) => {
                let (first, last) = times.split_once("..").unwrap_or((times, times));
                run.first_ms = Some(number(first)?);
                run.last_ms = Some(number(last)?);
                run.time_rounding = time_step(last) / 2.0;
            }
            Some(("rows", rows)) => {
                run.rows = number(rows)?;
                run.rows_rounding = row_step(rows) / 2.0;
            }
            Some(("loops", loops)) => run.loops = number(loops)?,
            _ => return Err(format!("unknown figure {part}")),
        }
    }
    if run.loops <= 1.0 {
        run.rows_rounding = run.rows_rounding.min(if run.rows < 1e6 { 0.0 } else { f64::MAX });
    }
    Ok(run)
}

/// What the last printed digit stands for. Up to 8.0.31 times have three decimals and rows none; from then on
/// both have three significant digits, below a million at least all digits before the point.
fn time_step(text: &str) -> f64 {
    last_digit(text)
}

/// A whole number of fewer than four digits may be old and rounded, or new and exact to three digits: the wider
/// of the two holds for both.
fn row_step(text: &str) -> f64 {
    last_digit(text)
}

fn last_digit(text: &str) -> f64 {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let decimals = i32::try_from(decimals).unwrap_or(0);
    10f64.powi(exponent - decimals)
}

/// Finite and not negative.
fn number(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim().parse().ok();
    number
        .filter(|number| number.is_finite() && *number >= 0.0)
        .ok_or_else(|| format!("{text} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_taken_from_the_end_of_the_line() {
        let step = split(
            "Filter: (a > 1)  (cost=0.5..4.2 rows=3e+6) (actual time=60e-6..0.12 rows=2.5 loops=4)",
        );
        let step = step.unwrap();
        assert_eq!(step.operation, "Filter: (a > 1)");
        assert_eq!((step.first_row_cost, step.total_cost), (Some(0.5), Some(4.2)));
        assert_eq!(step.rows, Some(3e6));
        let run = step.run.unwrap();
        assert_eq!((run.first_ms, run.last_ms, run.loops), (Some(60e-6), Some(0.12), 4.0));
        assert!(
            (run.rows_rounding - 0.05).abs() < 1e-9 && (run.time_rounding - 0.005).abs() < 1e-9
        );
    }

    #[test]
    fn one_loop_tells_rows_exactly_and_none_tells_nothing() {
        assert_eq!(
            split("x (actual time=1..2 rows=7 loops=1)").unwrap().run.unwrap().rows_rounding,
            0.0
        );
        assert_eq!(split("x  (cost=1 rows=1) (never executed)").unwrap().run, Some(Run::default()));
        assert_eq!(split("Hash").unwrap().run, None);
    }

    #[test]
    fn cut_off_or_senseless_figures_are_refused() {
        assert!(split("Table scan on t  (cost=1.2 ro").is_err());
        assert!(split("Table scan on t  (cost=1.2 rows=3) (actual time=1..").is_err());
        assert!(split("Table scan on t  (cost=x rows=3)").is_err());
        assert!(split("  (cost=1 rows=3)").is_err());
    }

    #[test]
    fn words_inside_a_condition_are_no_figures() {
        let step = split("Filter: (t.a = '(cost=1)')").unwrap();
        assert_eq!(step.operation, "Filter: (t.a = '(cost=1)')");
    }
}
