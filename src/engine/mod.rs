//! The seam between planwise and a database. Only what lives below this folder (and in `capture`)
//! knows which database it talks to; everything else sees these traits.

mod allowed_functions;
mod answer;
mod catalog;
mod created;
mod crossing;
mod deadline;
mod dumping;
mod error;
mod explain;
mod index_grammar;
mod installed;
mod launcher;
mod layout_grammar;
mod load;
mod look;
pub mod migration;
pub mod mysql;
mod operator_groups;
mod operators;
mod planner_state;
mod planner_states;
pub mod postgres;
mod reading;
mod registry;
mod restricted;
mod server_info;
mod session;
mod session_options;
mod setting_grammar;
mod settings;
mod stand_ins;

pub use allowed_functions::AllowedFunctions;
pub use answer::{Answer, AnswerColumn, AnswerKind, AskedQuery, Execution};
pub use catalog::{
    Catalog, Column, ForeignKey, Index, IndexKey, Table, TableActivity, TableName, TableStatistics,
};
pub use created::{NewObject, ObjectKind, Occupant};
pub use deadline::answered;
pub use error::{DbError, DbErrorKind};
pub use explain::{ExplainMode, Explained, FullerExplain};
pub use index_grammar::{
    BlockSummary, IndexDefinition, IndexGrammar, IndexPart, KeyDefinition, KeyRole, KeySubject,
    OnlineChange, Service, ValueStatistics,
};
pub use launcher::{Installation, Launcher, Layout, RunAs};
pub use layout_grammar::{Kept, LayoutGrammar, Parted, Partitioning};
pub use load::{CarriedStatistics, Dump, DumpOptions, LoadError, LoadNote, LoadReport};
pub use look::{Look, Seen};
pub use operator_groups::{
    GroupedFunction, GroupedOperator, OperatorClassFacts, OperatorGroupFacts,
};
pub use operators::{DataType, Function, OperatorClass, Operators, Volatility};
pub use planner_state::{
    ColumnFacts, CommonCombination, DatabaseFacts, EndFacts, ExtendedData, ExtendedFacts,
    ExtensionFacts, FileContent, IndexFacts, InvertedFacts, KeptFacts, PlannerState, QualifiedName,
    RelationColumn, RelationFacts, RoleFacts, SchemaObject, SettingFacts, SizedFile, StorageFacts,
};
pub use planner_states::{LeftOut, PlanMemory, PlannerStates, RestorePlace, Restored, ScalePlace};
pub use reading::Reading;
pub use registry::{all, by_name, for_url, names, schemes};
pub use server_info::ServerInfo;
pub use session::{Canceller, Engine, Hypothetical, Params, PreparedId, Session};
pub use session_options::{Access, SessionOptions};
pub use setting_grammar::{Platform, SettingGrammar, SettingMove, SettingScope};
pub use settings::{CarriedSettings, Counters, Setting, recordable};
pub use stand_ins::{StandIn, StandIns};
