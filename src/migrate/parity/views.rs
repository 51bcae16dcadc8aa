//! One moment of a side for all of its connections.

use crate::engine::DbError;
use crate::engine::migration::DataReader;

/// Between two commits so often.
const TRIES: usize = 20;

/// Opens a view on every connection that shows what `first` sees. Where an engine cannot share a view, views are opened
/// one after the other until nothing was committed meanwhile, which locks nobody out. False: others committed all the
/// time; no view is open then, but that of `first`.
///
/// # Errors
/// A connection that ended, or may not do so.
pub async fn share(
    first: &mut dyn DataReader,
    others: &mut [&mut dyn DataReader],
) -> Result<bool, DbError> {
    if let Some(shared) = first.open_view(None).await? {
        for other in others.iter_mut() {
            other.open_view(Some(&shared)).await?;
        }
        return Ok(true);
    }
    first.close_view().await?;
    for _ in 0..TRIES {
        let before = first.commit_mark().await?;
        first.open_view(None).await?;
        for other in others.iter_mut() {
            other.open_view(None).await?;
        }
        if first.commit_mark().await? == before {
            return Ok(true);
        }
        first.close_view().await?;
        for other in others.iter_mut() {
            other.close_view().await?;
        }
    }
    first.open_view(None).await?;
    Ok(false)
}
