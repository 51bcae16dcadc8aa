//! The words that names and texts are made of: `workloads/rental/vocabulary/`, one per line.

/// A city with what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct City {
    pub name: &'static str,
    pub country: &'static str,
    pub iso2: &'static str,
    pub region: &'static str,
    pub time_zone: &'static str,
    pub language: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Category {
    pub name: &'static str,
    pub weight: f64,
    pub usual_rating: &'static str,
}

pub struct Vocabulary {
    pub first_names: Vec<&'static str>,
    pub last_names: Vec<&'static str>,
    pub streets: Vec<&'static str>,
    pub title_words: Vec<&'static str>,
    pub title_things: Vec<&'static str>,
    pub characters: Vec<&'static str>,
    pub deeds: Vec<&'static str>,
    pub places: Vec<&'static str>,
    pub review_openings: Vec<&'static str>,
    pub review_middles: Vec<&'static str>,
    pub review_closings: Vec<&'static str>,
    pub review_rarities: Vec<&'static str>,
    /// Most customers first.
    pub cities: Vec<City>,
    pub categories: Vec<Category>,
}

macro_rules! words {
    ($file:literal) => {
        lines(include_str!(concat!("../../workloads/rental/vocabulary/", $file)))
    };
}

impl Vocabulary {
    pub fn load() -> Self {
        Vocabulary {
            first_names: words!("first_names.txt").collect(),
            last_names: words!("last_names.txt").collect(),
            streets: words!("streets.txt").collect(),
            title_words: words!("title_words.txt").collect(),
            title_things: words!("title_things.txt").collect(),
            characters: words!("characters.txt").collect(),
            deeds: words!("deeds.txt").collect(),
            places: words!("places.txt").collect(),
            review_openings: words!("review_openings.txt").collect(),
            review_middles: words!("review_middles.txt").collect(),
            review_closings: words!("review_closings.txt").collect(),
            review_rarities: words!("review_rarities.txt").collect(),
            cities: words!("cities.csv").skip(1).map(city).collect(),
            categories: words!("categories.csv").skip(1).map(category).collect(),
        }
    }

    /// Countries in order of their first city.
    pub fn countries(&self) -> Vec<City> {
        let mut countries: Vec<City> = Vec::new();
        for city in &self.cities {
            if countries.iter().all(|known| known.country != city.country) {
                countries.push(*city);
            }
        }
        countries
    }
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty())
}

/// The files are compiled in and a test reads them all: a short line is our own mistake.
fn fields<const N: usize>(line: &'static str) -> [&'static str; N] {
    let fields: Vec<&str> = line.split(',').collect();
    fields.try_into().unwrap_or_else(|_| panic!("{N} fields expected in vocabulary line {line:?}"))
}

fn city(line: &'static str) -> City {
    let [name, country, iso2, region, time_zone, language] = fields(line);
    City { name, country, iso2, region, time_zone, language }
}

fn category(line: &'static str) -> Category {
    let [name, weight, usual_rating] = fields(line);
    let weight = weight.parse().unwrap_or_else(|_| panic!("weight of category {name}"));
    Category { name, weight, usual_rating }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_reads() {
        let words = Vocabulary::load();
        assert_eq!((words.cities.len(), words.countries().len()), (80, 20));
        assert_eq!(words.categories.len(), 19);
        assert!(words.first_names.len() > 100 && words.review_rarities.len() == 6);
    }
}
