//! Products: what is sold.

use super::calendar::UnixSeconds;
use super::error::ApiError;
use super::list;
use super::params::{Metadata, Params};
use super::price::{self, Price};
use super::table::Record as _;
use super::{Answer, Context, State};
use serde_json::{Value, json};

/// A product.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    updated: UnixSeconds,
    pub(crate) name: String,
    description: Option<String>,
    active: bool,
    default_price: Option<String>,
    metadata: Metadata,
    unit_label: Option<String>,
    url: Option<String>,
    statement_descriptor: Option<String>,
    tax_code: Option<String>,
    deleted: bool,
}

super::record!(Product, "product", products);

const FIELDS: &[&str] = &[
    "active",
    "description",
    "expand",
    "images",
    "marketing_features",
    "metadata",
    "name",
    "package_dimensions",
    "shippable",
    "statement_descriptor",
    "tax_code",
    "tax_details",
    "unit_label",
    "url",
];

impl Product {
    fn shown(&self, _: &State) -> Value {
        if self.deleted {
            return json!({ "id": self.id, "object": "product", "deleted": true });
        }
        json!({
            "id": self.id,
            "object": "product",
            "active": self.active,
            "created": self.created,
            "default_price": self.default_price,
            "description": self.description,
            "images": [],
            "livemode": false,
            "marketing_features": [],
            "metadata": self.metadata,
            "name": self.name,
            "package_dimensions": null,
            "shippable": null,
            "statement_descriptor": self.statement_descriptor,
            "tax_code": self.tax_code,
            "tax_details": null,
            "type": "service",
            "unit_label": self.unit_label,
            "updated": self.updated,
            "url": self.url,
        })
    }

    fn read(&mut self, params: &Params) -> Result<(), ApiError> {
        params.text_into("description", &mut self.description);
        params.text_into("unit_label", &mut self.unit_label);
        params.text_into("url", &mut self.url);
        params.text_into("statement_descriptor", &mut self.statement_descriptor);
        params.text_into("tax_code", &mut self.tax_code);
        params.text_into("default_price", &mut self.default_price);
        params.metadata_into(&mut self.metadata);
        if let Some(name) = params.text("name") {
            name.clone_into(&mut self.name);
        }
        if let Some(active) = params.boolean("active")? {
            self.active = active;
        }
        Ok(())
    }
}

/// Keeps a new product and returns its identifier.
pub(crate) fn make(
    state: &mut State,
    context: &mut Context<'_>,
    params: &Params,
) -> Result<String, ApiError> {
    let id = match params.text("id") {
        Some(id) if state.products.get(id).is_some() => {
            return Err(ApiError::invalid("Product already exists.")
                .code("resource_already_exists")
                .param("id"));
        }
        Some(id) => id.to_owned(),
        None => context.ids.object("prod"),
    };
    let mut product = Product {
        id: id.clone(),
        created: context.now,
        updated: context.now,
        name: params.need("name")?.to_owned(),
        description: None,
        active: true,
        default_price: None,
        metadata: Metadata::new(),
        unit_label: None,
        url: None,
        statement_descriptor: None,
        tax_code: None,
        deleted: false,
    };
    product.read(params)?;
    state.add(context, product, "product.created");
    Ok(id)
}

/// `POST /v1/products`.
pub(crate) fn create(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only_of(FIELDS, &["default_price_data", "id", "type"])?;
    if let Some(data) = params.inner("default_price_data") {
        price::check(&data)?;
    }
    let id = make(state, context, params)?;
    if let Some(data) = params.inner("default_price_data") {
        let price = price::make(state, context, &data, &id)?;
        state.change::<Product>(context, &id, "product.updated", |product| {
            product.default_price = Some(price);
        });
    }
    Ok(state.json::<Product>(&id))
}

/// `POST /v1/products/{id}`.
pub(crate) fn update(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only_of(FIELDS, &["default_price"])?;
    let mut changed = state.find::<Product>(id, "id")?.clone();
    if let Some(price) = params.text("default_price") {
        state.refer::<Price>(price, "default_price")?;
    }
    changed.read(params)?;
    changed.updated = context.now;
    Ok(state.change::<Product>(context, id, "product.updated", |product| *product = changed))
}

/// `DELETE /v1/products/{id}`: refused while it has prices.
pub(crate) fn delete(state: &mut State, context: &mut Context<'_>, id: &str) -> Answer {
    state.find::<Product>(id, "id")?;
    if Price::table(state)
        .newest_first()
        .any(|price| price.product == id)
    {
        return Err(ApiError::invalid(
            "This product cannot be deleted because it has one or more user-created prices.",
        ));
    }
    state.announce::<Product>(context, id, "product.deleted");
    state.quietly::<Product>(id, |product| product.deleted = true);
    Ok(state.json::<Product>(id))
}

/// `GET /v1/products`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "active",
        "created",
        "ids",
        "shippable",
        "type",
        "url",
    ])?;
    let created = list::Created::from(params)?;
    let active = params.boolean("active")?;
    let ids = params.texts("ids");
    let wanted = |product: &Product| {
        !product.deleted
            && created.contains(product.created)
            && active.is_none_or(|active| product.active == active)
            && (ids.is_empty() || ids.contains(&product.id))
    };
    list::page(state, params, "/v1/products", wanted)
}
