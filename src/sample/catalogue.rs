//! Films, their categories, their cast, and the copies on the shelves.

use super::calendar::{DAYS, Day};
use super::choice::Weighted;
use super::copy_text::CopyText;
use super::draw::Draw;
use super::vocabulary::Vocabulary;
use super::world::{World, stream};

/// What other tables need to know of a film.
#[derive(Debug, Clone, Copy)]
pub struct FilmFacts {
    pub category: usize,
    pub rating: &'static str,
    pub rental_days: u32,
    /// Price of a rental, in cents.
    pub rate: u32,
}

const RATINGS: [&str; 5] = ["G", "PG", "PG-13", "R", "NC-17"];
const RATES: [u32; 5] = [99, 199, 299, 399, 499];

/// The rating follows from the category, nearly always.
pub fn film_facts(seed: u64, film: u64, words: &Vocabulary, categories: &Weighted) -> FilmFacts {
    let mut draw = Draw::new(seed, stream::FILM, film);
    let category = categories.draw(&mut draw);
    let usual = words.categories[category].usual_rating;
    FilmFacts {
        category,
        rating: if draw.chance(880) { usual } else { draw.pick(&RATINGS) },
        rental_days: draw.between(2, 7),
        rate: RATES[draw.between(0, 4) as usize],
    }
}

pub fn category(world: &World, row: u64, out: &mut CopyText) {
    out.plain(row + 1).text(world.words.categories[row as usize].name).end_row();
}

const FEATURES: [Option<&str>; 6] = [
    None,
    Some("{Trailers}"),
    Some("{\"Deleted scenes\"}"),
    Some("{Commentary,Trailers}"),
    Some("{Commentary,\"Behind the scenes\"}"),
    Some("{\"Deleted scenes\",\"Behind the scenes\",Trailers}"),
];

pub fn film(world: &World, row: u64, out: &mut CopyText) {
    let facts = &world.films[row as usize];
    let mut draw = world.draw(stream::FILM_TEXT, row);
    let title = title(world, &mut draw);
    let description = sentences(world, &mut draw, 4);
    let synopsis = draw.chance(940).then(|| {
        let length = draw.between(22, 36);
        sentences(world, &mut draw, length)
    });
    out.plain(row + 1).text(&title).text(&description).text_or_null(synopsis.as_deref());
    out.plain(draw.between(1950, 2025)).text(facts.rating).plain(facts.rental_days);
    out.plain(cents(facts.rate)).plain_or_null(draw.chance(960).then(|| draw.between(58, 214)));
    out.plain(cents(draw.between(9, 29) * 100 + 99));
    out.text_or_null(FEATURES[draw.between(0, 5) as usize]);
    out.text(&attributes(&mut draw)).end_row();
}

fn title(world: &World, draw: &mut Draw) -> String {
    let words = &world.words;
    let (word, thing) = (draw.pick(&words.title_words), draw.pick(&words.title_things));
    match draw.between(0, 3) {
        0 => format!("{word} {thing}"),
        1 => format!("The {word} {thing}"),
        2 => format!("{thing} of the {word} {}", draw.pick(&words.title_things)),
        _ => format!("{} {thing}", draw.pick(&words.last_names)),
    }
}

fn sentences(world: &World, draw: &mut Draw, count: u32) -> String {
    let words = &world.words;
    let mut text = String::new();
    for _ in 0..count {
        let (hero, other) = (draw.pick(&words.characters), draw.pick(&words.characters));
        let (deed, place) = (draw.pick(&words.deeds), draw.pick(&words.places));
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&hero[..1].to_uppercase());
        text.push_str(&format!("{} {deed} {other} {place}.", &hero[1..]));
    }
    text
}

fn attributes(draw: &mut Draw) -> String {
    let aspect = draw.pick(&["16:9", "16:9", "4:3", "21:9"]);
    let languages =
        draw.pick(&["[\"en\"]", "[\"en\",\"fr\"]", "[\"en\",\"es\",\"de\"]", "[\"ja\",\"en\"]"]);
    let (discs, studio) = (draw.between(1, 3), draw.between(1, 90));
    let mut text = format!(
        "{{\"aspect\":\"{aspect}\",\"discs\":{discs},\"languages\":{languages},\"studio\":\"Studio {studio}\""
    );
    if draw.chance(120) {
        text.push_str(",\"restored\":true");
    }
    text.push('}');
    text
}

/// One category for every film, a second one for one film in five.
pub fn film_categories(world: &World, row: u64, out: &mut CopyText) {
    let first = world.films[row as usize].category;
    out.plain(row + 1).plain(first + 1).end_row();
    let mut draw = world.draw(stream::FILM_TEXT, row | 1 << 40);
    let second = world.category_of_film.draw(&mut draw);
    if draw.chance(200) && second != first {
        out.plain(row + 1).plain(second + 1).end_row();
    }
}

/// Two to fourteen actors; the first ones of the list are the stars.
pub fn cast(world: &World, row: u64, out: &mut CopyText) {
    let mut draw = world.draw(stream::CAST, row);
    let mut cast: Vec<u64> = Vec::new();
    for _ in 0..draw.between(2, 14) {
        let share = draw.unit();
        let actor = (share * share * world.sizes.actors as f64) as u64;
        if !cast.contains(&actor) {
            cast.push(actor);
        }
    }
    for actor in cast {
        out.plain(actor + 1).plain(row + 1).end_row();
    }
}

/// A disc on a shelf.
pub fn copy(world: &World, row: u64, out: &mut CopyText) {
    let mut draw = world.draw(stream::COPY, row | 1 << 40);
    let acquired = Day(i64::from(draw.between(0, 2_000)) - 2_000 + DAYS / 4);
    out.plain(row + 1).plain(world.film_of(row) + 1).plain(world.store_of(row) + 1);
    out.plain(acquired).end_row();
}

/// Prints an amount of cents: `2.99`.
pub fn cents(amount: u32) -> Cents {
    Cents(amount)
}

pub struct Cents(u32);

impl std::fmt::Display for Cents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}
