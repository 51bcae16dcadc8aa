//! Every statement of a capture as one JSON document a line, in the order of their starts.

use std::io::Write;

use super::row::{Stopped, row};
use crate::trace::{Ordered, Reader};

/// Writes all events of `reader` to `out` and returns how many.
pub fn json_lines(reader: &mut Reader, out: &mut dyn Write) -> Result<u64, Stopped> {
    let mut ordered = Ordered::new(reader);
    let mut count = 0;
    while let Some(event) = ordered.next_event().map_err(Stopped::Read)? {
        let line = row(ordered.reader(), &event);
        serde_json::to_writer(&mut *out, &line).map_err(|error| Stopped::Write(error.into()))?;
        out.write_all(b"\n").map_err(Stopped::Write)?;
        count += 1;
    }
    Ok(count)
}
