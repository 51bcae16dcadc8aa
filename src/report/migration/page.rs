//! A page in words and tables, whatever it is shown on.

use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigrationPage {
    /// `parity`, `inventory`, …: shown small beside the name of the program.
    pub kind: String,
    /// The verdict in one sentence.
    pub title: String,
    pub tone: PageTone,
    /// Sentences right below it.
    pub lead: Vec<String>,
    pub sections: Vec<PageSection>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageTone {
    Good,
    Bad,
    /// Not decided, or work to be done.
    Attention,
    Neutral,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageSection {
    pub heading: String,
    pub blocks: Vec<PageBlock>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum PageBlock {
    Text {
        text: String,
    },
    List {
        items: Vec<String>,
    },
    /// A line each, with how it stands.
    Checks {
        items: Vec<(Mark, String)>,
    },
    Table {
        headers: Vec<String>,
        rows: Vec<Vec<String>>,
    },
    /// A statement or command line.
    Code {
        text: String,
    },
}

/// How a line of a checklist stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    Proven,
    Failed,
    NotChecked,
}

impl Mark {
    pub fn word(self) -> &'static str {
        match self {
            Mark::Proven => "proven",
            Mark::Failed => "failed",
            Mark::NotChecked => "not checked",
        }
    }
}

impl PageSection {
    pub fn new(heading: impl Into<String>) -> PageSection {
        PageSection { heading: heading.into(), blocks: Vec::new() }
    }

    pub fn text(mut self, text: impl Into<String>) -> PageSection {
        self.blocks.push(PageBlock::Text { text: text.into() });
        self
    }

    pub fn list(mut self, items: Vec<String>) -> PageSection {
        if !items.is_empty() {
            self.blocks.push(PageBlock::List { items });
        }
        self
    }

    pub fn code(mut self, text: impl Into<String>) -> PageSection {
        self.blocks.push(PageBlock::Code { text: text.into() });
        self
    }

    pub fn checks(mut self, items: Vec<(Mark, String)>) -> PageSection {
        self.blocks.push(PageBlock::Checks { items });
        self
    }

    pub fn table(mut self, headers: &[&str], rows: Vec<Vec<String>>) -> PageSection {
        if !rows.is_empty() {
            let headers = headers.iter().map(|header| (*header).to_owned()).collect();
            self.blocks.push(PageBlock::Table { headers, rows });
        }
        self
    }

    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }
}

impl MigrationPage {
    /// Adds a section that says something.
    pub fn add(&mut self, section: PageSection) {
        if !section.is_empty() {
            self.sections.push(section);
        }
    }
}
