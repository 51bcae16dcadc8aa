//! What moving a database from one server to another asks of both: the shape of its schema, its rows in forms that
//! two engines agree on, and what is known to break.

mod follower;
mod inventory;
mod orphans;
mod reader;
mod review;
mod seam;
mod shape;
mod tools;
mod value_kind;

pub use follower::{Followed, Follower};
pub use inventory::{Inventory, InventoryObject, ObjectClass, OpenTransaction, TopStatement};
pub use orphans::OrphanQuestions;
pub use reader::{
    BucketSum, Buckets, DataReader, Hashing, Orphans, Part, Pressure, ReadColumn, ReaderOptions,
    RowStream, Slice, TextRow,
};
pub use reader::{DIGEST_MARK, LONG_IN_CHECKSUM, LONG_IN_ROW};
pub use review::{Destination, Point, Severity};
pub use seam::{Migration, Translation};
pub use shape::{
    CheckShape, ColumnShape, DatabaseShape, ForeignKeyShape, IndexShape, Routine, SequenceShape,
    TableShape,
};
pub use tools::{
    AFTER_COPY, Precondition, PreconditionState, Route, STATISTICS, ToolPlan, ToolStep,
};
pub use value_kind::{Form, ValueKind};
