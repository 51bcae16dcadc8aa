//! The health of the server beside the report of a workload.

use anyhow::Result;

use super::{health_page, settings_files};
use crate::report::migration::{page_html, page_markdown};
use crate::report::{Document, Exporter};

/// A file of the server's health; not written where no server was looked at.
pub struct HealthFile {
    name: &'static str,
    render: fn(&Document) -> Result<Vec<u8>>,
}

impl Exporter for HealthFile {
    fn file_name(&self) -> &'static str {
        self.name
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>> {
        (self.render)(document)
    }
}

/// Those that `document` has content for.
pub fn health_files(document: &Document) -> Vec<Box<dyn Exporter>> {
    let Some(report) = &document.health else { return Vec::new() };
    let mut files = vec![
        HealthFile { name: "health.json", render: json },
        HealthFile { name: "health.md", render: markdown },
        HealthFile { name: "health.html", render: html },
    ];
    let written = settings_files(report);
    let has = |name: &str| written.iter().any(|(file, _)| file == name);
    for name in
        ["settings.sql", "settings.conf", "settings.sh"].into_iter().filter(|name| has(name))
    {
        let render = match name {
            "settings.sql" => |document: &Document| setting_file(document, "settings.sql"),
            "settings.conf" => |document: &Document| setting_file(document, "settings.conf"),
            _ => |document: &Document| setting_file(document, "settings.sh"),
        };
        files.push(HealthFile { name, render });
    }
    files.into_iter().map(|file| Box::new(file) as Box<dyn Exporter>).collect()
}

fn json(document: &Document) -> Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(&document.health)?;
    json.push(b'\n');
    Ok(json)
}

fn markdown(document: &Document) -> Result<Vec<u8>> {
    let page = document.health.as_ref().map(health_page);
    Ok(page.map(|page| page_markdown(&page)).unwrap_or_default().into_bytes())
}

fn html(document: &Document) -> Result<Vec<u8>> {
    let page = document.health.as_ref().map(health_page);
    Ok(page.map(|page| page_html(&page)).transpose()?.unwrap_or_default().into_bytes())
}

fn setting_file(document: &Document, name: &str) -> Result<Vec<u8>> {
    let files = document.health.as_ref().map(settings_files).unwrap_or_default();
    let file = files.into_iter().find(|(file, _)| file == name);
    Ok(file.map(|(_, content)| content).unwrap_or_default().into_bytes())
}
