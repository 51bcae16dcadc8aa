//! Giving files the sizes they have on the source, without content: the planner asks for sizes only, and a file system
//! keeps no blocks for what was never written.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use super::checksum;
use super::pages::{self, PAGE};
use crate::engine::{FileContent, RunAs, SizedFile};

/// Blocks of one file; what is longer goes on in `file.1`, `file.2`, …
const SEGMENT: u64 = 131_072;

/// The server must not run.
pub fn resize(data: &Path, files: &[SizedFile], owner: Option<&RunAs>) -> io::Result<()> {
    files.iter().try_for_each(|file| {
        let path = data.join(&file.path);
        one(data, &path, file, owner).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", file.path.display()))
        })
    })
}

fn one(data: &Path, path: &Path, file: &SizedFile, owner: Option<&RunAs>) -> io::Result<()> {
    begin(data, path, file, owner)?;
    extend(path, file.blocks, owner)
}

/// While the server runs, which asks for the sizes each time; what files begin with stays.
pub fn scale(
    data: &Path,
    files: &[&SizedFile],
    factor: f64,
    owner: Option<&RunAs>,
) -> io::Result<()> {
    let grows =
        |file: &&&SizedFile| file.blocks > 0 && file.content != FileContent::FirstBlockVisible;
    files.iter().filter(grows).try_for_each(|file| {
        let blocks = (file.blocks as f64 * factor).round().max(file.blocks as f64);
        extend(&data.join(&file.path), blocks as u64, owner)
    })
}

/// As many segments as `blocks` need; also while the server runs, which asks for the sizes each time.
pub fn extend(path: &Path, blocks: u64, owner: Option<&RunAs>) -> io::Result<()> {
    let mut left = blocks;
    for number in 0.. {
        let segment = segment(path, number);
        let here = left.min(SEGMENT);
        if number > 0 && !segment.exists() {
            if here == 0 {
                break;
            }
            create(&segment, owner)?;
        }
        OpenOptions::new().write(true).open(&segment)?.set_len(here * PAGE as u64)?;
        left -= here;
    }
    Ok(())
}

fn create(path: &Path, owner: Option<&RunAs>) -> io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    match owner {
        Some(owner) => chown(path, Some(owner.uid), Some(owner.gid)),
        None => Ok(()),
    }
}

fn segment(path: &Path, number: u32) -> PathBuf {
    match number {
        0 => path.to_owned(),
        number => PathBuf::from(format!("{}.{number}", path.display())),
    }
}

fn begin(data: &Path, path: &Path, file: &SizedFile, owner: Option<&RunAs>) -> io::Result<()> {
    match &file.content {
        FileContent::AsItIs => Ok(()),
        FileContent::Tree { height, leaf } => {
            // One page more than levels, and the meta page.
            let height =
                (*height).min(file.blocks.saturating_sub(2).try_into().unwrap_or(u32::MAX));
            let meta = page(path, 0)?;
            let kept = checksum::is_kept(&meta);
            // Of an index of two entries the page behind the first holds them.
            let leaf = leaf.as_ref().map(|leaf| page(&data.join(leaf), 1)).transpose()?;
            let mut tree = pages::tree(&meta, height, leaf);
            write(path, &mut tree, kept)
        }
        FileContent::FirstBlockVisible => {
            create(path, owner)?;
            write(path, &mut pages::first_block_visible(), true)
        }
        FileContent::Words(words) => {
            let mut page = page(path, 0)?;
            let kept = checksum::is_kept(&page);
            for (at, value) in words {
                pages::put32(&mut page, *at, *value);
            }
            write(path, &mut page, kept)
        }
    }
}

fn page(path: &Path, number: usize) -> io::Result<Vec<u8>> {
    let mut page = vec![0; PAGE];
    File::open(path)?.read_exact_at(&mut page, (number * PAGE) as u64)?;
    Ok(page)
}

fn write(path: &Path, content: &mut [u8], checksums: bool) -> io::Result<()> {
    if checksums {
        for (block, page) in (0..).zip(content.chunks_exact_mut(PAGE)) {
            checksum::stamp(page, block);
        }
    }
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_goes_on_in_the_next_and_can_be_shortened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("16384");
        std::fs::write(&path, "").unwrap();
        let length = |number: u32| segment(&path, number).metadata().map(|data| data.len()).ok();
        extend(&path, 2 * SEGMENT + 5, None).unwrap();
        let full = SEGMENT * PAGE as u64;
        assert_eq!([length(0), length(1), length(2)], [Some(full), Some(full), Some(5 * 8192)]);
        assert_eq!(length(3), None);
        extend(&path, 3, None).unwrap();
        assert_eq!([length(0), length(1), length(2)], [Some(3 * 8192), Some(0), Some(0)]);
    }
}
