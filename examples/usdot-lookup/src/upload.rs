//! `POST /upload`: pictures of trucks and numbers typed by hand become records, one operation each.

use crate::error::ApiError;
use crate::ocr::{Ocr, OcrError};
use crate::picture;
use crate::usdot::{self, UsdotNumber};
use axum::body::Bytes;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use serde::Serialize;
use tokio::task::JoinSet;

/// The features of the catalog that an upload draws on.
const IMAGE_OCR: &str = "image_ocr";
const USDOT_LOOKUP: &str = "usdot_lookup";

/// The most pictures of one upload.
pub const PICTURES_MAX: usize = 50;
/// The most numbers of one upload.
pub const NUMBERS_MAX: usize = 500;
/// The largest picture.
pub const PICTURE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The largest upload.
pub const UPLOAD_BYTES_MAX: usize = 64 * 1024 * 1024;
const NUMBERS_BYTES_MAX: usize = 16 * 1024;
const FIELDS_MAX: usize = PICTURES_MAX + 16;
const FILE_NAME_CHARACTERS_MAX: usize = 120;
/// How much of what was read in a picture is given back.
const TEXT_CHARACTERS_MAX: usize = 2_000;

/// The names that the fields may have.
const PICTURE_FIELDS: [&str; 6] = ["files", "file", "images", "image", "files[]", "images[]"];
const NUMBER_FIELDS: [&str; 4] = ["manual_usdots", "manual_usdot", "usdot_numbers", "usdot"];

/// What was uploaded, checked, and not yet worked on.
#[derive(Debug, Default)]
pub struct Upload {
    pictures: Vec<Picture>,
    numbers: Vec<UsdotNumber>,
}

#[derive(Debug)]
struct Picture {
    file_name: String,
    bytes: Bytes,
}

/// A finished operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum Record {
    /// A picture that was read.
    Image {
        /// As the client calls it.
        file_name: String,
        /// The numbers that stand in it; there may be none.
        usdot_numbers: Vec<UsdotNumber>,
        /// What was read, shortened.
        text: String,
    },
    /// A number that was typed.
    Manual {
        /// The number.
        usdot_number: UsdotNumber,
    },
}

/// A picture that could not be read; it costs nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// As the client calls it.
    pub file_name: String,
    /// What is wrong, for programs.
    pub error: &'static str,
    /// What is wrong, for people.
    pub message: String,
}

/// What became of an upload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Finished operations, in the order of the upload: pictures, then numbers.
    pub records: Vec<Record>,
    /// Pictures that could not be read.
    pub failures: Vec<Failure>,
}

impl Upload {
    /// Reads a form. Everything about it is checked here, before any quota is asked for.
    pub async fn read(mut form: Multipart) -> Result<Self, ApiError> {
        let mut upload = Self::default();
        for _ in 0..FIELDS_MAX {
            let Some(field) = form
                .next_field()
                .await
                .map_err(|error| form_error(&error))?
            else {
                return upload.checked();
            };
            let name = field.name().unwrap_or_default().to_owned();
            if PICTURE_FIELDS.contains(&name.as_str()) {
                upload.add_picture(field).await?;
            } else if NUMBER_FIELDS.contains(&name.as_str()) {
                upload.add_numbers(field).await?;
            }
        }
        Err(ApiError::invalid("the form has too many fields"))
    }

    /// The operations that it takes, by feature: one for each picture and each number.
    pub fn operations(&self) -> [(&'static str, u64); 2] {
        operations(self.pictures.len(), self.numbers.len())
    }

    async fn add_picture(&mut self, field: Field<'_>) -> Result<(), ApiError> {
        let file_name = shown_name(field.file_name().unwrap_or_default());
        let bytes = read_field(field, PICTURE_BYTES_MAX, &file_name).await?;
        if bytes.is_empty() && file_name == UNNAMED {
            // What browsers send for a file input that was left empty.
            return Ok(());
        }
        if self.pictures.len() == PICTURES_MAX {
            return Err(ApiError::invalid(format!(
                "an upload may have at most {PICTURES_MAX} pictures"
            )));
        }
        let size = picture::size(&bytes).ok_or_else(|| {
            ApiError::invalid(format!(
                "{file_name} is not a picture: PNG, JPEG, GIF, BMP and WebP are read"
            ))
        })?;
        if !picture::is_readable(size) {
            let (width, height) = size;
            return Err(ApiError::invalid(format!(
                "{file_name} has {width} × {height} pixels; at most {} in all are read",
                picture::PIXELS_MAX
            )));
        }
        self.pictures.push(Picture { file_name, bytes });
        Ok(())
    }

    async fn add_numbers(&mut self, field: Field<'_>) -> Result<(), ApiError> {
        let bytes = read_field(field, NUMBERS_BYTES_MAX, "the list of numbers").await?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| ApiError::invalid("the list of numbers is not text"))?;
        let numbers = usdot::parse_list(text).map_err(|wrong| {
            ApiError::invalid(format!(
                "{wrong:?} is not a USDOT number: it has 1 to 8 digits"
            ))
        })?;
        for number in numbers {
            if !self.numbers.contains(&number) {
                self.numbers.push(number);
            }
        }
        if self.numbers.len() > NUMBERS_MAX {
            return Err(ApiError::invalid(format!(
                "an upload may have at most {NUMBERS_MAX} numbers"
            )));
        }
        Ok(())
    }

    fn checked(self) -> Result<Self, ApiError> {
        if self.pictures.is_empty() && self.numbers.is_empty() {
            return Err(ApiError::invalid(
                "the form has neither a picture (field \"files\") nor a number (field \"manual_usdots\")",
            ));
        }
        Ok(self)
    }

    /// Does the work. `Err` when nothing was done at all because nothing can be done at the moment;
    /// a picture that cannot be read is one of the failures. When the caller goes away, the work
    /// stops.
    pub async fn process(self, ocr: &Ocr) -> Result<Outcome, ApiError> {
        let mut reading = JoinSet::new();
        let mut names = Vec::with_capacity(self.pictures.len());
        for (index, picture) in self.pictures.into_iter().enumerate() {
            names.push(picture.file_name);
            let ocr = ocr.clone();
            reading.spawn(async move { (index, ocr.read(picture.bytes).await) });
        }
        let mut texts = Vec::with_capacity(names.len());
        while let Some(read) = reading.join_next().await {
            let (index, text) = read.map_err(|_| unavailable("the work was cut off"))?;
            if let Err(error @ (OcrError::NotInstalled | OcrError::Busy | OcrError::Failed(_))) =
                &text
            {
                return Err(unavailable(&error.to_string()));
            }
            texts.push((index, text));
        }
        texts.sort_by_key(|(index, _)| *index);

        let mut outcome = Outcome::default();
        for (file_name, (_, text)) in names.into_iter().zip(texts) {
            match text {
                Ok(text) => outcome.records.push(Record::Image {
                    file_name,
                    usdot_numbers: usdot::find(&text),
                    text: text.trim().chars().take(TEXT_CHARACTERS_MAX).collect(),
                }),
                Err(error) => outcome.failures.push(Failure {
                    file_name,
                    error: if matches!(error, OcrError::TimedOut) {
                        "timed_out"
                    } else {
                        "unreadable"
                    },
                    message: error.to_string(),
                }),
            }
        }
        outcome.records.extend(
            self.numbers
                .into_iter()
                .map(|usdot_number| Record::Manual { usdot_number }),
        );
        Ok(outcome)
    }
}

impl Outcome {
    /// The operations that came of it, by feature.
    pub fn operations(&self) -> [(&'static str, u64); 2] {
        let is_image = |record: &&Record| matches!(record, Record::Image { .. });
        let images = self.records.iter().filter(is_image).count();
        operations(images, self.records.len() - images)
    }
}

fn operations(images: usize, numbers: usize) -> [(&'static str, u64); 2] {
    let amount = |count| u64::try_from(count).unwrap_or(u64::MAX);
    [(IMAGE_OCR, amount(images)), (USDOT_LOOKUP, amount(numbers))]
}

fn unavailable(message: &str) -> ApiError {
    ApiError::unavailable(
        "ocr_unavailable",
        format!("{message}. Nothing was charged."),
        10,
    )
}

/// Reads a field to its end, up to a limit.
async fn read_field(mut field: Field<'_>, bytes_max: usize, name: &str) -> Result<Bytes, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| form_error(&error))? {
        if bytes.len() + chunk.len() > bytes_max {
            return Err(ApiError::too_large(format!(
                "{name} has more than {bytes_max} bytes"
            )));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

fn form_error(error: &MultipartError) -> ApiError {
    ApiError::new(error.status(), "invalid_request", error.body_text())
}

const UNNAMED: &str = "unnamed";

/// The last part of a file's name, shortened and without control characters: it is shown again.
fn shown_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(FILE_NAME_CHARACTERS_MAX)
        .collect();
    if name.trim().is_empty() {
        UNNAMED.to_owned()
    } else {
        name
    }
}
