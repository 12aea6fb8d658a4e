//! What the owner's pages are made of: a few kinds of blocks, which one template draws, so that
//! every page looks and behaves alike.

use crate::pages::locale::Locale;
use crate::pages::problem::{PageError, html};
use askama::Template;
use axum::response::Response;

/// A part of a page.
#[derive(Debug)]
pub(crate) enum Block {
    /// Begins a section.
    Heading(String),
    /// A sentence.
    Text(String),
    /// A remark.
    Hint(String),
    /// What must be seen: its tone and its text.
    Notice(&'static str, String),
    /// What is shown this once: what it is, and the text.
    Secret(String, String),
    /// Text of a program.
    Source(String),
    /// Names and values.
    Facts(Vec<(String, String)>),
    /// Paths and what stands on them.
    Links(Vec<(String, String)>),
    /// Rows and columns.
    Table(Table),
    /// Bars over time; the numbers stand in a table beside it.
    Chart(Chart),
    /// Something to fill in.
    Form(Form),
}

/// Rows and columns.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// What is said when there is nothing.
    pub(crate) empty: String,
    /// Where more of it is.
    pub(crate) next: Option<String>,
}

impl Table {
    /// Whether a column holds numbers, by its first row.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "templates pass references"
    )]
    pub(crate) fn is_number(&self, column: &usize) -> bool {
        let first = self.rows.first();
        first.is_some_and(|row| row.get(*column).is_some_and(|cell| cell.is_number))
    }

    /// What stands before each field where a row is a list; nothing where it has one field.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "templates pass references"
    )]
    pub(crate) fn label(&self, column: &usize) -> &str {
        match self.columns.get(*column) {
            Some(label) if self.columns.len() > 1 => label,
            _ => "",
        }
    }
}

/// One field of a table.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) path: Option<String>,
    pub(crate) tone: Option<&'static str>,
    pub(crate) is_number: bool,
    /// Whether it may be long, and is broken where its column ends.
    pub(crate) is_long: bool,
    /// Whether it is broken anywhere before its table gets too wide.
    pub(crate) is_narrow: bool,
}

impl Cell {
    /// Text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Text of any length.
    pub(crate) fn long(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            is_long: true,
            ..Self::default()
        }
    }

    /// Text that leads somewhere.
    pub(crate) fn link(text: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            path: Some(path.into()),
            ..Self::default()
        }
    }

    /// The same, broken anywhere before the table gets too wide: an id, an address.
    pub(crate) fn narrow(self) -> Self {
        Self {
            is_narrow: true,
            ..self
        }
    }

    /// A number, set to the right.
    pub(crate) fn number(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            is_number: true,
            ..Self::default()
        }
    }

    /// A state, in its colour.
    pub(crate) fn state(text: impl Into<String>, tone: &'static str) -> Self {
        Self {
            text: text.into(),
            tone: Some(tone),
            ..Self::default()
        }
    }
}

/// Bars over time.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) bars: Vec<Bar>,
}

/// A bar, in the units of a picture of 600 × 140.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) shown: String,
    pub(crate) x: u64,
    pub(crate) y: u64,
    pub(crate) width: u64,
    pub(crate) height: u64,
}

/// The picture's size, and the space above the highest bar.
const WIDTH: u64 = 600;
const HEIGHT: u64 = 140;
const SPACE: u64 = 10;
/// Few bars are no wider than if they were a year's.
const BARS_MIN: u64 = 12;

impl Chart {
    /// Bars of these labels, values, and the values as they are shown.
    pub(crate) fn new(title: String, values: Vec<(String, u64, String)>) -> Self {
        let count = u64::try_from(values.len()).unwrap_or(1).max(BARS_MIN);
        let highest = values.iter().map(|(_, value, _)| *value).max();
        let highest = u128::from(highest.unwrap_or(0).max(1));
        let step = WIDTH / count;
        let bars = (0_u64..).zip(values).map(|(place, (label, value, shown))| {
            let height = u128::from(value) * u128::from(HEIGHT - SPACE) / highest;
            let height = u64::try_from(height).unwrap_or(HEIGHT);
            Bar {
                label,
                shown,
                x: place * step + step / 8,
                y: HEIGHT - height,
                width: (step - step / 4).max(1),
                height,
            }
        });
        Self {
            title,
            bars: bars.collect(),
        }
    }
}

/// Something to fill in.
#[derive(Debug)]
pub(crate) struct Form {
    /// Tells its fields from those of other forms of the page.
    pub(crate) id: &'static str,
    pub(crate) path: String,
    /// Whether it changes something.
    pub(crate) is_post: bool,
    pub(crate) fields: Vec<Field>,
    pub(crate) button: String,
    pub(crate) is_danger: bool,
    /// The way back.
    pub(crate) back: Option<(String, String)>,
}

impl Form {
    /// A form that asks.
    pub(crate) fn get(
        id: &'static str,
        path: impl Into<String>,
        button: impl Into<String>,
    ) -> Self {
        Self {
            id,
            path: path.into(),
            is_post: false,
            fields: Vec::new(),
            button: button.into(),
            is_danger: false,
            back: None,
        }
    }

    /// A form that changes something.
    pub(crate) fn post(
        id: &'static str,
        path: impl Into<String>,
        button: impl Into<String>,
    ) -> Self {
        Self {
            is_post: true,
            ..Self::get(id, path, button)
        }
    }

    /// With one more field.
    pub(crate) fn with(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }
}

/// One thing to fill in.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) value: String,
    pub(crate) kind: Kind,
    pub(crate) is_required: bool,
}

/// How a field is filled in.
#[derive(Debug)]
pub(crate) enum Kind {
    Hidden,
    Text,
    Password,
    Date,
    Number { min: u64, max: u64 },
    Choice(Vec<(String, String)>),
    Tick,
}

impl Field {
    /// A field that must be filled in, and is empty.
    pub(crate) fn new(name: &'static str, label: impl Into<String>, kind: Kind) -> Self {
        Self {
            name,
            label: label.into(),
            value: String::new(),
            kind,
            is_required: true,
        }
    }

    /// What is sent along.
    pub(crate) fn hidden(name: &'static str, value: impl Into<String>) -> Self {
        Self::new(name, "", Kind::Hidden).value(value)
    }

    /// With what stands in it at first.
    pub(crate) fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// It may be left empty.
    pub(crate) fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }
}

/// A page of the owner's.
#[derive(Template)]
#[template(path = "admin/page.html")]
pub(crate) struct Page {
    t: &'static Locale,
    title: String,
    section: &'static str,
    /// The mark of the owner's forms; `None` while nobody is signed in.
    mark: Option<String>,
    catalog: String,
    blocks: Vec<Block>,
    as_of: Option<String>,
    refresh_seconds: Option<u32>,
}

impl Page {
    /// A page of a section.
    pub(crate) fn new(
        owner: &super::owner::OwnerVisitor,
        section: &'static str,
        title: impl Into<String>,
    ) -> Self {
        Self {
            t: owner.t,
            title: title.into(),
            section,
            mark: Some(owner.mark.clone()),
            catalog: owner.catalog_name.clone(),
            blocks: Vec::new(),
            as_of: None,
            refresh_seconds: None,
        }
    }

    /// A page for somebody who is not signed in.
    pub(crate) fn outside(t: &'static Locale, title: impl Into<String>) -> Self {
        Self {
            t,
            title: title.into(),
            section: "",
            mark: None,
            catalog: String::new(),
            blocks: Vec::new(),
            as_of: None,
            refresh_seconds: None,
        }
    }

    /// Adds a block.
    pub(crate) fn add(&mut self, block: Block) -> &mut Self {
        self.blocks.push(block);
        self
    }

    /// Says as of when it is.
    pub(crate) fn as_of(&mut self, moment: &str) -> &mut Self {
        self.as_of = Some(self.t.with("admin-as-of", &[("moment", moment)]));
        self
    }

    /// Has the page read anew by itself.
    pub(crate) fn refresh(&mut self, seconds: u32) -> &mut Self {
        self.refresh_seconds = Some(seconds);
        self
    }

    /// The answer.
    pub(crate) fn answer(&self) -> Result<Response, PageError> {
        html(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_is_as_high_as_the_picture() {
        let values = [0, 5, 10].map(|value| (String::new(), value, String::new()));
        let chart = Chart::new(String::new(), values.into());
        let heights: Vec<u64> = chart.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [0, 65, 130]);
        assert!(chart.bars.iter().all(|bar| bar.x + bar.width <= WIDTH));
        assert!(chart.bars.iter().all(|bar| bar.y + bar.height == HEIGHT));
        assert!(Chart::new(String::new(), Vec::new()).bars.is_empty());
    }
}
