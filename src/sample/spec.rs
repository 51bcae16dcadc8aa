//! Which sample data, how much of it, and from which seed.

use serde::Deserialize;

use super::SampleError;

/// Which sample data to make.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleSpec {
    /// The generator, by name.
    pub generator: String,
    /// 1 is about a million rentals.
    pub scale: f64,
    pub seed: u64,
}

/// Below this the skew that the workload is about can no longer be seen.
pub const SMALLEST: f64 = 0.001;
/// Above this, numbers of four bytes run out.
pub const LARGEST: f64 = 100.0;

/// The `[data]` table of a `workload.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataTable {
    generator: String,
    #[serde(default = "quarter")]
    scale: f64,
    #[serde(default = "one")]
    seed: u64,
}

fn quarter() -> f64 {
    0.25
}

fn one() -> u64 {
    1
}

impl SampleSpec {
    /// What `[data]` says, unless the user asked for another scale or seed.
    pub fn from_data(
        data: &toml::Table,
        scale: Option<f64>,
        seed: Option<u64>,
    ) -> Result<Self, SampleError> {
        let read: Result<DataTable, _> = data.clone().try_into();
        let data = read.map_err(|error| SampleError::BadData(error.message().to_owned()))?;
        SampleSpec {
            generator: data.generator,
            scale: scale.unwrap_or(data.scale),
            seed: seed.unwrap_or(data.seed),
        }
        .checked()
    }

    fn checked(self) -> Result<Self, SampleError> {
        if self.generator != super::GENERATOR {
            return Err(SampleError::UnknownGenerator(self.generator));
        }
        match (SMALLEST..=LARGEST).contains(&self.scale) {
            true => Ok(self),
            false => Err(SampleError::BadScale(self.scale)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(data: &str, scale: Option<f64>) -> Result<SampleSpec, SampleError> {
        SampleSpec::from_data(&data.parse().unwrap(), scale, None)
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let spec = |scale| spec("generator = 'rental'\nscale = 0.5\nseed = 7", scale).unwrap();
        assert_eq!((spec(None).scale, spec(None).seed), (0.5, 7));
        assert_eq!(spec(Some(0.01)).scale, 0.01);
    }

    #[test]
    fn what_cannot_be_made_is_refused_by_name() {
        for (data, scale, part) in [
            ("generator = 'hotel'", None, "hotel"),
            ("generator = 'rental'\nsize = 3", None, "size"),
            ("generator = 'rental'", Some(0.0), "0.001 to 100"),
            ("generator = 'rental'", Some(f64::NAN), "0.001 to 100"),
        ] {
            let message = spec(data, scale).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
