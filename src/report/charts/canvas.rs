//! A drawing of fixed size in inks that the page's style sheet recolours for light and dark.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// What a mark means. The style sheet maps each to a colour; the values here are only names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Text,
    Muted,
    Grid,
    Before,
    After,
    Good,
    Bad,
}

impl Ink {
    fn color(self) -> RGBColor {
        match self {
            Ink::Text => RGBColor(1, 1, 1),
            Ink::Muted => RGBColor(2, 2, 2),
            Ink::Grid => RGBColor(3, 3, 3),
            Ink::Before => RGBColor(4, 4, 4),
            Ink::After => RGBColor(5, 5, 5),
            Ink::Good => RGBColor(6, 6, 6),
            Ink::Bad => RGBColor(7, 7, 7),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Middle,
    Right,
}

pub type Point = (f64, f64);

pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws on a canvas of `size` pixels and returns the SVG, to be named by `label` for those who cannot see it.
pub fn draw(
    size: (u32, u32),
    label: &str,
    paint: impl FnOnce(&Canvas) -> Result<()>,
) -> Result<String> {
    let mut svg = String::new();
    {
        let canvas = Canvas { area: SVGBackend::with_string(&mut svg, size).into_drawing_area() };
        paint(&canvas)?;
        canvas.area.present().map_err(|e| anyhow!("cannot finish the chart: {e}"))?;
    }
    Ok(labelled(&svg, size, label))
}

/// Size comes from the page, not from the drawing; a class and a name are added.
fn labelled(svg: &str, (width, height): (u32, u32), label: &str) -> String {
    let body = svg.find('>').map_or("", |end| &svg[end + 1..]);
    let label = minijinja::HtmlEscape(label);
    format!(
        "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\">{}",
        body.replace('\n', "")
    )
}

impl<'a> Canvas<'a> {
    pub fn line(&self, from: Point, to: Point, ink: Ink, width: u32) -> Result<()> {
        self.path(&[from, to], ink, width)
    }

    pub fn path(&self, points: &[Point], ink: Ink, width: u32) -> Result<()> {
        let style = ink.color().stroke_width(width);
        self.add(&PathElement::new(pixels(points), style))
    }

    pub fn rect(&self, from: Point, to: Point, ink: Ink, opacity: f64) -> Result<()> {
        let corners = [pixel(from), pixel(to)];
        self.add(&Rectangle::new(corners, ink.color().mix(opacity).filled()))
    }

    pub fn dot(&self, at: Point, radius: u32, ink: Ink) -> Result<()> {
        self.add(&Circle::new(pixel(at), radius, ink.color().filled()))
    }

    pub fn text(&self, text: &str, at: Point, ink: Ink, size: u32, align: Align) -> Result<()> {
        let horizontal = match align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        let color = ink.color();
        let style = TextStyle::from(("sans-serif", size).into_font())
            .color(&color)
            .pos(Pos::new(horizontal, VPos::Center));
        self.add(&Text::new(text.to_owned(), pixel(at), style))
    }

    fn add<'b, E>(&self, element: &'b E) -> Result<()>
    where
        &'b E: plotters::element::PointCollection<'b, (i32, i32)>,
        E: plotters::element::Drawable<SVGBackend<'a>>,
    {
        self.area.draw(element).map_err(|e| anyhow!("cannot draw the chart: {e}"))
    }
}

fn pixels(points: &[Point]) -> Vec<(i32, i32)> {
    points.iter().map(|point| pixel(*point)).collect()
}

fn pixel((x, y): Point) -> (i32, i32) {
    (x.round() as i32, y.round() as i32)
}
