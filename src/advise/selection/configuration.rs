//! Sets of candidates.

/// A set of candidates, by their numbers in the pool. Two equal sets are equal bit by bit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Configuration {
    /// 64 candidates each; the last one is never empty.
    words: Vec<u64>,
}

impl Configuration {
    pub fn contains(&self, candidate: usize) -> bool {
        self.words.get(candidate / 64).is_some_and(|word| word >> (candidate % 64) & 1 == 1)
    }

    pub fn insert(&mut self, candidate: usize) {
        let word = candidate / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (candidate % 64);
    }

    pub fn remove(&mut self, candidate: usize) {
        if let Some(word) = self.words.get_mut(candidate / 64) {
            *word &= !(1 << (candidate % 64));
        }
        self.trim();
    }

    pub fn with(&self, candidate: usize) -> Self {
        let mut set = self.clone();
        set.insert(candidate);
        set
    }

    pub fn without(&self, candidate: usize) -> Self {
        let mut set = self.clone();
        set.remove(candidate);
        set
    }

    pub fn is_subset(&self, of: &Configuration) -> bool {
        self.words.len() <= of.words.len()
            && self.words.iter().zip(&of.words).all(|(own, other)| own & !other == 0)
    }

    pub fn union(&self, other: &Configuration) -> Self {
        let (long, short) =
            if self.words.len() >= other.words.len() { (self, other) } else { (other, self) };
        let mut words = long.words.clone();
        words.iter_mut().zip(&short.words).for_each(|(word, more)| *word |= more);
        Configuration { words }
    }

    pub fn intersection(&self, other: &Configuration) -> Self {
        let words = self.words.iter().zip(&other.words).map(|(a, b)| a & b).collect();
        let mut set = Configuration { words };
        set.trim();
        set
    }

    pub fn difference(&self, other: &Configuration) -> Self {
        let others = other.words.iter().chain(std::iter::repeat(&0));
        let words = self.words.iter().zip(others).map(|(a, b)| a & !b).collect();
        let mut set = Configuration { words };
        set.trim();
        set
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// In ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let without_lowest = |word: &u64| Some(word & (word - 1)).filter(|word| *word != 0);
            let rest = std::iter::successors(Some(*word).filter(|word| *word != 0), without_lowest);
            rest.map(move |word| at * 64 + word.trailing_zeros() as usize)
        })
    }

    fn trim(&mut self) {
        while self.words.last() == Some(&0) {
            self.words.pop();
        }
    }
}

impl FromIterator<usize> for Configuration {
    fn from_iter<I: IntoIterator<Item = usize>>(candidates: I) -> Self {
        let mut set = Configuration::default();
        candidates.into_iter().for_each(|candidate| set.insert(candidate));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_behave_as_sets() {
        let a: Configuration = [1, 70, 200].into_iter().collect();
        let b: Configuration = [70].into_iter().collect();
        assert!(b.is_subset(&a) && !a.is_subset(&b));
        assert_eq!(a.difference(&b).iter().collect::<Vec<_>>(), [1, 200]);
        assert_eq!(a.intersection(&b), b);
        assert_eq!(b.union(&a), a);
        assert_eq!((a.len(), a.without(200).len()), (3, 2));
        assert_eq!(a.without(200).without(70), [1].into_iter().collect());
        assert!(Configuration::default().is_subset(&b) && b.without(70).is_empty());
        assert!(a.contains(200) && !a.contains(199) && !b.contains(4000));
    }
}
