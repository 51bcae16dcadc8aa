//! Samples of one query: what it typically is, its slowest and its failing executions.

use serde::{Deserialize, Serialize};

/// How many executions are drawn, of which the most typical is shown and all may be run.
const DRAWN: usize = 8;

/// One execution in full.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sample {
    pub text: String,
    /// Values bound to it; `None` is NULL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Option<String>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ns: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_us: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Log file and line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub line: u64,
}

fn is_zero(line: &u64) -> bool {
    *line == 0
}

/// Why a sample is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleKind {
    Slowest,
    Failing,
    /// Takes this place among those drawn.
    Drawn(usize),
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Samples {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slowest: Option<Sample>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<Sample>,
    /// Drawn at random: every execution had the same chance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drawn: Vec<Sample>,
}

impl Samples {
    /// What the `call`-th execution (from 1) would be a sample of. `spare`: no further text is to be kept for drawing.
    pub fn wanted(
        &self,
        call: u64,
        took_ns: Option<u64>,
        failed: bool,
        spare: bool,
    ) -> Option<SampleKind> {
        if failed {
            return self.failing.is_none().then_some(SampleKind::Failing);
        }
        let slowest = self.slowest.as_ref().map(|sample| sample.took_ns);
        if slowest.is_none_or(|known| took_ns > known) {
            return Some(SampleKind::Slowest);
        }
        if self.drawn.len() < DRAWN {
            return (!spare).then_some(SampleKind::Drawn(self.drawn.len()));
        }
        // A reservoir that needs no state beside the count, and draws the same from the same log.
        let place = scrambled(call) % call;
        ((place as usize) < DRAWN).then_some(SampleKind::Drawn(place as usize))
    }

    pub fn take(&mut self, kind: SampleKind, sample: Sample) {
        match kind {
            SampleKind::Failing => self.failing = Some(sample),
            SampleKind::Drawn(place) if place < self.drawn.len() => self.drawn[place] = sample,
            SampleKind::Drawn(_) => self.drawn.push(sample),
            SampleKind::Slowest => {
                // The one that was slowest until now is an execution like others.
                let former = self.slowest.replace(sample);
                if let Some(former) = former.filter(|_| self.drawn.len() < DRAWN) {
                    self.drawn.push(former);
                }
            }
        }
    }

    /// The drawn one that took closest to `median_ns`.
    pub fn typical(&self, median_ns: Option<u64>) -> Option<&Sample> {
        let distance = |sample: &&Sample| match (sample.took_ns, median_ns) {
            (Some(took), Some(median)) => took.abs_diff(median),
            _ => 0,
        };
        self.drawn.iter().chain(&self.slowest).min_by_key(distance).or(self.failing.as_ref())
    }

    /// Every one of them, the slowest first, failing ones last.
    pub fn all(&self) -> impl Iterator<Item = &Sample> {
        self.slowest.iter().chain(&self.drawn).chain(&self.failing)
    }

    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Sample> {
        self.slowest.iter_mut().chain(&mut self.drawn).chain(&mut self.failing)
    }

    pub fn add(&mut self, other: Samples) {
        for (place, sample) in other.drawn.into_iter().enumerate() {
            match self.drawn.len() < DRAWN {
                true => self.drawn.push(sample),
                // Every other place is the second file's.
                false if place % 2 == 1 => self.drawn[place] = sample,
                false => {}
            }
        }
        self.failing = self.failing.take().or(other.failing);
        if let Some(sample) = other.slowest {
            let known = self.slowest.as_ref().map(|sample| sample.took_ns);
            if known.is_none_or(|known| sample.took_ns > known) {
                self.slowest = Some(sample);
            }
        }
    }
}

/// SplitMix64.
fn scrambled(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slowest_failing_and_typical_are_told_apart() {
        let mut samples = Samples::default();
        for call in 1..=1000u64 {
            let took = Some(call % 100 * 1000);
            if let Some(kind) = samples.wanted(call, took, call == 500, false) {
                let failure = (call == 500).then(|| "x".to_owned());
                samples
                    .take(kind, Sample { took_ns: took, line: call, failure, ..Sample::default() });
            }
        }
        assert_eq!(samples.slowest.as_ref().unwrap().took_ns, Some(99_000));
        assert_eq!(samples.failing.as_ref().unwrap().line, 500);
        assert_eq!(samples.drawn.len(), DRAWN);
        assert!(samples.drawn.iter().any(|sample| sample.line > 100), "only the first were drawn");
        let typical = samples.typical(Some(50_000)).unwrap();
        assert!(typical.failure.is_none());
    }
}
