//! Every statement of a capture as one row of a Parquet file, in the order of their starts: for those who keep logs in a
//! lake.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::row::{Row, Stopped, row};
use crate::trace::{Ordered, Reader};

/// Rows, and bytes of texts and values, that are held before they are written together.
const MOST_ROWS: usize = 50_000;
const MOST_BYTES: usize = 32 << 20;

const SCHEMA: &str = "
message statement {
    optional int64 start (TIMESTAMP(MICROS, true));
    optional double duration_ms;
    required double parse_ms;
    required double bind_ms;
    required boolean call;
    required binary fingerprint (STRING);
    required binary session (STRING);
    required binary database (STRING);
    required binary user (STRING);
    required binary application (STRING);
    required binary host (STRING);
    required binary text (STRING);
    optional group values (LIST) { repeated group list { optional binary element (STRING); } }
    optional int64 rows;
    optional binary error (STRING);
    optional binary message (STRING);
    required binary file (STRING);
    required int64 line;
}";

/// Writes all events of `reader` to `out` and returns how many.
pub fn parquet_rows(reader: &mut Reader, out: &mut (dyn Write + Send)) -> Result<u64, Stopped> {
    let mut file = begin(out).map_err(failed)?;
    let mut ordered = Ordered::new(reader);
    let (mut count, mut columns) = (0, Columns::default());
    while let Some(event) = ordered.next_event().map_err(Stopped::Read)? {
        columns.add(&row(ordered.reader(), &event), event.start_us);
        count += 1;
        if columns.is_full() {
            write(&mut file, std::mem::take(&mut columns)).map_err(failed)?;
        }
    }
    write(&mut file, columns).map_err(failed)?;
    file.close().map_err(failed)?;
    Ok(count)
}

fn failed(error: ParquetError) -> Stopped {
    Stopped::Write(match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other.to_string()),
        },
        other => io::Error::other(other.to_string()),
    })
}

type File<'o> = SerializedFileWriter<&'o mut (dyn Write + Send)>;

fn begin<'o>(out: &'o mut (dyn Write + Send)) -> Result<File<'o>, ParquetError> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by(format!("planwise {}", env!("CARGO_PKG_VERSION")))
        .build();
    SerializedFileWriter::new(out, schema, Arc::new(properties))
}

/// What is told of some rows only: the values there are, and for each row whether it has one.
struct Optional<T> {
    values: Vec<T>,
    levels: Vec<i16>,
}

impl<T> Default for Optional<T> {
    fn default() -> Self {
        Optional { values: Vec::new(), levels: Vec::new() }
    }
}

impl<T> Optional<T> {
    fn add(&mut self, value: Option<T>) {
        self.levels.push(i16::from(value.is_some()));
        self.values.extend(value);
    }
}

/// Bound values: a list, or none; each a text, or NULL.
#[derive(Default)]
struct Lists {
    values: Vec<ByteArray>,
    levels: Vec<i16>,
    repeats: Vec<i16>,
}

impl Lists {
    fn add(&mut self, list: Option<&Vec<Option<String>>>) {
        let whole = match list {
            None => Some(0),
            Some(list) if list.is_empty() => Some(1),
            Some(_) => None,
        };
        if let Some(level) = whole {
            self.levels.push(level);
            self.repeats.push(0);
        }
        for (at, value) in list.into_iter().flatten().enumerate() {
            self.repeats.push(i16::from(at > 0));
            self.levels.push(if value.is_some() { 3 } else { 2 });
            self.values.extend(value.as_deref().map(ByteArray::from));
        }
    }
}

#[derive(Default)]
struct Columns {
    rows: usize,
    bytes: usize,
    start: Optional<i64>,
    duration: Optional<f64>,
    /// Parsing, binding.
    preparing: [Vec<f64>; 2],
    call: Vec<bool>,
    /// Fingerprint, session, database, user, application, host, text.
    texts: [Vec<ByteArray>; 7],
    values: Lists,
    returned: Optional<i64>,
    /// Class and message of a failure.
    failure: [Optional<ByteArray>; 2],
    file: Vec<ByteArray>,
    line: Vec<i64>,
}

impl Columns {
    fn is_full(&self) -> bool {
        self.rows >= MOST_ROWS || self.bytes >= MOST_BYTES
    }

    fn add(&mut self, row: &Row<'_>, start_us: Option<i64>) {
        self.rows += 1;
        self.bytes +=
            row.text.len() + row.values.iter().flatten().flatten().map(String::len).sum::<usize>();
        self.start.add(start_us);
        self.duration.add(row.duration_ms);
        self.preparing[0].push(row.parse_ms);
        self.preparing[1].push(row.bind_ms);
        self.call.push(row.call);
        let texts = [
            row.fingerprint,
            row.session,
            row.database,
            row.user,
            row.application,
            row.host,
            row.text.as_str(),
        ];
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.push(ByteArray::from(text));
        }
        self.values.add(row.values.as_ref());
        self.returned.add(row.rows.map(|rows| rows as i64));
        self.failure[0].add(row.error.map(ByteArray::from));
        self.failure[1].add(row.message.map(ByteArray::from));
        self.file.push(ByteArray::from(row.file));
        self.line.push(row.line as i64);
    }
}

/// In the order of the schema.
fn write(file: &mut File<'_>, columns: Columns) -> Result<(), ParquetError> {
    if columns.rows == 0 {
        return Ok(());
    }
    let mut group = file.next_row_group()?;
    optional::<Int64Type>(&mut group, &columns.start)?;
    optional::<DoubleType>(&mut group, &columns.duration)?;
    for column in &columns.preparing {
        put::<DoubleType>(&mut group, column, None, None)?;
    }
    put::<BoolType>(&mut group, &columns.call, None, None)?;
    for column in &columns.texts {
        put::<ByteArrayType>(&mut group, column, None, None)?;
    }
    let Lists { values, levels, repeats } = &columns.values;
    put::<ByteArrayType>(&mut group, values, Some(levels), Some(repeats))?;
    optional::<Int64Type>(&mut group, &columns.returned)?;
    for column in &columns.failure {
        optional::<ByteArrayType>(&mut group, column)?;
    }
    put::<ByteArrayType>(&mut group, &columns.file, None, None)?;
    put::<Int64Type>(&mut group, &columns.line, None, None)?;
    group.close().map(|_| ())
}

type Group<'g, 'o> = SerializedRowGroupWriter<'g, &'o mut (dyn Write + Send)>;

fn optional<T: DataType>(
    group: &mut Group<'_, '_>,
    column: &Optional<T::T>,
) -> Result<(), ParquetError> {
    put::<T>(group, &column.values, Some(&column.levels), None)
}

fn put<T: DataType>(
    group: &mut Group<'_, '_>,
    values: &[T::T],
    levels: Option<&[i16]>,
    repeats: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let missing = || ParquetError::General("a column of the schema is missing".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(values, levels, repeats)?;
    column.close()
}
